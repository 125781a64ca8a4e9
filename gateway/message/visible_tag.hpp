// The opt-in visible tag for clients that show no extra fields: replaces From's display name or prefixes the
// Subject; the block keeps the original in PREFIX-Original. Breaks DKIM for later hops; only the delivery position
// uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"

namespace decorum::message {

// Replace [begin, end) of the header section by text.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// What to change and what stood there: `original` goes into the block (BlockContent::original), so that it is
// sealed with it.
struct VisibleTag {
    Splice splice;
    std::string original;   // "From: …" unfolded, ASCII
};

// "tag" is what is shown: `Jane Martin (HR Director, ACME)`. Nothing where the field is absent, occurs twice,
// is not ASCII, or its original is longer than 1 KiB.
[[nodiscard]] std::optional<VisibleTag> tag_from(const HeaderSection& header, const Mailbox& author,
                                                 std::string_view tag, std::string_view line_end);
[[nodiscard]] std::optional<VisibleTag> tag_subject(const HeaderSection& header, std::string_view tag,
                                                    std::string_view line_end);

// "X-Message-Flag: …", which Outlook shows in its info bar. One line with its line end.
[[nodiscard]] std::string outlook_flag(std::string_view text, std::string_view line_end);

}  // namespace decorum::message
