// The words of what the gateway writes to people, by language: data_dir/notices/LANGUAGE.toml.
//
// Read whole or not at all; a fault says "FILE:LINE: KEY: what would be right". English must be there, and
// stands in for languages that are not.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::notice {

// One language.
class Phrases {
public:
    using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    [[nodiscard]] static Result<Phrases> parse(std::string_view toml, const std::filesystem::path& file);

    // "notice.title", with its {words} filled in. The values are not looked at again: no {word} in them
    // counts.
    [[nodiscard]] std::string say(std::string_view key, Values values = {}) const;
    [[nodiscard]] std::string date(Instant time) const;  // "20 November 2026"

private:
    std::map<std::string, std::string, std::less<>> texts_;
};

// All languages, and the HTML that letters stand in.
class Stationery {
public:
    [[nodiscard]] static Result<Stationery> load(const std::filesystem::path& data_dir);

    [[nodiscard]] bool has(std::string_view language) const { return languages_.contains(language); }
    // `language` where it is there, else "en".
    [[nodiscard]] const Phrases& phrases(std::string_view language) const;
    [[nodiscard]] const std::string& page() const {
        return page_;
    }  // with {language} {title} {content} {footer}

private:
    std::map<std::string, Phrases, std::less<>> languages_;
    std::string page_;
};

}  // namespace decorum::notice
