#include "gateway/session/imap_listing.hpp"

#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/imap/syntax.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"

namespace decorum::session {
namespace {

using imap::Cursor;

// The author as it stands in the item; empty where there is none, or more than one.
std::string_view from_in_fields(std::string_view octets) {
    const message::HeaderSection header = message::scan_header(octets);
    const message::Field* const from = header.only("From");
    return from != nullptr ? from->body : std::string_view{};
}

// envelope = "(" env-date SP env-subject SP env-from …  RFC 9051 §9
std::string_view from_in_envelope(std::string_view octets) {
    Cursor cursor(octets);
    const auto skip = [&] { return cursor.take_value() && cursor.take(' '); };
    if (!cursor.take('(') || !skip() || !skip()) return {};
    return cursor.take_value().value_or(std::string_view{});
}

std::optional<std::string> address_in_field(std::string_view from) {
    const auto mailboxes = message::parse_mailbox_list(from);
    if (!mailboxes || mailboxes->size() != 1) return std::nullopt;
    return mailboxes->front().address();
}

// env-from = "(" 1*address ")" / nil; address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
std::optional<std::string> address_in_envelope(std::string_view from) {
    Cursor cursor(from);
    const auto skip = [&] { return cursor.take_value() && cursor.take(' '); };
    if (!cursor.take('(') || !cursor.take('(') || !skip() || !skip()) return std::nullopt;
    const auto mailbox = cursor.take_string();
    if (!mailbox || !cursor.take(' ')) return std::nullopt;
    const auto host = cursor.take_string();
    if (!host || !cursor.take(')') || !cursor.take(')')) return std::nullopt;  // and no other author
    return *mailbox + "@" + *host;
}

}  // namespace

std::optional<std::string> ListedAuthor::finish() {
    const Reading reading = std::exchange(reading_, Reading::nothing);
    const std::string octets = std::exchange(octets_, {});
    if (reading == Reading::nothing || octets.size() >= max_octets) return std::nullopt;
    const bool fields = reading == Reading::fields;
    const std::string_view from = fields ? from_in_fields(octets) : from_in_envelope(octets);
    if (from.empty() || !recent_.is_new(from, SteadyClock::now())) return std::nullopt;
    return fields ? address_in_field(from) : address_in_envelope(from);
}

std::optional<std::string> ListedAuthor::see(const imap::ResponseReader::Event& event) {
    const auto collect = [this](std::string_view octets) {
        octets_.append(octets.substr(0, max_octets - octets_.size()));
    };
    if (const auto* name = std::get_if<imap::FetchName>(&event)) {
        auto found = finish();
        const imap::FetchItem& item = name->item;
        if (item.section.kind == imap::Section::Kind::header_fields && item.section.part.empty() &&
            !item.partial && item.section.names_field("From"))
            reading_ = Reading::fields;
        else if (ascii::equals_nocase(item.name, "ENVELOPE"))
            reading_ = Reading::envelope;
        return found;
    }
    if (std::holds_alternative<imap::FetchEnd>(event)) return finish();
    if (reading_ == Reading::fields) {
        if (const auto* octets = std::get_if<imap::FetchLiteralOctets>(&event)) collect(octets->octets);
        if (const auto* quoted = std::get_if<imap::FetchQuoted>(&event)) collect(quoted->octets);
    } else if (reading_ == Reading::envelope) {
        if (const auto* value = std::get_if<imap::FetchValue>(&event)) collect(value->octets);
    }
    return std::nullopt;
}

}  // namespace decorum::session
