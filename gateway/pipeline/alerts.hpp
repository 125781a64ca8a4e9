// Sentences for our own people that a mail client shows when it is next heard of (IMAP: "* OK [ALERT]", RFC
// 9051 §7.1): asked for by whoever judges, taken by whichever session of the user has a place for one.
//
// From any thread. A user is shown one an hour at most; a later sentence takes the place of one that nobody
// has taken yet. Nothing is written down: an alert is a bonus beside what is said in another way.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"

namespace decorum::pipeline {

class Alerts {
public:
    static constexpr std::chrono::hours interval{1};
    static constexpr std::size_t max_users = 10'000;  // that something waits for, or was shown to of late
    static constexpr std::size_t max_text_octets = 400;

    // `login` as the user logs in, in any case. The text is shown as ASCII on one line, cut at
    // max_text_octets. Of one `occasion` (a verdict) the user hears once.
    void ask(std::string_view login, std::string_view occasion, std::string_view text);

    // The sentence that waits for the user, if the last one is an hour old.
    [[nodiscard]] std::optional<std::string> take(std::string_view login, SteadyClock::time_point now);

private:
    struct User {
        std::string text;      // empty: nothing waits
        std::string occasion;  // of the last one
        std::optional<SteadyClock::time_point> last_shown;
    };
    void drop_old(SteadyClock::time_point now);

    std::mutex mutex_;
    std::map<std::string, User, std::less<>> users_;
    std::atomic<std::size_t> waiting_ = 0;  // users with a text: most of the time none, and nobody locks
};

}  // namespace decorum::pipeline
