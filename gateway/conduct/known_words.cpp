#include "gateway/conduct/known_words.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace decorum::conduct {

KnownWords::KnownWords(std::size_t most)
    : common_(std::bit_ceil(2 * std::min<std::size_t>(most, common) + 1), empty),
      others_(std::bit_ceil(2 * (most - std::min<std::size_t>(most, common)) + 1), empty),
      begins_(1, 0) {}

std::uint32_t KnownWords::add(std::string_view word) {
    const std::uint64_t key = key_of(word);
    if (const std::uint32_t number = find(key); number != none) return number;
    const bool is_common = size() < common;
    Slots& slots = is_common ? common_ : others_;
    if (2 * (size() - (is_common ? 0 : common) + 1) > slots.size()) grow(slots);
    const auto number = static_cast<std::uint32_t>(size());
    slots[slot_of(slots, key)] = (key & ~empty) | number;
    letters_ += word;
    begins_.push_back(static_cast<std::uint32_t>(letters_.size()));
    return number;
}

void KnownWords::grow(Slots& slots) {
    const Slots old = std::exchange(slots, Slots(2 * slots.size(), empty));
    for (const Slot slot : old)
        if (slot != empty) slots[slot_of(slots, key_of(word(number_of(slot))))] = slot;
}

}  // namespace decorum::conduct
