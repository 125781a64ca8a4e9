// Binding and listening. Nothing is left open or on disk where a step fails, but the removed stale path.
#include "gateway/net/bind.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/net/socket_address.hpp"

namespace decorum::net {
namespace {
constexpr int stream_type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

std::unexpected<Error> fault(const Endpoint& endpoint, const std::string& what) {
    return fail(errc::invalid, "listening at " + endpoint.text() + ": " + what);
}

Result<> bind_at(int descriptor, const Endpoint& endpoint, const SocketAddress& address) {
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (address.family() == AF_INET6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    if (bind(descriptor, address.get(), address.size) != 0) return fault(endpoint, text_of_errno(errno));
    return {};
}

// Takes away the path of a socket that nobody listens at.
Result<> remove_stale(const Endpoint& endpoint, const SocketAddress& address) {
    const auto there = socket_is_there(endpoint);
    if (!there) return std::unexpected(there.error());
    if (!*there) return {};
    const Descriptor probe(socket(AF_UNIX, stream_type, 0));
    if (!probe) return fault(endpoint, text_of_errno(errno));
    if (connect(probe.get(), address.get(), address.size) == 0 || errno != ECONNREFUSED)
        return fault(endpoint, "another program listens there");
    if (unlink(endpoint.path.c_str()) != 0) return fault(endpoint, text_of_errno(errno));
    return {};
}
}  // namespace

Result<bool> socket_is_there(const Endpoint& endpoint) {
    struct stat status{};
    if (lstat(endpoint.path.c_str(), &status) != 0) return false;
    if (!S_ISSOCK(status.st_mode)) return fault(endpoint, "the path exists and is no socket");
    return true;
}

Result<Descriptor> bind_tcp(const Endpoint& endpoint, bool shared) {
    const auto ip = IpAddress::parse(endpoint.host);
    if (!ip) return fault(endpoint, "not an address");
    const SocketAddress address = socket_address(*ip, endpoint.port);
    Descriptor descriptor(socket(address.family(), stream_type, 0));
    if (!descriptor) return fault(endpoint, text_of_errno(errno));
    if (shared) set_option(descriptor.get(), SOL_SOCKET, SO_REUSEPORT);
    set_tcp_options(descriptor.get());
    if (auto bound = bind_at(descriptor.get(), endpoint, address); !bound)
        return std::unexpected(bound.error());
    return descriptor;
}

Result<> start_listening(const Descriptor& descriptor, const Endpoint& endpoint, int backlog) {
    if (listen(descriptor.get(), backlog) != 0) return fault(endpoint, text_of_errno(errno));
    return {};
}

Result<Descriptor> bind_unix(const Endpoint& endpoint, int backlog, unsigned mode) {
    const SocketAddress address = socket_address_of_path(endpoint.path);
    if (auto removed = remove_stale(endpoint, address); !removed) return std::unexpected(removed.error());
    Descriptor descriptor(socket(AF_UNIX, stream_type, 0));
    if (!descriptor) return fault(endpoint, text_of_errno(errno));
    if (bind(descriptor.get(), address.get(), address.size) != 0)
        return fault(endpoint, text_of_errno(errno));
    if (chmod(endpoint.path.c_str(), mode) != 0 || listen(descriptor.get(), backlog) != 0) {
        const int number = errno;
        unlink(endpoint.path.c_str());
        return fault(endpoint, text_of_errno(number));
    }
    return descriptor;
}

Result<Descriptor> take_over(int number) {
    Descriptor descriptor(number);
    int listening = 0, type = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        return fail(errc::invalid, "descriptor " + std::to_string(number) + " is no listening socket");
    size = sizeof type;
    if (getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return fail(errc::invalid, "descriptor " + std::to_string(number) + " is no stream socket");
    const int flags = fcntl(number, F_GETFL);
    if (flags < 0 || fcntl(number, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(number, F_SETFD, FD_CLOEXEC) != 0)
        return fail(errc::invalid, "descriptor " + std::to_string(number) + ": " + text_of_errno(errno));
    set_tcp_options(number);
    return descriptor;
}

Endpoint bound_endpoint(const Descriptor& descriptor) {
    SocketAddress address;
    if (getsockname(descriptor.get(), address.get(), &address.size) != 0) return {};
    return endpoint_of(address);
}

}  // namespace decorum::net
