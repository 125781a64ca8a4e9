// Lets callbacks that may come at any time, on any thread, reach an object only while it lives.
//
// The object's destructor calls close(), which waits for the callbacks that are inside; later ones find
// nothing. So it must not be destroyed by a callback.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace decorum::lookup {

template <class T>
class Gate {
public:
    explicit Gate(T* object) : object_(object) {}

    // Holds the object alive; empty where it is closed.
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
        T* operator->() const { return gate_->object_; }

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
    T* const object_;
    std::size_t inside_ = 0;
    bool closed_ = false;
};

}  // namespace decorum::lookup
