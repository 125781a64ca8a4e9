// What a running gateway hears from the others that share its store: changes of shared files, and messages
// that were refused once. What it knew before it joined them it brings along (carry_erasures.hpp). Looked for
// every two seconds, on a thread of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "config/settings.hpp"
#include "gateway/pipeline/confirmations.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {

class SharedState {
public:
    // All outlive it; `store` is one that gateways share; `confirmations` may be null.
    SharedState(const config::Settings& settings, store::Store& store, pipeline::Confirmations* confirmations,
                Milliseconds interval = Milliseconds{2000});
    ~SharedState();
    SharedState(const SharedState&) = delete;
    SharedState& operator=(const SharedState&) = delete;

private:
    void run();
    void look();
    void carry();
    void hear_refusals();

    const config::Settings& settings_;
    store::Store& kept_;
    store::SharedStore& store_;  // what it adds
    pipeline::Confirmations* const confirmations_;
    const Milliseconds interval_;
    std::uint64_t cursor_ = 0;   // of the refusals
    bool failed_ = false;        // told once
    bool carried_ = false;       // erasures of a database of our own
    bool carry_failed_ = false;  // told once

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::jthread thread_;  // last: it uses all the others
};

}  // namespace decorum::app
