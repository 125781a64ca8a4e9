// HTML in whatever encoding it says it has, as UTF-8.
//
// By byte order mark, else by the first `meta` that names one (HTML Living Standard §13.2.3.2, without its
// further guesses). Known are UTF-8 and ISO-8859-1, which the web reads as windows-1252. All else is read as
// UTF-8; octets that are none become U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace decorum::worker {

[[nodiscard]] std::string html_to_utf8(std::string_view html);

}  // namespace decorum::worker
