// Runs tasks to their end on an io_context of the calling thread; a test that hangs is failed after a while
// instead of waited for.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "gateway/base/clock.hpp"
#include "gateway/net/task.hpp"

namespace decorum::test {

namespace detail {
// Runs handlers until `done`; throws when that can't come any more, or when the guard has passed.
void run_until(boost::asio::io_context& context, const bool& done, Milliseconds guard);
}  // namespace detail

// Throws what the task threw, or std::runtime_error when `guard` has passed.
template <class T>
T run_task(boost::asio::io_context& context, net::Task<T> task, Milliseconds guard = Milliseconds(20000)) {
    std::exception_ptr thrown;
    std::optional<T> value;
    bool done = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr exception, T result) {
        thrown = std::move(exception);
        value.emplace(std::move(result));
        done = true;
    });
    detail::run_until(context, done, guard);
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
}

// Several tasks side by side, until the last has ended; throws what the first of them threw.
template <std::same_as<net::Task<>>... Tasks>
void run_tasks(boost::asio::io_context& context, Tasks... tasks) {
    std::exception_ptr thrown;
    std::size_t left = sizeof...(Tasks);
    bool done = false;
    const auto ended = [&](std::exception_ptr exception) {
        if (exception && !thrown) thrown = std::move(exception);
        done = --left == 0;
    };
    (boost::asio::co_spawn(context, std::move(tasks), ended), ...);
    detail::run_until(context, done, Milliseconds(20000));
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace decorum::test
