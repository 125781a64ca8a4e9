// What somebody typed, out of the HTML that their mail client made of it.
//
// No browser: tags are taken out, block elements end lines, quoted mail (blockquote) comes with "> " before
// its lines. Any octets give a result, in time linear to them, and nothing is ever rendered from it.
#pragma once

#include <string>
#include <string_view>

namespace decorum::message {

[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace decorum::message
