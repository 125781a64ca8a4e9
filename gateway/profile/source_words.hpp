// What each source said of a person, unmerged, and when it is to be asked again: the lookup's memory of one
// address, and the form of it that the store keeps.
//
// A source that throttles us, forbids or fails keeps its earlier word for a while: `outcome` tells of the
// latest question, `profile` of the latest answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/connector.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::profile {

struct SourceWord {
    std::string source;
    std::string account;  // the key of the account asked for (account_url.hpp); empty: the address
    Outcome outcome = Outcome::failed;  // of the latest question
    Instant asked{};                    // when that was; the epoch: it never came to that
    Instant due{};                      // when to ask again
    Instant fetched{};                  // when it last said found or not found
    std::string reason;                 // of the tie to the address, as the source told it
    std::optional<Profile> profile;     // nothing: nobody there, or somebody who asked not to be shown
    bool hidden = false;                // the latter
    bool ended = false;  // its answer was dropped, since nobody could confirm it for too long
};

// The picture behind a profile's photo_url, ready to be shown.
struct PortraitWord {
    std::string url;
    std::string png;  // empty: it could not be made
    Instant due{};
};

struct SourceWords {
    std::vector<SourceWord> words;
    std::optional<PortraitWord> portrait;

    [[nodiscard]] SourceWord* find(std::string_view source, std::string_view account);
    [[nodiscard]] const SourceWord* find(std::string_view source, std::string_view account) const;
};

// Words for which there is no room any more are left out, and asked for again.
[[nodiscard]] std::string to_json(const SourceWords& words);

// Errors: corrupt, also for the form of earlier versions, whose words are as good as none.
[[nodiscard]] Result<SourceWords> source_words_from_json(std::string_view text);

}  // namespace decorum::profile
