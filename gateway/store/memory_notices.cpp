#include "gateway/store/memory_notices.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/store/store.hpp"

namespace decorum::store {

// `done` is called without the lock: it may ask again.
void MemoryNotices::amend(std::string key, Amend amend, Done<Standing> done) {
    Standing standing;
    {
        const std::lock_guard lock(mutex_);
        if (!forgotten_.contains(key) && !forgotten_.contains(std::string(plain_key(key)))) {
            Kept& kept = standings_[key];
            standing = kept.standing;
            const auto letter = amend(standing);
            if (standing != kept.standing) {
                changes_.erase(kept.change);
                kept = {++last_change_, standing};
                changes_[last_change_] = key;
            }
            if (letter && letters_.emplace(letter->id, *letter).second && letter->kind == LetterKind::notice)
                notices_.emplace(letter->id, NoticeRecord{.id = letter->id,
                                                          .key = letter->key,
                                                          .mark = letter->mark,
                                                          .about = letter->about,
                                                          .queued = letter->queued});
        }
    }
    done(std::move(standing));
}

void MemoryNotices::standings_since(std::uint64_t cursor, Done<Standings> done) {
    Standings out;
    {
        const std::lock_guard lock(mutex_);
        for (auto at = changes_.upper_bound(cursor); at != changes_.end(); ++at)
            out.entries.push_back({at->second, standings_[at->second].standing});
        out.cursor = last_change_;
    }
    done(std::move(out));
}

void MemoryNotices::claim(Instant now, Instant again, Done<std::optional<Letter>> done) {
    std::optional<Letter> out;
    {
        const std::lock_guard lock(mutex_);
        Letter* first = nullptr;
        for (auto& [id, letter] : letters_)
            if (letter.due <= now &&
                (first == nullptr || std::pair(letter.kind, letter.due) < std::pair(first->kind, first->due)))
                first = &letter;
        if (first != nullptr) {
            first->due = again;
            ++first->tries;
            out = *first;
        }
    }
    done(std::move(out));
}

void MemoryNotices::write(std::string id, std::string octets, Done<void> done) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = letters_.find(id); found != letters_.end())
            found->second.octets = std::move(octets);
    }
    done({});
}

void MemoryNotices::postpone(std::string id, Instant due, Done<void> done) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = letters_.find(id); found != letters_.end()) found->second.due = due;
    }
    done({});
}

void MemoryNotices::conclude(std::string id, LetterState state, Instant now, Done<void> done) {
    {
        const std::lock_guard lock(mutex_);
        letters_.erase(id);
        if (const auto found = notices_.find(id); found != notices_.end()) {
            found->second.state = state;
            found->second.ended = now;
        }
    }
    done({});
}

void MemoryNotices::notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) {
    std::vector<NoticeRecord> out;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, notice] : notices_)
            if (key.empty() || notice.key == key) out.push_back(notice);
    }
    std::ranges::sort(out, [](const NoticeRecord& a, const NoticeRecord& b) {
        return std::tie(b.queued, a.id) < std::tie(a.queued, b.id);
    });
    if (out.size() > limit) out.resize(limit);
    done(std::move(out));
}

void MemoryNotices::drop_notices(Instant before, Done<void> done) {
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(notices_, [&](const auto& entry) {
            return entry.second.state != LetterState::waiting && entry.second.ended < before;
        });
    }
    done({});
}

void MemoryNotices::erase(const std::string& key) {
    const std::lock_guard lock(mutex_);
    // Those of tagged addresses begin with the plain one's.
    const auto is_hers = [&](const std::string& other) { return other == key || plain_key(other) == key; };
    std::erase_if(standings_, [&](const auto& entry) {
        if (!is_hers(entry.first)) return false;
        changes_.erase(entry.second.change);
        return true;
    });
    std::erase_if(letters_, [&](const auto& entry) { return is_hers(entry.second.key); });
    std::erase_if(notices_, [&](const auto& entry) { return is_hers(entry.second.key); });
    forgotten_.insert(key);
}

void MemoryNotices::revive(const std::string& key) {
    const std::lock_guard lock(mutex_);
    forgotten_.erase(key);
}

}  // namespace decorum::store
