// A few threads for work that blocks: databases, files, images. Jobs run in order when there is one thread.
//
// The queue is bounded; a full queue refuses the job (the caller fails open). The destructor runs what is
// queued, then joins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace decorum {

class WorkQueue {
public:
    using Job = std::move_only_function<void()>;

    WorkQueue(std::size_t threads, std::size_t max_jobs);
    ~WorkQueue();
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    // False: the queue is full, and the job was not taken. Jobs must not throw.
    [[nodiscard]] bool post(Job job);

private:
    void run();
    void stop();

    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Job> jobs_;
    std::size_t max_jobs_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace decorum
