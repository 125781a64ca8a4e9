// Properties of the PROXY header: a fault or a need for more never depends on what follows, a header never
// takes more than came or than the limit, and who is named by what we encode is who was decoded.
#include <cstdint>
#include <cstdlib>

#include "gateway/net/proxy_protocol.hpp"

using namespace decorum::net;

namespace {
void require(bool property) {
    if (!property) std::abort();
}

const Peer* client_of(const ProxyOutcome& outcome) {
    const auto* header = std::get_if<ProxyHeader>(&outcome);
    return header && header->client ? &*header->client : nullptr;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const ProxyOutcome whole = parse_proxy_header(octets);
    require(!std::holds_alternative<ProxyNeedInput>(whole) || size < max_proxy_header_octets);

    // Fed octet by octet, the first verdict that is not "more" is the verdict, but for faults, which may
    // only be seen earlier.
    for (std::size_t i = 0; i <= size && i <= max_proxy_header_octets + 1; ++i) {
        const ProxyOutcome part = parse_proxy_header(octets.substr(0, i));
        if (std::holds_alternative<ProxyNeedInput>(part)) continue;
        require(part.index() == whole.index());
        if (const auto* header = std::get_if<ProxyHeader>(&part)) {
            require(header->consumed == i && header->consumed == std::get<ProxyHeader>(whole).consumed);
            require(header->consumed <= max_proxy_header_octets);
        }
        break;
    }

    if (const Peer* client = client_of(whole); client && !client->local) {
        for (const std::string& again :
             {proxy_header_v1(*client, *client), proxy_header_v2(*client, *client)}) {
            const ProxyOutcome outcome = parse_proxy_header(again);
            const Peer* const back = client_of(outcome);
            require(back && back->address == client->address && back->port == client->port);
        }
    }
    return 0;
}
