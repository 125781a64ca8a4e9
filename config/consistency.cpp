// The rules between settings. Invariant: only reads; a rule that can't be judged, because a value it needs
// was a fault, says nothing.
#include "config/consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "config/checks.hpp"
#include "config/connector_rules.hpp"
#include "config/custom_source.hpp"
#include "config/places.hpp"
#include "config/schema.hpp"
#include "config/store_url.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/ip.hpp"

namespace decorum::config {
namespace {

std::string_view name_of(Protocol protocol) {
    return find_setting("listener", "protocol")->words[static_cast<std::size_t>(protocol)];
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
            if (!name.starts_with(custom_prefix)) check_connector(name, connector, settings_, findings_);
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
