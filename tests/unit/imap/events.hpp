// Feeds the readers of this folder the same octets in many divisions, and writes their events down as text,
// so that "the same events for every split" is one comparison. Adjacent pieces of one kind are joined.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "gateway/imap/command_reader.hpp"
#include "gateway/imap/framer.hpp"
#include "gateway/imap/response_reader.hpp"

namespace decorum::imap::test {

using Chunks = std::vector<std::string_view>;
using Events = std::vector<std::string>;

inline Chunks in_steps(std::string_view input, std::size_t stride) {
    Chunks chunks;
    for (std::size_t i = 0; i < input.size(); i += stride) chunks.push_back(input.substr(i, stride));
    return chunks;
}

// Whole, octet by octet, in steps of three, and in two at every position.
inline std::vector<Chunks> all_splits(std::string_view input) {
    std::vector<Chunks> splits{{input}, in_steps(input, 1), in_steps(input, 3)};
    for (std::size_t i = 1; i < input.size(); ++i) splits.push_back({input.substr(0, i), input.substr(i)});
    return splits;
}

// Appends to the last event where it is of the same kind.
inline void join(Events& events, std::string_view kind, std::string_view octets) {
    if (octets.empty()) return;
    const std::string prefix = std::string(kind) + " ";
    if (events.empty() || !events.back().starts_with(prefix)) events.push_back(prefix);
    events.back().append(octets);
}

inline std::string describe(const Literal& literal) {
    return (literal.binary ? "~{" : "{") + std::to_string(literal.octets) +
           (literal.synchronising ? "}" : "+}");
}

inline Events framer_events(const Chunks& chunks, Direction direction) {
    Events events;
    Framer framer(direction);
    for (const std::string_view chunk : chunks) {
        framer.feed(chunk);
        for (;;) {
            const auto event = framer.next();
            if (std::holds_alternative<NeedInput>(event)) break;
            if (const auto* text = std::get_if<Text>(&event)) {
                join(events, "text", text->octets);
            } else if (const auto* literal = std::get_if<Literal>(&event)) {
                events.push_back("literal " + describe(*literal));
            } else if (const auto* octets = std::get_if<LiteralOctets>(&event)) {
                join(events, "octets", octets->octets);
            } else if (const auto* fault = std::get_if<FramingFault>(&event)) {
                constexpr std::string_view names[] = {"bare_cr", "nul", "literal_size"};
                events.push_back("fault " + std::string(names[static_cast<int>(fault->kind)]) +
                                 (fault->lost ? " lost" : ""));
                if (fault->lost) return events;
            } else {
                events.push_back("end");
            }
        }
    }
    return events;
}

// With accept_append false each APPEND is refused.
inline Events command_events(const Chunks& chunks, ReaderLimits limits = {}, bool accept_append = true) {
    Events events;
    CommandReader reader(limits);
    for (const std::string_view chunk : chunks) {
        reader.feed(chunk);
        for (;;) {
            const auto event = reader.next();
            if (std::holds_alternative<NeedInput>(event)) break;
            if (const auto* text = std::get_if<CommandText>(&event)) {
                events.push_back("command " + std::string(text->wire));
            } else if (std::holds_alternative<GoAhead>(event)) {
                events.push_back("go ahead");
            } else if (const auto* append = std::get_if<Append>(&event)) {
                events.push_back("append " + std::string(append->head.before_literal) +
                                 describe(append->message));
                accept_append ? reader.accept() : reader.refuse();
            } else if (const auto* octets = std::get_if<AppendOctets>(&event)) {
                join(events, "octets", octets->octets);
            } else if (const auto* end = std::get_if<AppendEnd>(&event)) {
                events.push_back(end->valid ? "append end" : "append end invalid");
            } else if (const auto* refused = std::get_if<Refused>(&event)) {
                events.push_back("refused " + std::string(refused->tag) + ": " +
                                 std::string(refused->reason) + (refused->lost ? ", lost" : ""));
                if (refused->lost) return events;
            }
        }
    }
    return events;
}

inline std::string describe(const Response& response) {
    std::string out = "untagged ";
    if (response.kind == Response::Kind::continuation) out = "continuation ";
    if (response.kind == Response::Kind::tagged) out = "tagged " + std::string(response.tag) + " ";
    if (response.number) out += std::to_string(*response.number) + " ";
    out.append(response.keyword).append("|").append(response.text);
    return out;
}

inline void describe(Events& events, const ResponseReader::Event& event) {
    std::visit(
        [&events](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, Response>) {
                // What follows of a response beyond the limit is joined to what came.
                events.push_back(value.complete ? describe(value) : "passed " + std::string(value.wire));
            } else if constexpr (std::is_same_v<Value, Passed>) {
                join(events, "passed", value.octets);
                if (value.ends) events.push_back("end");
            } else if constexpr (std::is_same_v<Value, FetchStart>) {
                events.push_back("fetch " + std::to_string(value.sequence));
            } else if constexpr (std::is_same_v<Value, FetchName>) {
                events.push_back("name " + std::string(value.wire));
            } else if constexpr (std::is_same_v<Value, FetchNil>) {
                events.push_back("nil");
            } else if constexpr (std::is_same_v<Value, FetchQuoted>) {
                events.push_back("quoted " + std::string(value.octets));
            } else if constexpr (std::is_same_v<Value, FetchLiteral>) {
                events.push_back((value.binary ? "literal8 " : "literal ") + std::to_string(value.octets));
            } else if constexpr (std::is_same_v<Value, FetchLiteralOctets>) {
                join(events, "octets", value.octets);
            } else if constexpr (std::is_same_v<Value, FetchValue>) {
                join(events, "value", value.octets);
            } else if constexpr (std::is_same_v<Value, FetchEnd>) {
                events.push_back("fetch end");
            } else if constexpr (std::is_same_v<Value, ResponseFault>) {
                events.push_back("fault " + std::string(value.reason));
            }
        },
        event);
}

inline Events response_events(const Chunks& chunks, bool parse_fetch = true) {
    Events events;
    ResponseReader reader;
    reader.set_parse_fetch(parse_fetch);
    for (const std::string_view chunk : chunks) {
        reader.feed(chunk);
        for (;;) {
            const auto event = reader.next();
            if (std::holds_alternative<NeedInput>(event)) break;
            describe(events, event);
            if (std::holds_alternative<ResponseFault>(event)) return events;
        }
    }
    return events;
}

}  // namespace decorum::imap::test
