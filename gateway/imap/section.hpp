// Sections of a message, as commands ask for them and responses name them (RFC 9051 §6.4.5, RFC 3516).
//
// section = "[" [section-spec] "]"; the names of header fields may be atoms, quoted strings or literals, and
// two sections are the same whatever form their names have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/imap/syntax.hpp"

namespace decorum::imap {

// Names of header fields in a section, and in a FETCH command with all its sections.
inline constexpr std::size_t max_field_names = 1000;

struct Section {
    enum class Kind : std::uint8_t { whole, header, header_fields, header_fields_not, text, mime };

    std::string part;  // "1.2", or empty: the message itself
    Kind kind = Kind::whole;
    std::vector<std::string> names;  // header_fields, header_fields_not: decoded, in order

    // The block stands above the message only: parts of it, attached messages too, are as they were.
    [[nodiscard]] bool is_annotated() const {
        return part.empty() && kind != Kind::text && kind != Kind::mime;
    }
    // Of a message that is no multipart some servers answer the MIME header of its only part, however often
    // that is asked for part 1 of it, with the whole header section of the message.
    [[nodiscard]] bool may_be_header() const;
    [[nodiscard]] bool selects_fields() const {
        return kind == Kind::header_fields || kind == Kind::header_fields_not;
    }
    [[nodiscard]] bool names_field(std::string_view name) const;  // no case
    // Names are compared without case.
    [[nodiscard]] bool operator==(const Section& other) const;
};

// BODY[…], BODY.PEEK[…], BINARY[…], BINARY.PEEK[…], BINARY.SIZE[…]: the cursor stands at "[".
[[nodiscard]] std::optional<Section> take_section(Cursor& cursor);
[[nodiscard]] std::optional<Section> take_binary_section(Cursor& cursor);

[[nodiscard]] std::string wire_form(const Section& section);

// What a FETCH command asks for, or a FETCH response gives.
struct FetchItem {
    enum class Kind : std::uint8_t {
        other,  // FLAGS, UID, ENVELOPE, BODY, BODYSTRUCTURE, …: nothing of it changes
        uid,
        internal_date,
        size,  // RFC822.SIZE
        rfc822,
        rfc822_header,
        rfc822_text,
        body,    // with a section
        binary,  // with a section
        binary_size,
    };
    struct Partial {
        std::uint64_t origin = 0;
        std::uint64_t octets = 0;  // commands only
        bool operator==(const Partial&) const = default;
    };

    Kind kind = Kind::other;
    std::string_view name{};  // "BODY.PEEK", as written, without section
    std::string_view wire{};  // all of it
    Section section{};
    std::optional<Partial> partial{};

    // The octets it shows begin with the block, or with fields of it.
    [[nodiscard]] bool is_annotated() const;
    [[nodiscard]] bool is_annotated_size() const;
};

// msg-att name: "BODY" section ["<" number ">"] / …  RFC 9051 §9
[[nodiscard]] std::optional<FetchItem> take_response_item(Cursor& cursor);
// fetch-att = "BODY" [".PEEK"] section ["<" number64 "." nz-number64 ">"] / …, PREVIEW with its modifier too.
// Only items that are known: what isn't could show offsets that don't agree with ours.
[[nodiscard]] std::optional<FetchItem> take_command_item(Cursor& cursor);

}  // namespace decorum::imap
