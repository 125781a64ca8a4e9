// The pool's side of a keeper: starts it with nothing but its socket, talks to it, ends it and waits for it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/result.hpp"
#include "gateway/worker/keeper_protocol.hpp"

namespace decorum::worker {

class KeeperProcess {
public:
    // Runs `program worker-keeper` without an environment, in a process group of its own, so that a
    // terminal's signals reach us alone. Whether there are threads makes no difference.
    [[nodiscard]] static Result<KeeperProcess> spawn(const std::string& program);

    KeeperProcess(KeeperProcess&& other) noexcept
        : socket_(std::move(other.socket_)), process_(std::exchange(other.process_, -1)) {}
    KeeperProcess& operator=(KeeperProcess&&) = delete;
    // Closes the socket, which ends keeper and children; one that doesn't end within a second is killed.
    ~KeeperProcess();

    [[nodiscard]] int socket() const noexcept { return socket_.get(); }

    // Never blocks. An Error: the keeper is lost.
    [[nodiscard]] Result<> send(const Start& start, int stream);
    // Nothing: there is no message now. An Error: the keeper is lost.
    [[nodiscard]] Result<std::optional<Ended>> receive();

private:
    KeeperProcess(Descriptor socket, pid_t process) : socket_(std::move(socket)), process_(process) {}

    Descriptor socket_;
    pid_t process_;
};

}  // namespace decorum::worker
