// The annotation block: header fields at the very top of a message (DESIGN, the annotation).
//
// Rendered once, sealed by HMAC, at most 4 KiB, ASCII, folded at 78 columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/message/header_section.hpp"

namespace decorum::message {

inline constexpr std::size_t max_block_octets = 4096;

enum class Status : std::uint8_t {
    found,
    none,
    unauthenticated,
    withheld,
    opted_out,
    excluded,
    pending,
    unavailable,
};
[[nodiscard]] std::string_view name_of(Status status);  // "opted-out"
[[nodiscard]] std::optional<Status> status_from(std::string_view name);

// What is known of a person, ready to be shown: UTF-8 texts, hostile or not.
struct PersonFields {
    std::string profile;                // Sender-Profile
    std::vector<std::string> networks;  // URLs
    std::string activity;               // posts, `2026-11-20 "…" <https://…>`, separated by "; "
    std::string career;
    std::string face;  // base64 of the PNG; empty: none
};

struct BlockContent {
    Status status = Status::unavailable;
    std::string reason;                  // a token, may be empty
    std::optional<PersonFields> person;  // only with found
    std::string tier;                    // "A"
    std::string said_by;                 // "self" | "own"
    std::vector<std::string> sources;    // names
    std::string trust;                   // "dmarc", …
    std::optional<Instant> as_of;
    std::string original;     // the field that a visible tag replaced; empty: none
    std::string replacement;  // the field put in its place (VisibleTag::splice.text): the seal
                              // holds for the message as it goes on, not as it came
};

struct SealKey {
    std::string id;  // letters and digits
    Secret octets;
};

struct BlockOptions {
    std::string_view prefix = "Sender-Profile";
    std::size_t max_octets = max_block_octets;
    bool face = true;
    std::string_view line_end = "\r\n";  // the message's own: CRLF, or LF for a file that has LF
};

// The fields of a person in their final octets, for reuse: rendering a profile costs more than sealing it.
// Dropped where room is short: Career, Activity, Networks beyond two, Face, Profile, in this order.
class RenderedPerson {
public:
    RenderedPerson() = default;
    // Leaves room for the longest Source, Seal and Pad. Line ends are CRLF whatever options.line_end says, so
    // that one rendering serves every message.
    [[nodiscard]] static RenderedPerson render(const PersonFields& person, const BlockOptions& options);
    [[nodiscard]] std::string_view octets() const { return octets_; }
    // What fits into `room`, dropped in the order above (a long PREFIX-Original may leave less than planned).
    void append_fitting(std::string& out, std::size_t room) const;

private:
    std::string octets_;
    // Where each part of octets_ ends; networks_two lies within the Networks field.
    struct Ends {
        std::size_t profile = 0, networks_two = 0, networks = 0, activity = 0, career = 0;
    } ends_;
};

// The octets that Source, Seal and Pad may take at most under a prefix.
[[nodiscard]] std::size_t max_tail_octets(std::string_view prefix);

// What the block ends with: a padding field absorbs a message that begins with white space.
enum class Padding : std::uint8_t {
    none,
    line,  // one field
    fill,  // as many as make the block exactly options.max_octets long (IMAP: offsets are arithmetic)
};

// Padding fields of exactly so many octets; `octets` is at least min_padding_octets().
[[nodiscard]] std::string make_padding(std::string_view prefix, std::size_t octets);
[[nodiscard]] std::size_t min_padding_octets(std::string_view prefix);

// The whole block, sealed. `header` is the message's (over its octets From, Date and Message-ID are hashed).
// `person` overrides content.person where it is rendered already; a person is shown only with `found`.
// The result is at most options.max_octets, provided that these are no less than max_tail_octets() and the
// original.
[[nodiscard]] std::string make_block(const BlockContent& content, const RenderedPerson* person,
                                     const HeaderSection& header, const SealKey& key,
                                     const BlockOptions& options, Padding padding);

// The first line decides what must stand between block and message. A colon is looked for within the first
// 1 KiB: a line that shows none until there is no field.
enum class FirstLine : std::uint8_t { field, white_space, empty, mbox_from, other };
[[nodiscard]] FirstLine first_line_of(std::string_view message);

// A sealed block found in a header section.
struct SealedBlock {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string key_id;
    Status status = Status::unavailable;
    bool bound = true;  // to this message; false: it says header-size, and would be valid on any other too
};

enum class SealVerdict : std::uint8_t { valid, absent, broken, unknown_key };

struct SealCheck {
    SealVerdict verdict = SealVerdict::absent;
    std::optional<SealedBlock> block;  // with valid
    std::string reason;                // for a person
};

// Looks for a block anywhere in the section (Dovecot puts Return-Path above it): the run of our fields, one
// right after the other, that ends with the topmost PREFIX-Seal (and what follows of PREFIX-Pad). Line ends
// are taken as CRLF, because Maildirs keep LF. h binds the block to a message by its From, Date and
// Message-ID (all occurrences, top to bottom, absent ones skipped), s binds every octet of the block: a block
// copied, changed, reordered or added to is `broken`.
[[nodiscard]] SealCheck check_seal(std::string_view octets, const HeaderSection& header, const SealKey& key,
                                   std::string_view prefix);

// The padding at the very top of a message: fields of ours that say nothing. Of the last one only its first
// line is ours. 0: there is none.
[[nodiscard]] std::size_t leading_padding_octets(std::string_view octets, const HeaderSection& header,
                                                 std::string_view prefix);

}  // namespace decorum::message
