// What is read from files as a whole, and read again while it is in use: the last good version serves, and a
// fault keeps it. On any thread; whoever holds a version keeps it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "gateway/base/result.hpp"

namespace decorum {

template <class T>
class LastGood {
public:
    [[nodiscard]] std::shared_ptr<const T> current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    // What the files say now; current() stays what it is.
    [[nodiscard]] Result<std::shared_ptr<const T>> read_again() const {
        auto fresh = read_();
        if (!fresh) return std::unexpected(std::move(fresh.error()));
        return std::make_shared<const T>(std::move(*fresh));
    }
    // Serves from here on.
    void take_over(std::shared_ptr<const T> fresh) {
        const std::lock_guard lock(mutex_);
        current_.swap(fresh);
    }

protected:
    using Read = std::function<Result<T>()>;

    LastGood(Read read, T first)
        : read_(std::move(read)), current_(std::make_shared<const T>(std::move(first))) {}
    ~LastGood() = default;

    // A Derived over what `read` gives now.
    template <class Derived>
    [[nodiscard]] static Result<std::unique_ptr<Derived>> open(Read read) {
        auto first = read();
        if (!first) return std::unexpected(std::move(first.error()));
        return std::unique_ptr<Derived>(new Derived(std::move(read), std::move(*first)));
    }

private:
    const Read read_;
    mutable std::mutex mutex_;  // held for the copy of a pointer only
    std::shared_ptr<const T> current_;
};

}  // namespace decorum
