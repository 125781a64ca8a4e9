// Takes the values of a parsed TOML document into Settings, section by section, by the table of settings.
//
// What the document lacks gets the table's default; what isn't in the table, isn't of its type or its range,
// is a fault. Paths that count from the configuration file come out absolute.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "config/findings.hpp"
#include "config/schema.hpp"
#include "config/settings.hpp"

namespace decorum::config {

class Reader {
public:
    // Both outlive the reader; settings.file is set before, or empty.
    Reader(Settings& settings, Findings& findings)
        : settings_(settings), findings_(findings), folder_(settings.file.parent_path()) {}

    void read(const toml::table& root);

private:
    struct Place {
        const Setting& setting;
        const std::string& section;  // the instance
    };

    void read_listeners(const toml::node& node);
    template <class Section>
    void read_named(const toml::node& node, const SectionInfo& info, std::map<std::string, Section>& into);
    void read_section(const toml::table& table, const SectionInfo& info, const std::string& instance,
                      Target target);
    void refuse_unknown_keys(const toml::table& table, const SectionInfo& info, const std::string& instance);

    // False: a fault, and the slot is as it was.
    bool take(const Place& place, const toml::node& node, Slot slot);
    bool take_word(const Place& place, const toml::node& node, std::uint8_t& into);
    bool take_integer(const Place& place, const toml::node& node, std::uint64_t& into);
    bool take_duration(const Place& place, const toml::node& node, Duration& into);
    bool take_text(const Place& place, const toml::node& node, std::string& into);
    bool take_path(const Place& place, const toml::node& node, std::filesystem::path& into);
    bool take_texts(const Place& place, const toml::node& node, std::vector<std::string>& into);
    bool is_usable(const Place& place, const std::filesystem::path& path);

    [[nodiscard]] std::filesystem::path resolved(const std::filesystem::path& path) const;
    void resolve_texts();
    bool fault(const Place& place, std::string message);

    Settings& settings_;
    Findings& findings_;
    std::filesystem::path folder_;
};

}  // namespace decorum::config
