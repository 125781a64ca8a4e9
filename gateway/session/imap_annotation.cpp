#include "gateway/session/imap_annotation.hpp"

#include <algorithm>
#include <functional>

#include "gateway/imap/date_time.hpp"
#include "gateway/message/header_section.hpp"

namespace decorum::session {
namespace {

constexpr std::uint64_t reason_bits = 0xff;

std::uint64_t name_of_message(std::string_view header, std::string_view internal_date) {
    const std::hash<std::string_view> hash;
    return (hash(header) * 31 + hash(internal_date)) & ~reason_bits;
}

// Others are neither kept nor counted: see imap::KeptField.
bool colon_follows_name(const message::Field& field) {
    return field.body.data() == field.name.data() + field.name.size() + 1;
}

}  // namespace

std::vector<imap::KeptField> kept_fields(const message::HeaderSection& header, message::Range range) {
    std::vector<imap::KeptField> kept;
    for (auto field = header.fields.begin(); field != header.fields.end(); ++field) {
        if (field->begin < range.begin || field->end > range.end || !colon_follows_name(*field)) continue;
        const auto above = std::count_if(header.fields.begin(), field, [field](const message::Field& other) {
            return other.is(field->name) && colon_follows_name(other);
        });
        kept.push_back({std::string(field->name), static_cast<std::size_t>(above)});
    }
    return kept;
}

// annotate.exclude_recipients holds addresses; a login that is none excludes nobody.
void ImapAnnotation::set_reader(std::string_view login) {
    if (login.find('@') != std::string_view::npos) envelope_.recipients = {std::string(login)};
}

const ImapAnnotation::Kept* ImapAnnotation::find(std::uint64_t uid) const {
    const auto at = std::ranges::find(kept_, uid, &Kept::uid);
    return at == kept_.end() ? nullptr : &*at;
}

std::string_view ImapAnnotation::header_of(const imap::WantedBlock& wanted) const {
    if (wanted.header || !wanted.uid) return {};
    const Kept* kept = find(*wanted.uid);
    return kept ? std::string_view(kept->header) : std::string_view{};
}

imap::MessageBlock ImapAnnotation::neutral(std::string_view octets, std::string_view reason) {
    ListenerTally& tally = listening_.tally_of(thread_.number);
    tally.statuses[message::Status::unavailable].add();
    tally.blocks_neutral.add();
    const message::HeaderSection header = message::scan_header(octets);
    std::string block = thread_.annotator.neutral_fixed_block(header, reason, thread_.settings.imap.block);
    pipeline::Said said;
    said.status = message::Status::unavailable;
    said.reason = reason;
    record(said, header, block);
    return {std::move(block)};
}

void ImapAnnotation::record(const pipeline::Said& said, const message::HeaderSection& header,
                            std::string_view block) {
    if (!thread_.reading) return;
    const ReadingRecord::Shown shown{.session = session_,
                                     .number = recorded_ + 1,
                                     .listener = listening_.settings.name,
                                     .reader = login_,
                                     .block = block};
    if (thread_.reading->add(shown, said, header)) ++recorded_;
}

net::Task<imap::MessageBlock> ImapAnnotation::block_of(const imap::WantedBlock& wanted, bool keep_it) {
    if (!wanted.header) {
        if (const Kept* kept = wanted.uid ? find(*wanted.uid) : nullptr) co_return kept->block;
        co_return neutral({}, "no-header");
    }
    const std::string_view octets = *wanted.header;
    if (!wanted.header_complete) co_return neutral(octets, "header-size");
    const auto date = imap::parse_date_time(wanted.internal_date);
    if (!date) co_return neutral(octets, "no-date");

    envelope_.received = *date;
    const config::Listener& listener = listening_.settings;
    const message::HeaderSection header = message::scan_header(octets);
    const std::uint64_t name = name_of_message(octets, wanted.internal_date);
    auto made = co_await thread_.annotator.annotate_fixed(
        octets, header, envelope_,
        {.position = config::Position::filter,
         .deadline = std::max(listener.deadline - waited_, Milliseconds::zero()),
         .line_end = "\r\n",
         .waiting = &listening_.waiting,
         .max_waiting = listener.max_connections / 2,
         .as_before = shown_before(name)},
        thread_.settings.imap.block);
    waited_ += made.lookup;
    if (made.unfound) remember(name, *made.unfound);
    ListenerTally& tally = listening_.tally_of(thread_.number);
    tally.statuses[made.status].add();
    (made.kept.end != 0                      ? tally.blocks_kept
     : made.status == message::Status::found ? tally.blocks_annotated
                                             : tally.blocks_neutral)
        .add();
    // What was said when a sealed message came in is on record already.
    if (made.kept.end == 0) record(made, header, made.octets);
    imap::MessageBlock block{std::move(made.octets)};
    if (made.kept.end != 0) block.kept = kept_fields(header, made.kept);
    if (keep_it && wanted.uid && octets.size() <= max_kept_header_octets)
        keep({.uid = *wanted.uid, .header = std::string(octets), .block = block});
    co_return block;
}

std::optional<pipeline::Unfound> ImapAnnotation::shown_before(std::uint64_t message) const {
    const auto at = std::ranges::lower_bound(unfound_, message);
    if (at == unfound_.end() || (*at & ~reason_bits) != message) return std::nullopt;
    return static_cast<pipeline::Unfound>(*at & reason_bits);
}

void ImapAnnotation::remember(std::uint64_t message, pipeline::Unfound why) {
    const auto at = std::ranges::lower_bound(unfound_, message);
    const bool known = at != unfound_.end() && (*at & ~reason_bits) == message;
    if (known || unfound_.size() >= max_unfound_messages) return;
    unfound_.insert(at, message | static_cast<std::uint64_t>(why));
}

void ImapAnnotation::keep(Kept message) {
    if (find(message.uid)) return;
    if (kept_.size() >= max_kept_messages)
        if (const auto oldest = std::ranges::find(kept_, 0U, &Kept::held); oldest != kept_.end())
            kept_.erase(oldest);
    if (kept_.size() < max_kept_messages) kept_.push_back(std::move(message));
}

bool ImapAnnotation::hold(std::uint64_t uid) {
    const auto at = std::ranges::find(kept_, uid, &Kept::uid);
    if (at == kept_.end()) return false;
    ++at->held;
    return true;
}

void ImapAnnotation::release(std::uint64_t uid) {
    const auto at = std::ranges::find(kept_, uid, &Kept::uid);
    if (at != kept_.end()) --at->held;
}

}  // namespace decorum::session
