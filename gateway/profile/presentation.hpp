// What a reader is shown of a profile: the lines of one version, frozen once they were shown.
//
// A version keeps logical UTF-8 texts, without prefix, folding or encoding; the message layer makes header
// fields of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::profile {

struct Presentation {
    std::string profile;  // "Jane Martin, HR Director at ACME (Lyon, FR)[; self-described at …]"
    std::vector<std::string> networks;  // URLs, best tier first
    std::string activity;               // posts as in activity_line.hpp; empty: none
    std::string career;                 // "HR Director, ACME (2019-); …; 3 recommendations"
    std::string face_png;               // octets, at most 725
    std::string display_name;           // for the impersonation guard and the visible tag
    std::string headline;
    std::string organisation;
    std::string tier;                   // the best of the fields shown: "S"
    std::string said_by;                // "own" | "self"
    bool name_is_fact = false;          // of tier S; else a claim, which the impersonation guard judges
    bool organisation_is_fact = false;  // likewise
    std::vector<std::string> sources;
    Instant as_of{};

    [[nodiscard]] bool empty() const;                                // there is no line to show
    [[nodiscard]] bool same_lines(const Presentation& other) const;  // as_of apart
};

struct PresentationOptions {
    bool activity = false;       // annotate.activity
    std::size_t activities = 1;  // at most so many of them
};

// DESIGN, who says so: fields of tier S stand as facts (said_by own, where all that describes the person is
// of it); all others are claims.
[[nodiscard]] Presentation present(const Profile& profile, const PresentationOptions& options);

[[nodiscard]] std::string to_json(const Presentation& presentation);
[[nodiscard]] Result<Presentation> presentation_from_json(std::string_view text);

}  // namespace decorum::profile
