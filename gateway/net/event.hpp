// A flag that one coroutine waits for and any thread may raise, once.
//
// The shared state outlives both sides: raising after the waiter gave up does nothing.
#pragma once

#include <functional>
#include <memory>

#include "gateway/base/clock.hpp"
#include "gateway/net/task.hpp"

namespace decorum::net {

class Event {
public:
    explicit Event(Executor executor);

    // From any thread, any number of times.
    void raise() const;

    // True once raised; false when the limit has passed first. Awaited on the executor's thread.
    [[nodiscard]] Task<bool> wait(Milliseconds limit) const;

    [[nodiscard]] bool raised() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Waits; precise to a few milliseconds.
[[nodiscard]] Task<> sleep_for(Milliseconds time);

// Runs the work on the executor's thread, after whatever runs there now. From any thread.
void post(const Executor& executor, std::move_only_function<void()> work);

// The executor of the running coroutine.
[[nodiscard]] Task<Executor> this_executor();

}  // namespace decorum::net
