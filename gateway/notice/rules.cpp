#include "gateway/notice/rules.hpp"

#include <algorithm>
#include <tuple>

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

// What the notice told; nothing: it is one of long ago, or none.
std::vector<std::string> findings_of(const store::Standing& standing, std::string_view mark) {
    const auto told = std::ranges::find(standing.told, mark, &store::Told::mark);
    return told == standing.told.end() ? std::vector<std::string>{} : told->findings;
}

}  // namespace

std::vector<std::string> unanswered(const store::Standing& standing, std::span<const std::string> findings) {
    std::vector<std::string> out;
    for (const std::string& mark : findings)
        if (!holds(standing.acknowledged, mark) && !holds(standing.wrong, mark)) out.push_back(mark);
    return out;
}

conduct::Verdict unanswered(const store::Standing& standing, conduct::Verdict verdict) {
    std::erase_if(verdict.findings, [&](const conduct::Noted& noted) {
        return noted.action >= conduct::Action::notice &&
               (holds(standing.acknowledged, noted.mark) || holds(standing.wrong, noted.mark));
    });
    verdict.action = conduct::Action::none;
    for (const conduct::Noted& noted : verdict.findings)
        verdict.action = std::max(verdict.action, noted.action);
    return verdict;
}

Instant next_notice(const store::Standing& standing, std::uint32_t weekly, Instant now) {
    std::vector<Instant> counted;
    for (const Instant time : standing.notices)
        if (time > now - notice_period) counted.push_back(time);
    if (counted.size() < weekly) return now;
    if (weekly == 0) return Instant::max();
    std::ranges::sort(counted);
    return counted[counted.size() - weekly] + notice_period;
}

Due due(const store::Standing& standing, std::span<const std::string> findings, std::uint32_t weekly,
        Instant now) {
    if (findings.empty()) return Due::nothing;
    if (standing.opted_out) return Due::opted_out;
    const auto news = unanswered(standing, findings);
    if (news.empty()) return Due::answered;
    const auto last = std::ranges::max_element(standing.told, {}, &store::Told::time);
    if (last != standing.told.end() &&
        std::ranges::all_of(news, [&](const std::string& mark) { return holds(last->findings, mark); }))
        return Due::told;
    return count_since(standing.notices, now - notice_period) < weekly ? Due::now : Due::later;
}

void note_told(store::Standing& standing, std::string_view mark, std::vector<std::string> findings,
               Instant now) {
    standing.noticed = mark;
    add(standing.notices, now, notice_period);
    if (findings.size() > store::max_told_findings) findings.resize(store::max_told_findings);
    std::erase_if(standing.told, [&](const store::Told& one) { return one.mark == mark; });
    standing.told.push_back({std::string(mark), now, std::move(findings)});
    if (standing.told.size() > store::max_told) standing.told.erase(standing.told.begin());
}

pipeline::Warnings::Answer answer_of(const store::Standing& standing, const conduct::Verdict& verdict,
                                     conduct::Action from) {
    using enum pipeline::Warnings::Answer;
    const auto marks = conduct::marks_of(verdict, from);
    if (marks.empty() || !unanswered(standing, marks).empty()) return none;
    return std::ranges::all_of(marks, [&](const std::string& mark) { return holds(standing.wrong, mark); })
               ? wrong
               : acknowledged;
}

void join(store::Standing& standing, const store::Standing& other) {
    for (const Instant time : other.notices)
        if (std::ranges::find(standing.notices, time) == standing.notices.end())
            standing.notices.push_back(time);
    std::ranges::sort(standing.notices);
    if (standing.notices.size() > store::max_times)
        standing.notices.erase(standing.notices.begin(),
                               standing.notices.end() - static_cast<std::ptrdiff_t>(store::max_times));
    for (const store::Told& one : other.told)
        if (std::ranges::find(standing.told, one.mark, &store::Told::mark) == standing.told.end())
            standing.told.push_back(one);
    std::ranges::sort(standing.told, [](const store::Told& one, const store::Told& other) {
        return std::tie(one.time, one.mark) < std::tie(other.time, other.mark);
    });
    if (standing.told.size() > store::max_told)
        standing.told.erase(standing.told.begin(),
                            standing.told.end() - static_cast<std::ptrdiff_t>(store::max_told));
    if (!standing.told.empty()) standing.noticed = standing.told.back().mark;
    for (const std::string& mark : other.acknowledged) add(standing.acknowledged, mark);
    for (const std::string& mark : other.wrong) add(standing.wrong, mark);
    standing.opted_out |= other.opted_out;
    if (standing.language.empty()) standing.language = other.language;
}

void acknowledge(store::Standing& standing, std::string_view mark) {
    add(standing.acknowledged, mark);
    for (const std::string& finding : findings_of(standing, mark)) add(standing.acknowledged, finding);
}

void call_wrong(store::Standing& standing, std::string_view mark) {
    bool news = add(standing.wrong, mark);
    for (const std::string& finding : findings_of(standing, mark)) news |= add(standing.wrong, finding);
    if (news) ++standing.wrongs;
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
