// Mail to the gateway's own address: who wrote it, what they ask for, and that it is done once it is stored.
//
// What a machine wrote is recorded and dropped: two machines that answer each other never stop. Nobody is
// told anything about somebody else: letters go to the address that the request came from, and that address
// must be the token's person's; what comes without a token needs proof of the sender.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/message/auth_results.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/readable_text.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/notice/rules.hpp"

namespace decorum::notice {

struct Notices::Reply {
    std::string address;            // whose it is, in lower case
    std::vector<std::string> keys;  // of the person, see keys_of()
    Word word{};
    std::optional<ReplyToken> token;  // none: the plain address was written to
    bool foreign = false;             // there was a token, and it is another person's
    bool proved = false;              // that it is really theirs
    std::string message_id;           // theirs, without angle brackets; may be empty
    std::string language;             // that they read, as far as it can be told; may be empty
    std::string seed;                 // the same for the same message
    Instant received{};
};

namespace {

constexpr std::size_t max_message_id_octets = 250;

// What RFC 3834 has no word for, and old answering machines write.
bool is_machine(const message::HeaderSection& header) {
    return header.first("X-Autoreply") != nullptr || header.first("X-Autorespond") != nullptr ||
           header.first("X-Auto-Reply") != nullptr;
}

std::string message_id_of(const message::HeaderSection& header) {
    const auto* field = header.first("Message-ID");
    if (field == nullptr) return {};
    const std::string body = message::unfold(field->body);
    const std::size_t open = body.find('<');
    const std::size_t close = body.find('>', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || close == std::string::npos || close - open > max_message_id_octets)
        return {};
    return body.substr(open + 1, close - open - 1);
}

// RFC 3282: "fr-FR, en;q=0.7" → "fr".
std::string language_of(const message::HeaderSection& header) {
    for (std::string_view name : {"Content-Language", "Accept-Language"})
        if (const auto* field = header.first(name)) {
            const std::string body = ascii::lower(ascii::trim(message::unfold(field->body)));
            const std::string language = body.substr(0, body.find_first_of("-,; "));
            if (language.size() == 2) return language;
        }
    return {};
}

}  // namespace

Notices::Recipient Notices::recognise(std::string_view path) const {
    // Almost all mail is for others: they cost no parsing.
    const std::size_t at = path.rfind('@');
    if (at == std::string_view::npos || !ascii::equals_nocase(path.substr(at + 1), options_.own.domain))
        return Recipient::other;
    const auto token = token_of(path);
    if (!token) return Recipient::other;
    if (token->empty()) return Recipient::plain;
    const auto verified = verify(*token, options_.token_key, options_.now());
    if (verified) return Recipient::own;
    return verified.error().code == errc::timed_out ? Recipient::expired : Recipient::forged;
}

// Nothing: it is somebody else's address. Empty: the plain one.
std::optional<std::string> Notices::token_of(std::string_view path) const {
    const auto mailbox = message::parse_address(path);
    if (!mailbox || mailbox->domain != options_.own.domain) return std::nullopt;
    const std::string_view local_part = mailbox->local_part;
    const std::string& ours = options_.own.local_part;
    if (!ascii::starts_with_nocase(local_part, ours)) return std::nullopt;
    if (local_part.size() == ours.size()) return std::string{};
    if (local_part[ours.size()] != '+') return std::nullopt;
    return std::string(local_part.substr(ours.size() + 1));
}

// Nothing: there is nobody to obey.
std::optional<Notices::Reply> Notices::understand(const OwnMail& mail) const {
    const message::HeaderSection header = message::scan_header(mail.octets);
    pipeline::Envelope envelope;
    envelope.reverse_path = mail.reverse_path;
    const auto judged = eligibility_.judge(header, envelope);
    if (!judged.author || is_machine(header)) {
        log::info("own_mail", {{"dropped", judged.author ? std::string_view("auto") : judged.reason}});
        return std::nullopt;
    }
    Reply reply;
    reply.address = canonical_address(judged.author->address());
    reply.keys = keys_of(reply.address);
    reply.received = options_.now();
    reply.proved = (!mail.login.empty() && options_.owns(ascii::lower(mail.login), reply.address)) ||
                   (mail.results_trusted &&
                    message::trust_of(header, *judged.author, settings()->annotate.authserv_ids).has_value());
    const auto* subject = header.first("Subject");
    reply.word =
        word_of(message::readable_text(mail.octets).value_or(""),
                subject == nullptr ? "" : message::decode_encoded_words(message::unfold(subject->body)));
    reply.message_id = message_id_of(header);
    reply.language = language_of(header);

    // One message to several of our addresses says one thing: that of the first token that is theirs.
    bool foreign = false;
    for (const auto& path : mail.recipients) {
        const auto token = token_of(path);
        if (!token || token->empty()) continue;
        const auto verified = verify(*token, options_.token_key, reply.received);
        const bool theirs = verified && std::ranges::any_of(reply.keys, [&](const std::string& key) {
                                return verified->person == mark_of_person(key);
                            });
        if (theirs)
            reply.token = *verified;
        else
            foreign = true;
        if (reply.token) break;
    }
    reply.foreign = foreign && !reply.token;
    reply.seed = fmt::format("{}/{}/{}", reply.message_id, name_of(reply.word),
                             reply.message_id.empty() ? to_rfc3339(reply.received) : "");
    return reply;
}

void Notices::take(OwnMail mail, WhenTaken done) {
    bool closed = false;
    {
        const std::lock_guard lock(mutex_);
        if (!closed_) ++taking_;
        closed = closed_;
    }
    if (closed) return done(Taken::unavailable);
    WhenTaken counted = [this, done = std::move(done)](Taken taken) mutable {
        (taken == Taken::obeyed       ? tally_.replies_obeyed
         : taken == Taken::not_theirs ? tally_.replies_not_theirs
                                      : tally_.replies_unavailable)
            .add();
        done(taken);
        const std::lock_guard lock(mutex_);
        if (--taking_ == 0) taken_.notify_all();
    };
    const auto understood = understand(mail);
    if (!understood) return counted(Taken::obeyed);
    const Reply& reply = *understood;
    const auto note = [&](std::string_view dropped) {
        log::info("own_mail", {{"person", to_hex(reply.keys.front().substr(0, 6))},
                               {"word", name_of(reply.word)},
                               {"token", reply.token ? "yes" : "no"},
                               {"dropped", dropped}});
    };
    if (reply.foreign) {
        note("not_theirs");
        return counted(Taken::not_theirs);
    }
    if (!reply.proved && !reply.token) {
        note("unauthenticated");
        return counted(Taken::obeyed);
    }
    note("");
    // Of our own people the charter says whether they may.
    if (!reply.token && reply.word == Word::stop && !is_ours(reply.address))
        return opt_out(reply, std::move(counted));
    obey(reply, std::move(counted));
}

void Notices::obey(const Reply& reply, WhenTaken done) {
    store::Standing beside;
    {
        const std::lock_guard lock(mutex_);
        beside = standing_beside(reply.keys);
    }
    options_.store.notices().amend(
        reply.keys.front(),
        [this, reply, beside](store::Standing& standing) {
            join(standing, beside);
            return obey(reply, standing);
        },
        [this, reply, done = std::move(done)](Result<store::Standing> standing) mutable {
            if (!standing) return done(Taken::unavailable);
            remember(reply.keys.front(), *standing);
            spread(reply.keys, *standing);
            record_word(reply);
            done(Taken::obeyed);
        });
}

void Notices::record_word(const Reply& reply) const {
    const bool notice = reply.token && reply.token->purpose == Purpose::notice;
    const bool says_something =
        reply.word == Word::stop || (notice && (reply.word == Word::ack || reply.word == Word::wrong));
    if (options_.audit == nullptr || !says_something) return;
    options_.audit->record(audit::Event(audit::Kind::override_)
                               .text("person", options_.audit->person(reply.address))
                               .text("word", ascii::lower(name_of(reply.word)))
                               .text("by", "person"));
}

// Under the last name that the log has for the person; then that name is nobody's any more.
void Notices::record_erasure(const Reply& reply) const {
    if (options_.audit == nullptr) return;
    audit::Event event(audit::Kind::erasure);
    event.text("by", "mail");
    if (options_.audit->pseudonyms() != nullptr) event.text("person", options_.audit->person(reply.address));
    options_.audit->record(event);
    (void)options_.audit->forget_key(key_of(reply.address));
    if (const auto older = store::older_record_key(options_.cache_secret, reply.address); !older.empty())
        (void)options_.audit->forget_key(older);
}

// Whatever is answered, what was asked for is done: only letters are counted.
std::optional<store::Letter> Notices::obey(const Reply& reply, store::Standing& standing) const {
    const bool notice = reply.token && reply.token->purpose == Purpose::notice;
    const auto charter = options_.charter();
    const std::string language = !standing.language.empty() ? standing.language : reply.language;
    Answered answer = Answered::help;
    switch (reply.word) {
        case Word::ack:
            if (!notice) break;
            acknowledge(standing, reply.token->mark);
            answer = Answered::ack;
            break;
        case Word::wrong:
            if (!notice) break;
            call_wrong(standing, reply.token->mark);
            answer = Answered::wrong;
            break;
        case Word::stop:
            if (charter && charter->opt_out) standing.opted_out = true;
            answer = standing.opted_out ? Answered::stop : Answered::stop_refused;
            break;
        case Word::me: {
            if (!may_answer(standing, settings()->notice.answers, reply.received)) return std::nullopt;
            return profile_request(settings()->notice, key_of(reply.address), reply.address, {}, language,
                                   reply.seed, reply.received);
        }
        case Word::none: break;
    }
    if (!may_answer(standing, settings()->notice.answers, reply.received)) return std::nullopt;
    return answer_to(reply, answer, language);
}

std::optional<store::Letter> Notices::answer_to(const Reply& reply, Answered answer,
                                                const std::string& language) const {
    const bool own = is_ours(reply.address);
    // Who did not say it right may say it again.
    const bool again = answer == Answered::help && reply.token;
    const Purpose purpose = again ? reply.token->purpose : Purpose::profile;
    const Frame frame =
        frame_of(language, reply.address,
                 reply_address(own ? std::optional(purpose) : std::nullopt,
                               again ? std::string_view(reply.token->mark) : std::string_view{},
                               key_of(reply.address), reply.received));
    store::Letter out = profile_request(settings()->notice, key_of(reply.address), reply.address, {},
                                        language, reply.seed + "/answer", reply.received);
    out.kind = store::LetterKind::answer;
    auto octets =
        octets_of(answer_letter(frame, answer, own), out.id, frame, {}, reply.message_id, reply.received);
    if (!octets) return std::nullopt;
    out.octets = std::move(*octets);
    return out;
}

// The list is a file, and what is stored goes with it; neither is for a session's thread. The letter that
// confirms it stands under a key of nobody's, because under the person's nothing is kept any more.
void Notices::opt_out(const Reply& reply, WhenTaken done) {
    const auto shared = std::make_shared<WhenTaken>(std::move(done));
    const auto refuse = [shared](const Error& error) {
        log::error("optout_failed", {{"error", error.text()}});
        (*shared)(Taken::unavailable);
    };
    const auto wiped = [](Result<void> done_well) {
        if (!done_well) log::error("wipe_failed", {{"error", done_well.error().text()}});
    };
    const std::string key = key_of(reply.address);  // of no other address of theirs
    const bool posted = blocking_->post([this, reply, key, shared, refuse, wiped] {
        const auto added = options_.opt_out(reply.address);
        if (!added) return refuse(added.error());
        const auto finish = [this, reply, key, shared, refuse, wiped,
                             added = *added](Result<store::Erased> erased) {
            if (!erased) return refuse(erased.error());
            record_erasure(reply);
            // Of whom nothing was stored nothing is left in the files, and nobody makes
            // us write them anew by writing.
            if (erased->state || erased->versions > 0) options_.store.wipe(wiped);
            // Said once: who writes again is on the list, and gets no letter.
            if (!added) return (*shared)(Taken::obeyed);
            const std::string nobody(view_of(sha256({"decorum opted out", key})));
            options_.store.notices().amend(
                nobody,
                [this, reply, nobody](store::Standing&) {
                    auto letter = answer_to(reply, Answered::optout, reply.language);
                    if (letter) letter->key = nobody;
                    return letter;
                },
                [shared, refuse](Result<store::Standing> queued) {
                    if (!queued) return refuse(queued.error());
                    (*shared)(Taken::obeyed);
                });
        };
        store::erase_address(options_.store, options_.cache_secret, reply.address, reply.received, finish);
    });
    if (!posted) refuse({errc::unavailable, "too many at a time"});
}

}  // namespace decorum::notice
