// Messages on standard input and output, without stdio's text ideas; and whether what was printed got there.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::app {

// Reads some octets, at least one; "" at the end.
[[nodiscard]] Result<std::string> read_input();
// Reads until the header section has ended, or the input has, or more than `max_octets` came.
[[nodiscard]] Result<std::string> read_header(std::size_t max_octets, bool& header_ended);
[[nodiscard]] Result<> write_output(std::string_view octets);
// What commands printed by stdio goes out. An Error: it could not, now or before.
[[nodiscard]] Result<> flush_printed();

}  // namespace decorum::app
