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
[[nodiscard]] std::string_view name_of(Tier tier);  // "S"
[[nodiscard]] std::optional<Tier> tier_from(std::string_view name);

struct Origin {
    std::string source;  // "directory", "gravatar", …
    Tier tier = Tier::d;
    std::string reason;  // why it is tied to the address, for a person
    Instant fetched{};
    std::string place{};  // the host where it stands; empty: the source's public site. Not stored
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
    std::string start;  // "2019", "2019-03", "" unknown
    std::string end;    // "" still there
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
    Text photo_png;  // octets of a small PNG
    std::vector<Link> links;
    std::vector<Activity> activities;
    std::vector<Position> positions;
    std::vector<Recommendation> recommendations;

    [[nodiscard]] bool empty() const;
};

// Are they names of two persons? Not where the words of one are all among the other's, nor where one has none.
[[nodiscard]] bool names_conflict(std::string_view a, std::string_view b);

// The form that the store keeps. Reading back checks every member.
[[nodiscard]] std::string to_json(const Profile& profile);
[[nodiscard]] Result<Profile> profile_from_json(std::string_view text);

// Several sources' answers become one: per field by tier, then freshness. Conflicting display names at tier B
// and below are dropped with all that their source said.
[[nodiscard]] Profile merge(std::vector<Profile> answers);

// Which of them merge() would drop for their name.
[[nodiscard]] std::vector<bool> conflicting_names(const std::vector<Profile>& answers);

// Of what one source said: every field gets the origin's source, place and time; the origin's tier too, unless its
// own is weaker; the reason where it has none. A field at tier D is one that nobody gave a tier.
void stamp(Profile& profile, const Origin& origin);

}  // namespace decorum::profile
