#include "gateway/app/shared_state.hpp"

#include <future>

#include "gateway/app/carry_erasures.hpp"
#include "gateway/app/shared_files.hpp"
#include "gateway/base/log.hpp"

namespace decorum::app {

using pipeline::Confirmations;

SharedState::SharedState(const config::Settings& settings, store::Store& store, Confirmations* confirmations,
                         Milliseconds interval)
    : settings_(settings),
      kept_(store),
      store_(*store.shared()),
      confirmations_(confirmations),
      interval_(interval) {
    if (confirmations_ != nullptr)
        confirmations_->tell_others([&shared = store_](const std::string& key, bool passed) {
            // Where it can't be told, this gateway knows, and another refuses once more.
            if (passed)
                shared.passed(key, Confirmations::latest, [](const Result<>&) {});
            else
                shared.refused(key, Confirmations::latest, [](const Result<>&) {});
        });
    thread_ = std::jthread([this] { run(); });
}

SharedState::~SharedState() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

void SharedState::run() {
    for (;;) {
        look();
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    }
}

void SharedState::look() {
    carry();
    bool failed = false;
    for (const SharedFile file : {SharedFile::registry, SharedFile::optout}) {
        const auto fetched = fetch_shared(settings_, file, store_);
        // That the store is away is told by the store.
        if (fetched || fetched.error().code == errc::unavailable) continue;
        failed = true;
        if (!failed_) log::error("shared_files", {{"error", fetched.error().text()}});
    }
    failed_ = failed;
    if (confirmations_ != nullptr) hear_refusals();
}

void SharedState::carry() {
    if (carried_) return;
    const auto carried = carry_erasures(settings_, kept_);
    carried_ = carried.has_value();
    if (carried_ || carried.error().code == errc::unavailable || carry_failed_) return;
    carry_failed_ = true;
    log::error("erasures_not_carried", {{"error", carried.error().text()}});
}

void SharedState::hear_refusals() {
    for (;;) {
        const auto answer = std::make_shared<std::promise<Result<store::Refusals>>>();
        store_.refusals_since(
            cursor_, [answer](Result<store::Refusals> heard) { answer->set_value(std::move(heard)); });
        const auto heard = answer->get_future().get();
        if (!heard) return;
        cursor_ = heard->cursor;
        if (heard->entries.empty()) return;
        const Instant now = wall_clock_now();
        for (const auto& entry : heard->entries)
            confirmations_->hear(entry.message, entry.ago ? std::optional(now - *entry.ago) : std::nullopt);
    }
}

}  // namespace decorum::app
