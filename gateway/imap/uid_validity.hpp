// The epoch: a change of what is shown of a message (size of the block, its prefix, annotation on or off)
// breaks the promise that a UID's octets never change, so it must change UIDVALIDITY (RFC 9051 §2.3.1.1).
//
// Shown = upstream's + epoch on the circle of 1 … 2^32 - 1: never 0, one to one, and back again.
#pragma once

#include <cstdint>

namespace decorum::imap {

class Epoch {
public:
    Epoch() = default;
    explicit Epoch(std::uint32_t epoch) : epoch_(epoch % circle) {}

    // Values that are no UIDVALIDITY (0, beyond 32 bits) stay.
    [[nodiscard]] std::uint64_t shown(std::uint64_t upstream) const { return turn(upstream, epoch_); }
    [[nodiscard]] std::uint64_t upstream(std::uint64_t shown) const { return turn(shown, circle - epoch_); }

private:
    static constexpr std::uint64_t circle = 0xffffffff;
    [[nodiscard]] static std::uint64_t turn(std::uint64_t value, std::uint64_t by) {
        if (value == 0 || value > circle) return value;
        return (value - 1 + by) % circle + 1;
    }

    std::uint64_t epoch_ = 0;
};

}  // namespace decorum::imap
