// The rules between settings. Invariant: only reads; a rule that can't be judged, because a value it needs
// was a fault, says nothing.
#include "config/consistency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "config/checks.hpp"
#include "config/schema.hpp"
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
        for (const auto& [name, connector] : settings_.connectors) check_connector(name, connector);
        check_annotation();
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
        if (listener.protocol == Protocol::imap)
            findings_.fault(place, "protocol", "\"smtp\" or \"lmtp\"; IMAP is not in this version");
        if (listener.policy == Policy::outbound)
            findings_.warn(place, "policy",
                           "\"outbound\" assesses nothing in this version: mail passes, without our block");
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
        if (std::ranges::none_of(settings_.listeners,
                                 [&](const Listener& l) { return l.upstream == upstream.name; }))
            findings_.warn(place, "", "no listener hands mail on to it");
        if (upstream.tls == TlsMode::none) {
            if (!upstream.ca_file.empty())
                findings_.warn(place, "ca_file", "has no effect while tls is \"none\"");
            if (!upstream.tls_name.empty())
                findings_.warn(place, "tls_name", "has no effect while tls is \"none\"");
            return;
        }
        const auto target = Endpoint::parse(upstream.address);
        if (!target || upstream.verify != TlsVerify::required || !upstream.tls_name.empty()) return;
        if (target->is_unix() || IpAddress::parse(target->host))
            findings_.fault(place, "tls_name",
                            fmt::format("the name in the server's certificate: {} is none to verify",
                                        in_quotes(upstream.address)));
    }

    void check_connector(const std::string& name, const Connector& connector) {
        const std::string place = "connector." + name;
        const bool is_built = std::ranges::find(built_connectors(), name) != built_connectors().end();
        if (connector.enabled && !is_built)
            findings_.fault(place, "enabled",
                            fmt::format("false: this version holds {} only", enumerate(built_connectors())));
        const bool directory = name == "directory";
        if (!directory && !connector.file.empty())
            findings_.warn(place, "file", "has no effect: only the directory has a file");
        if (directory && !connector.base_url.empty())
            findings_.warn(place, "base_url", "has no effect: the directory is a file");
        if (directory && !connector.token_file.empty())
            findings_.warn(place, "token_file", "has no effect: the directory is a file");
    }

    void check_annotation() {
        bool annotates = false;
        bool at_delivery = false;
        for (const Listener& listener : settings_.listeners) {
            if (listener.policy != Policy::inbound) continue;
            annotates = annotates || listener.position != Position::front;
            at_delivery = at_delivery || listener.position == Position::delivery;
        }
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
