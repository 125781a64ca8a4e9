// DATA content: under every discipline and for every split, what comes out is what the model in
// tests/unit/smtp/data_model.hpp says; and no server of those modelled, however lenient about line ends,
// finds an end in it but ours.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/smtp/data.hpp"
#include "tests/unit/smtp/data_model.hpp"

namespace {

using namespace decorum::smtp;
using test::Leniency;

void require(bool holds) {
    if (!holds) std::abort();
}

std::vector<std::string_view> in_steps(std::string_view input, std::size_t stride) {
    std::vector<std::string_view> chunks;
    for (std::size_t i = 0; i < input.size(); i += stride) chunks.push_back(input.substr(i, stride));
    return chunks;
}

void check_output(const std::string& sent, Discipline discipline, std::optional<std::size_t> end) {
    require(test::lenient_end(sent, Leniency::lf) == end);
    require(test::lenient_end(sent, Leniency::lf_after_crs) == end);
    if (discipline == Discipline::pass) return;
    require(test::lenient_end(sent, Leniency::any) == end);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        require(sent[i] != '\0');
        require((sent[i] == '\n') == (i > 0 && sent[i - 1] == '\r'));
    }
    require(sent.empty() || sent.back() != '\r');
}

void check(std::string_view wire, Discipline discipline, std::size_t stride, std::size_t max_line_octets) {
    constexpr std::size_t unlimited = 1 << 24;
    const auto decoded = test::decode({wire}, discipline, unlimited);
    require(test::decode(in_steps(wire, stride), discipline, unlimited) == decoded);
    // Octet by octet where that is quick.
    const std::size_t small_stride = wire.size() <= 512 ? 1 : stride;
    require(test::decode(in_steps(wire, small_stride), discipline, max_line_octets) ==
            test::decode({wire}, discipline, max_line_octets));

    const auto plain = test::rfc5321_content(wire);
    require(decoded.ended == plain.has_value());
    if (plain) {
        const auto expected = test::disciplined(plain->content, discipline);
        require(decoded.fault == expected.fault);
        require(decoded.remaining == wire.substr(plain->end));
        require(decoded.octets_seen == plain->end - 3);
        if (!expected.fault) require(decoded.content == test::stuffed(expected.content));
    }
    const bool whole = decoded.ended && !decoded.fault;
    if (whole) require(decoded.content.empty() || decoded.content.ends_with("\r\n"));
    const std::string sent = decoded.content + (whole ? ".\r\n" : "");
    check_output(sent, discipline, whole ? std::optional(sent.size()) : std::nullopt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string wire(reinterpret_cast<const char*>(data + 2), size - 2);
    const std::size_t stride = data[0] % 64U + 1;
    const std::size_t max_line_octets = data[1] + 3U;
    // Text of many lines before the input brings it to any place of a block.
    const auto padding = static_cast<std::size_t>(data[0]) * static_cast<std::size_t>(data[1]) / 8;
    std::string padded;
    while (padded.size() < padding) padded += "A line of ordinary text, as mail has it.\r\n";
    for (const Discipline discipline : {Discipline::refuse, Discipline::normalize, Discipline::pass}) {
        check(wire, discipline, stride, max_line_octets);
        check(wire + "\r\n.\r\n", discipline, stride, max_line_octets);
        check(padded + wire + "\r\n.\r\nQUIT\r\n", discipline, stride * 61, max_line_octets);
    }
    return 0;
}
