// Text forms of a point in time, in UTC. Invariant: what is written here reads back as the same instant, and
// always has a year of four digits. A text that isn't a date-time gives nullopt.
#include "gateway/base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"

namespace decorum {
namespace {

struct Civil {
    std::chrono::year_month_day day;
    std::chrono::hh_mm_ss<std::chrono::seconds> time;
    std::chrono::weekday weekday;
};

// Every text form has four digits for the year; what lies outside is shown as the nearest end.
constexpr Instant first_instant = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr Instant last_instant =
    std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} - std::chrono::seconds{1};

Civil civil_of(Instant time) {
    time = std::clamp(time, first_instant, last_instant);
    const auto days = std::chrono::floor<std::chrono::days>(time);
    return {std::chrono::year_month_day{days}, std::chrono::hh_mm_ss{time - days},
            std::chrono::weekday{days}};
}

void append_date(std::string& out, const std::chrono::year_month_day& day) {
    ascii::append_decimal(out, static_cast<std::uint64_t>(static_cast<int>(day.year())), 4);
    out.push_back('-');
    ascii::append_decimal(out, static_cast<unsigned>(day.month()), 2);
    out.push_back('-');
    ascii::append_decimal(out, static_cast<unsigned>(day.day()), 2);
}

// Reads `count` digits at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!ascii::is_digit(text[i])) return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

}  // namespace

std::string to_rfc3339(Instant time) {
    const Civil civil = civil_of(time);
    std::string out;
    out.reserve(std::string_view("2026-11-23T06:00:00Z").size());
    append_date(out, civil.day);
    out.push_back('T');
    ascii::append_decimal(out, static_cast<std::uint64_t>(civil.time.hours().count()), 2);
    out.push_back(':');
    ascii::append_decimal(out, static_cast<std::uint64_t>(civil.time.minutes().count()), 2);
    out.push_back(':');
    ascii::append_decimal(out, static_cast<std::uint64_t>(civil.time.seconds().count()), 2);
    out.push_back('Z');
    return out;
}

std::string to_date(Instant time) {
    std::string out;
    append_date(out, civil_of(time).day);
    return out;
}

std::string to_rfc5322(Instant time) {
    constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil civil = civil_of(time);
    return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} +0000", weekdays[civil.weekday.c_encoding()],
                       static_cast<unsigned>(civil.day.day()),
                       months[static_cast<unsigned>(civil.day.month()) - 1],
                       static_cast<int>(civil.day.year()), civil.time.hours().count(),
                       civil.time.minutes().count(), civil.time.seconds().count());
}

// date-time = full-date "T" full-time  RFC 3339 §5.6; a fraction of a second is read and dropped
std::optional<Instant> from_rfc3339(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
    if (ascii::to_upper(text[10]) != 'T' && text[10] != ' ') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::string_view rest = text.substr(19);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        if (rest.empty() || !ascii::is_digit(rest.front())) return std::nullopt;
        while (!rest.empty() && ascii::is_digit(rest.front())) rest.remove_prefix(1);
    }
    std::chrono::seconds offset{0};
    if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
        const auto hours = digits(rest, 1, 2);
        const auto minutes = digits(rest, 4, 2);
        if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
        offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
        if (rest[0] == '-') offset = -offset;
    } else if (rest != "Z" && rest != "z") {
        return std::nullopt;
    }
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second} - offset;
}

}  // namespace decorum
