// Lets callbacks that may come at any time, on any thread, reach an object only while it lives.
//
// The object's destructor calls close(), which waits for the callbacks that are inside; later ones find the
// gate closed. So it must not be destroyed by a callback.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace decorum::lookup {

class Gate {
public:
    // Holds the object alive; empty where the gate is closed.
    class Pass {
    public:
        Pass() = default;
        explicit Pass(Gate& gate) : gate_(&gate) {}
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (gate_ != nullptr) gate_->leave();
        }
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        Gate* gate_ = nullptr;
    };

    [[nodiscard]] Pass enter() {
        const std::lock_guard lock(mutex_);
        if (closed_) return Pass{};
        ++inside_;
        return Pass{*this};
    }

    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        left_.wait(lock, [this] { return inside_ == 0; });
    }

private:
    void leave() {
        const std::lock_guard lock(mutex_);
        if (--inside_ == 0 && closed_) left_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable left_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

}  // namespace decorum::lookup
