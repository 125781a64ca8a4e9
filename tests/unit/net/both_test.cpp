// Two tasks side by side: both end before the caller goes on, whatever leaves them.
#include "gateway/net/both.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "gateway/net/event.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::net {
namespace {

Task<> raise_after(const Event& first, const Event& second, std::string& order, std::string_view name) {
    if (name == "a") co_await first.wait(Milliseconds(5000));
    order += name;
    second.raise();
}

Task<> fall(std::string who) {
    co_await sleep_for(Milliseconds(1));
    throw std::runtime_error(who);
}

TEST(Both, WaitsForTheSlowerOneWhicheverItIs) {
    for (const bool swapped : {false, true}) {
        boost::asio::io_context context(1);
        const Event first(context.get_executor()), second(context.get_executor());
        std::string order;
        auto slow = raise_after(first, second, order, "a");
        auto fast = raise_after(second, first, order, "b");
        decorum::test::run_task(context, [](Task<> one, Task<> other) -> Task<int> {
            co_await both(std::move(one), std::move(other),
                          [](const std::exception_ptr&) { ADD_FAILURE() << "nothing was thrown"; });
            co_return 0;
        }(swapped ? std::move(fast) : std::move(slow), swapped ? std::move(slow) : std::move(fast)));
        EXPECT_EQ(order, "ba");
    }
}

// The other one ends because it was told so, long before its time is up.
TEST(Both, WhatLeavesOneIsToldAtOnceAndTheOtherOneIsAwaited) {
    for (const bool first_falls : {false, true}) {
        boost::asio::io_context context(1);
        const Event told(context.get_executor());
        std::string fallen;
        bool ended = false;
        const auto run = [&]() -> Task<int> {
            const auto stay = [](const Event& until, bool& flag) -> Task<> {
                flag = co_await until.wait(Milliseconds(5000));
            };
            const auto on_throw = [&](const std::exception_ptr& thrown) {
                try {
                    std::rethrow_exception(thrown);
                } catch (const std::runtime_error& error) {
                    fallen += error.what();
                }
                told.raise();
            };
            if (first_falls)
                co_await both(fall("first"), stay(told, ended), on_throw);
            else
                co_await both(stay(told, ended), fall("second"), on_throw);
            EXPECT_TRUE(ended);
            co_return 0;
        };
        decorum::test::run_task(context, run());
        EXPECT_EQ(fallen, first_falls ? "first" : "second");
    }
}

}  // namespace
}  // namespace decorum::net
