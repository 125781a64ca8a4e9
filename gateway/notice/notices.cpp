// The deciding half's side, and the letters' way out. What people write to us: replies.cpp.
//
// How people stand is held in memory, for answers that may not wait, and is what the store said last; what is
// decided about a letter is decided by the store, in the transaction that queues it.
#include "gateway/notice/notices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/message/compose.hpp"
#include "gateway/notice/rules.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::notice {
namespace {

constexpr std::chrono::days token_lifetime{60};
constexpr std::size_t id_digits = 32;
constexpr std::size_t max_blocking_jobs = 1000;
constexpr std::chrono::seconds closing_limit{10};
constexpr std::chrono::minutes until_it_counts{2};  // a version made now
constexpr std::chrono::hours link_patience{1};      // until our sources know of it

std::string letter_id(std::initializer_list<std::string_view> of, std::string_view domain) {
    return fmt::format("{}@{}", to_hex(view_of(sha256(of))).substr(0, id_digits), domain);
}

// Of what a notice speaks of, by category: what those may know who don't see the words. As JSON.
std::string about_of(const conduct::Verdict& verdict, const conduct::ComplianceView& view) {
    std::map<std::string_view, unsigned> gravest;
    for (const auto& noted : verdict.findings) {
        if (noted.action < conduct::Action::notice) continue;
        unsigned& severity = gravest[view.category ? conduct::name_of(noted.category) : std::string_view{}];
        severity = std::max<unsigned>(severity, noted.severity);
    }
    std::string out;
    for (const auto& [category, severity] : gravest) {
        out += out.empty() ? "{" : ",{";
        if (view.category) out += fmt::format(R"("category":"{}")", category);
        if (view.severity) out += fmt::format(R"({}"severity":{})", view.category ? "," : "", severity);
        out += "}";
    }
    return "[" + out + "]";
}

// What a reader is shown, field by field.
void describe(const lookup::Found& found, std::string_view prefix, Seen& seen) {
    using Status = Seen::Status;
    switch (found.verdict) {
        case lookup::Verdict::none: seen.status = Status::nothing; return;
        case lookup::Verdict::unavailable: seen.status = Status::unavailable; return;
        case lookup::Verdict::opted_out: seen.status = Status::opted_out; return;
        case lookup::Verdict::found: break;
    }
    const profile::Presentation& shown = *found.shown;
    seen.status = shown.empty() ? Status::nothing : Status::shown;
    const auto add = [&](std::string_view suffix, const std::string& value) {
        if (!value.empty()) seen.lines.emplace_back(fmt::format("{}{}", prefix, suffix), value);
    };
    add("", shown.profile);
    add("-Networks", fmt::format("{}", fmt::join(shown.networks, ", ")));
    add("-Activity", shown.activity);
    add("-Career", shown.career);
}

// What a log may call somebody: nobody who hasn't the key can tell who it is.
std::string pseudonym(std::string_view key) {
    constexpr std::size_t octets = 6;
    return to_hex(key.substr(0, octets));
}

}  // namespace

store::Letter profile_request(const config::Notice& settings, const std::string& record_key,
                              const std::string& address, std::string_view account, std::string_view language,
                              std::string_view seed, Instant now) {
    const auto own = config::parse_sender(settings.from);
    return {.id = letter_id({"profile", record_key, account, seed}, own ? own->domain : "localhost"),
            .key = record_key,
            .kind = store::LetterKind::profile,
            .address = address,
            .language = std::string(language),
            .about = std::string(account),
            .mark = {},
            .octets = {},
            .queued = now,
            .expires = now + std::chrono::floor<std::chrono::seconds>(settings.expiry),
            .due = now};
}

Notices::Notices(Options options)
    : options_(std::move(options)),
      eligibility_(settings()->annotate),
      blocking_(std::make_unique<WorkQueue>(1, max_blocking_jobs)) {
    follow_erasures();
    load();
}

