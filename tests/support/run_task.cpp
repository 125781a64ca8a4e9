// The guard's clock is the real one: only a test that hangs ever sees it.
#include "tests/support/run_task.hpp"

#include <stdexcept>

namespace decorum::test::detail {

void run_until(boost::asio::io_context& context, const bool& done, Milliseconds guard) {
    const auto until = SteadyClock::now() + guard;
    context.restart();
    while (!done) {
        if (context.run_one_until(until) > 0 || done) continue;
        throw std::runtime_error(context.stopped() ? "the task waits for nothing"
                                                   : "the task has not ended in time");
    }
}

}  // namespace decorum::test::detail
