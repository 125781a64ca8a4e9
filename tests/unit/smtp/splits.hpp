// Feeds a codec the same octets in many divisions, and writes its events down as text, so that "the same
// events for every split" is one comparison.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/smtp/line_splitter.hpp"
#include "gateway/smtp/reply.hpp"

namespace decorum::smtp::test {

using Chunks = std::vector<std::string_view>;

// Whole, octet by octet, in steps of three, and in two at every position.
inline std::vector<Chunks> all_splits(std::string_view input) {
    std::vector<Chunks> splits{{input}};
    for (const std::size_t stride : {std::size_t{1}, std::size_t{3}}) {
        Chunks chunks;
        for (std::size_t i = 0; i < input.size(); i += stride) chunks.push_back(input.substr(i, stride));
        splits.push_back(std::move(chunks));
    }
    for (std::size_t i = 1; i < input.size(); ++i) splits.push_back({input.substr(0, i), input.substr(i)});
    return splits;
}

inline std::string name_of(LineFault::Kind kind) {
    switch (kind) {
        case LineFault::Kind::too_long: return "too_long";
        case LineFault::Kind::bare_cr: return "bare_cr";
        case LineFault::Kind::bare_lf: return "bare_lf";
        case LineFault::Kind::nul: return "nul";
    }
    return "?";
}

inline std::vector<std::string> line_events(const Chunks& chunks, std::size_t max_line_octets) {
    std::vector<std::string> events;
    LineSplitter splitter(max_line_octets);
    for (const std::string_view chunk : chunks) {
        splitter.feed(chunk);
        for (;;) {
            const auto event = splitter.next();
            if (const auto* line = std::get_if<Line>(&event)) {
                events.push_back("line " + std::string(line->text));
            } else if (const auto* fault = std::get_if<LineFault>(&event)) {
                events.push_back("fault " + name_of(fault->kind));
            } else {
                break;
            }
        }
    }
    return events;
}

inline std::vector<std::string> reply_events(const Chunks& chunks, std::size_t max_line_octets,
                                             std::size_t max_lines) {
    std::vector<std::string> events;
    ReplyParser parser(max_line_octets, max_lines);
    for (const std::string_view chunk : chunks) {
        parser.feed(chunk);
        for (;;) {
            const auto event = parser.next();
            if (const auto* reply = std::get_if<Reply>(&event)) {
                events.push_back(std::to_string(reply->code) + " " + reply->octets);
            } else if (const auto* fault = std::get_if<ReplyFault>(&event)) {
                events.push_back("fault " + std::string(fault->reason));
                return events;  // final
            } else {
                break;
            }
        }
    }
    return events;
}

}  // namespace decorum::smtp::test
