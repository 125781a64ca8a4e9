// Entries to profiles, addresses to filters.
#include "connectors/ldap_entry.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "connectors/account_link.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_thumbnail_octets = 102'400;  // what Active Directory allows
constexpr std::size_t max_label_octets = 30;

constexpr std::array<const char*, 13> attributes{
    "displayName", "cn", "title",      "o",         "company",       "ou", "department", "l",
    "c",           "co", "labeledURI", "jpegPhoto", "thumbnailPhoto"};
constexpr std::size_t picture_attributes = 2;  // the last ones

// The first value of the first of these that has one.
std::string first_of(const LdapEntry& entry, std::initializer_list<std::string_view> names) {
    for (std::string_view name : names) {
        const auto found = entry.find(std::string(name));
        if (found == entry.end() || found->second.empty()) continue;
        const std::string_view value = ascii::trim(found->second.front());
        if (!value.empty()) return std::string(value);
    }
    return {};
}

// labeledURI = URI [ 1*space label ]  RFC 2079 §2; a label of one word may be a network's name.
void add_labeled_uri(profile::Profile& profile, std::string_view value) {
    if (profile.links.size() >= profile::max_links) return;
    value = ascii::trim(value);
    const std::string_view uri = value.substr(0, value.find(' '));
    std::string_view label = ascii::trim(value.substr(uri.size()));
    if (label.size() > max_label_octets || !std::ranges::all_of(label, ascii::is_alnum)) label = {};
    // First the account: it makes https of a known network's http.
    if (const auto account = profile::account_of(uri))
        add_link(profile, account->url, {},
                 {.tier = profile::Tier::s, .reason = "labeledURI of the person's entry", .network = label});
}

std::string filter_escaped(std::string_view value) {
    std::string out;
    for (char c : value) {
        if (ascii::is_alnum(c) || c == '@' || c == '.' || c == '-' || c == '_')
            out.push_back(c);
        else
            out.append("\\").append(to_hex({&c, 1}));
    }
    return out;
}

}  // namespace

std::span<const char* const> ldap_attributes(bool with_picture) {
    const std::span<const char* const> all = attributes;
    return with_picture ? all : all.first(all.size() - picture_attributes);
}

profile::Profile profile_of(const LdapEntry& entry) {
    profile::Profile profile;
    profile.display_name.value = first_of(entry, {"displayname", "cn"});
    profile.headline.value = first_of(entry, {"title"});
    profile.organisation.value = first_of(entry, {"o", "company", "department", "ou"});
    const std::string city = first_of(entry, {"l"});
    const std::string country = first_of(entry, {"c", "co"});
    profile.location.value = city + (city.empty() || country.empty() ? "" : ", ") + country;
    if (const auto links = entry.find("labeleduri"); links != entry.end())
        for (const std::string& value : links->second) add_labeled_uri(profile, value);
    profile::cap(profile);
    return profile;
}

std::string picture_of(LdapEntry& entry, std::size_t max_octets) {
    for (const auto& [name, limit] : std::initializer_list<std::pair<const char*, std::size_t>>{
             {"thumbnailphoto", std::min(max_thumbnail_octets, max_octets)}, {"jpegphoto", max_octets}}) {
        const auto found = entry.find(name);
        if (found == entry.end()) continue;
        for (std::string& octets : found->second)
            if (!octets.empty() && octets.size() <= limit) return std::move(octets);
    }
    return {};
}

std::string ldap_filter_for(std::string_view filter, std::string_view address) {
    constexpr std::string_view place = "{address}";
    const std::string value = filter_escaped(address);
    std::string out;
    for (auto at = filter.find(place); at != filter.npos; at = filter.find(place)) {
        out.append(filter.substr(0, at)).append(value);
        filter.remove_prefix(at + place.size());
    }
    return out.append(filter);
}

}  // namespace decorum::connectors
