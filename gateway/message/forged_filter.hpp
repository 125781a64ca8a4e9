// Removes header fields that bear our names from a message that streams through, without limit on the length
// of the header section. DESIGN, the annotation: the prefix, or the prefix and a hyphen, in any case, with
// white space before the colon too; Face and X-Face where asked. Look-alikes (Sender-Profiles) stay.
//
// Line ends are CRLF or LF, mixed as they come. A line of ours without a colon is no field and stays, a fold
// that follows a removed field goes with it. What is a field to other readers only (header_section.hpp,
// HiddenField) is removed too: behind a bare CR, from the CR to the next one or the line's end, which stay;
// CRs at the beginning of a line go with the whole line, and so does a name that a NUL cuts. Nothing fails.
// Input is either a message as such or its wire form in which every leading dot is stuffed; an unstuffed one
// (".Name:", which a server would unstuff to "Name:") must have been repaired before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/message/header_section.hpp"

namespace decorum::message {

// PREFIX, or PREFIX-anything, in any case.
[[nodiscard]] bool is_block_name(std::string_view field_name, std::string_view prefix);

struct ForgedNames {
    std::string prefix = "Sender-Profile";
    bool face = true;
    bool outlook_flag = false;  // X-Message-Flag too: where we set it, nobody else does
    [[nodiscard]] bool matches(std::string_view field_name) const;  // no white space in it
};

// Octet ranges [begin, end) to leave out of a complete header section; fields within [keep_begin, keep_end)
// stay (a validly sealed block of a trusted peer).
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};
[[nodiscard]] std::vector<Range> forged_ranges(const HeaderSection& header, const ForgedNames& names,
                                               Range keep = {});

// The streaming form. Memory is bounded by twice max_held_octets, not by a line: what began as one of our
// names and still shows neither colon nor anything else after so many octets is removed, being no honest
// field; of more than so many CRs at the beginning of a line all but the last stay, whatever follows.
class ForgedFilter {
public:
    static constexpr std::size_t max_held_octets = 4096;

    explicit ForgedFilter(ForgedNames names);

    // Appends to `out` what stays. Once the header section has ended everything stays; then ended() is true
    // and the caller can stop calling.
    void feed(std::string_view octets, std::string& out);
    // The message ended: what was held back (an undecided name) is appended.
    void finish(std::string& out);
    [[nodiscard]] bool ended() const { return ended_; }

private:
    // Where in a line the last octet stood.
    enum class At : std::uint8_t {
        line_start,    // nothing of the line seen
        leading_cr,    // only CRs: the end of the section if it was one and LF follows
        cr,            // CR within a line that stays: bare, or of the line's end
        name,          // within a name that may be ours
        before_colon,  // one of our names, then white space
        cut_name,      // one of our names, then NUL
        kept,          // the rest of a line that stays
        cut,           // behind a bare CR, what goes of a line up to its end or the next CR
        removed,       // the rest of a line that goes
    };
    enum class Verdict : std::uint8_t { undecided, keep, remove };

    [[nodiscard]] Verdict start_line(char octet);
    [[nodiscard]] Verdict start_name(char octet);
    [[nodiscard]] Verdict in_name(char octet);
    [[nodiscard]] bool is_complete_name() const;
    [[nodiscard]] std::string_view candidate(std::size_t index) const;

    ForgedNames names_;
    std::string held_;                  // what is undecided, from earlier feeds
    std::size_t undecided_octets_ = 0;  // CRs at a line's start, or name and white space behind it
    std::size_t name_octets_ = 0;
    std::uint8_t alive_ = 0;  // bit i: candidate i still agrees
    At at_ = At::line_start;
    bool behind_cr_ = false;  // the name stands behind a bare CR within a line
    bool removing_ = false;   // the field that a fold would belong to is removed
    bool ended_ = false;
};

}  // namespace decorum::message
