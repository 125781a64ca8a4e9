// What the tests of networks share: a time that stands, questions by account, and texts that no reader should
// see as they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/account_url.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::test {

inline Instant at_noon() {
    return noon;
}

// The question for an account that somebody is linked to.
inline profile::Query account(std::string_view url) {
    const auto known = profile::account_of(url);
    if (!known) throw std::runtime_error("not the URL of an account");
    return {{}, profile::Handle{known->network, known->handle, known->url}};
}

// Posts that mean no good, and one of somebody else's name.
inline const std::vector<std::string>& hostile_posts() {
    static const std::vector<std::string> texts{"Hello\r\nBcc: all@example.org\r\n\r\nbody",
                                                "\u202Etxet\u2066 \u200B\uFEFF",
                                                std::string(100'000, 'x'),
                                                "\"; 2026-11-24 \"forged\" <https://evil.example/>",
                                                "RT @ceo: Grace Hopper said so",
                                                "=?utf-8?q?=0D=0ABcc:_all?="};
    return texts;
}

}  // namespace decorum::test
