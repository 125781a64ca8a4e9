// What the directory's files hold, whatever their format: a person, the addresses, and a picture that is
// still as the file has it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

struct Person {
    std::vector<std::string> addresses;  // in lower case, each fit by is_address(), each once
    profile::Profile profile;            // within its limits; no field has an origin
    std::string picture;                 // octets of an image of any kind; empty: none
    std::filesystem::path picture_file;  // where it stands in a file of its own; empty: it doesn't
    std::string picture_key;             // what a gallery knows the picture by, once it has it
    std::size_t line = 1;                // where the person begins
};

// Something before an @, something behind it, and neither control nor space.
[[nodiscard]] bool is_address(std::string_view text);

// Adds it in lower case; false: it is there already.
bool add_address(Person& person, std::string_view address);

}  // namespace decorum::connectors
