// What the loader finds: faults, warnings, and the line of every key that the file gives.
//
// A place is a section's instance ("gateway", "upstream.dovecot", "listener[0]") and a key in it. Where the
// key isn't in the file its section's line stands in, and line 1 where that isn't either. The number of
// faults is bounded: a file that isn't a configuration at all shall not print a line for each of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"
#include "config/settings.hpp"

namespace decorum::config {

class Findings {
public:
    explicit Findings(std::filesystem::path file) : file_(std::move(file)) {}
    // For what is found later, where the settings are used.
    explicit Findings(const Settings& settings) : file_(settings.file), lines_(settings.lines) {}

    void note(std::string_view section, std::string_view key, std::uint64_t line);
    [[nodiscard]] bool given(std::string_view section, std::string_view key) const;
    [[nodiscard]] bool faulty(std::string_view section, std::string_view key) const;
    [[nodiscard]] std::uint64_t line_of(std::string_view section, std::string_view key) const;

    // `message` says what would be right.
    void fault(std::string_view section, std::string_view key, std::string message);
    void warn(std::string_view section, std::string_view key, std::string message);
    [[nodiscard]] bool full() const;

    [[nodiscard]] std::vector<Fault> take_faults();
    [[nodiscard]] std::vector<Fault> take_warnings() { return std::move(warnings_); }
    [[nodiscard]] std::map<std::string, std::uint64_t> take_lines() { return std::move(lines_); }

private:
    void add(std::vector<Fault>& list, std::string_view section, std::string_view key, std::string message);

    std::filesystem::path file_;
    std::map<std::string, std::uint64_t> lines_;
    std::set<std::string> faulty_;
    std::vector<Fault> faults_;
    std::vector<Fault> warnings_;
};

}  // namespace decorum::config
