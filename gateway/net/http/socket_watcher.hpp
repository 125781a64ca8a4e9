// Tells libraries that own their sockets (libcurl, c-ares) when those are ready, through Asio's reactor.
//
// Level-triggered as they expect: a socket that stays ready is reported again. The sockets are never closed
// here, and watch(socket, false, false) must come before their owner closes them. All on one thread; the
// reactor's thread must have ended, or be the one, when a watcher goes.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "gateway/net/task.hpp"

namespace decorum::net {

class SocketWatcher {
public:
    using Ready = std::function<void(int socket, bool readable, bool writable)>;

    SocketWatcher(Executor executor, Ready ready);
    ~SocketWatcher();
    SocketWatcher(const SocketWatcher&) = delete;
    SocketWatcher& operator=(const SocketWatcher&) = delete;

    // From now on these; both false: forget the socket. May be called while `ready` runs.
    void watch(int socket, bool read, bool write);

private:
    struct Watched;

    void arm(const std::shared_ptr<Watched>& watched);
    void forget(int socket);

    Executor executor_;
    Ready ready_;
    std::unordered_map<int, std::shared_ptr<Watched>> sockets_;
};

}  // namespace decorum::net
