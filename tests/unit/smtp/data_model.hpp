// What the decoder of DATA content must do, written a second time, on whole strings and as literally after
// RFC 5321 §4.5.2 as can be; and servers that are more lenient than they should be. The decoder is compared
// with both, by unit tests and by the fuzz target.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/smtp/data.hpp"

namespace decorum::smtp::test {

struct Decoded {
    std::string content;  // all Content joined
    std::optional<DataFault::Kind> fault;
    bool ended = false;
    std::string remaining;
    std::uint64_t octets_seen = 0;
    bool operator==(const Decoded&) const = default;
};

inline Decoded decode(const std::vector<std::string_view>& chunks, Discipline discipline,
                      std::size_t max_line_octets) {
    Decoded decoded;
    DataDecoder decoder(discipline, max_line_octets);
    for (const std::string_view chunk : chunks) {
        if (decoded.ended) {
            decoded.remaining += chunk;
            continue;
        }
        decoder.feed(chunk);
        for (;;) {
            const auto event = decoder.next();
            if (const auto* content = std::get_if<Content>(&event)) {
                decoded.content += content->octets;
                if (decoded.fault) decoded.content += "<content after a fault>";
            } else if (const auto* fault = std::get_if<DataFault>(&event)) {
                decoded.content += decoded.fault ? "<second fault>" : "";
                decoded.fault = fault->kind;
            } else if (std::holds_alternative<EndOfData>(event)) {
                decoded.ended = true;
                decoded.remaining = decoder.remaining();
                break;
            } else {
                break;
            }
        }
    }
    decoded.octets_seen = decoder.octets_seen();
    return decoded;
}

// The content as the RFC reads it: lines end with CRLF only, a line of one dot ends it, and a leading dot is
// deleted. `end` is the position behind the final dot's line.
struct Plain {
    std::string content;
    std::size_t end = 0;
};
inline std::optional<Plain> rfc5321_content(std::string_view wire) {
    Plain plain;
    for (;;) {
        const auto crlf = wire.find("\r\n", plain.end);
        if (crlf == std::string_view::npos) return std::nullopt;
        auto line = wire.substr(plain.end, crlf - plain.end);
        plain.end = crlf + 2;
        if (line == ".") return plain;
        if (line.starts_with('.')) line.remove_prefix(1);
        plain.content.append(line).append("\r\n");
    }
}

// The same under a discipline: CR, LF and NUL that stand alone are altered, left, or a fault.
struct Disciplined {
    std::string content;
    std::optional<DataFault::Kind> fault;
};
inline Disciplined disciplined(std::string_view content, Discipline discipline) {
    Disciplined out;
    for (std::size_t i = 0; i < content.size(); ++i) {
        const char c = content[i];
        const bool cr = c == '\r' && content.substr(i, 2) != "\r\n";
        const bool lf = c == '\n' && (i == 0 || content[i - 1] != '\r');
        const bool nul = c == '\0';
        if (discipline == Discipline::pass || !(cr || lf || nul)) {
            out.content += c;
        } else if (discipline == Discipline::normalize) {
            out.content += cr ? " " : lf ? "\r\n" : "";
        } else {
            out.fault = cr ? DataFault::Kind::bare_cr : lf ? DataFault::Kind::bare_lf : DataFault::Kind::nul;
            return out;
        }
    }
    return out;
}

// A dot put before each dot at the start of a line, whatever a server may take for a line's end by LF.
inline std::string stuffed(std::string_view content) {
    std::string out;
    char before = '\n';
    for (const char c : content) {
        if (c == '.' && before == '\n') out += '.';
        out += c;
        before = c;
    }
    return out;
}

// Receivers by what they take for a line's end. Each reads wire octets as if DATA had just been answered and
// returns the position behind the first thing that it takes for the final dot.
enum class Leniency {
    lf,            // LF, with or without CR before it: Dovecot, sendmail
    lf_after_crs,  // the same with any number of CR: Postfix before 3.9
    any,           // CR, LF, NUL skipped, blanks after the dot skipped: nobody known, the worst of all
};
inline std::optional<std::size_t> lenient_end(std::string_view wire, Leniency leniency) {
    const auto line_end = [&](std::size_t at) -> std::size_t {  // octets of the line's end at `at`, or 0
        std::size_t crs = 0;
        while (at + crs < wire.size() && wire[at + crs] == '\r') ++crs;
        const bool lf = at + crs < wire.size() && wire[at + crs] == '\n';
        switch (leniency) {
            case Leniency::lf: return lf && crs <= 1 ? crs + 1 : 0;
            case Leniency::lf_after_crs: return lf ? crs + 1 : 0;
            case Leniency::any: return lf ? crs + 1 : crs;
        }
        return 0;
    };
    const auto skip = [&](std::size_t at, std::string_view set) {
        return std::min(wire.find_first_not_of(set, at), wire.size());
    };
    using namespace std::string_view_literals;
    bool line_start = true;
    for (std::size_t i = 0; i < wire.size();) {
        std::size_t dot = leniency == Leniency::any ? skip(i, "\0"sv) : i;
        if (line_start && dot < wire.size() && wire[dot] == '.') {
            const std::size_t after = leniency == Leniency::any ? skip(dot + 1, "\0 \t"sv) : dot + 1;
            if (const std::size_t end = line_end(after); end > 0) return after + end;
        }
        const std::size_t end = line_end(i);
        line_start = end > 0;
        i += std::max<std::size_t>(end, 1);
    }
    return std::nullopt;
}

}  // namespace decorum::smtp::test
