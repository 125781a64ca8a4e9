// What X's API v2 answers, read: errors inside of 200, accounts, posts.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/connector.hpp"

namespace decorum::connectors::x {

struct Account {
    std::string id;        // digits
    std::string username;  // as the account writes it
    bool is_protected = false;
    profile::Profile profile;
};

// nullopt: no account in it. `host`: pictures may stand there too.
[[nodiscard]] std::optional<Account> account_in(const boost::json::value& root, std::string_view host);

// With no `data` in it: the answer that `errors` amount to. nullopt: there are none.
[[nodiscard]] std::optional<profile::Answer> errors_in(const boost::json::value& root);

// Adds the posts; gives the ids of all that were delivered, each of which is paid for.
std::vector<std::string> add_posts(const boost::json::value& root, std::string_view username,
                                   profile::Profile& profile);

}  // namespace decorum::connectors::x
