// Which messages were refused once, and may pass when they come again: a table in memory, bounded.
//
// A message is who logged in, whom it goes to and its subject, however they are written; of none of these
// anything is kept but an HMAC: who writes to whom can't be found out by guessing. When the table is full the
// oldest refusal goes, and that message is refused once more. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::pipeline {

// Decoded, on one line, in lower case, without the marks of answers and forwards.
[[nodiscard]] std::string normalised_subject(std::string_view body);

class Confirmations {
public:
    // Sooner is a client that repeats by itself, later a message that was forgotten.
    static constexpr std::chrono::seconds soonest{30};
    static constexpr std::chrono::minutes latest{15};

    // `secret`: the same on every gateway that shares what it refused.
    explicit Confirmations(Secret secret, std::size_t max_messages = 10'000)
        : secret_(std::move(secret)), max_messages_(max_messages) {}

    // Told of each message that is refused for the first time, and of each that passed: on whatever thread
    // asks, without the lock. Before anybody asks.
    using Tell = std::function<void(const std::string& key, bool passed)>;
    void tell_others(Tell tell) { tell_ = std::move(tell); }
    // What another gateway says: refused then, or (nothing) passed.
    void hear(const std::string& key, std::optional<Instant> at);

    using Key = std::string;
    [[nodiscard]] Key key_of(std::string_view login, std::vector<std::string> recipients,
                             std::string_view subject) const;

    // True: it was refused before, and its time has come. Else it is to be refused.
    [[nodiscard]] bool may_pass(const Key& key, Instant now);
    // It went out: the same message is refused again.
    void passed(const Key& key);

private:
    struct Refused {
        Key key;
        Instant at{};
    };
    // With the lock held.
    void add(const Key& key, Instant at);
    bool drop(const Key& key);

    const Secret secret_;
    const std::size_t max_messages_;
    Tell tell_;
    std::mutex mutex_;
    std::list<Refused> refused_;                                                // the oldest first
    std::unordered_map<std::string_view, std::list<Refused>::iterator> index_;  // views into refused_
};

}  // namespace decorum::pipeline
