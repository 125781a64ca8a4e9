// First the URL is taken apart and normalised (RFC 3986 §6.2), then a table of hosts says whose account it
// is.
#include "gateway/profile/account_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::profile {
namespace {

using std::string_view;

// unreserved, RFC 3986 §2.3
constexpr auto unreserved =
    ascii::OctetSet("-._~").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
// pchar without "%" (RFC 3986 §3.3), and what separates segments and queries
constexpr auto path_octet =
    ascii::OctetSet("-._~!$&'()*+,;=:@/?").add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');

struct Parts {
    bool https = true;
    std::string host;   // lower case, without a trailing dot; an IPv6 address in brackets
    std::string port;   // empty: the scheme's own
    std::string path;   // normalised; "" or beginning with "/"
    std::string query;  // normalised, without "?"

    [[nodiscard]] std::vector<string_view> segments() const {
        std::vector<string_view> out;
        string_view rest = path;
        if (rest.ends_with('/')) rest.remove_suffix(1);
        while (!rest.empty()) {
            rest.remove_prefix(1);
            out.push_back(rest.substr(0, rest.find('/')));
            rest.remove_prefix(out.back().size());
        }
        return out;
    }
};

void append_escaped(std::string& out, unsigned char octet) {
    fmt::format_to(std::back_inserter(out), "%{:02X}", octet);
}

// Octets beyond ASCII are escaped, escapes of unreserved characters undone. Nothing: an octet that no URL
// has.
std::optional<std::string> normalised(string_view text) {
    if (!is_valid_utf8(text)) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            const auto high = i + 2 < text.size() ? ascii::hex_value(text[i + 1]) : std::nullopt;
            const auto low = high ? ascii::hex_value(text[i + 2]) : std::nullopt;
            if (!low) return std::nullopt;
            const char octet = static_cast<char>(*high * 16 + *low);
            // An escaped control would be one for whoever undoes it.
            if (ascii::is_control(octet)) return std::nullopt;
            if (unreserved.contains(octet))
                out.push_back(octet);
            else
                append_escaped(out, static_cast<unsigned char>(octet));
            i += 2;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            append_escaped(out, static_cast<unsigned char>(c));
        } else if (path_octet.contains(c)) {
            out.push_back(c);
        } else {
            return std::nullopt;
        }
    }
    return out;
}

bool has_dot_segment(string_view path) {
    return path.contains("/./") || path.contains("/../") || path.ends_with("/.") || path.ends_with("/..");
}

// authority without userinfo: host [":" port]  RFC 3986 §3.2
bool take_authority(string_view authority, Parts& parts) {
    const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == string_view::npos) return false;
    const auto colon = authority.find(':', bracket);
    parts.host = ascii::lower(authority.substr(0, colon));
    if (parts.host.ends_with('.')) parts.host.pop_back();
    if (colon != string_view::npos) parts.port = authority.substr(colon + 1);
    constexpr std::size_t max_port_digits = 5;
    if (parts.port.size() > max_port_digits || !std::ranges::all_of(parts.port, ascii::is_digit))
        return false;
    if (parts.port == (parts.https ? "443" : "80")) parts.port.clear();
    if (bracket != 0)
        return IpAddress::parse(string_view(parts.host).substr(1, parts.host.size() - 2)).has_value();
    return is_web_host_name(parts.host);
}

std::optional<Parts> parts_of(string_view url) {
    if (url.size() > max_url_octets) return std::nullopt;
    Parts parts;
    constexpr string_view https = "https://";
    constexpr string_view http = "http://";
    parts.https = ascii::starts_with_nocase(url, https);
    if (!parts.https && !ascii::starts_with_nocase(url, http)) return std::nullopt;
    url.remove_prefix(parts.https ? https.size() : http.size());
    url = url.substr(0, url.find('#'));
    const string_view authority = url.substr(0, url.find_first_of("/?"));
    if (!take_authority(authority, parts)) return std::nullopt;
    url.remove_prefix(authority.size());
    const auto mark = url.find('?');
    auto path = normalised(url.substr(0, mark));
    if (!path || has_dot_segment(*path)) return std::nullopt;
    parts.path = std::move(*path);
    if (mark != string_view::npos) {
        auto query = normalised(url.substr(mark + 1));
        if (!query) return std::nullopt;
        parts.query = std::move(*query);
    }
    return parts;
}

