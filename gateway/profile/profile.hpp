// A person's public network profile, merged from sources, each field with its origin (DESIGN, profiles).
//
// All texts are UTF-8 from outside and hostile: whoever shows them sanitises them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::profile {

// How an account was tied to the address; only S, A and B are shown, D never.
enum class Tier : std::uint8_t { s, a, b, c, d };
[[nodiscard]] std::string_view name_of(Tier tier);                     // "S"
[[nodiscard]] std::optional<Tier> tier_from(std::string_view name);

struct Origin {
    std::string source;              // "directory", "gravatar", …
    Tier tier = Tier::d;
    std::string reason;              // why it is tied to the address, for a person
    Instant fetched{};
};

struct Text {
    std::string value;
    Origin origin;
    [[nodiscard]] bool empty() const { return value.empty(); }
};

struct Link {
    std::string network;
    std::string handle;
    std::string url;
    Origin origin;
};

struct Activity {
    Instant time{};
    std::string network;
    std::string text;
    std::string url;
    Origin origin;
};

struct Position {
    std::string title;
    std::string organisation;
    std::string start;               // "2019", "2019-03", "" unknown
    std::string end;                 // "" still there
    Origin origin;
};

struct Recommendation {
    std::string author;
    std::string text;
    Origin origin;
};

struct Profile {
    Text display_name;
    Text headline;
    Text organisation;
    Text location;
    Text summary;
    Text photo_url;
    Text photo_png;                  // octets of a small PNG
    std::vector<Link> links;
    std::vector<Activity> activities;
    std::vector<Position> positions;
    std::vector<Recommendation> recommendations;

    [[nodiscard]] bool empty() const;
};

// The form that the store keeps. Reading back checks every member.
[[nodiscard]] std::string to_json(const Profile& profile);
[[nodiscard]] Result<Profile> profile_from_json(std::string_view text);

// What each source said, unmerged: a source that fails later keeps its earlier word.
struct SourceProfile {
    std::string source;
    Profile profile;
};
[[nodiscard]] std::string to_json(const std::vector<SourceProfile>& answers);
[[nodiscard]] Result<std::vector<SourceProfile>> answers_from_json(std::string_view text);

// Several sources' answers become one: per field by tier, then freshness. Conflicting display names at tier B
// and below are dropped with all that their source said.
[[nodiscard]] Profile merge(std::vector<Profile> answers);

}  // namespace decorum::profile
