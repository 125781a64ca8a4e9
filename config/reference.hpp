// The settings for readers: the Markdown reference of `decorum config`, the manual page decorum.toml(5), and
// the shipped decorum.toml.
//
// All are made from the table of settings alone and hold nothing that isn't in it. The shipped file is
// checked in as it is made here; a test fails where the two differ.
#pragma once

#include <string>

namespace decorum::config {

[[nodiscard]] std::string reference_markdown();

// decorum.toml(5), in roff.
[[nodiscard]] std::string reference_manual();

// Every key with its default. A line that begins with a hash and no space holds a section or key that is not
// active: take the hash away to use it.
[[nodiscard]] std::string default_file();

}  // namespace decorum::config
