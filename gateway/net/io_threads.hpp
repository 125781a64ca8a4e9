// The threads that own sessions: one io_context(1) each, so that a session needs neither strand nor lock.
//
// The contexts exist from construction on, so listeners may be opened before start(). An exception that
// leaves a detached task or a handler is a bug: it is logged (event=exception) and the thread goes on.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/net/task.hpp"

namespace decorum::net {

// Runs a task to its end on its own, on the executor's thread. Everything the task uses must have been
// handed to it by value. `what` (a literal) names it in the log where an exception leaves it.
void detach(const Executor& executor, Task<> task, const char* what);

// Once at start-up: OpenSSL writes to descriptors without MSG_NOSIGNAL.
void ignore_sigpipe();

class IoThreads {
public:
    explicit IoThreads(std::size_t count);  // 0: one a core
    ~IoThreads();                           // stop, join; tasks that have not ended are destroyed
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    void start();
    void stop() noexcept;  // from any thread, also from one of ours; what is under way stays where it is
    void join();           // not from one of ours

    // True where each thread has come back to its event loop since the call before; asks them anew. For one
    // caller.
    [[nodiscard]] bool all_answer();

    [[nodiscard]] std::size_t size() const noexcept { return contexts_.size(); }
    [[nodiscard]] Executor executor(std::size_t index) const { return contexts_[index]->get_executor(); }

private:
    std::vector<std::unique_ptr<boost::asio::io_context>> contexts_;
    std::vector<boost::asio::executor_work_guard<Executor>> guards_;
    std::vector<std::thread> threads_;
    std::vector<std::shared_ptr<std::atomic<bool>>> answered_;  // one a thread
};

}  // namespace decorum::net
