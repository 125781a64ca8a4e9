// The opt-in visible tag for clients that show no extra fields: replaces From's display name or prefixes the
// Subject; the block keeps the original in PREFIX-Original. Breaks DKIM for later hops; only the delivery
// position uses it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/splice.hpp"

namespace decorum::message {

// What to change and what stood there: `original` goes into the block (BlockContent::original), so that it is
// sealed with it.
struct VisibleTag {
    Splice splice;
    std::string original;  // "From: …" unfolded, ASCII
};

// "tag" is what is shown: `Jane Martin (HR Director, ACME)`, sanitised, at most 100 characters. Nothing where
// the field is absent, occurs twice, is not ASCII (or holds controls), or its original is longer than 1 KiB
// or can't be folded; nor where nothing is left of the tag. The seal is to hold for what goes on: hand
// splice.text to the block too (BlockContent::replacement).
[[nodiscard]] std::optional<VisibleTag> tag_from(const HeaderSection& header, const Mailbox& author,
                                                 std::string_view tag, std::string_view line_end);
// `Subject: [tag] …`, what follows in its own octets.
[[nodiscard]] std::optional<VisibleTag> tag_subject(const HeaderSection& header, std::string_view tag,
                                                    std::string_view line_end);

// "X-Message-Flag: …", which Outlook shows in its info bar: sanitised, at most 200 characters. One line of at
// most 998 octets with its line end; empty where nothing is left of the text.
[[nodiscard]] std::string outlook_flag(std::string_view text, std::string_view line_end);

}  // namespace decorum::message
