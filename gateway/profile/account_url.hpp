// Which account a URL stands for: its network, its handle, and one form for all the ways to write it.
//
// Strict where identity hangs on it: only http and https, no user information, no control, no host outside
// ASCII (an internationalised one is written xn--…), and a network is named only for its own host and the
// path of an account: https://github.com.evil.example/janem, https://github.com/janem/repository and
// https://github.com:8443/janem are pages of the web. Such a page is an account too, without a handle.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace decorum::profile {

inline constexpr std::string_view web_network = "web";

struct Account {
    std::string network;  // github, gitlab, bluesky, x, linkedin, facebook, orcid, viadeo, mastodon, web
    std::string handle;   // in lower case (ORCID: upper); mastodon: jane@piaille.example; web: empty
    std::string url;      // to show and to fetch; a known network's in its one canonical form
    std::string key;      // equal for two URLs of one account, and only then

    bool operator==(const Account&) const = default;
};

// Nothing: not the URL of an account or a page. The canonical form: scheme https, host in lower case without
// "www." and the default port, no trailing slash, query or fragment, %-escapes only where they must be, the
// handle's case folded as the network does. A page of the web keeps "www.", its query and slash in `url` (it
// might stand nowhere else), and an http URL with a port of its own keeps its scheme.
[[nodiscard]] std::optional<Account> account_of(std::string_view url);

// The same where somebody says which network it is. Networks that live on many hosts (mastodon, gitlab,
// viadeo) take any; nothing where the URL is that of another network.
[[nodiscard]] std::optional<Account> account_of(std::string_view url, std::string_view network);

// The host is a known network's own (github.com, gist.github.com), whatever the path: what is no account
// there is a page that others may write on.
[[nodiscard]] bool is_at_network(std::string_view url);

[[nodiscard]] bool same_account(std::string_view a, std::string_view b);

}  // namespace decorum::profile