// What a handle may look like. Look-alikes of a network's own pages are told apart by `reserved`.
struct Network {
    string_view name;
    string_view canonical;  // what stands before the handle
    std::initializer_list<string_view> hosts;
    string_view folder;  // the path segment before the handle; empty: none
    std::size_t max_octets;
    string_view punctuation;  // beside letters and digits
    std::initializer_list<string_view> reserved;
};

const std::array<Network, 6>& networks() {
    static const std::array<Network, 6> table{{
        {"github",
         "https://github.com/",
         {"github.com"},
         "",
         39,
         "-",
         {"about",    "apps",          "collections", "contact",  "enterprise", "events",
          "explore",  "features",      "issues",      "join",     "login",      "marketplace",
          "new",      "notifications", "orgs",        "pricing",  "pulls",      "search",
          "security", "settings",      "site",        "sponsors", "topics",     "trending"}},
        {"gitlab",
         "https://gitlab.com/",
         {"gitlab.com"},
         "",
         255,
         "-._",
         {"admin", "api", "dashboard", "explore", "groups", "help", "projects", "search", "users"}},
        {"x",
         "https://x.com/",
         {"x.com", "twitter.com", "mobile.twitter.com", "mobile.x.com"},
         "",
         15,
         "_",
         {"about", "explore", "hashtag", "home", "i", "intent", "login", "messages", "notifications",
          "privacy", "search", "settings", "share", "signup", "tos"}},
        {"linkedin", "https://linkedin.com/in/", {"linkedin.com"}, "in", 300, "-_%", {}},
        {"facebook",
         "https://facebook.com/",
         {"facebook.com", "m.facebook.com", "fb.com"},
         "",
         50,
         ".",
         {"dialog",        "events",    "gaming",      "groups",     "help",        "home.php",
          "login",         "login.php", "marketplace", "media",      "pages",       "people",
          "permalink.php", "photo.php", "plugins",     "privacy",    "profile.php", "public",
          "settings",      "share",     "sharer",      "sharer.php", "stories",     "watch"}},
        {"bluesky", "https://bsky.app/profile/", {"bsky.app"}, "profile", 253, "-.:", {}},
    }};
    return table;
}

// Sites other than Mastodon that write their accounts /@user.
constexpr auto other_at_sites =
    std::to_array<string_view>({"flipboard.com", "medium.com", "rumble.com", "substack.com", "threads.com",
                                "threads.net", "tiktok.com", "youtube.com"});

bool is_handle(string_view text, std::size_t max_octets, string_view punctuation) {
    return !text.empty() && text.size() <= max_octets &&
           !std::ranges::all_of(text, [](char c) { return c == '.'; }) &&
           std::ranges::all_of(text, [&](char c) { return ascii::is_alnum(c) || punctuation.contains(c); });
}

// ISO 7064 MOD 11-2 over the first 15 digits of NNNN-NNNN-NNNN-NNNX.
bool is_orcid(string_view text) {
    constexpr std::size_t octets = 19;
    constexpr std::size_t group = 5;
    if (text.size() != octets) return false;
    unsigned total = 0;
    for (std::size_t i = 0; i + 1 < octets; ++i) {
        if (i % group == group - 1) {
            if (text[i] != '-') return false;
        } else if (ascii::is_digit(text[i])) {
            total = (total + static_cast<unsigned>(text[i] - '0')) * 2 % 11;
        } else {
            return false;
        }
    }
    const unsigned check = (12 - total % 11) % 11;
    return text.back() == (check == 10 ? 'X' : static_cast<char>('0' + check));
}

