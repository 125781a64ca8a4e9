// A dialogue file, read: settings and steps. The format is described in replay.hpp.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "tests/support/memory_stream.hpp"
#include "tests/support/people.hpp"

namespace decorum::test {

struct Step {
    std::size_t line = 0;  // in the file
    char side = 0;         // C, S, U, R; 0 where nobody's
    std::size_t number = 1;
    std::string directive;  // empty: a line that is sent or received
    std::string text;       // octets to send; or a pattern, unescaped only in part; or a directive's argument
    std::size_t times = 1;
};

struct Dialogue {
    std::filesystem::path file;
    config::Settings settings;
    net::Peer peer;
    std::vector<std::pair<std::string, Person>> people;
    People::Mood mood = People::Mood::answering;
    std::string charter;  // what it asks for; empty: there is none
    std::vector<std::string> extensions;
    std::uint32_t imap_epoch = 0;
    bool upstream_verified = false;
    bool manual_handshake = false;
    bool splits = false;
    std::vector<Step> steps;
};

// Throws std::runtime_error with file and line.
[[nodiscard]] Dialogue read_dialogue(const std::filesystem::path& file);

// {*} in `pattern` stands for any octets, also none.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view octets);

}  // namespace decorum::test
