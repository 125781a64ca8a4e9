// The second task runs detached and raises an event at its end; the first one runs in the awaiting frame.
#include "gateway/net/both.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>

#include "gateway/net/deadline.hpp"
#include "gateway/net/event.hpp"

namespace decorum::net {
namespace {

constexpr Milliseconds no_limit = std::chrono::days(30);

// Outlives both sides: where the io_context goes away first, neither frame is resumed.
struct Second {
    explicit Second(const Executor& executor) : ended(executor) {}
    Event ended;
    std::exception_ptr thrown;
};

}  // namespace

Task<> both(Task<> first, Task<> second) {
    const Executor executor = co_await this_executor();
    const auto other = std::make_shared<Second>(executor);
    boost::asio::co_spawn(executor, std::move(second), [other](std::exception_ptr thrown) {
        other->thrown = std::move(thrown);
        other->ended.raise();
    });
    std::exception_ptr thrown;
    try {
        co_await std::move(first);
    } catch (...) {
        thrown = std::current_exception();
    }
    while (!co_await other->ended.wait(no_limit)) {
    }
    if (!thrown) thrown = other->thrown;
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace decorum::net
