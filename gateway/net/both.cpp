// The second task runs detached and raises an event at its end; the first one runs in the awaiting frame.
#include "gateway/net/both.hpp"

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <utility>

#include "gateway/net/deadline.hpp"
#include "gateway/net/event.hpp"

namespace decorum::net {
namespace {

constexpr Milliseconds no_limit = std::chrono::days(30);

// Outlives both sides: where the io_context goes away first, neither frame is resumed.
struct Second {
    Second(const Executor& executor, OnThrow on_throw_) : ended(executor), on_throw(std::move(on_throw_)) {}
    Event ended;
    OnThrow on_throw;
};

}  // namespace

Task<> both(Task<> first, Task<> second, OnThrow on_throw) {
    const Executor executor = co_await boost::asio::this_coro::executor;
    const auto other = std::make_shared<Second>(executor, std::move(on_throw));
    boost::asio::co_spawn(executor, std::move(second), [other](const std::exception_ptr& thrown) {
        if (thrown) other->on_throw(thrown);
        other->ended.raise();
    });
    try {
        co_await std::move(first);
    } catch (...) {
        other->on_throw(std::current_exception());
    }
    while (!co_await other->ended.wait(no_limit)) {
    }
}

}  // namespace decorum::net
