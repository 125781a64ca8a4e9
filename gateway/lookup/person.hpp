// What the sources said, made one person: link, stamp, drop who has another name, merge.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/lookup/linking.hpp"
#include "gateway/lookup/sources.hpp"
#include "gateway/profile/source_words.hpp"

namespace decorum::lookup {

struct Person {
    profile::Profile profile;                          // of all that is tied at S, A or B; links at C besides
    std::vector<LinkedAccount> accounts;               // best tier first
    std::vector<std::optional<profile::Origin>> ties;  // by word
};

// A pure function of the words. Those of sources that are not among `sources` count for nothing.
[[nodiscard]] Person assemble(const profile::SourceWords& words, std::string_view address,
                              const Sources& sources);

}  // namespace decorum::lookup