string_view without_www(string_view host) {
    constexpr string_view www = "www.";
    // "www.com" is a name of its own.
    return host.starts_with(www) && host.substr(www.size()).contains('.') ? host.substr(www.size()) : host;
}

bool is_country(string_view label) {
    return label.size() == 2 && std::ranges::all_of(label, ascii::is_lower);
}

// "fr.linkedin.com": the network's host behind its languages.
string_view without_country(string_view host) {
    const auto dot = host.find('.');
    if (dot == string_view::npos || !is_country(host.substr(0, dot))) return host;
    const string_view rest = host.substr(dot + 1);
    return rest == "linkedin.com" || rest == "viadeo.com" ? rest : host;
}

Account known(string_view network, std::string handle, std::string url) {
    return {std::string(network), std::move(handle), url, url};
}

// facebook.com/profile.php?id=1000123: an account that never took a name.
std::optional<Account> numbered_facebook(string_view host, const Parts& parts) {
    if ((host != "facebook.com" && host != "m.facebook.com") || parts.path != "/profile.php")
        return std::nullopt;
    for (string_view rest = parts.query; !rest.empty();) {
        const string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        if (!pair.starts_with("id=")) continue;
        const std::string id(pair.substr(3));
        constexpr std::size_t max_digits = 20;
        if (id.empty() || id.size() > max_digits || !std::ranges::all_of(id, ascii::is_digit))
            return std::nullopt;
        return known("facebook", id, "https://facebook.com/profile.php?id=" + id);
    }
    return std::nullopt;
}

// facebook.com/app_scoped_user_id/YXNpZAD…/: what an application is told of whoever signed in to it.
std::optional<Account> app_scoped_facebook(string_view host, const std::vector<string_view>& segments) {
    constexpr string_view folder = "app_scoped_user_id";
    constexpr std::size_t max_octets = 300;
    if ((host != "facebook.com" && host != "m.facebook.com") || segments.size() != 2 ||
        segments[0] != folder || !is_handle(segments[1], max_octets, "-_"))
        return std::nullopt;
    std::string handle(segments[1]);  // case counts
    std::string url = fmt::format("https://facebook.com/{}/{}", folder, handle);
    return known("facebook", std::move(handle), std::move(url));
}

std::optional<Account> by_table(string_view host, const std::vector<string_view>& segments) {
    for (const Network& network : networks()) {
        if (std::ranges::find(network.hosts, host) == network.hosts.end()) continue;
        const std::size_t at = network.folder.empty() ? 0 : 1;
        if (segments.size() != at + 1 || (at == 1 && !ascii::equals_nocase(segments[0], network.folder)))
            break;
        // Normalised again: escapes are written in capitals.
        std::string handle = normalised(ascii::lower(segments[at])).value_or("");
        if (!is_handle(handle, network.max_octets, network.punctuation) ||
            std::ranges::find(network.reserved, handle) != network.reserved.end())
            break;
        Account account = known(network.name, handle, std::string(network.canonical) + handle);
        // Facebook takes jane.martin and janemartin for one.
        if (network.name == "facebook") {
            std::erase(handle, '.');
            account.key = std::string(network.canonical) + handle;
        }
        return account;
    }
    return std::nullopt;
}

std::string authority_of(const Parts& parts, string_view host) {
    return parts.port.empty() ? std::string(host) : fmt::format("{}:{}", host, parts.port);
}

// https where a server of that name can be expected to speak it.
string_view scheme_of(const Parts& parts) {
    return parts.https || parts.port.empty() ? "https" : "http";
}

