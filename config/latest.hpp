// The settings that hold now, for what lives on through a SIGHUP; copies follow the same. On any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "config/settings.hpp"

namespace decorum::config {

class Latest {
public:
    // `first` outlives whoever has not asked again since set().
    // NOLINTNEXTLINE(google-explicit-constructor): settings that never change are a case of it
    Latest(const Settings& first) : state_(std::make_shared<State>()) {
        state_->settings = std::shared_ptr<const Settings>(std::shared_ptr<void>(), &first);
    }

    // Whoever reads more than one value of a kind holds the result meanwhile.
    [[nodiscard]] std::shared_ptr<const Settings> get() const {
        const std::lock_guard lock(state_->mutex);
        return state_->settings;
    }

    void set(std::shared_ptr<const Settings> settings) {
        const std::lock_guard lock(state_->mutex);
        state_->settings.swap(settings);
    }

private:
    struct State {
        std::mutex mutex;  // held for the copy of a pointer
        std::shared_ptr<const Settings> settings;
    };
    std::shared_ptr<State> state_;
};

}  // namespace decorum::config
