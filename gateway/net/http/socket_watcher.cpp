// One wait a direction is under way at most. A handler that was queued before its socket was forgotten sees
// `live` false and touches nothing else: the number may be another socket's by then.
#include "gateway/net/http/socket_watcher.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "gateway/base/log.hpp"

namespace decorum::net {

struct SocketWatcher::Watched {
    using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
    struct Direction {
        bool wanted = false;
        bool waiting = false;
    };

    explicit Watched(const Executor& executor) : descriptor(executor) {}

    Descriptor descriptor;
    Direction read;
    Direction write;
    bool live = true;
};

SocketWatcher::SocketWatcher(Executor executor, Ready ready)
    : executor_(std::move(executor)), ready_(std::move(ready)) {}

SocketWatcher::~SocketWatcher() {
    while (!sockets_.empty()) forget(sockets_.begin()->first);
}

void SocketWatcher::watch(int socket, bool read, bool write) {
    if (!read && !write) return forget(socket);
    auto& watched = sockets_[socket];
    if (!watched) {
        watched = std::make_shared<Watched>(executor_);
        boost::system::error_code error;
        watched->descriptor.assign(socket, error);
        // The socket's owner has a time limit and will find out.
        if (error) log::error("socket_not_watched", {{"fault", error.message()}});
    }
    watched->read.wanted = read;
    watched->write.wanted = write;
    arm(std::shared_ptr(watched));
}

void SocketWatcher::arm(const std::shared_ptr<Watched>& watched) {
    const auto wait = [this, &watched](Watched::Direction& direction, bool readable) {
        if (!watched->live || !direction.wanted || direction.waiting) return;
        direction.waiting = true;
        watched->descriptor.async_wait(
            readable ? Watched::Descriptor::wait_read : Watched::Descriptor::wait_write,
            [this, watched, &direction, readable](const boost::system::error_code& error) {
                direction.waiting = false;
                if (error || !watched->live) return;
                if (direction.wanted) ready_(watched->descriptor.native_handle(), readable, !readable);
                arm(watched);
            });
    };
    wait(watched->read, true);
    wait(watched->write, false);
}

void SocketWatcher::forget(int socket) {
    const auto at = sockets_.find(socket);
    if (at == sockets_.end()) return;
    at->second->live = false;
    if (at->second->descriptor.is_open()) at->second->descriptor.release();
    sockets_.erase(at);
}

}  // namespace decorum::net
