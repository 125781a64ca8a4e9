// Removes header fields that bear our names from a message that streams through, without limit on the length
// of the header section. DESIGN, the annotation: the prefix, or the prefix and a hyphen, in any case, with
// white space before the colon too; Face and X-Face where asked. Look-alikes (Sender-Profiles) stay.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/message/header_section.hpp"

namespace decorum::message {

struct ForgedNames {
    std::string prefix = "Sender-Profile";
    bool face = true;
    [[nodiscard]] bool matches(std::string_view field_name) const;   // no white space in it
};

// Octet ranges [begin, end) to leave out of a complete header section; fields within [keep_begin, keep_end)
// stay (a validly sealed block of a trusted peer).
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};
[[nodiscard]] std::vector<Range> forged_ranges(const HeaderSection& header, const ForgedNames& names,
                                               Range keep = {});

// The streaming form. Memory is bounded by the longest of our names, not by a line.
class ForgedFilter {
public:
    explicit ForgedFilter(ForgedNames names);

    // Appends to `out` what stays. Once the header section has ended everything stays; then ended() is true
    // and the caller can stop calling.
    void feed(std::string_view octets, std::string& out);
    // The message ended: what was held back (an undecided name) is appended.
    void finish(std::string& out);
    [[nodiscard]] bool ended() const { return ended_; }

private:
    ForgedNames names_;
    bool ended_ = false;
    // … the helper that implements this completes the state
};

}  // namespace decorum::message
