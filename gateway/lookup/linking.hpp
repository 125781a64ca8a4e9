// Which accounts are a person's, and why: a pure function over what the sources said.
//
// What is said of the address itself is tied to it as far as its source is believed. From there ties go along
// links, and get no stronger on their way: an account is tied as well as the best chain of links to it, at
// tier S, A or B. A one-way link (tier C) ties nothing, unless the account at its other end was asked and
// names the address, or an account that is tied already: two independent directions agree, which is tier B.
// Accounts that only name one another are nobody's.
//
// Nothing here looks at local parts, handles or names, so "alice@gmail.com" never becomes "@alice", and
// nothing of tier D comes out.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::lookup {

// What one source said, of the address or of one account.
struct Node {
    std::string_view source;
    std::string_view account;               // the key of the account (account_url.hpp); empty: the address
    profile::Tier tier = profile::Tier::d;  // nothing that it says counts for more
    std::string_view reason;                // why it is tied to the address, where it is said of that
    const profile::Profile* profile = nullptr;  // null: there is nobody, or somebody who is not to be shown
    bool answered = true;                       // else nothing is known of who is there
    bool conflicting = false;                   // its name says that it is somebody else
};

struct LinkedAccount {
    profile::Link link;  // its URL in the canonical form; source, tier and reason of the best tie
    std::string key;
    std::optional<std::size_t> node;            // what was said of it; only with a profile
    std::vector<std::string_view> answered_by;  // sources that named it of the address by themselves
    bool open = false;                          // tier C, and what is said there might raise it
    bool nobody = false;  // there, or somebody who does not want to be shown: no link to show
};

struct Linked {
    // Best tier first, S to C, then those where somebody is known to be, then as they were named.
    std::vector<LinkedAccount> accounts;
    // By node: tier and reason of all that it says. Nothing: not tied at S, A or B, so its profile is
    // dropped.
    std::vector<std::optional<profile::Origin>> ties;
};

[[nodiscard]] Linked link_accounts(std::span<const Node> nodes, std::string_view address);

}  // namespace decorum::lookup
