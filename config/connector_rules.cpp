// The rules of one connector, most of them about what it has no use for.
#include "config/connector_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "config/places.hpp"

namespace decorum::config {
namespace {

// Connectors that have a use for a setting; those that are not here are of use to all.
struct Use {
    std::string_view key;
    std::initializer_list<std::string_view> connectors;
};
const std::array<Use, 15>& uses() {
    static const std::array<Use, 15> table{{{"app_id", {"facebook", "orcid"}},
                                            {"redirect_uri", {"facebook"}},
                                            {"actor_id", {"webfinger"}},
                                            {"key_id", {"webfinger"}},
                                            {"personal_domains", {"bluesky"}},
                                            {"plc_url", {"bluesky"}},
                                            {"user_price", {"x"}},
                                            {"post_price", {"x"}},
                                            {"spend_cap", {"x"}},
                                            {"base_dn", {"ldap"}},
                                            {"bind_dn", {"ldap"}},
                                            {"filter", {"ldap"}},
                                            {"tls", {"ldap"}},
                                            {"ca_file", {"ldap"}},
                                            {"file", {"directory"}}}};
    return table;
}

class ConnectorJudge {
public:
    ConnectorJudge(const Settings& settings, Findings& findings) : settings_(settings), findings_(findings) {}

    void all(const std::string& name, const Connector& connector, const std::string& place) {
        const bool directory = name == "directory";
        // The shipped file shows every key on the directory, so that there none is a mistake.
        for (const Use& use : uses())
            if (!directory && findings_.given(place, use.key) &&
                std::ranges::find(use.connectors, name) == use.connectors.end())
                findings_.warn(
                    place, use.key,
                    fmt::format("has no effect: it is for {}", fmt::join(use.connectors, " and ")));
        check_trust(name, connector, place);
        if (directory && !connector.base_url.empty())
            findings_.warn(place, "base_url", "has no effect: the directory is a file");
        if (directory && !connector.token_file.empty())
            findings_.warn(place, "token_file", "has no effect: the directory is a file");
        if (name == "profile_page") check_page(connector, place);
        if (connector.enabled) check_credentials(name, connector, place);
        if (name == "webfinger") check_webfinger(connector, place);
        if (name == "bluesky" && !connector.token_file.empty())
            findings_.warn(place, "token_file", "has no effect: what is public there needs none");
        const bool ldap = name == "ldap";
        if (ldap && connector.enabled) check_ldap(connector, place);
        if (!ldap && connector.base_url.starts_with("ldap"))
            findings_.fault(place, "base_url", "a URL that begins with \"https://\": only ldap speaks LDAP");
        if (!ldap && connector.base_url.starts_with("http://") && !settings_.http.allow_private)
            findings_.fault(
                place, "base_url",
                "a URL that begins with \"https://\": plain http is for tests, with http.allow_private");
    }

private:
    // Settings that promise what is not done.
    void check_trust(const std::string& name, const Connector& connector, const std::string& place) {
        const bool own = name == "directory" || name == "ldap";
        if (own && !connector.domains.empty())
            findings_.warn(place, "domains", "has no effect: nobody outside learns of a question there");
        if (!own && connector.tier == "S")
            findings_.warn(
                place, "tier",
                "as \"A\": what people type elsewhere is a claim, facts come from the directory, LDAP "
                "and the registry");
        if (name == "libravatar" && connector.enabled && !settings_.annotate.face)
            findings_.warn(place, "enabled",
                           "has no effect while annotate.face is false: it has pictures alone");
    }

    // What a network answers nothing without.
    void check_credentials(const std::string& name, const Connector& connector, const std::string& place) {
        const bool app = name == "orcid";
        if (app && connector.app_id.empty())
            findings_.fault(place, "app_id", "the id of an application that is registered there");
        if ((app || name == "x" || name == "facebook") && connector.token_file.empty() &&
            !findings_.faulty(place, "token_file"))
            findings_.fault(
                place, "token_file",
                app ? "the file with the application's secret" : "the file with the access token");
        if (name == "x" && connector.spend_cap == 0)
            findings_.warn(place, "spend_cap", "0 sets no limit: each profile that is read is paid for");
    }

    void check_page(const Connector& page, const std::string& place) {
        if (!page.base_url.empty())
            findings_.warn(place, "base_url", "has no effect: pages are read where their owners have them");
        if (!page.token_file.empty())
            findings_.warn(place, "token_file", "has no effect: public pages need none");
    }

    void check_webfinger(const Connector& webfinger, const std::string& place) {
        if (!webfinger.base_url.empty())
            findings_.warn(place, "base_url",
                           "has no effect: each domain and account has a server of its own");
        if (!webfinger.token_file.empty())
            findings_.warn(place, "token_file", "has no effect: what is public there needs none");
        if (webfinger.actor_id.empty() && !webfinger.key_id.empty())
            findings_.warn(place, "key_id", "has no effect without actor_id");
    }

    // base_url, base_dn: each may be missing without a fault of its own before this.
    void check_ldap(const Connector& ldap, const std::string& place) {
        if (!ldap.base_url.starts_with("ldap") && !findings_.faulty(place, "base_url"))
            findings_.fault(place, "base_url",
                            "where the server is: \"ldap://HOST\", \"ldaps://HOST\" or \"ldapi://%2FPATH\"");
        if (ldap.base_dn.empty())
            findings_.fault(place, "base_dn", "where to search, such as \"ou=people,dc=example,dc=org\"");
        if (!ldap.bind_dn.empty() && ldap.token_file.empty() && !findings_.faulty(place, "token_file"))
            findings_.fault(place, "token_file", "the file with the password of bind_dn");
        if (ldap.bind_dn.empty() && !ldap.token_file.empty())
            findings_.warn(place, "token_file", "has no effect without bind_dn");
        const bool clear = ldap.base_url.starts_with("ldap://");
        if (ldap.tls == TlsMode::implicit && clear)
            findings_.fault(place, "tls", "\"starttls\"; TLS from the start is ldaps:// in base_url");
        if (ldap.tls == TlsMode::starttls && !clear)
            findings_.fault(place, "tls", "\"none\": only ldap:// begins in clear");
        if (ldap.tls == TlsMode::none && clear && !ldap.bind_dn.empty() && !is_local(ldap.base_url))
            findings_.warn(place, "tls", "the password goes over the network in clear: use \"starttls\"");
    }

    static bool is_local(std::string_view ldap_url) {
        std::string_view host = ldap_url.substr(ldap_url.find("://") + 3);
        host = host.substr(0, host.find('/'));
        if (const auto endpoint = Endpoint::parse(host)) {
            const auto address = address_of(*endpoint);
            return address && is_loopback(*address);
        }
        const auto address = IpAddress::parse(host == "localhost" ? "127.0.0.1" : host);
        return address && is_loopback(*address);
    }

    const Settings& settings_;
    Findings& findings_;
};

}  // namespace

void check_connector(const std::string& name, const Connector& connector, const Settings& settings,
                     Findings& findings) {
    ConnectorJudge(settings, findings).all(name, connector, "connector." + name);
}

}  // namespace decorum::config
