// The letters that the gateway writes: a notice, what others see of somebody, and short answers. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/notice/letter.hpp"
#include "gateway/notice/phrases.hpp"
#include "gateway/pipeline/warnings.hpp"

namespace decorum::notice {

// What every letter needs besides its matter.
struct Frame {
    const Stationery& stationery;
    std::string language;  // one that the stationery has, else English is written
    std::string hostname;
    std::string reply_to;  // with its token
    std::string address;   // whom it goes to
};

inline constexpr std::size_t max_passages = 10;

// Of the findings whose action is notice or graver.
[[nodiscard]] Letter notice_letter(const Frame& frame, const pipeline::WarnedPerson& person,
                                   const conduct::Verdict& verdict);

// The person's language where charter and stationery have it, else the charter's first.
[[nodiscard]] std::string language_of(const pipeline::WarnedPerson& person, const Stationery& stationery);

struct Seen {
    enum class Status : std::uint8_t { shown, nothing, opted_out, unavailable } status = Status::unavailable;
    std::vector<std::pair<std::string, std::string>> lines;  // field name, value
    std::vector<pipeline::TiedAccount> accounts;             // shown or not
    std::string linked;  // the account that was just tied; empty: it was asked for
};
// `own`: one of our people, who may answer.
[[nodiscard]] Letter profile_letter(const Frame& frame, const Seen& seen, bool own);

enum class Answered : std::uint8_t { ack, wrong, stop, stop_refused, optout, help };
[[nodiscard]] Letter answer_letter(const Frame& frame, Answered answer, bool own);

}  // namespace decorum::notice
