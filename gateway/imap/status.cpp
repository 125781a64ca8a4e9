// See status.hpp.
#include "gateway/imap/status.hpp"

#include <algorithm>

namespace decorum::imap {
namespace {

// `wire` with `part` of it replaced.
std::string spliced(std::string_view wire, std::string_view part, std::string_view by) {
    const auto offset = static_cast<std::size_t>(part.data() - wire.data());
    std::string out(wire.substr(0, offset));
    out += by;
    out += wire.substr(offset + part.size());
    return out;
}

// resp-code-apnd = "APPENDUID" SP nz-number SP append-uid; resp-code-copy = "COPYUID" SP nz-number SP uid-set
// SP uid-set; "UIDVALIDITY" SP nz-number: the first number is the UIDVALIDITY in all of them.
std::string shown_code(const Response& response, const ResponseCode& code, const StatusRewrite& rewrite) {
    Cursor cursor(code.arguments);
    const auto number = cursor.take_number();
    if (!number) return std::string(response.wire);
    return spliced(response.wire, cursor.since(code.arguments), std::to_string(rewrite.epoch.shown(*number)));
}

struct StatusItem {
    std::string_view name;
    std::string_view value;  // a number, a list, an identifier
};

// status-att-val *(SP status-att-val)
std::optional<std::vector<StatusItem>> take_items(Cursor& cursor) {
    std::vector<StatusItem> items;
    if (!cursor.take('(')) return std::nullopt;
    while (!cursor.take(')')) {
        if (!items.empty() && !cursor.take(' ')) return std::nullopt;
        StatusItem item{cursor.take_all(atom_octets), {}};
        if (item.name.empty() || !cursor.take(' ')) return std::nullopt;
        const auto value = cursor.take_value();
        if (!value) return std::nullopt;
        item.value = *value;
        items.push_back(item);
    }
    return items;
}

std::optional<std::uint64_t> number_of(const std::vector<StatusItem>& items, std::string_view name) {
    for (const StatusItem& item : items) {
        Cursor cursor(item.value);
        if (ascii::equals_nocase(item.name, name)) return cursor.take_number();
    }
    return std::nullopt;
}

// The value shown, or nothing where the item is left out.
std::optional<std::string> shown_value(const StatusItem& item, const std::vector<StatusItem>& items,
                                       const StatusRewrite& rewrite) {
    if (ascii::equals_nocase(item.name, "UIDVALIDITY")) {
        if (const auto number = number_of(items, item.name))
            return std::to_string(rewrite.epoch.shown(*number));
    } else if (ascii::equals_nocase(item.name, "MESSAGES")) {
        if (rewrite.hide_messages) return std::nullopt;
    } else if (ascii::equals_nocase(item.name, "SIZE") && rewrite.block_octets > 0) {
        const auto octets = number_of(items, item.name);
        const auto messages = number_of(items, "MESSAGES");
        if (!octets || !messages || *messages > (most_octets - *octets) / rewrite.block_octets)
            return std::nullopt;
        return std::to_string(*octets + *messages * rewrite.block_octets);
    }
    return std::string(item.value);
}

// mailbox-data = "STATUS" SP mailbox SP "(" [status-att-list] ")"
std::string shown_status(const Response& response, const StatusRewrite& rewrite) {
    Cursor cursor(response.text);
    if (!cursor.take_astring() || !cursor.take(' ')) return std::string(response.wire);
    const auto list = cursor.rest();
    const auto items = take_items(cursor);
    if (!items) return std::string(response.wire);
    std::string out = "(";
    for (const StatusItem& item : *items) {
        const auto value = shown_value(item, *items, rewrite);
        if (!value) continue;
        if (out.size() > 1) out += ' ';
        out.append(item.name).append(" ").append(*value);
    }
    out += ')';
    return spliced(response.wire, cursor.since(list), out);
}

}  // namespace

std::optional<ResponseCode> response_code(const Response& response) {
    if (response.kind == Response::Kind::continuation || !response.is_status()) return std::nullopt;
    Cursor cursor(response.text);
    if (!cursor.take('[')) return std::nullopt;
    const auto inner = cursor.rest().substr(0, cursor.rest().find(']'));
    const auto space = std::min(inner.find(' '), inner.size());
    return ResponseCode{inner.substr(0, space), inner.substr(std::min(space + 1, inner.size()))};
}

std::string shown(const Response& response, const CapabilityPolicy& policy, const StatusRewrite& rewrite) {
    if (response.kind == Response::Kind::untagged && response.is("STATUS"))
        return shown_status(response, rewrite);
    const auto list = capability_list(response);
    if (!list.empty()) return spliced(response.wire, list, filter_capabilities(list, policy));
    const auto code = response_code(response);
    if (code && (code->is("UIDVALIDITY") || code->is("APPENDUID") || code->is("COPYUID")))
        return shown_code(response, *code, rewrite);
    return std::string(response.wire);
}

}  // namespace decorum::imap
