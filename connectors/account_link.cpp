// Links by URL: see the header. The URL decides which network it is; what the source calls it counts only
// where the URL is a page like any other, or that network lives on many hosts.
#include "connectors/account_link.hpp"

#include <algorithm>

#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::connectors {

std::string network_named(std::string_view name) {
    std::string lower = ascii::lower(ascii::trim(name));
    return lower == "twitter" ? "x" : lower;
}

void add_link(profile::Profile& profile, std::string_view reference, std::string_view base,
              const LinkWorth& worth) {
    const auto url = https_url(reference, base);
    if (!url) return;
    auto account = profile::account_of(*url);
    if (!account) return;
    if (const std::string named = network_named(worth.network);
        !named.empty() && account->network == profile::web_network) {
        if (auto there = profile::account_of(*url, named))
            account = std::move(there);
        else
            account->network = named;
    }
    const bool known = std::ranges::any_of(profile.links, [&](const profile::Link& link) {
        return link.url == account->url || profile::same_account(link.url, account->url);
    });
    if (known) return;
    profile::Link link{std::move(account->network), std::move(account->handle), std::move(account->url), {}};
    link.origin.tier = worth.tier;
    link.origin.reason = worth.reason;
    profile.links.push_back(std::move(link));
}

void add_website(profile::Profile& profile, std::string_view website, const LinkWorth& worth) {
    website = ascii::trim(website);
    const std::string_view host = website.substr(0, website.find_first_of("/?#"));
    // With a top-level domain, which is no number.
    const bool lacks_scheme = is_web_host_name(host) && host.contains('.') &&
                              ascii::is_alpha(host[host.rfind('.') + 1]) && !website.contains(' ');
    add_link(profile, lacks_scheme ? std::string("https://").append(website) : std::string(website), {},
             worth);
}

void add_address(profile::Profile& profile, std::string_view reference, const LinkWorth& worth) {
    constexpr std::string_view scheme = "mailto:";
    constexpr std::size_t max_octets = 254;  // RFC 5321 §4.5.3.1.3
    reference = ascii::trim(reference);
    if (!ascii::starts_with_nocase(reference, scheme)) return;
    const std::string_view address = reference.substr(scheme.size());
    const bool is_plain = std::ranges::all_of(address, [](char c) {
        return ascii::is_alnum(c) || std::string_view("@.!#$&'*+-/=^_`{|}~").contains(c);
    });
    if (!is_plain || std::ranges::count(address, '@') != 1 || address.size() > max_octets) return;
    std::string url = std::string(scheme) + ascii::lower(address);
    if (std::ranges::find(profile.links, url, &profile::Link::url) != profile.links.end()) return;
    profile::Link link{"mailto", {}, std::move(url), {}};
    link.origin.tier = worth.tier;
    link.origin.reason = worth.reason;
    profile.links.push_back(std::move(link));
}

void add_address(profile::Profile& profile, std::string_view address) {
    add_address(profile, std::string("mailto:").append(address), {profile::Tier::c, {}, {}});
}

}  // namespace decorum::connectors
