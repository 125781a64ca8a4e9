// The rules between settings. Invariant: only reads; a rule that can't be judged, because a value it needs
// was a fault, says nothing.
#include "config/consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "config/checks.hpp"
#include "config/custom_source.hpp"
#include "config/schema.hpp"
#include "config/store_url.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"

namespace decorum::config {
namespace {

std::string_view name_of(Protocol protocol) {
    return find_setting("listener", "protocol")->words[static_cast<std::size_t>(protocol)];
}

std::optional<IpAddress> address_of(const Endpoint& endpoint) {
    const auto address = IpAddress::parse(endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host);
    return address ? std::optional(*address) : std::nullopt;
}

bool is_wildcard(const IpAddress& address) {
    return address == IpAddress() || address == IpAddress::from_v4({0, 0, 0, 0});
}

bool is_loopback(const IpAddress& address) {
    std::array<std::uint8_t, 16> v6_loopback{};
    v6_loopback.back() = 1;
    return address == IpAddress(v6_loopback) || (address.is_v4() && address.octets()[12] == 127);
}

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

std::filesystem::path socket_path(const Endpoint& endpoint) {
    return std::filesystem::path(endpoint.path).lexically_normal();
}

// May both be open at a time? [::] takes IPv6 alone, so it and 0.0.0.0 go together.
bool clash(const Endpoint& a, const Endpoint& b) {
    if (a.is_unix() || b.is_unix()) return a.is_unix() && b.is_unix() && socket_path(a) == socket_path(b);
    if (a.port != b.port || a.port == 0) return false;
    const auto first = address_of(a);
    const auto second = address_of(b);
    if (!first || !second || first->is_v4() != second->is_v4()) return false;
    return *first == *second || is_wildcard(*first) || is_wildcard(*second);
}

// Would a connection to `target` arrive at the socket that listens at `bound`?
bool leads_to(const Endpoint& target, const Endpoint& bound) {
    if (target.is_unix() || bound.is_unix() || target.port != bound.port) return clash(target, bound);
    const auto to = address_of(target);
    const auto at = address_of(bound);
    if (!to || !at || to->is_v4() != at->is_v4()) return false;
    return *to == *at || (is_wildcard(*at) && is_loopback(*to));
}

class Judge {
public:
    Judge(const Settings& settings, Findings& findings) : settings_(settings), findings_(findings) {}

    void all() {
        for (std::size_t i = 0; i < settings_.listeners.size() && !findings_.full(); ++i) {
            const Listener& listener = settings_.listeners[i];
            const std::string place = listener_instance(i);
            name_is_its_own(i, place);
            protocol_is_spoken(listener, place);
            upstream_fits(listener, place);
            tls_is_complete(listener, place);
            position_fits(listener, place);
            binds_are_free(i, place);
        }
        for (const auto& [name, upstream] : settings_.upstreams) check_upstream(upstream, "upstream." + name);
        for (const auto& [name, connector] : settings_.connectors)
            if (!name.starts_with(custom_prefix)) check_connector(name, connector);
        for (const auto& [name, source] : settings_.custom)
            check_custom_source(name, source, settings_.http.allow_private, findings_);
        check_annotation();
        check_notices();
        check_outbound();
        check_store();
        check_metrics();
    }

private:
    void name_is_its_own(std::size_t index, const std::string& place) {
        const Listener& listener = settings_.listeners[index];
        for (std::size_t i = 0; i < index; ++i) {
            const Listener& other = settings_.listeners[i];
            if (listener.name.empty() || other.name != listener.name) continue;
            findings_.fault(place, "name",
                            fmt::format("a name of its own: line {} has {} already", other.line,
                                        in_quotes(listener.name)));
            return;
        }
    }

    void protocol_is_spoken(const Listener& listener, const std::string& place) {
        if (listener.protocol == Protocol::imap) reads_mail(listener, place);
    }

    void reads_mail(const Listener& listener, const std::string& place) {
        if (listener.policy == Policy::outbound)
            findings_.fault(place, "policy", "\"inbound\" or \"pass\": nobody sends by imap");
        if (listener.policy == Policy::inbound && !settings_.imap.annotate)
            findings_.warn(place, "policy", "as \"pass\" until imap.annotate is true");
        for (const std::string_view key : {"position", "malformed"})
            if (findings_.given(place, key)) findings_.warn(place, key, "has no effect where mail is read");
    }

