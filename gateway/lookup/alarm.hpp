// One thread that calls back: at every tick, and once after a delay. Precise to a few milliseconds.
//
// Callbacks run one after the other and must be short. stop() waits for the one that runs and drops the rest;
// never call it from a callback.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "gateway/base/clock.hpp"

namespace decorum::lookup {

class Alarm {
public:
    using Callback = std::move_only_function<void()>;

    Alarm(Milliseconds tick, Callback on_tick);
    ~Alarm();
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    void after(Milliseconds delay, Callback callback);
    void stop();

private:
    void run();

    const Milliseconds tick_;
    Callback on_tick_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<SteadyClock::time_point, Callback> waiting_;
    bool stopping_ = false;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace decorum::lookup
