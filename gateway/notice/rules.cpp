#include "gateway/notice/rules.hpp"

#include <algorithm>

namespace decorum::notice {
namespace {

constexpr std::chrono::hours longest_pause{4};

bool holds(const std::vector<std::string>& marks, std::string_view mark) {
    return std::ranges::find(marks, mark) != marks.end();
}

// True: it is new.
bool add(std::vector<std::string>& marks, std::string_view mark) {
    if (mark.empty() || holds(marks, mark)) return false;
    marks.emplace_back(mark);
    if (marks.size() > store::max_marks) marks.erase(marks.begin());
    return true;
}

// A clock that was set back must not silence anybody for long, nor let more through: times to come count.
std::size_t count_since(const std::vector<Instant>& times, Instant since) {
    return static_cast<std::size_t>(std::ranges::count_if(times, [&](Instant time) { return time > since; }));
}

void add(std::vector<Instant>& times, Instant now, std::chrono::seconds period) {
    std::erase_if(times, [&](Instant time) { return time <= now - period; });
    times.push_back(now);
    if (times.size() > store::max_times) times.erase(times.begin());
}

}  // namespace

bool is_due(const store::Standing& standing, std::string_view mark, std::uint32_t weekly, Instant now) {
    if (mark.empty() || standing.opted_out || standing.noticed == mark) return false;
    if (holds(standing.acknowledged, mark) || holds(standing.wrong, mark)) return false;
    return count_since(standing.notices, now - notice_period) < weekly;
}

void note_told(store::Standing& standing, std::string_view mark, Instant now) {
    standing.noticed = mark;
    add(standing.notices, now, notice_period);
}

void acknowledge(store::Standing& standing, std::string_view mark) {
    add(standing.acknowledged, mark);
}

void call_wrong(store::Standing& standing, std::string_view mark) {
    if (add(standing.wrong, mark)) ++standing.wrongs;
}

bool may_answer(store::Standing& standing, std::uint64_t daily, Instant now) {
    if (count_since(standing.answers, now - answer_period) >= daily) return false;
    add(standing.answers, now, answer_period);
    return true;
}

std::chrono::seconds pause_after(std::uint64_t tries, std::chrono::seconds first) {
    std::chrono::seconds pause = first;
    for (std::uint64_t i = 1; i < tries && pause < longest_pause; ++i) pause *= 2;
    return std::min<std::chrono::seconds>(pause, longest_pause);
}

}  // namespace decorum::notice
