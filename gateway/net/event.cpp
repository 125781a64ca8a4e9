// The waiter's timer lives in its coroutine; the shared state points at it, on the waiter's thread only.
// raise() sets the flag before it posts, and wait() looks at the flag before it arms the timer: whichever
// comes first, the waiter sees it. The executor's io_context must outlive the last raise().
#include "gateway/net/event.hpp"

#include <atomic>
#include <boost/asio/post.hpp>

#include "gateway/net/deadline.hpp"

namespace decorum::net {

struct Event::State {
    explicit State(Executor executor_) : executor(std::move(executor_)) {}
    Executor executor;
    std::atomic<bool> raised{false};
    Timer* waiting = nullptr;
};

Event::Event(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

void Event::raise() const {
    if (state_->raised.exchange(true, std::memory_order_acq_rel)) return;
    boost::asio::post(state_->executor, [state = state_] {
        if (state->waiting) state->waiting->cancel();
    });
}

bool Event::raised() const noexcept {
    return state_->raised.load(std::memory_order_acquire);
}

Task<bool> Event::wait(Milliseconds limit) const {
    const auto state = state_;
    if (state->raised.load(std::memory_order_acquire)) co_return true;
    Timer timer(state->executor, bounded(limit));
    // Also when the frame is destroyed while it waits.
    struct Registration {
        State& state;
        Registration(State& state_, Timer& timer_) : state(state_) { state.waiting = &timer_; }
        ~Registration() { state.waiting = nullptr; }
    } const registration(*state, timer);
    co_await timer.async_wait(as_result);
    co_return state->raised.load(std::memory_order_acquire);
}

Task<> sleep_for(Milliseconds time) {
    Timer timer(co_await boost::asio::this_coro::executor, bounded(time));
    co_await timer.async_wait(as_result);
}

void post(const Executor& executor, std::move_only_function<void()> work) {
    boost::asio::post(executor, std::move(work));
}

Task<Executor> this_executor() {
    co_return co_await boost::asio::this_coro::executor;
}

}  // namespace decorum::net
