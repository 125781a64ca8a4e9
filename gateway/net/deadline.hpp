// The limit of one wait: every awaited operation of this folder stands under a Deadline.
//
//     Deadline deadline(wheel, limit, socket_);
//     auto [error, octets] = co_await socket_.async_receive(buffer, as_result);
//     if (deadline.expired()) ...
//
// When the limit passes first, the object's operations are cancelled and expired() turns true. Racing the
// operation with a timer (`operation || timer`) would report a closed peer as a time-out, and would put a
// timer into the queue and take it out again at every step; here an operation that ends in time costs two
// list operations. The price is precision: a deadline expires never early and up to 50 ms late. Whatever
// has to be exact uses a timer of its own (event.hpp).
//
// Everything here belongs to one thread. cancel() of the object must not resume anything itself.
#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/net/task.hpp"

namespace decorum::net {

// The completion token of everything awaited: the error comes back as a value. Deferred, so that the awaiting
// coroutine starts the operation itself; use_awaitable would put a coroutine of its own in between.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::deferred);

using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;

// Limits come from settings and callers: kept where adding them to the present can't overflow.
[[nodiscard]] constexpr Milliseconds bounded(Milliseconds limit) {
    return std::clamp(limit, Milliseconds(0), Milliseconds(std::chrono::days(30)));
}

// Rounded up: 1 ms early is early. Negative once it has passed.
[[nodiscard]] inline Milliseconds left_until(SteadyClock::time_point until) {
    return std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
}

class DeadlineWheel;

class Deadline {
public:
    // `object` has cancel() and outlives this.
    template <class Object>
    Deadline(DeadlineWheel& wheel, Milliseconds limit, Object& object)
        : Deadline(wheel, limit, &object, [](void* target) noexcept {
              boost::system::error_code ignored;
              static_cast<Object*>(target)->cancel(ignored);
          }) {}
    ~Deadline() { unlink(); }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    [[nodiscard]] bool expired() const noexcept { return expired_; }

private:
    friend class DeadlineWheel;
    using Cancel = void (*)(void*) noexcept;

    Deadline(DeadlineWheel& wheel, Milliseconds limit, void* object, Cancel cancel);
    void unlink() noexcept;

    Deadline* next_ = nullptr;
    Deadline** link_ = nullptr;  // what points at us; null where in no list
    std::int64_t due_tick_ = 0;
    void* object_;
    Cancel cancel_;
    bool expired_ = false;
};

// The deadlines of one io_context: a wheel of slots, each a list. One timer, which is set anew only where
// a deadline is earlier than what it is set for, and otherwise left to fire in vain.
class DeadlineWheel final : public boost::asio::execution_context::service {
public:
    using key_type = DeadlineWheel;
    static boost::asio::execution_context::id id;

    explicit DeadlineWheel(boost::asio::execution_context& context);
    static DeadlineWheel& of(const Executor& executor);

private:
    friend class Deadline;

    void shutdown() noexcept override;
    void arm(Deadline& deadline, Milliseconds limit);
    void set_timer(std::int64_t tick);
    void sweep();

    Timer timer_;
    SteadyClock::time_point origin_ = SteadyClock::now();
    std::vector<Deadline*> slots_;
    std::int64_t swept_tick_ = 0;
    std::int64_t armed_tick_;
};

}  // namespace decorum::net
