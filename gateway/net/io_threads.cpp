// Invariant: each context is run by one thread only, and holds work until stop().
#include "gateway/net/io_threads.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <string>

#include "gateway/base/log.hpp"
#include "gateway/net/deadline.hpp"

namespace decorum::net {
namespace {
void log_exception(const std::exception_ptr& exception, const char* where) {
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& e) {
        log::error("exception", {{"where", where}, {"what", e.what()}});
    } catch (...) {
        log::error("exception", {{"where", where}, {"what", "of an unknown type"}});
    }
}

void run(boost::asio::io_context& context) {
    while (!context.stopped()) {
        try {
            context.run();
        } catch (...) {
            log_exception(std::current_exception(), "handler");
        }
    }
}
}  // namespace

void detach(const Executor& executor, Task<> task, const char* what) {
    boost::asio::co_spawn(executor, std::move(task), [what](const std::exception_ptr& exception) {
        if (exception) log_exception(exception, what);
    });
}

void ignore_sigpipe() {
    std::signal(SIGPIPE, SIG_IGN);
}

IoThreads::IoThreads(std::size_t count) {
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) {
        contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
        guards_.emplace_back(contexts_.back()->get_executor());
        answered_.push_back(std::make_shared<std::atomic<bool>>(true));
        // Makes the reactor now: it takes descriptors, of which there may be none left at the first use.
        DeadlineWheel::of(contexts_.back()->get_executor());
    }
}

IoThreads::~IoThreads() {
    stop();
    join();
}

void IoThreads::start() {
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        threads_.emplace_back([&context = *contexts_[i]] { run(context); });
        pthread_setname_np(threads_.back().native_handle(), ("io-" + std::to_string(i)).c_str());
    }
}

void IoThreads::stop() noexcept {
    for (auto& context : contexts_) context->stop();
}

bool IoThreads::all_answer() {
    bool all = true;
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        // A thread that still owes an answer is not asked again: nothing piles up behind what it is stuck in.
        if (answered_[i]->exchange(false))
            boost::asio::post(contexts_[i]->get_executor(), [answered = answered_[i]] { *answered = true; });
        else
            all = false;
    }
    return all;
}

void IoThreads::join() {
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
    threads_.clear();
}

}  // namespace decorum::net
