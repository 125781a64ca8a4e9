#include "gateway/imap/date_time.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "gateway/base/ascii.hpp"

namespace decorum::imap {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view shape = "99-AAA-9999 99:99:99 +9999";

int number(std::string_view digits) {
    int value = 0;
    for (const char digit : digits) value = value * 10 + (digit - '0');
    return value;
}

bool has_shape(std::string_view text) {
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char octet, char wanted) {
               switch (wanted) {
                   case '9': return ascii::is_digit(octet);
                   case 'A': return ascii::is_alpha(octet);
                   case '+': return octet == '+' || octet == '-';
                   default: return octet == wanted;
               }
           });
}

}  // namespace

std::optional<Instant> parse_date_time(std::string_view text) {
    std::string padded(text);
    if (padded.starts_with(' ')) padded.front() = '0';
    if (!has_shape(padded)) return std::nullopt;
    const std::string_view octets = padded;
    const auto month = std::ranges::find_if(
        months, [&](std::string_view name) { return ascii::equals_nocase(name, octets.substr(3, 3)); });
    if (month == months.end()) return std::nullopt;
    const std::chrono::year_month_day day{
        std::chrono::year(number(octets.substr(7, 4))),
        std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(number(octets.substr(0, 2))))};
    const std::chrono::hours hour(number(octets.substr(12, 2)));
    const std::chrono::minutes minute(number(octets.substr(15, 2)));
    const std::chrono::seconds second(number(octets.substr(18, 2)));  // 60: a leap second
    const auto zone =
        std::chrono::hours(number(octets.substr(22, 2))) + std::chrono::minutes(number(octets.substr(24, 2)));
    if (!day.ok() || hour.count() > 23 || minute.count() > 59 || second.count() > 60) return std::nullopt;
    const auto local = std::chrono::sys_days(day) + hour + minute + second;
    return octets[21] == '-' ? local + zone : local - zone;
}

}  // namespace decorum::imap
