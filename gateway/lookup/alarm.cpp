#include "gateway/lookup/alarm.hpp"

#include <algorithm>

namespace decorum::lookup {

Alarm::Alarm(Milliseconds tick, Callback on_tick)
    : tick_(tick), on_tick_(std::move(on_tick)), thread_([this] { run(); }) {}

Alarm::~Alarm() {
    stop();
}

void Alarm::after(Milliseconds delay, Callback callback) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.emplace(SteadyClock::now() + delay, std::move(callback));
    changed_.notify_one();
}

void Alarm::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    waiting_.clear();  // outside of the lock: what a callback holds may come back here when it goes
}

void Alarm::run() {
    auto next_tick = SteadyClock::now() + tick_;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto now = SteadyClock::now();
        if (!waiting_.empty() && waiting_.begin()->first <= now) {
            Callback callback = std::move(waiting_.extract(waiting_.begin()).mapped());
            lock.unlock();
            callback();
            callback = nullptr;
            lock.lock();
        } else if (next_tick <= now) {
            next_tick = now + tick_;
            lock.unlock();
            on_tick_();
            lock.lock();
        } else {
            const auto until = waiting_.empty() ? next_tick : std::min(next_tick, waiting_.begin()->first);
            changed_.wait_until(lock, until);
        }
    }
}

}  // namespace decorum::lookup
