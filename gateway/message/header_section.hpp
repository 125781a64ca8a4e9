// The header section of a message (RFC 5322 §2.2) as octets: where each field begins and ends.
//
// Tolerant and linear: any octets give a result, nothing is decoded or changed. Line ends may be CRLF or LF.
// The same code reads the dot-stuffed wire form: a stuffed dot can only stand before a line that is no field
// of interest to us.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/ascii.hpp"

namespace decorum::message {

// ftext = %d33-57 / %d59-126  RFC 5322 §3.6.8
inline constexpr ascii::OctetSet ftext = ascii::OctetSet("").add_range(33, 57).add_range(59, 126);

// Where a name ends for some readers, whatever follows: see HiddenField.
[[nodiscard]] constexpr bool cuts_name(char octet) {
    return octet == '\0' || octet == '\x80';
}

struct Field {
    std::string_view name;  // without white space before the colon
    std::string_view body;  // after the colon, folds included, without the last line end
    std::size_t begin = 0;  // offset of the first octet of the name
    std::size_t end = 0;    // offset after the line end of the last line
    [[nodiscard]] bool is(std::string_view field_name) const;  // no case
};

// What is no field here, but one to other readers.
//
// To those that take a bare CR for the end of a line, or for white space: the CR, a name and its colon, and
// what follows up to the next bare CR or the line's end (not included). At the beginning of a line, all of
// the line with its line end and folds, and all CRs in front of the name.
//
// To those for which a name ends at a NUL, or at the 0x80 that an IMAP server may send for it (Dovecot is
// one): a name, such an octet, anything, and a colon in the same line; all of the line with its line end and
// folds, or behind a bare CR as above.
struct HiddenField {
    std::string_view name;
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct HeaderSection {
    std::vector<Field> fields;        // in order; lines that are no field and fold onto none are left out
    std::vector<HiddenField> hidden;  // in order of their beginnings, of all lines
    std::size_t end = 0;              // offset of the empty line, or of the end where there is none
    std::size_t body = 0;             // offset after the empty line
    bool has_empty_line = false;

    [[nodiscard]] const Field* first(std::string_view name) const;  // no case
    [[nodiscard]] std::size_t count(std::string_view name) const;
    // The field that every reader takes for the one of this name: null where none or several are, or where
    // one is hidden.
    [[nodiscard]] const Field* only(std::string_view name) const;
};

[[nodiscard]] HeaderSection scan_header(std::string_view octets);

// The body without folds (RFC 5322 §2.2.3: each line end before white space is dropped), trimmed.
[[nodiscard]] std::string unfold(std::string_view body);

// Finds the end of a header section that arrives in pieces.
class HeaderEndFinder {
public:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    // Offset within `octets` just after the empty line's line end; npos where it is not in there.
    // A message that begins with an empty line has an empty header section.
    [[nodiscard]] std::size_t feed(std::string_view octets);

private:
    bool at_line_start_ = true;
    bool after_cr_ = false;  // an otherwise empty line has shown its CR
};

}  // namespace decorum::message
