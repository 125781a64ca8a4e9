// Properties of robots.txt, for any octets; the first line is what is asked for, the rest the file:
// - line ends and comments change no verdict, nor does escaping what needs no escape;
// - a file that allows all of it last, by a pattern longer than any, allows.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/robots.hpp"
#include "gateway/base/ascii.hpp"

using namespace decorum;
using connectors::RobotsRules;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

std::string with_line_ends(std::string_view text, std::string_view line_end) {
    std::string out;
    for (const char c : text)
        if (c == '\n')
            out.append(line_end);
        else
            out.push_back(c);
    return out;
}

// Letters and digits escaped; not those that belong to an escape already.
std::string escaped(std::string_view target) {
    if (target.find('%') != std::string_view::npos) return std::string(target);
    std::string out;
    for (const char c : target)
        if (ascii::is_alnum(c))
            fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
        else
            out.push_back(c);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string target = "/" + std::string(input.substr(0, end));
    const std::string_view text = input.substr(std::min(end + 1, input.size()));

    const RobotsRules rules = RobotsRules::parse(text);
    const bool allowed = rules.allow(target);
    require(rules.allow(escaped(target)) == allowed);
    if (text.find('\r') == std::string_view::npos && text.size() < 10'000) {
        require(RobotsRules::parse(with_line_ends(text, "\r\n")).allow(target) == allowed);
        require(RobotsRules::parse(with_line_ends(text, "\r")).allow(target) == allowed);
        require(RobotsRules::parse(with_line_ends(text, " # a comment\n\n")).allow(target) == allowed);
        const std::string longest = std::string(text.size() * 3 + 10, '*');
        require(RobotsRules::parse(std::string(text) + "\nuser-agent: decorum\nallow: /" + longest)
                    .allow(target));
    }
    return 0;
}
