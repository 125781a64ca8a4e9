// Every step of a session fails in turn, and stalls in turn, on either side, for SMTP and LMTP, with and
// without pipelining, and where a charter holds mail back. The promises are Exchange::run()'s.
#include <gtest/gtest.h>

#include "tests/unit/session/exchange.hpp"

namespace decorum::session::test {
namespace {

constexpr std::size_t most_steps = 500;  // more than any of these exchanges has

class Faulty : public testing::TestWithParam<Setting> {
protected:
    [[nodiscard]] static const Setting& setting() { return GetParam(); }
    // Runs with the fault at step 1, 2, … until `reached` says that there was no such step.
    template <class Make, class Reached>
    void sweep(const Setting& with, Make make, Reached reached) {
        for (std::size_t step = 1;; ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            ASSERT_LT(step, most_steps);
            Exchange exchange(with, make(step));
            exchange.run();
            if (HasFatalFailure() || HasNonfatalFailure()) return;
            if (reached(exchange) < step) {
                EXPECT_EQ(exchange.delivered(), exchange.deliverable()) << "the last run has no fault";
                EXPECT_GT(step, 8U);
                return;
            }
        }
    }
};

constexpr auto client_operations = [](const Exchange& exchange) { return exchange.client_operations(); };
constexpr auto upstream_operations = [](const Exchange& exchange) { return exchange.upstream_operations(); };
constexpr auto client_steps = [](const Exchange& exchange) { return exchange.client_steps(); };
constexpr auto server_replies = [](const Exchange& exchange) { return exchange.server_replies(); };

TEST_P(Faulty, NothingGoesWrongByItself) {
    Exchange exchange(setting(), {});
    exchange.run();
    EXPECT_EQ(exchange.delivered(), exchange.deliverable());
    const auto verdicts = setting().lmtp ? std::vector{250, 250} : std::vector{250};
    const auto first = setting().held_back ? std::vector{550} : verdicts;
    EXPECT_EQ(exchange.verdicts(), (std::vector{first, verdicts}));
    EXPECT_EQ(exchange.replies().back(), 221);
}

TEST_P(Faulty, ClientSideFailsAtEachStep) {
    for (const errc failure : {errc::reset, errc::closed, errc::tls_failed}) {
        SCOPED_TRACE(name_of(failure));
        sweep(
            setting(),
            [failure](std::size_t step) { return Faults{.client = {.fail_at = step, .failure = failure}}; },
            client_operations);
    }
}

TEST_P(Faulty, ClientSideRunsOutOfTimeAtEachStep) {
    sweep(
        setting(), [](std::size_t step) { return Faults{.client = {.stall_at = step}}; }, client_operations);
}

TEST_P(Faulty, UpstreamSideFailsAtEachStep) {
    for (const errc failure : {errc::reset, errc::closed, errc::tls_failed}) {
        SCOPED_TRACE(name_of(failure));
        sweep(
            setting(),
            [failure](std::size_t step) {
                return Faults{.upstream = [=](std::size_t number) {
                    return number == 1 ? MemoryPlan{.fail_at = step, .failure = failure} : MemoryPlan{};
                }};
            },
            upstream_operations);
    }
}

TEST_P(Faulty, EveryUpstreamConnectionFailsAtTheSameStep) {
    sweep(
        setting(),
        [](std::size_t step) {
            return Faults{.upstream = [=](std::size_t) { return MemoryPlan{.fail_at = step}; }};
        },
        upstream_operations);
}

TEST_P(Faulty, UpstreamSideRunsOutOfTimeAtEachStep) {
    sweep(
        setting(),
        [](std::size_t step) {
            return Faults{.upstream = [=](std::size_t) { return MemoryPlan{.stall_at = step}; }};
        },
        upstream_operations);
}

// Peers that really say nothing more: here time passes, so the steps are counted in an exchange that has
// plenty.
class Stalling : public Faulty {
protected:
    template <class Make, class Count>
    void stall(std::size_t capacity_octets, Make make, Count count) {
        Setting with = setting();
        with.content_octets = 20'000;  // more than fits between two that do not read
        Exchange calm(with, {});
        calm.run();
        ASSERT_EQ(calm.delivered(), calm.deliverable());
        ASSERT_GT(count(calm), 8U);
        with.patience = Milliseconds{25};
        with.capacity_octets = capacity_octets;
        for (std::size_t step = 1; step <= count(calm); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            Exchange(with, make(step)).run();
        }
    }
};

TEST_P(Stalling, ClientFallsSilentAtEachStep) {
    for (const std::size_t capacity : {65536U, 64U}) {
        SCOPED_TRACE("capacity " + std::to_string(capacity));
        stall(capacity, [](std::size_t step) { return Faults{.client_silent_from = step}; }, client_steps);
    }
}

TEST_P(Stalling, ServerFallsSilentAtEachReply) {
    stall(65536, [](std::size_t step) { return Faults{.server_silent_from = step}; }, server_replies);
}

TEST_P(Stalling, ServerStopsReadingAtEachReply) {
    stall(
        64, [](std::size_t step) { return Faults{.server_silent_from = step, .server_reads_on = false}; },
        server_replies);
}

std::string name(const testing::TestParamInfo<Setting>& tested) {
    const Setting& setting = tested.param;
    return std::string(setting.lmtp ? "Lmtp" : "Smtp") + (setting.pipelined ? "Pipelined" : "InStep") +
           (setting.tls ? "Tls" : "") + (setting.silent_people ? "Pending" : "") +
           (setting.held_back ? "HeldBack" : "");
}

INSTANTIATE_TEST_SUITE_P(Session, Faulty,
                         testing::Values(Setting{.lmtp = false, .pipelined = true},
                                         Setting{.lmtp = false, .pipelined = false},
                                         Setting{.lmtp = true, .pipelined = true},
                                         Setting{.lmtp = true, .pipelined = false},
                                         Setting{.lmtp = false, .pipelined = true, .tls = true},
                                         Setting{.lmtp = true, .pipelined = true, .silent_people = true},
                                         Setting{.lmtp = false, .pipelined = true, .held_back = true},
                                         Setting{.lmtp = false, .pipelined = false, .held_back = true}),
                         name);
INSTANTIATE_TEST_SUITE_P(Session, Stalling,
                         testing::Values(Setting{.lmtp = false, .pipelined = true},
                                         Setting{.lmtp = true, .pipelined = false},
                                         Setting{.lmtp = false, .pipelined = true, .tls = true},
                                         Setting{.lmtp = false, .pipelined = true, .held_back = true}),
                         name);

}  // namespace
}  // namespace decorum::session::test