void Notices::close() {
    {
        std::unique_lock lock(mutex_);
        closed_ = true;
        if (!taken_.wait_for(lock, closing_limit, [this] { return taking_ == 0; }))
            log::error("notices", {{"error", "the store does not answer"}, {"waiting", taking_}});
    }
    std::unique_ptr<WorkQueue> ending;  // outside the lock, which its last job may want
    {
        const std::lock_guard lock(mutex_);
        ending = std::move(blocking_);
    }
}

std::string Notices::key_of(std::string_view address) const {
    return store::record_key(options_.cache_secret, address);
}

std::vector<std::string> Notices::keys_of(std::string_view address) const {
    std::vector<std::string> out;
    if (options_.addresses_of)
        for (const std::string& one : options_.addresses_of(address)) out.push_back(key_of(one));
    if (out.empty()) out.push_back(key_of(address));
    return out;
}

store::Standing Notices::standing_beside(const std::vector<std::string>& keys) const {
    store::Standing out;
    for (std::size_t i = 1; i < keys.size(); ++i)
        if (const auto known = standings_.find(keys[i]); known != standings_.end()) join(out, known->second);
    return out;
}

store::Standing Notices::standing_of(std::string_view address) const {
    const auto keys = keys_of(address);
    const std::lock_guard lock(mutex_);
    const auto first = standings_.find(keys.front());
    store::Standing out = first == standings_.end() ? store::Standing{} : first->second;
    if (keys.size() > 1) join(out, standing_beside(keys));
    return out;
}

void Notices::spread(const std::vector<std::string>& keys, const store::Standing& standing) {
    for (std::size_t i = 1; i < keys.size(); ++i)
        options_.store.notices().amend(
            keys[i],
            [standing](store::Standing& other) -> std::optional<store::Letter> {
                join(other, standing);
                return std::nullopt;
            },
            [this, key = keys[i]](Result<store::Standing> kept) {
                if (kept) remember(key, *kept);
            });
}

bool Notices::is_ours(std::string_view address) const {
    const std::string_view domain = address.substr(std::min(address.rfind('@'), address.size() - 1) + 1);
    const auto charter = options_.charter();
    const auto latest = settings();
    const auto& domains = charter && !charter->domains.empty() ? charter->domains : latest->outbound.domains;
    return std::ranges::any_of(domains, [&](const auto& ours) { return same_domain(ours, domain); });
}

std::string Notices::reply_address(std::optional<Purpose> purpose, std::string_view mark,
                                   std::string_view key, Instant now) const {
    if (!purpose) return own_address();
    const std::string token = sign({.purpose = *purpose,
                                    .expires = now + token_lifetime,
                                    .mark = std::string(mark),
                                    .person = mark_of_person(key)},
                                   options_.token_key);
    return fmt::format("{}+{}@{}", options_.own.local_part, token, options_.own.domain);
}

Frame Notices::frame_of(std::string_view language, std::string address, std::string reply_to) const {
    return {.stationery = *options_.stationery,
            .language = std::string(language),
            .hostname = settings()->gateway.hostname,
            .reply_to = std::move(reply_to),
            .address = std::move(address)};
}

// Nothing where no message can be made of it: the address is none. That is logged, and can't be mended.
std::optional<std::string> Notices::octets_of(const Letter& letter, const std::string& id, const Frame& frame,
                                              std::string_view name, const std::string& in_reply_to,
                                              Instant now) const {
    auto octets = message::compose({.from_name = options_.own.name,
                                    .from = own_address(),
                                    .to_name = std::string(name),
                                    .to = frame.address,
                                    .reply_to = frame.reply_to,
                                    .subject = letter.subject,
                                    .message_id = id,
                                    .in_reply_to = in_reply_to,
                                    .date = now,
                                    .language = letter.language,
                                    .text = to_text(letter),
                                    .html = to_html(letter, frame.stationery.page())});
    if (octets) return std::move(*octets);
    log::error("notice_failed", {{"letter", id}, {"error", octets.error().text()}});
    return std::nullopt;
}

