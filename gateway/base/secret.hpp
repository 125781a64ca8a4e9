// Octets that must not be printed or left in memory: keys, tokens, passwords.
//
// There is no operator<< and no formatter on purpose; the octets are wiped on destruction.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace decorum {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string octets) : octets_(std::move(octets)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : octets_(std::exchange(other.octets_, {})) {}
    Secret& operator=(Secret other) noexcept {
        octets_.swap(other.octets_);
        return *this;
    }
    ~Secret();

    [[nodiscard]] std::string_view reveal() const noexcept { return octets_; }
    [[nodiscard]] bool empty() const noexcept { return octets_.empty(); }

private:
    std::string octets_;
};

}  // namespace decorum
