// What FETCH through the gateway must give, told naively: a mailbox of one message behind a model server, and
// the message as it shall look, its block above it and its forged fields masked line by line.
//
// The model server reads the command that the gateway sends upstream and answers it; the answer goes through
// reader and rewriter, and is read again as a client would.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/imap/command.hpp"
#include "gateway/imap/response_reader.hpp"
#include "gateway/imap/rewrite_command.hpp"
#include "gateway/imap/rewrite_fetch.hpp"
#include "tests/unit/imap/events.hpp"

namespace decorum::imap::test {

// --- the message as it shall look ---

inline std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

inline bool is_blank(std::string_view line) {
    return line == "\r\n" || line == "\n";
}

inline std::string header_of(std::string_view message) {
    std::string header;
    for (const std::string& line : lines_of(message)) {
        header += line;
        if (is_blank(line)) break;
    }
    return header;
}

inline bool is_ours(std::string_view name) {
    const std::string small = ascii::lower(name);
    return small == "sender-profile" || small.starts_with("sender-profile-") || small == "face" ||
           small == "x-face";
}

// `kept`: numbers of fields of ours, from the top, that stay.
inline std::string masked_by_line(std::string_view message, const std::vector<std::size_t>& kept = {}) {
    std::string out;
    bool header = true;
    std::size_t ours = 0;
    for (std::string line : lines_of(message)) {
        for (std::size_t begin = 0; header && begin < line.size(); begin = line.find('\r', begin) + 1) {
            const auto name = line.substr(begin, line.find_first_of(": \t\r\n", begin) - begin);
            const auto end = begin + name.size();
            const auto after = end < line.size() ? line[end] : '\n';
            if ((after == ':' || after == ' ' || after == '\t') && is_ours(name)) {
                if (begin > 0 || std::ranges::find(kept, ours) == kept.end()) line[begin] = 'Z';
                if (begin == 0) ++ours;
            }
            if (line.find('\r', begin) == std::string::npos) break;
        }
        if (is_blank(line)) header = false;
        out += line;
    }
    return out;
}

// Fields of a header section by name, and the empty line where `header` has one.
inline std::string select_fields(std::string_view header, const Section& section) {
    std::string out;
    bool taken = false;
    for (const std::string& line : lines_of(header)) {
        if (is_blank(line)) {
            out += line;
            break;
        }
        if (line[0] != ' ' && line[0] != '\t') {
            auto name = line.substr(0, line.find(':'));
            while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.pop_back();
            const bool named = std::ranges::any_of(section.names, [&name](const auto& wanted) {
                return ascii::lower(wanted) == ascii::lower(name);
            });
            taken = named == (section.kind == Section::Kind::header_fields);
        }
        if (taken) out += line;
    }
    return out;
}

inline std::string slice(std::string_view text, const std::optional<FetchItem::Partial>& partial) {
    if (!partial) return std::string(text);
    if (partial->origin >= text.size()) return {};
    return std::string(
        text.substr(static_cast<std::size_t>(partial->origin),
                    static_cast<std::size_t>(std::min<std::uint64_t>(partial->octets, text.size()))));
}

inline std::string section_of(std::string_view message, const FetchItem& item) {
    using Kind = Section::Kind;
    if (item.kind == FetchItem::Kind::rfc822_header) return header_of(message);
    if (item.kind == FetchItem::Kind::rfc822_text)
        return std::string(message.substr(header_of(message).size()));
    // As of a message that is no multipart.
    if (item.section.part == "1" && item.section.kind == Kind::mime) return header_of(message);
    if (!item.section.part.empty()) return "part " + item.section.part;
    switch (item.section.kind) {
        case Kind::header: return header_of(message);
        case Kind::text: return std::string(message.substr(header_of(message).size()));
        case Kind::header_fields:
        case Kind::header_fields_not: return select_fields(header_of(message), item.section);
        default: return std::string(message);
    }
}

// --- the model server ---

struct ModelServer {
    std::string message;
    bool quotes = false;         // strings where they can be quoted
    bool is_gone = false;        // expunged: NIL
    bool date_last = false;      // UID and INTERNALDATE after all else
    bool literal_names = false;  // names of fields as literals

    [[nodiscard]] std::string string(const std::string& octets, bool binary) const {
        const bool plain = octets.find_first_of("\r\n") == std::string::npos && ascii::is_ascii(octets);
        if (quotes && plain) return imap::quoted(octets);
        return (binary ? "~{" : "{") + std::to_string(octets.size()) + "}\r\n" + octets;
    }

    [[nodiscard]] std::string section_name(const Section& section) const {
        if (!literal_names || !section.selects_fields()) return wire_form(section);
        std::string out =
            section.kind == Section::Kind::header_fields ? "[HEADER.FIELDS (" : "[header.fields.not (";
        for (const std::string& name : section.names) {
            if (out.back() != '(') out += ' ';
            out += "{" + std::to_string(name.size()) + "}\r\n" + name;
        }
        return out + ")]";
    }