    void upstream_fits(const Listener& listener, const std::string& place) {
        if (listener.upstream.empty()) return;  // a fault already
        const auto at = settings_.upstreams.find(listener.upstream);
        if (at == settings_.upstreams.end()) {
            std::vector<std::string_view> names;
            names.reserve(settings_.upstreams.size());
            for (const auto& [name, upstream] : settings_.upstreams) names.push_back(name);
            const std::string_view meant = nearest(listener.upstream, names);
            findings_.fault(place, "upstream",
                            meant.empty()
                                ? fmt::format("the name of an [upstream.NAME] section; there is no {}",
                                              in_quotes(listener.upstream))
                                : fmt::format("there is no [upstream.{}]; did you mean {}?",
                                              printable(listener.upstream), in_quotes(meant)));
            return;
        }
        const bool both_known = findings_.given(place, "protocol") &&
                                findings_.given("upstream." + listener.upstream, "protocol");
        if (both_known && at->second.protocol != listener.protocol)
            findings_.fault(
                place, "upstream",
                fmt::format("an upstream that speaks \"{}\" as this listener does; {} speaks \"{}\"",
                            name_of(listener.protocol), in_quotes(listener.upstream),
                            name_of(at->second.protocol)));
    }

    void tls_is_complete(const Listener& listener, const std::string& place) {
        if (listener.tls == TlsMode::none) {
            if (!listener.certificate.empty())
                findings_.warn(place, "certificate", "has no effect while tls is \"none\"");
            if (!listener.private_key.empty())
                findings_.warn(place, "private_key", "has no effect while tls is \"none\"");
            return;
        }
        if (listener.certificate.empty() && !findings_.faulty(place, "certificate"))
            findings_.fault(place, "certificate", "the PEM file of the certificate chain: tls needs one");
        if (listener.private_key.empty() && !findings_.faulty(place, "private_key"))
            findings_.fault(place, "private_key", "the PEM file of the certificate's key: tls needs one");
    }

    void position_fits(const Listener& listener, const std::string& place) {
        const bool facing_clients =
            listener.position == Position::front || listener.position == Position::submission;
        if (facing_clients && listener.protocol == Protocol::lmtp)
            findings_.fault(
                place, "position",
                "\"delivery\" or \"filter\": LMTP is spoken behind a mail server only (RFC 2033)");
        // A face on a forged sender: the one thing that must not happen.
        if (listener.position == Position::front && listener.policy == Policy::inbound &&
            settings_.annotate.require == Require::none)
            findings_.fault(
                "annotate", "require",
                fmt::format("\"authenticated\": the listener {} stands at the front, where \"none\" "
                            "would show profiles for forged senders",
                            in_quotes(listener.name)));
        if (listener.proxy_protocol && listener.trusted_peers.empty() &&
            !findings_.faulty(place, "trusted_peers"))
            findings_.fault(
                place, "trusted_peers",
                "the peers that send the PROXY header: proxy_protocol is on and nobody is trusted");
    }

    void binds_are_free(std::size_t index, const std::string& place) {
        const Listener& listener = settings_.listeners[index];
        if (listener.bind.empty() && findings_.given(place, "bind") && !findings_.faulty(place, "bind"))
            findings_.fault(place, "bind", "at least one address to listen at");
        for (std::size_t i = 0; i < listener.bind.size(); ++i) {
            const auto endpoint = Endpoint::parse(listener.bind[i]);
            if (!endpoint) continue;
            const std::string taken = taken_by(index, i, *endpoint);
            if (!taken.empty())
                findings_.fault(
                    place, "bind",
                    fmt::format("a place of its own: {} is taken by {}", in_quotes(listener.bind[i]), taken));
            for (const auto& [name, upstream] : settings_.upstreams) {
                const auto target = Endpoint::parse(upstream.address);
                if (target && leads_to(*target, *endpoint))
                    findings_.fault(
                        "upstream." + name, "address",
                        fmt::format("another server: {} is where the listener {} of this gateway listens",
                                    in_quotes(upstream.address), in_quotes(listener.name)));
            }
        }
    }

    // Who listens there already: an earlier bind, or the metrics.
    [[nodiscard]] std::string taken_by(std::size_t index, std::size_t bind_index,
                                       const Endpoint& endpoint) const {
        for (std::size_t i = 0; i <= index; ++i) {
            const Listener& other = settings_.listeners[i];
            const std::size_t end = i == index ? bind_index : other.bind.size();
            for (std::size_t j = 0; j < end; ++j) {
                const auto before = Endpoint::parse(other.bind[j]);
                if (before && clash(*before, endpoint))
                    return fmt::format("{} of the listener {}", in_quotes(other.bind[j]),
                                       in_quotes(other.name));
            }
        }
        const auto metrics = Endpoint::parse(settings_.metrics.bind);
        return metrics && clash(*metrics, endpoint) ? "metrics.bind" : "";
    }

