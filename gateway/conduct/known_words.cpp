#include "gateway/conduct/known_words.hpp"

#include <bit>
#include <utility>

#include "gateway/conduct/features.hpp"

namespace decorum::conduct {

KnownWords::KnownWords(std::size_t most) : slots_(std::bit_ceil(2 * most + 1)), begins_(1, 0) {}

std::uint32_t KnownWords::add(std::string_view word) {
    if (2 * (size() + 1) > slots_.size()) grow();
    const std::uint32_t hash = hash_of(word);
    Slot& slot = slots_[slot_of(word, hash)];
    if (slot.number == none) {
        slot = {hash, static_cast<std::uint32_t>(size())};
        letters_ += word;
        begins_.push_back(static_cast<std::uint32_t>(letters_.size()));
    }
    return slot.number;
}

void KnownWords::grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    for (const Slot& slot : old)
        if (slot.number != none) slots_[slot_of(word(slot.number), slot.hash)] = slot;
}

}  // namespace decorum::conduct
