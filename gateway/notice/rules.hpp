// When somebody is told, and what an answer changes: pure functions over a person's standing.
#pragma once

#include <string_view>

#include "gateway/notice/reply_word.hpp"
#include "gateway/store/notices.hpp"

namespace decorum::notice {

inline constexpr std::chrono::days notice_period{7};  // of the charter's cap
inline constexpr std::chrono::hours answer_period{24};

// One digest a change of the profile, at most `weekly` in seven days, none of what was acknowledged or called
// wrong, none to who wants none.
[[nodiscard]] bool is_due(const store::Standing& standing, std::string_view mark, std::uint32_t weekly,
                          Instant now);
void note_told(store::Standing& standing, std::string_view mark, Instant now);

// ACK and WRONG are of what `mark` tells. Saying it again changes nothing.
void acknowledge(store::Standing& standing, std::string_view mark);
void call_wrong(store::Standing& standing, std::string_view mark);

// May one more letter answer? If so it is counted.
[[nodiscard]] bool may_answer(store::Standing& standing, std::uint64_t daily, Instant now);

// How long to wait after so many tries: doubled each time, four hours at the most.
[[nodiscard]] std::chrono::seconds pause_after(std::uint64_t tries, std::chrono::seconds first);

}  // namespace decorum::notice
