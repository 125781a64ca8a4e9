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

Task<> fall(std::string_view) {
    co_await sleep_for(Milliseconds(1));
    throw std::runtime_error("fallen");
}

TEST(Both, WaitsForTheSlowerOneWhicheverItIs) {
    for (const bool swapped : {false, true}) {
        boost::asio::io_context context(1);
        const Event first(context.get_executor()), second(context.get_executor());
        std::string order;
        auto slow = raise_after(first, second, order, "a");
        auto fast = raise_after(second, first, order, "b");
        decorum::test::run_task(context, [](Task<> one, Task<> other) -> Task<int> {
            co_await both(std::move(one), std::move(other));
            co_return 0;
        }(swapped ? std::move(fast) : std::move(slow), swapped ? std::move(slow) : std::move(fast)));
        EXPECT_EQ(order, "ba");
    }
}

TEST(Both, WhatLeavesOneIsThrownOnceBothHaveEnded) {
    for (const bool first_falls : {false, true}) {
        boost::asio::io_context context(1);
        bool ended = false;
        const auto run = [&]() -> Task<int> {
            const auto stay = [](bool& flag) -> Task<> {
                co_await sleep_for(Milliseconds(20));
                flag = true;
            };
            if (first_falls)
                co_await both(fall("first"), stay(ended));
            else
                co_await both(stay(ended), fall("second"));
            co_return 0;
        };
        EXPECT_THROW(decorum::test::run_task(context, run()), std::runtime_error);
        EXPECT_TRUE(ended);
    }
}

}  // namespace
}  // namespace decorum::net
