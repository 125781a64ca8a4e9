// A bounded queue and its threads. Invariant: the lock is never held while a job runs, and a job that was
// taken runs exactly once, before the destructor returns.
#include "gateway/base/work_queue.hpp"

#include <algorithm>

namespace decorum {

WorkQueue::WorkQueue(std::size_t threads, std::size_t max_jobs) : max_jobs_(max_jobs) {
    threads = std::max<std::size_t>(threads, 1);  // without any, a job that was taken would never run
    threads_.reserve(threads);
    try {
        for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
    } catch (...) {
        stop();  // else those that did start would be waited for without end
        throw;
    }
}

WorkQueue::~WorkQueue() {
    stop();
}

void WorkQueue::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    threads_.clear();  // joins before the queue itself goes
}

bool WorkQueue::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.size() >= max_jobs_) return false;
        jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
}

void WorkQueue::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace decorum
