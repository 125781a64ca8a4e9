#include "gateway/pipeline/annotator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/net/event.hpp"

namespace decorum::pipeline {
namespace {

using message::Status;

constexpr std::size_t max_rendered = 4096;  // people a thread, about 2 KiB each
constexpr auto max_future = std::chrono::hours{24};

// What the asker and the flight share: the flight may end on another thread, after the asker has gone.
struct Pending {
    explicit Pending(net::Executor executor) : event(std::move(executor)) {}
    net::Event event;
    lookup::Found found;
    std::atomic<bool> ready = false;
};

// Counts a waiting session while it waits.
class Waiting {
public:
    explicit Waiting(std::atomic<std::uint64_t>* count) : count_(count) {
        if (count_ != nullptr) ++*count_;
    }
    ~Waiting() {
        if (count_ != nullptr) --*count_;
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    std::atomic<std::uint64_t>* count_;
};

message::PersonFields person_fields(const profile::Presentation& shown) {
    return {.profile = shown.profile,
            .networks = shown.networks,
            .activity = shown.activity,
            .career = shown.career,
            .face = to_base64(shown.face_png)};
}

message::Padding padding_before(message::FirstLine first) {
    return first == message::FirstLine::white_space ? message::Padding::line : message::Padding::none;
}

// `Jane Martin (HR Director, ACME)`, or `Jane Martin (self-described: HR Director, ACME)`: a tag is cut at
// its end.
std::string tag_text(const profile::Presentation& shown, const message::Mailbox& author) {
    const std::string& name = shown.display_name.empty() ? author.display_name : shown.display_name;
    if (shown.headline.empty() && shown.organisation.empty()) return name;
    const std::string_view separator = shown.headline.empty() || shown.organisation.empty() ? "" : ", ";
    const std::string_view claim = shown.said_by == "own" ? "" : "self-described: ";
    return fmt::format("{} ({}{}{}{})", name, claim, shown.headline, separator, shown.organisation);
}

void tell(const message::BlockContent& content, Said& said) {
    said.status = content.status;
    said.reason = content.reason;
    said.tier = content.tier;
    for (const auto& source : content.sources)
        said.source.append(said.source.empty() ? "" : ",").append(source);
}

}  // namespace

Annotator::Annotator(const Shared& shared)
    : shared_(shared),
      eligibility_(shared.settings.annotate),
      forged_names_{shared.settings.annotate.prefix, shared.settings.annotate.face,
                    shared.settings.annotate.outlook_flag} {}

message::BlockOptions Annotator::block_options(std::string_view line_end) const {
    return {.prefix = shared_.settings.annotate.prefix,
            .max_octets = message::max_block_octets,
            .face = shared_.settings.annotate.face,
            .line_end = line_end};
}

const message::RenderedPerson& Annotator::rendered(const std::shared_ptr<const profile::Presentation>& shown,
                                                   const message::BlockOptions& options) {
    if (const auto found = rendered_.find(shown.get()); found != rendered_.end())
        return found->second.rendered;
    if (rendered_.size() >= max_rendered) rendered_.clear();
    CachedPerson person{shown, message::RenderedPerson::render(person_fields(*shown), options)};
    return rendered_.emplace(shown.get(), std::move(person)).first->second.rendered;
}

net::Task<std::optional<lookup::Found>> Annotator::look_up(std::string address, Instant date,
                                                           lookup::Scope scope, AnnotationPolicy policy) {
    const auto pending = std::make_shared<Pending>(co_await net::this_executor());
    shared_.profiles.find(address, date, scope, [pending](lookup::Found found) {
        pending->found = std::move(found);
        pending->ready.store(true, std::memory_order_release);
        pending->event.raise();
    });
    if (!pending->ready.load(std::memory_order_acquire)) {
        const bool crowded = policy.waiting != nullptr && *policy.waiting > policy.max_waiting;
        if (crowded) tally_->crowded.add();
        if (!crowded && policy.deadline > Milliseconds::zero()) {
            const Waiting waiting(policy.waiting);
            co_await pending->event.wait(policy.deadline);
        }
        if (!pending->ready.load(std::memory_order_acquire))
            co_return shared_.profiles.found_so_far(address, date);
    }
    co_return std::move(pending->found);
}

void Annotator::prefetch(std::string_view reverse_path) const {
    const auto mailbox = message::parse_address(reverse_path);
    if (mailbox) shared_.profiles.prefetch(mailbox->address());
}

// Only claims are judged. A colleague may claim to work for us, but not to be another of us: if the name that
// was typed elsewhere were the author's own among our people, our directory would have said it.
std::optional<Unfound> Annotator::withheld(const profile::Presentation& shown,
                                           std::string_view author_domain) const {
    if (shown.said_by == "own") return std::nullopt;
    const std::string_view name = shown.name_is_fact ? std::string_view{} : shown.display_name;
    const std::string_view organisation =
        shown.organisation_is_fact ? std::string_view{} : shown.organisation;
    // Who works for us by a fact may say so.
    const std::string_view headline =
        shown.organisation_is_fact ? std::string_view{} : std::string_view(shown.headline);
    const auto names = shared_.own_names();
    if (!names) return Unfound::unavailable;
    const bool ours = std::ranges::any_of(shared_.settings.outbound.domains, [&](std::string_view own) {
        return same_domain(own, author_domain);
    });
    const bool alike = ours ? names->resembles_person(name) : names->resembles(name, organisation, headline);
    return alike ? std::optional(Unfound::resembles_own) : std::nullopt;
}

void Annotator::Judged::say(Unfound why) {
    unfound = why;
    switch (why) {
        case Unfound::pending: content.status = Status::pending; return;
        case Unfound::unavailable: content.status = Status::unavailable; return;
        case Unfound::none: content.status = Status::none; return;
        case Unfound::resembles_own:
            content.status = Status::withheld;
            content.reason = "resembles-own";
            return;
        case Unfound::future:
            content.status = Status::unavailable;
            content.reason = "date";
            return;
    }
}

net::Task<Annotator::Judged> Annotator::judge(const message::HeaderSection& header, const Envelope& envelope,
                                              AnnotationPolicy policy, Annotation& annotation) {
    Judged out;
    const Eligibility eligible = eligibility_.judge(header, envelope);
    if (!eligible.author) {
        out.content.status = eligible.status;
        out.content.reason = eligible.reason;
        co_return out;
    }
    const message::Mailbox& author = *eligible.author;
    annotation.author = author.address();

    const config::Annotate& settings = shared_.settings.annotate;
    const bool front = policy.position == config::Position::front;  // nobody before us has proved anything
    const auto trust = front ? std::nullopt : message::trust_of(header, author, settings.authserv_ids);
    if (!trust && (front || settings.require == config::Require::authenticated)) {
        out.content.status = Status::unauthenticated;
        co_return out;
    }
    if (trust) out.content.trust = message::name_of(*trust);

    if (policy.as_before || envelope.received > shared_.now() + max_future) {
        out.say(policy.as_before.value_or(Unfound::future));
        co_return out;
    }
    const auto begin = SteadyClock::now();
    // Whoever did not prove to be the author must not make us ask others about her.
    const lookup::Scope scope = trust ? lookup::Scope::all : lookup::Scope::ours;
    auto found = co_await look_up(author.address(), envelope.received, scope, policy);
    out.waited = SteadyClock::now() - begin;
    tally_->lookup.record(out.waited);
    annotation.lookup = std::chrono::duration_cast<Milliseconds>(out.waited);
    if (!found) {
        out.say(Unfound::pending);
        co_return out;
    }
    annotation.warm = found->warm;
    switch (found->verdict) {
        case lookup::Verdict::opted_out: out.content.status = Status::opted_out; co_return out;
        case lookup::Verdict::none: out.say(Unfound::none); co_return out;
        case lookup::Verdict::unavailable: out.say(Unfound::unavailable); co_return out;
        case lookup::Verdict::found: break;
    }
    const profile::Presentation& shown = *found->shown;
    if (const auto why = withheld(shown, author.domain)) {
        out.say(*why);
        co_return out;
    }
    out.content.status = Status::found;
    out.content.tier = shown.tier;
    out.content.said_by = shown.said_by;
    out.content.sources = shown.sources;
    out.content.as_of = shown.as_of;
    if (policy.position == config::Position::delivery)
        add_visible_tag(header, shown, policy, out.content, annotation);
    out.shown = std::move(found->shown);
    co_return out;
}

void Annotator::add_visible_tag(const message::HeaderSection& header, const profile::Presentation& shown,
                                const AnnotationPolicy& policy, message::BlockContent& content,
                                Annotation& annotation) const {
    const config::Annotate& settings = shared_.settings.annotate;
    if (settings.visible == config::VisibleTag::none) return;
    const auto mailboxes = message::parse_mailbox_list(header.first("From")->body);
    if (!mailboxes) return;
    const message::Mailbox& author = mailboxes->front();
    const std::string tag = tag_text(shown, author);
    auto visible = settings.visible == config::VisibleTag::from
                       ? message::tag_from(header, author, tag, policy.line_end)
                       : message::tag_subject(header, tag, policy.line_end);
    if (!visible) return;
    content.original = std::move(visible->original);
    content.replacement = visible->splice.text;
    annotation.splices.push_back(std::move(visible->splice));
}

// A seal binds From, Date and Message-ID, which anybody who once got the message can send again with another
// text. So a block that shows a person stays only where this message proves its author too. One that is bound
// to no message at all never stays: judged anew the same comes out where it was true.
bool Annotator::may_keep(const message::SealedBlock& block, const message::HeaderSection& header,
                         const AnnotationPolicy& policy) const {
    if (!block.bound) return false;
    if (block.status != Status::found) return true;
    // The seal binds every From, but for one that a bare CR hides.
    const message::Field* const from = header.only("From");
    if (policy.position == config::Position::front || from == nullptr) return false;
    const config::Annotate& settings = shared_.settings.annotate;
    if (settings.require == config::Require::none) return true;
    const auto mailboxes = message::parse_mailbox_list(from->body);
    return mailboxes && mailboxes->size() == 1 &&
           message::trust_of(header, mailboxes->front(), settings.authserv_ids).has_value();
}

net::Task<Annotation> Annotator::annotate(std::string_view octets, const message::HeaderSection& scanned,
                                          const Envelope& envelope, AnnotationPolicy policy) {
    const auto begin = SteadyClock::now();
    Annotation annotation;
    const message::FirstLine first = message::first_line_of(octets);
    // A message that does not begin with a field has no header section: all of it is body.
    const message::HeaderSection none;
    const message::HeaderSection& header = first == message::FirstLine::other ? none : scanned;
    if (envelope.keep_sealed) {
        const auto check =
            message::check_seal(octets, header, shared_.seal_key, shared_.settings.annotate.prefix);
        if (check.verdict == message::SealVerdict::valid && may_keep(*check.block, header, policy)) {
            annotation.status = check.block->status;
            for (const auto& range :
                 message::forged_ranges(header, forged_names_, {check.block->begin, check.block->end}))
                annotation.splices.push_back({range.begin, range.end, {}});
            tally_->annotation.record(SteadyClock::now() - begin);
            co_return annotation;
        }
    }
    Judged judged = co_await judge(header, envelope, policy, annotation);
    tell(judged.content, annotation);

    const message::BlockOptions options = block_options(policy.line_end);
    const message::RenderedPerson* person = judged.shown ? &rendered(judged.shown, options) : nullptr;
    std::string block =
        message::make_block(judged.content, person, header, shared_.seal_key, options, padding_before(first));
    // A padding field must stay last: it absorbs what follows.
    if (judged.shown && shared_.settings.annotate.outlook_flag && first != message::FirstLine::white_space)
        block.append(message::outlook_flag(judged.shown->profile, policy.line_end));
    if (first == message::FirstLine::other) block.append(policy.line_end);

    for (const auto& range : message::forged_ranges(header, forged_names_))
        annotation.splices.push_back({range.begin, range.end, {}});
    annotation.splices.push_back({0, 0, std::move(block)});
    std::ranges::sort(annotation.splices, {},
                      [](const message::Splice& splice) { return std::pair{splice.begin, splice.end}; });
    tally_->annotation.record(SteadyClock::now() - begin - judged.waited);
    co_return annotation;
}

std::string Annotator::neutral_block(std::string_view octets, const message::HeaderSection& header,
                                     std::string_view line_end) const {
    message::BlockContent content;
    content.status = Status::unavailable;
    content.reason = "header-size";
    return message::make_block(content, nullptr, header, shared_.seal_key, block_options(line_end),
                               padding_before(message::first_line_of(octets)));
}

// The message's first line changes nothing: the block ends with a padding field anyway, and whatever follows
// stands at the same offset in every message.
net::Task<FixedBlock> Annotator::annotate_fixed(std::string_view octets, const message::HeaderSection& header,
                                                const Envelope& envelope, AnnotationPolicy policy,
                                                std::size_t block_octets) {
    const auto begin = SteadyClock::now();
    FixedBlock out;
    const auto check =
        message::check_seal(octets, header, shared_.seal_key, shared_.settings.annotate.prefix);
    if (check.verdict == message::SealVerdict::valid && may_keep(*check.block, header, policy)) {
        out.status = check.block->status;
        out.kept = {check.block->begin, check.block->end};
        out.octets = message::make_padding(shared_.settings.annotate.prefix, block_octets);
        tally_->annotation.record(SteadyClock::now() - begin);
        co_return out;
    }
    Annotation annotation;
    // As in annotate(): what does not begin with a field names no author. The seal is over what a reader
    // sees.
    const message::HeaderSection none;
    const bool has_header = message::first_line_of(octets) != message::FirstLine::other;
    Judged judged = co_await judge(has_header ? header : none, envelope, policy, annotation);
    tell(judged.content, annotation);
    static_cast<Said&>(out) = std::move(annotation);
    out.unfound = judged.unfound;
    const message::RenderedPerson* person =
        judged.shown ? &rendered(judged.shown, block_options("\r\n")) : nullptr;
    message::BlockOptions options = block_options("\r\n");
    options.max_octets = block_octets;
    out.octets = message::make_block(judged.content, person, header, shared_.seal_key, options,
                                     message::Padding::fill);
    tally_->annotation.record(SteadyClock::now() - begin - judged.waited);
    co_return out;
}

std::string Annotator::neutral_fixed_block(const message::HeaderSection& header, std::string_view reason,
                                           std::size_t block_octets) const {
    message::BlockContent content;
    content.status = Status::unavailable;
    content.reason = reason;
    message::BlockOptions options = block_options("\r\n");
    options.max_octets = block_octets;
    return message::make_block(content, nullptr, header, shared_.seal_key, options, message::Padding::fill);
}

std::size_t Annotator::own_top_octets(std::string_view octets, const message::HeaderSection& header) const {
    const std::string& prefix = shared_.settings.annotate.prefix;
    const auto check = message::check_seal(octets, header, shared_.seal_key, prefix);
    if (check.verdict == message::SealVerdict::valid && check.block->begin == 0) return check.block->end;
    return message::leading_padding_octets(octets, header, prefix);
}

std::vector<message::Splice> Annotator::strip(const message::HeaderSection& header) const {
    std::vector<message::Splice> splices;
    for (const auto& range : message::forged_ranges(header, forged_names_))
        splices.push_back({range.begin, range.end, {}});
    return splices;
}

}  // namespace decorum::pipeline
