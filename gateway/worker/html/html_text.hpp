// The text of HTML as a reader sees it.
#pragma once

#include <gumbo.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::worker {

// White space collapsed, block elements and <br> as line ends (never two in a row), what is not shown left
// out. Follows Mastodon's classes for shortened links: `invisible` is left out, after `ellipsis` stands "…".
// Cut between characters at `max_octets`.
[[nodiscard]] std::string visible_text(const GumboNode& top, std::size_t max_octets);

// The text of an element as microformats want it: on one line, images by their `alt`.
[[nodiscard]] std::string text_content(const GumboNode& top, std::size_t max_octets);

// `text` up to the last character that ends within `max_octets`.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t max_octets);

// The job `text`.
[[nodiscard]] Result<std::string> decode_text(std::string_view html);

}  // namespace decorum::worker
