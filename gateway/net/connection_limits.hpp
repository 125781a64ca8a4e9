// How many connections there may be, in total and from one client address; counted across threads.
//
// A client address is an IPv4 address or an IPv6 /64: whoever has one address of a /64 has them all.
// A Slot gives back what it took when it goes. 0 means: no limit.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "gateway/base/ip.hpp"

namespace decorum::net {

class ConnectionLimits : public std::enable_shared_from_this<ConnectionLimits> {
public:
    class Slot {
    public:
        Slot() = default;
        Slot(Slot&& other) noexcept = default;
        Slot& operator=(Slot&& other) noexcept;
        ~Slot() { release(); }

        // Counts the connection for this address too. False: the address has as many as it may.
        [[nodiscard]] bool count_for(const IpAddress& address);
        void release() noexcept;

    private:
        friend class ConnectionLimits;
        std::shared_ptr<ConnectionLimits> limits_;
        std::optional<IpAddress> counted_for_;
    };

    [[nodiscard]] static std::shared_ptr<ConnectionLimits> make(std::size_t total, std::size_t per_address);

    // For a reload; connections that are there stay.
    void set(std::size_t total, std::size_t per_address) noexcept;

    [[nodiscard]] std::optional<Slot> take();  // none: the total is reached
    [[nodiscard]] Slot take_beyond_total();    // the caller ends another connection instead

    [[nodiscard]] bool exceeded() const noexcept;
    [[nodiscard]] std::size_t open() const noexcept { return open_.load(std::memory_order_relaxed); }

private:
    struct Shard {
        std::mutex mutex;
        std::unordered_map<IpAddress, std::size_t> counts;
    };
    ConnectionLimits() = default;
    [[nodiscard]] Shard& shard_of(const IpAddress& client);

    std::atomic<std::size_t> total_{0};
    std::atomic<std::size_t> per_address_{0};
    std::atomic<std::size_t> open_{0};
    std::array<Shard, 16> shards_;
};

}  // namespace decorum::net
