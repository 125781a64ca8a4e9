// What a service manager gives us (sd_listen_fds(3), sd_watchdog_enabled(3)) and hears from us
// (sd_notify(3)). Where none started us there are no sockets and no watchdog, and nothing is said.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

// Listening sockets that were handed over (socket activation). Whoever names them (FileDescriptorName=) names
// the listener they are for.
class InheritedSockets {
public:
    InheritedSockets() = default;

    // What LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES tell of; the environment forgets them, and no child
    // inherits the sockets. Before any thread starts, and once. An Error: what they tell is no such thing.
    [[nodiscard]] static Result<InheritedSockets> take();

    // Those of that name, in their order; they are the caller's from here on.
    [[nodiscard]] std::vector<Descriptor> of(std::string_view name);

    // Of those that nobody has asked for.
    [[nodiscard]] std::vector<std::string> names() const;

private:
    struct Named {
        std::string name;
        Descriptor descriptor;
    };
    std::vector<Named> sockets_;
};

// `status` is what `systemctl status` shows: one line.
void tell_ready(std::string_view status);
void tell_reloading();  // tell_ready() follows, whatever came of it
// `limit`: how long the end may take, however short TimeoutStopSec= is.
void tell_stopping(std::chrono::milliseconds limit);
void tell_alive();

// Within which tell_alive() is to come; nothing: nobody waits for it.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_limit();

}  // namespace decorum::app