    [[nodiscard]] std::string answer_to(const FetchItem& item) const {
        using Kind = FetchItem::Kind;
        switch (item.kind) {
            case Kind::uid: return "UID 77";
            case Kind::internal_date: return "INTERNALDATE \" 5-Nov-2026 10:00:00 +0000\"";
            case Kind::size: return "RFC822.SIZE " + std::to_string(message.size());
            case Kind::binary_size: return "BINARY.SIZE[] " + std::to_string(message.size());
            case Kind::other: return std::string(item.name) + " (\\Seen)";
            default: break;
        }
        std::string name = item.kind == Kind::body     ? "BODY"
                           : item.kind == Kind::binary ? "BINARY"
                                                       : std::string(item.name);
        if (item.kind == Kind::body || item.kind == Kind::binary) name += section_name(item.section);
        if (item.partial) name += "<" + std::to_string(item.partial->origin) + ">";
        if (is_gone) return name + " NIL";
        return name + " " + string(slice(section_of(message, item), item.partial), item.kind == Kind::binary);
    }

    // The response to a FETCH of message 1.
    [[nodiscard]] std::string answer(std::string_view wire) const {
        const auto command = parse_command(wire);
        std::vector<std::string> first;
        std::vector<std::string> rest;
        for (const FetchItem& item : std::get<Fetch>(command->detail).items) {
            const bool attribute =
                item.kind == FetchItem::Kind::uid || item.kind == FetchItem::Kind::internal_date;
            (attribute == date_last ? rest : first).push_back(answer_to(item));
        }
        std::string out;
        for (const auto* items : {&first, &rest})
            for (const std::string& item : *items) out += (out.empty() ? "" : " ") + item;
        return "* 1 FETCH (" + out + ")\r\n";
    }
};

// --- the gateway ---

struct ModelBlock {
    MessageBlock block;
    std::string header;  // handed over where the response has none
    std::vector<WantedBlock> wanted{};
    std::vector<std::string> headers{};  // seen in them
};

inline std::string rewritten(FetchRewriter& rewriter, const Chunks& response, ModelBlock& model) {
    std::string out;
    ResponseReader reader;
    for (const std::string_view chunk : response) {
        reader.feed(chunk);
        for (;;) {
            const auto event = reader.next();
            if (std::holds_alternative<NeedInput>(event)) break;
            if (std::holds_alternative<ResponseFault>(event))
                return "fault: " + std::string(std::get<ResponseFault>(event).reason);
            auto step = rewriter.on(event, out);
            while (step == FetchRewriter::Step::block_wanted) {
                model.wanted.push_back(rewriter.wanted());
                model.headers.emplace_back(rewriter.wanted().header.value_or("(none)"));
                step = rewriter.provide(model.block, model.header, out);
            }
        }
    }
    return out;
}

// One command through plan, server and rewriter.
inline std::string fetched(std::string_view command_wire, const ModelServer& server, const Rewrite& rewrite,
                           ModelBlock& model, std::size_t stride = 1 << 20) {
    const auto command = parse_command(command_wire);
    if (!command) return "refused: " + command.error().detail;
    auto plan = plan_fetch(*command, command_wire, rewrite);
    const std::string response = server.answer(plan.wire);
    FetchRewriter rewriter(rewrite);
    rewriter.begin("a", std::move(plan));
    return rewritten(rewriter, in_steps(response, stride), model);
}

// --- the client ---

// Item names and what they show: "nil", "octets …", "value …".
inline std::vector<std::pair<std::string, std::string>> items_of(std::string_view response) {
    std::vector<std::pair<std::string, std::string>> items;
    ResponseReader reader;
    reader.feed(response);
    for (;;) {
        const auto event = reader.next();
        if (std::holds_alternative<NeedInput>(event)) return items;
        if (const auto* name = std::get_if<FetchName>(&event)) {
            items.emplace_back(name->wire, "");
        } else if (std::holds_alternative<FetchNil>(event)) {
            items.back().second = "nil";
        } else if (const auto* literal = std::get_if<FetchLiteral>(&event)) {
            items.back().second = literal->binary ? "binary " : "octets ";
        } else if (const auto* octets = std::get_if<FetchLiteralOctets>(&event)) {
            items.back().second += octets->octets;
        } else if (const auto* string = std::get_if<FetchQuoted>(&event)) {
            items.back().second = "octets " + std::string(string->octets);
        } else if (const auto* value = std::get_if<FetchValue>(&event)) {
            items.back().second += value->octets;
        } else if (const auto* fault = std::get_if<ResponseFault>(&event)) {
            items.emplace_back("fault", fault->reason);
            return items;
        }
    }
}

}  // namespace decorum::imap::test