// ------------------------------------------------------------------------------------------- warnings

void Notices::warn(const pipeline::WarnedPerson& person, const conduct::Verdict& verdict) {
    if (options_.store_stands_in) return;
    const auto keys = keys_of(person.address);
    const std::string mark = mark_of_fingerprint(verdict.fingerprint);
    const auto findings = conduct::marks_of(verdict);
    const std::uint32_t weekly = person.charter->weekly_notices;
    store::Standing beside;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        beside = standing_beside(keys);
        const auto known = standings_.find(keys.front());
        if (known != standings_.end()) {
            store::Standing whole = known->second;
            join(whole, beside);
            if (due(whole, findings, weekly, options_.now()) != Due::now) return;
        }
        if (!asking_.insert(keys.front()).second) return;  // told already, a moment ago
    }
    const auto queued = std::make_shared<bool>(false);
    options_.store.notices().amend(
        keys.front(),
        [this, person, verdict, mark, findings, weekly, beside,
         queued](store::Standing& standing) -> std::optional<store::Letter> {
            const Instant now = options_.now();
            *queued = false;
            store::Standing whole = standing;
            join(whole, beside);
            if (due(whole, findings, weekly, now) != Due::now) return std::nullopt;
            auto letter = write_notice(person, unanswered(whole, verdict), mark, now);
            if (!letter) return std::nullopt;
            standing = std::move(whole);
            note_told(standing, mark, unanswered(standing, findings), now);
            standing.language = letter->language;
            *queued = true;
            return letter;
        },
        [this, keys, queued, about = conduct::summary_of(verdict, {}), address = person.address,
         recorded = about_of(verdict, person.charter->compliance)](Result<store::Standing> standing) {
            if (standing) remember(keys.front(), *standing);
            {
                const std::lock_guard lock(mutex_);
                asking_.erase(keys.front());
            }
            if (!standing)
                return log::error("notice_failed",
                                  {{"person", pseudonym(keys.front())}, {"error", standing.error().text()}});
            if (!*queued) return;
            tally_.queued.add();
            log::info("notice_queued", {{"person", pseudonym(keys.front())}, {"about", about}});
            spread(keys, *standing);
            if (options_.audit != nullptr)
                options_.audit->record(audit::Event(audit::Kind::notice)
                                           .text("person", options_.audit->person(address))
                                           .text("letter", "notice")
                                           .text("state", "queued")
                                           .value("about", recorded));
        });
}

std::optional<store::Letter> Notices::write_notice(const pipeline::WarnedPerson& person,
                                                   const conduct::Verdict& verdict, const std::string& mark,
                                                   Instant now) const {
    const std::string key = key_of(person.address);  // letters go when their address is erased
    store::Letter out{.id = letter_id({"notice", key, mark, to_rfc3339(now)}, options_.own.domain),
                      .key = key,
                      .kind = store::LetterKind::notice,
                      .address = person.address,
                      .language = language_of(person, *options_.stationery),
                      .about = conduct::summary_of(verdict, person.charter->compliance),
                      .mark = mark,
                      .octets = {},
                      .queued = now,
                      .expires = now + std::chrono::floor<std::chrono::seconds>(settings()->notice.expiry),
                      .due = now};
    const Frame frame =
        frame_of(out.language, person.address, reply_address(Purpose::notice, mark, key, now));
    auto octets =
        octets_of(notice_letter(frame, person, verdict), out.id, frame, person.display_name, {}, now);
    if (!octets) return std::nullopt;
    out.octets = std::move(*octets);
    return out;
}

pipeline::Warnings::Answer Notices::answer(std::string_view address, const conduct::Verdict& verdict,
                                           conduct::Action from) const {
    const Answer said = answer_of(standing_of(address), verdict, from);
    if (said != Answer::none) return said;
    const std::lock_guard lock(mutex_);
    return loaded_ && !failing_ && !options_.store_stands_in ? Answer::none : Answer::unknown;
}