    void check_upstream(const Upstream& upstream, const std::string& place) {
        if (upstream.name != settings_.notice.upstream &&
            std::ranges::none_of(settings_.listeners,
                                 [&](const Listener& l) { return l.upstream == upstream.name; }))
            findings_.warn(place, "", "no listener hands mail on to it");
        if (upstream.forward_address && upstream.protocol != Protocol::imap)
            findings_.warn(place, "forward_address", "has no effect: only imap has an ID command");
        if (upstream.protocol == Protocol::imap)
            for (const std::string_view key : {"spares", "max_idle"})
                if (findings_.given(place, key))
                    findings_.warn(place, key, "has no effect: each imap client has a connection of its own");
        if (upstream.tls == TlsMode::none) {
            if (!upstream.ca_file.empty())
                findings_.warn(place, "ca_file", "has no effect while tls is \"none\"");
            if (!upstream.tls_name.empty())
                findings_.warn(place, "tls_name", "has no effect while tls is \"none\"");
            return;
        }
        const auto target = Endpoint::parse(upstream.address);
        if (!target || upstream.verify == TlsVerify::none || !upstream.tls_name.empty()) return;
        const bool required = upstream.verify == TlsVerify::required;
        if (target->is_unix() || (required && IpAddress::parse(target->host)))
            findings_.fault(place, "tls_name",
                            fmt::format("the name in the server's certificate: {} is none to verify",
                                        in_quotes(upstream.address)));
    }

