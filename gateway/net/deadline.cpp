// A hashed timing wheel. Invariants: a deadline is in the slot of its due tick, or in no list; the timer
// is set for a tick no later than the earliest deadline's, or no deadline is armed. A slot also holds
// deadlines of later rounds, which the sweep passes over.
//
// Nothing here fails.
#include "gateway/net/deadline.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace decorum::net {
namespace {
constexpr Milliseconds tick{50};
constexpr std::int64_t slot_count = 2048;  // 102 s a round
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

std::size_t slot_of(std::int64_t tick_number) {
    return static_cast<std::size_t>(tick_number % slot_count);
}

boost::asio::io_context& io_context_of(boost::asio::execution_context& context) {
    return static_cast<boost::asio::io_context&>(context);
}
}  // namespace

boost::asio::execution_context::id DeadlineWheel::id;

Deadline::Deadline(DeadlineWheel& wheel, Milliseconds limit, void* object, Cancel cancel)
    : object_(object), cancel_(cancel) {
    wheel.arm(*this, bounded(limit));
}

void Deadline::unlink() noexcept {
    if (!link_) return;
    *link_ = next_;
    if (next_) next_->link_ = link_;
    link_ = nullptr;
    next_ = nullptr;
}

DeadlineWheel::DeadlineWheel(boost::asio::execution_context& context)
    : service(context), timer_(io_context_of(context)), slots_(slot_count, nullptr), armed_tick_(never) {}

DeadlineWheel& DeadlineWheel::of(const Executor& executor) {
    return boost::asio::use_service<DeadlineWheel>(executor.context());
}

// The timer's own service drops what is queued.
void DeadlineWheel::shutdown() noexcept {}

void DeadlineWheel::arm(Deadline& deadline, Milliseconds limit) {
    // Rounded up, so that it never expires early.
    deadline.due_tick_ = (SteadyClock::now() - origin_ + limit) / tick + 1;
    Deadline*& head = slots_[slot_of(deadline.due_tick_)];
    deadline.next_ = head;
    deadline.link_ = &head;
    if (head) head->link_ = &deadline.next_;
    head = &deadline;
    if (deadline.due_tick_ < armed_tick_) set_timer(deadline.due_tick_);
}

void DeadlineWheel::set_timer(std::int64_t tick_number) {
    armed_tick_ = tick_number;
    timer_.expires_at(origin_ + tick_number * tick);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) sweep();
    });
}

void DeadlineWheel::sweep() {
    const std::int64_t now = (SteadyClock::now() - origin_) / tick;
    // More than one round late: one round visits every slot.
    for (std::int64_t t = std::max(swept_tick_ + 1, now - slot_count + 1); t <= now; ++t) {
        for (Deadline* entry = slots_[slot_of(t)]; entry;) {
            Deadline* const next = entry->next_;
            if (entry->due_tick_ <= now) {
                entry->unlink();
                entry->expired_ = true;
                entry->cancel_(entry->object_);
            }
            entry = next;
        }
    }
    swept_tick_ = now;
    armed_tick_ = never;
    for (std::int64_t t = now + 1; t <= now + slot_count; ++t) {
        if (slots_[slot_of(t)]) return set_timer(t);
    }
}

}  // namespace decorum::net