bool Notices::opted_out(std::string_view address) const {
    if (options_.store_stands_in) return true;
    const auto keys = keys_of(address);
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(keys, [&](const std::string& key) {
        const auto known = standings_.find(key);
        return known != standings_.end() && known->second.opted_out;
    });
}

void Notices::remember(const std::string& key, const store::Standing& standing) {
    const std::lock_guard lock(mutex_);
    standings_[key] = standing;
}

// ------------------------------------------------------------------------------------------- following

void Notices::load() {
    {
        const std::lock_guard lock(mutex_);
        if (following_) return;
        following_ = true;
    }
    options_.store.notices().standings_since(cursor_, [this](Result<store::Standings> changed) {
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            following_ = false;
            failing_ = !changed;
            if (!changed) return;
            cursor_ = changed->cursor;
            more = !changed->entries.empty();
            if (!more) loaded_ = true;
            for (auto& entry : changed->entries) standings_[entry.key] = std::move(entry.standing);
        }
        if (more) load();
    });
}

// Who was erased stands to nothing any more.
void Notices::follow_erasures() {
    std::optional<std::uint64_t> cursor;
    {
        const std::lock_guard lock(mutex_);
        cursor = erasures_;
    }
    options_.store.erased_since(cursor, [this](Result<store::Erasures> erased) {
        if (!erased) return;
        const std::lock_guard lock(mutex_);
        erasures_ = erased->cursor;
        for (const auto& key : erased->keys) standings_.erase(key);
    });
}

void Notices::follow() {
    follow_erasures();
    load();
    const Instant now = options_.now();
    {
        const std::lock_guard lock(mutex_);
        if (now < next_drop_) return;
        next_drop_ = now + std::chrono::hours{24};
    }
    const auto kept = std::chrono::floor<std::chrono::seconds>(settings()->retention.notices);
    options_.store.notices().drop_notices(now - kept, [](Result<>) {});
}

// ------------------------------------------------------------------------------------------- letters out

void Notices::claim(std::move_only_function<void(std::optional<store::Letter>)> done) {
    const Instant now = options_.now();
    const auto again = now + std::chrono::ceil<std::chrono::seconds>(settings()->notice.retry);
    options_.store.notices().claim(
        now, again, [done = std::move(done)](Result<std::optional<store::Letter>> letter) mutable {
            if (!letter) log::error("notice_failed", {{"error", letter.error().text()}});
            done(letter ? std::move(*letter) : std::nullopt);
        });
}

struct Notices::Request {
    store::Letter letter;
    std::move_only_function<void(Result<std::string>)> done;
    Seen seen;
};

void Notices::write(store::Letter letter, std::move_only_function<void(Result<std::string>)> done) {
    if (!letter.octets.empty()) return done(std::move(letter.octets));
    const auto request = std::make_shared<Request>(Request{std::move(letter), std::move(done), {}});
    request->seen.linked = request->letter.about;
    if (request->seen.linked.empty()) return write(request, options_.now());
    bool posted = false;
    {
        const std::lock_guard lock(mutex_);
        posted = blocking_ != nullptr && blocking_->post([this, request] { write_of_link(request); });
    }
    if (!posted) request->done(fail(errc::unavailable, "too many at a time"));
}

// This letter comes once, so it must not say what was so before. The command that tied the account wrote
// a file, which is read anew, and what is known of the person is looked up behind it; a version made now
// counts from a moment on, so that is when readers are asked for.
void Notices::write_of_link(const std::shared_ptr<Request>& request) {
    options_.look_again();
    options_.profiles.report(request->letter.address, false, [this, request](const lookup::Report& report) {
        const auto is_it = [&](const profile::Link& link) {
            return profile::same_account(link.url, request->seen.linked);
        };
        const bool tied = report.profile && std::ranges::any_of(report.profile->links, is_it);
        const Instant now = options_.now();
        if (tied || report.verdict == lookup::Verdict::opted_out)
            return write(request, now + until_it_counts);
        const bool given_up = now - request->letter.queued > link_patience;
        request->done(
            fail(given_up ? errc::invalid : errc::unavailable, "the account is not tied to the address"));
    });
}