std::optional<Account> mastodon(const Parts& parts, const std::vector<string_view>& segments) {
    if (segments.size() != 1 || !segments[0].starts_with('@')) return std::nullopt;
    const std::string user = ascii::lower(segments[0].substr(1));
    constexpr std::size_t max_octets = 100;
    if (!is_handle(user, max_octets, "_.-")) return std::nullopt;
    const std::string authority = authority_of(parts, without_www(parts.host));
    return known("mastodon", fmt::format("{}@{}", user, authority),
                 fmt::format("{}://{}/@{}", scheme_of(parts), authority, user));
}

Account page(const Parts& parts) {
    const auto written = [&](string_view host, string_view path) {
        return fmt::format("{}://{}{}{}{}", scheme_of(parts), authority_of(parts, host), path,
                           parts.query.empty() ? "" : "?", parts.query);
    };
    string_view path = parts.path;
    if (path.ends_with('/')) path.remove_suffix(1);
    return {std::string(web_network), "", written(parts.host, parts.path.empty() ? "/" : parts.path),
            written(without_www(parts.host), path)};
}

Account account_of(const Parts& parts) {
    const string_view host = without_country(without_www(parts.host));
    const auto segments = parts.segments();
    if (parts.port.empty()) {
        if (auto account = numbered_facebook(host, parts)) return *account;
        if (auto account = app_scoped_facebook(host, segments)) return *account;
        if (auto account = by_table(host, segments)) return *account;
        if (host == "orcid.org" && segments.size() == 1) {
            std::string id(segments[0]);
            std::ranges::transform(id, id.begin(), ascii::to_upper);
            if (is_orcid(id)) return known("orcid", id, "https://orcid.org/" + id);
        }
        const bool profile = segments.size() >= 2 && segments[segments.size() - 2] == "profile";
        if (host == "viadeo.com" && profile && segments.size() <= 3) {
            Account account = page(parts);
            account.network = "viadeo";
            account.handle = ascii::lower(segments.back());
            account.key = fmt::format("https://viadeo.com/profile/{}", account.handle);
            return account;
        }
    }
    const bool other_site = std::ranges::any_of(networks(), [&](const Network& network) {
        return std::ranges::find(network.hosts, host) != network.hosts.end();
    });
    if (!other_site && std::ranges::find(other_at_sites, host) == other_at_sites.end())
        if (auto account = mastodon(parts, segments)) return *account;
    return page(parts);
}

}  // namespace

std::optional<Account> account_of(string_view url) {
    const auto parts = parts_of(url);
    if (!parts) return std::nullopt;
    return account_of(*parts);
}

std::optional<Account> account_of(string_view url, string_view network) {
    const auto parts = parts_of(url);
    if (!parts) return std::nullopt;
    Account account = account_of(*parts);
    if (account.network == network) return account;
    const auto segments = parts->segments();
    const bool on_many_hosts = network == "viadeo" || network == "gitlab" || network == "mastodon";
    if (account.network != web_network || !on_many_hosts) return std::nullopt;
    if (network != "viadeo") {
        string_view user = segments.empty() ? string_view{} : segments.back();
        if (user.starts_with('@')) user.remove_prefix(1);
        constexpr std::size_t max_octets = 255;
        if (!is_handle(user, max_octets, "_.-")) return std::nullopt;
        account.handle = ascii::lower(user);
        if (network == "mastodon") account.handle += "@" + authority_of(*parts, without_www(parts->host));
    }
    account.network = network;
    return account;
}

bool is_at_network(string_view url) {
    const auto parts = parts_of(url);
    if (!parts) return false;
    const string_view host = parts->host;
    const auto is_of = [host](string_view known) {
        return host == known ||
               (host.ends_with(known) && host.substr(0, host.size() - known.size()).ends_with('.'));
    };
    return std::ranges::any_of(
        networks(), [&](const Network& network) { return std::ranges::any_of(network.hosts, is_of); });
}

bool same_account(string_view a, string_view b) {
    const auto left = account_of(a);
    const auto right = account_of(b);
    return left && right && left->key == right->key;
}

}  // namespace decorum::profile
