// A message that can't be sent is lost: without the service manager there is nobody to tell.
#include "gateway/app/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iterator>

namespace decorum::app {
namespace {

void tell(const std::string& message) {
    static_cast<void>(sd_notify(0, message.c_str()));
}

// CLOCK_MONOTONIC as the service manager counts it.
std::uint64_t monotonic_us() {
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now));
    constexpr std::uint64_t us_a_second = 1'000'000;
    constexpr std::uint64_t ns_a_us = 1'000;
    return static_cast<std::uint64_t>(now.tv_sec) * us_a_second +
           static_cast<std::uint64_t>(now.tv_nsec) / ns_a_us;
}

}  // namespace

Result<InheritedSockets> InheritedSockets::take() {
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    if (count < 0)
        return fail(errc::invalid, fmt::format("LISTEN_FDS, LISTEN_FDNAMES: {}", std::strerror(-count)));
    InheritedSockets out;
    for (int i = 0; i < count; ++i) out.sockets_.push_back({names[i], Descriptor(SD_LISTEN_FDS_START + i)});
    for (int i = 0; i < count; ++i) std::free(names[i]);
    std::free(names);
    return out;
}

std::vector<Descriptor> InheritedSockets::of(std::string_view name) {
    std::vector<Descriptor> out;
    std::erase_if(sockets_, [&](Named& socket) {
        if (socket.name != name) return false;
        out.push_back(std::move(socket.descriptor));
        return true;
    });
    return out;
}

std::vector<std::string> InheritedSockets::names() const {
    std::vector<std::string> out;
    std::ranges::transform(sockets_, std::back_inserter(out), &Named::name);
    return out;
}

void tell_ready(std::string_view status) {
    tell(fmt::format("READY=1\nSTATUS={}", status));
}

void tell_reloading() {
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Reading the configuration", monotonic_us()));
}

void tell_stopping(std::chrono::milliseconds limit) {
    tell(fmt::format("STOPPING=1\nSTATUS=Waiting for messages under way\nEXTEND_TIMEOUT_USEC={}",
                     std::chrono::microseconds(limit).count()));
}

void tell_alive() {
    tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_limit() {
    std::uint64_t limit_us = 0;
    if (sd_watchdog_enabled(0, &limit_us) <= 0) return std::nullopt;
    return std::chrono::microseconds(limit_us);
}

}  // namespace decorum::app