// What is shown first, so that the sources are asked once; then who said what.
void Notices::write(const std::shared_ptr<Request>& request, Instant date) {
    options_.profiles.find(
        request->letter.address, date, lookup::Scope::all, [this, request](lookup::Found found) {
            describe(found, settings()->annotate.prefix, request->seen);
            options_.profiles.report(
                request->letter.address, false, [this, request](const lookup::Report& report) {
                    if (report.profile)
                        for (const auto& link : report.profile->links)
                            if (link.origin.tier != profile::Tier::d)
                                request->seen.accounts.push_back(
                                    {link.network, link.url, std::string(profile::name_of(link.origin.tier)),
                                     link.origin.reason});
                    const store::Letter& letter = request->letter;
                    const bool own = is_ours(letter.address);
                    const Instant now = options_.now();
                    const Frame frame =
                        frame_of(letter.language, letter.address,
                                 reply_address(own ? std::optional(Purpose::profile) : std::nullopt, {},
                                               letter.key, now));
                    const auto octets =
                        octets_of(profile_letter(frame, request->seen, own), letter.id, frame, {}, {}, now);
                    if (!octets) return request->done(fail(errc::invalid, "no letter can be made of it"));
                    options_.store.notices().write(
                        letter.id, *octets, [request, octets = *octets](Result<> kept) mutable {
                            if (!kept) return request->done(std::unexpected(std::move(kept.error())));
                            request->done(std::move(octets));
                        });
                });
        });
}

void Notices::record_letter(const store::Letter& letter, std::string_view state) const {
    if (options_.audit == nullptr) return;
    constexpr auto kind_of = [](store::LetterKind kind) -> std::string_view {
        switch (kind) {
            case store::LetterKind::notice: return "notice";
            case store::LetterKind::profile: return "profile";
            case store::LetterKind::answer: break;
        }
        return "answer";
    };
    options_.audit->record(audit::Event(audit::Kind::notice)
                               .text("person", options_.audit->person(letter.address))
                               .text("letter", kind_of(letter.kind))
                               .text("state", state));
}

void Notices::settle(const store::Letter& letter, Fate fate, int reply,
                     std::move_only_function<void()> done) {
    const Instant now = options_.now();
    auto finish = [id = letter.id, done = std::move(done)](Result<> kept) mutable {
        if (!kept) log::error("notice_failed", {{"letter", id}, {"error", kept.error().text()}});
        done();
    };
    auto& book = options_.store.notices();
    const bool expired = fate == Fate::not_now && now >= letter.expires;
    const std::string_view event = fate == Fate::taken     ? "notice_sent"
                                   : fate == Fate::refused ? "notice_refused"
                                   : expired               ? "notice_expired"
                                                           : "notice_delayed";
    (fate == Fate::taken     ? tally_.sent
     : fate == Fate::refused ? tally_.refused
     : expired               ? tally_.expired
                             : tally_.delayed)
        .add();
    log::write(fate == Fate::taken ? log::Level::info : log::Level::warning, event,
               {{"person", pseudonym(letter.key)},
                {"letter", letter.id},
                {"tries", letter.tries},
                {"reply", reply}});
    if (fate == Fate::not_now && !expired) {
        const auto first = std::chrono::ceil<std::chrono::seconds>(settings()->notice.retry);
        return book.postpone(letter.id, now + pause_after(letter.tries, first), std::move(finish));
    }
    const auto state = fate == Fate::taken     ? store::LetterState::sent
                       : fate == Fate::refused ? store::LetterState::refused
                                               : store::LetterState::expired;
    record_letter(letter, store::name_of(state));
    book.conclude(letter.id, state, now, std::move(finish));
}

}  // namespace decorum::notice