    void check_connector(const std::string& name, const Connector& connector) {
        const std::string place = "connector." + name;
        const bool directory = name == "directory";
        // The shipped file shows every key on the directory, so that there none is a mistake.
        for (const Use& use : uses())
            if (!directory && findings_.given(place, use.key) && std::ranges::find(use.connectors, name) == use.connectors.end())
                findings_.warn(place, use.key,
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

    // Settings that promise what is not done.
    void check_trust(const std::string& name, const Connector& connector, const std::string& place) {
        const bool own = name == "directory" || name == "ldap";
        if (own && !connector.domains.empty())
            findings_.warn(place, "domains", "has no effect: nobody outside learns of a question there");
        if (!own && connector.tier == "S")
            findings_.warn(place, "tier",
                           "as \"A\": what people type elsewhere is a claim, facts come from the directory, LDAP "
                           "and the registry");
        if (name == "libravatar" && connector.enabled && !settings_.annotate.face)
            findings_.warn(place, "enabled", "has no effect while annotate.face is false: it has pictures alone");
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

    void check_annotation() {
        bool annotates = false;
        bool at_delivery = false;
        bool read = false;
        for (const Listener& listener : settings_.listeners) {
            if (listener.policy != Policy::inbound) continue;
            if (listener.protocol == Protocol::imap && !settings_.imap.annotate) continue;
            read = read || listener.protocol == Protocol::imap;
            annotates = annotates || listener.position != Position::front;
            at_delivery = at_delivery || listener.position == Position::delivery;
        }
        if (settings_.imap.annotate && !settings_.listeners.empty() && !read)
            findings_.warn("imap", "annotate", "has no effect: no imap listener has policy \"inbound\"");
        const Annotate& annotate = settings_.annotate;
        if (annotate.visible != VisibleTag::none && !settings_.listeners.empty() && !at_delivery)
            findings_.warn("annotate", "visible",
                           "has no effect: no listener stands at position \"delivery\"");
        if (annotates && annotate.require == Require::authenticated && annotate.authserv_ids.empty())
            findings_.warn(
                "annotate", "authserv_ids",
                "empty: no sender counts as authenticated, and no profile is shown; name what your mail "
                "server writes into Authentication-Results");
    }

    void check_notices() {
        const Notice& notice = settings_.notice;
        if (notice.from.empty()) {
            if (!notice.upstream.empty())
                findings_.warn("notice", "upstream", "has no effect without notice.from");
            return;
        }
        const auto at = settings_.upstreams.find(notice.upstream);
        if (at == settings_.upstreams.end())
            findings_.fault("notice", "upstream",
                            notice.upstream.empty()
                                ? "the [upstream.NAME] section that takes the letters of notice.from"
                                : fmt::format("the name of an [upstream.NAME] section; there is no {}",
                                              in_quotes(notice.upstream)));
        else if (at->second.protocol == Protocol::imap)
            findings_.fault("notice", "upstream", "an upstream that takes mail: \"smtp\" or \"lmtp\"");
        else if (at->second.send_proxy != SendProxy::none)
            findings_.fault("notice", "upstream",
                            "an upstream without send_proxy: letters have no client to speak for");
    }

    void check_outbound() {
        const auto leads_out = [](const Listener& listener) { return listener.policy == Policy::outbound; };
        const bool any = std::ranges::any_of(settings_.listeners, leads_out);
        if (any && settings_.outbound.domains.empty())
            findings_.warn("outbound", "domains",
                           "empty: nobody's mail is ours, and nobody is assessed; name your mail domains");
        if (!any && !settings_.outbound.login_map.empty() && !settings_.listeners.empty())
            findings_.warn("outbound", "login_map", "has no effect: no listener's policy is \"outbound\"");
    }

    void check_store() {
        const Store& store = settings_.store;
        const auto redis = parse_redis_url(store.url);
        if (!redis) {
            const std::pair<std::string_view, bool> of_redis[] = {
                {"user", !store.user.empty()},
                {"password_file", !store.password_file.empty()},
                {"sentinels", !store.sentinels.empty()},
                {"master", !store.master.empty()},
                {"sentinel_password_file", !store.sentinel_password_file.empty()},
                {"ca_file", !store.ca_file.empty()},
                {"tls_name", !store.tls_name.empty()}};
            for (const auto& [key, is_set] : of_redis)
                if (is_set && !is_redis_url(store.url))
                    findings_.warn("store", key, "has no effect: url names no Redis");
            return;
        }
        // What one gateway sealed or signed another must know, and find under the same key.
        const auto shared = [this](std::string_view section, std::string_view key,
                                   const std::filesystem::path& file, std::string_view what) {
            if (file.empty() && !findings_.faulty(section, key))
                findings_.fault(section, key,
                                fmt::format("a file that is the same on every gateway: with Redis as the "
                                            "store they share {} (openssl rand -base64 32 makes one)",
                                            what));
        };
        shared("store", "key_file", store.key_file, "the key that addresses are hidden under");
        shared("annotate", "seal_key_file", settings_.annotate.seal_key_file, "the key of the seal");
        if (!settings_.notice.from.empty())
            shared("notice", "key_file", settings_.notice.key_file,
                   "the key that reply addresses are signed with");
        if (!store.user.empty() && store.password_file.empty() && !findings_.faulty("store", "password_file"))
            findings_.fault("store", "password_file", "the file with the password of store.user");
        check_sentinels(store, *redis);
        if (redis->tls) return;
        for (const std::string_view key : {"ca_file", "tls_name"})
            if (findings_.given("store", key))
                findings_.warn("store", key, "has no effect: url does not begin with \"rediss://\"");
    }

    void check_sentinels(const Store& store, const RedisUrl& redis) {
        if (store.sentinels.empty()) {
            if (!redis.server && !findings_.faulty("store", "sentinels"))
                findings_.fault("store", "url", "a host after \"redis://\", or store.sentinels that know it");
            if (!store.master.empty()) findings_.warn("store", "master", "has no effect without sentinels");
            if (!store.sentinel_password_file.empty())
                findings_.warn("store", "sentinel_password_file", "has no effect without sentinels");
            return;
        }
        if (redis.server)
            findings_.fault("store", "url", "\"redis://\" without a host: store.sentinels know it");
        if (store.master.empty() && !findings_.faulty("store", "master"))
            findings_.fault("store", "master", "the master's name among the sentinels");
    }

    // They name nobody, but tell how much mail comes and goes, and ask for no password.
    void check_metrics() {
        const auto endpoint = Endpoint::parse(settings_.metrics.bind);
        if (!endpoint || endpoint->is_unix()) return;
        if (const auto address = address_of(*endpoint); address && !is_loopback(*address))
            findings_.warn("metrics", "bind", "other machines may read them: whoever can connect");
    }

    const Settings& settings_;
    Findings& findings_;
};

}  // namespace

void check_consistency(const Settings& settings, Findings& findings) {
    Judge(settings, findings).all();
}

std::string listener_instance(std::size_t index) {
    return fmt::format("listener[{}]", index);
}

}  // namespace decorum::config
