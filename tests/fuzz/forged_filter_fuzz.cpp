// The filter that removes forged fields. For every message and every split of it: the streaming form gives
// what the ranges give, filtering again changes nothing, no name of ours is left in the header section,
// whether lines end with LF only or with CR too, the body is as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

#include "gateway/message/forged_filter.hpp"

using namespace decorum::message;

namespace {

void require(bool holds, std::source_location where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "line %u: the property does not hold\n", static_cast<unsigned>(where.line()));
    std::abort();
}

std::string stream(std::string_view octets, std::size_t step, const ForgedNames& names) {
    ForgedFilter filter(names);
    std::string out;
    // Pieces of 1, 1 + step, 1 + 2 * step … octets, modulo 17: every kind of split turns up.
    std::size_t piece = 1;
    for (std::size_t at = 0; at < octets.size(); at += piece, piece = 1 + (piece - 1 + step) % 17)
        filter.feed(octets.substr(at, piece), out);
    filter.finish(out);
    return out;
}

// The name of the field that begins here; empty where none does.
std::string_view name_at(std::string_view octets) {
    const std::string_view before = octets.substr(0, octets.find_first_of(":\r\n"));
    if (before.size() == octets.size() || octets[before.size()] != ':') return {};
    const std::string_view name = before.substr(0, before.find_last_not_of(" \t") + 1);
    return std::ranges::all_of(name, [](char c) { return ftext.contains(c); }) ? name : std::string_view{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > ForgedFilter::max_held_octets)
        return 0;  // beyond it the streaming form is stricter
    const std::size_t step = data[0];
    ForgedNames names;
    names.face = (data[1] & 1) != 0;
    if ((data[1] & 2) != 0) names.prefix = "X-F";
    const std::string_view octets(reinterpret_cast<const char*>(data) + 2, size - 2);

    const HeaderSection before = scan_header(octets);
    std::string by_ranges;
    std::size_t from = 0;
    for (const Range& range : forged_ranges(before, names)) {
        by_ranges += octets.substr(from, range.begin - from);
        from = range.end;
    }
    by_ranges += octets.substr(from);

    const std::string out = stream(octets, step, names);
    require(out == by_ranges);
    require(out == stream(octets, 0, names));
    ForgedFilter whole(names);
    std::string at_once;
    whole.feed(octets, at_once);
    whole.finish(at_once);
    require(out == at_once);
    require(whole.ended() == before.has_empty_line);

    require(stream(out, step, names) == out);
    const HeaderSection after = scan_header(out);
    for (const Field& field : after.fields) require(!names.matches(field.name));
    for (std::size_t at = 0; at < after.end; ++at)
        if (at == 0 || out[at - 1] == '\r' || out[at - 1] == '\n')
            require(!names.matches(name_at(std::string_view(out).substr(at, after.end - at))));
    require(after.has_empty_line == before.has_empty_line);
    require(std::string_view(out).substr(after.body) == octets.substr(before.body));
    return 0;
}
