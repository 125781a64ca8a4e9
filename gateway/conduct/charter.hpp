// The charter: an organisation's written rules for the public profiles of its own people.
//
// config/charter.toml shows the form and holds the charter that counts where none is named. A charter is read
// whole or not at all, and never changes once it is read; a fault says "FILE:LINE: KEY: what would be right".
// Texts that people are shown stand in it in each of its languages, and are UTF-8 on one line.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/last_good.hpp"
#include "gateway/base/result.hpp"
#include "gateway/conduct/category.hpp"

namespace decorum::conduct {

inline constexpr std::int64_t charter_format = 1;
inline constexpr std::size_t max_charter_octets = std::size_t{1} << 20;
inline constexpr std::uint32_t max_weekly_notices = 7;

// What follows from findings, mildest first.
enum class Action : std::uint8_t { none, audit, notice, confirm, block };
inline constexpr auto action_names =
    std::to_array<std::string_view>({"none", "audit", "notice", "confirm", "block"});
[[nodiscard]] constexpr std::string_view name_of(Action action) {
    return action_names[static_cast<std::size_t>(action)];
}

// Whom the mail goes to while the profile says so.
enum class Audience : std::uint8_t { external, everyone };
inline constexpr auto audience_names = std::to_array<std::string_view>({"external", "everyone"});

// A text in the languages of a charter; empty where it isn't given in one.
class Wording {
public:
    [[nodiscard]] const std::string& in(Language language) const {
        return texts_[static_cast<std::size_t>(language)];
    }
    void set(Language language, std::string text) {
        texts_[static_cast<std::size_t>(language)] = std::move(text);
    }

private:
    std::array<std::string, language_count> texts_;
};

// What of a finding those see who answer for the charter and are not the person.
struct ComplianceView {
    bool category = true;
    bool severity = true;
    bool time = true;
    bool excerpt = false;

    bool operator==(const ComplianceView&) const = default;
};

struct CharterRule {
    std::string id;
    std::array<bool, category_count> categories{};
    std::uint8_t severity = 1;                 // from here on
    std::optional<std::chrono::days> max_age;  // nothing: however old. What has no date is no post of late
    Audience audience = Audience::external;
    Action action = Action::notice;
    Wording sentence;
};

struct Charter {
    Wording title;
    Wording url;                      // where people read it; may be empty
    std::vector<Language> languages;  // at least one; the first is the organisation's own

    // Scope.
    std::vector<std::string> domains;           // whose mail; empty: outbound.domains
    std::vector<std::string> exclude;           // "address" and "@domain", lower case: never assessed
    std::vector<std::string> shared_mailboxes;  // addresses in lower case that are nobody in person
    bool directory = false;  // accounts that our directory or LDAP names count, without consent
    bool tier_a = false;     // so do those that a source itself ties to the address

    ComplianceView compliance;
    std::uint32_t weekly_notices = 1;  // a person
    bool alert = false;                // whoever gets a notice sees an alert in an IMAP client, too
    bool opt_out = true;               // people may have their profile not assessed

    std::vector<CharterRule> rules;  // of those that fit a finding the first counts

    std::string version;  // changes when the file does

    // Null: there is none.
    [[nodiscard]] const CharterRule* rule(std::string_view id) const;
    // `wanted` where the charter has it, else its first.
    [[nodiscard]] Language language_for(Language wanted) const;
    // Of addresses in lower case.
    [[nodiscard]] bool excludes(std::string_view address) const;
    [[nodiscard]] bool is_shared(std::string_view address) const;
    // The gravest that any rule asks for.
    [[nodiscard]] Action gravest() const;

    // `file` names it in faults. `all` takes each fault of a charter that can be read at all; the Error is
    // the first.
    [[nodiscard]] static Result<Charter> parse(std::string_view toml, const std::filesystem::path& file,
                                               std::vector<std::string>* all = nullptr);
    [[nodiscard]] static Result<Charter> read(const std::filesystem::path& file,
                                              std::vector<std::string>* all = nullptr);
};

// The charter that holds now; reloading keeps the last good one. On any thread.
class CharterFile : public LastGood<Charter> {
public:
    [[nodiscard]] static Result<std::unique_ptr<CharterFile>> open(std::filesystem::path file);

private:
    friend LastGood<Charter>;
    using LastGood::LastGood;
};

}  // namespace decorum::conduct
