// When somebody is told, and what an answer changes: pure functions over a person's standing.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/conduct/verdict.hpp"
#include "gateway/notice/reply_word.hpp"
#include "gateway/pipeline/warnings.hpp"
#include "gateway/store/notices.hpp"

namespace decorum::notice {

inline constexpr std::chrono::days notice_period{7};  // of the charter's cap
inline constexpr std::chrono::hours answer_period{24};

// Of the findings those that nothing was said to: neither acknowledged nor called wrong.
[[nodiscard]] std::vector<std::string> unanswered(const store::Standing& standing,
                                                  std::span<const std::string> findings);
// Likewise the verdict, whose findings below notice stay.
[[nodiscard]] conduct::Verdict unanswered(const store::Standing& standing, conduct::Verdict verdict);

// Is the person to be told of these findings now? One digest a change that brings something new, at most
// `weekly` in seven days, none of what was acknowledged or called wrong, none to who wants none.
enum class Due : std::uint8_t {
    now,
    nothing,    // to tell
    opted_out,  // of assessment
    answered,   // all of it
    told,       // last time, all of it
    later,      // the cap
};
[[nodiscard]] Due due(const store::Standing& standing, std::span<const std::string> findings,
                      std::uint32_t weekly, Instant now);
// When the cap lets the next notice through; not after `now`: at once.
[[nodiscard]] Instant next_notice(const store::Standing& standing, std::uint32_t weekly, Instant now);
void note_told(store::Standing& standing, std::string_view mark, std::vector<std::string> findings,
               Instant now);

[[nodiscard]] pipeline::Warnings::Answer answer_of(const store::Standing& standing,
                                                   const conduct::Verdict& verdict, conduct::Action from);

// Adds how the same person stands by another address of theirs: what was told or said there counts. Their
// count of answers and of mistakes stays with the address.
void join(store::Standing& standing, const store::Standing& other);

// ACK and WRONG are of what the notice of that mark told. Saying it again changes nothing.
void acknowledge(store::Standing& standing, std::string_view mark);
void call_wrong(store::Standing& standing, std::string_view mark);

// May one more letter answer? If so it is counted.
[[nodiscard]] bool may_answer(store::Standing& standing, std::uint64_t daily, Instant now);

// How long to wait after so many tries: doubled each time, four hours at the most.
[[nodiscard]] std::chrono::seconds pause_after(std::uint64_t tries, std::chrono::seconds first);

}  // namespace decorum::notice
