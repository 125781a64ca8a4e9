#include "gateway/base/clock.hpp"

#include <gtest/gtest.h>

namespace decorum {
namespace {

using namespace std::chrono_literals;

Instant at(int year, unsigned month, unsigned day, std::chrono::seconds time = 0s) {
    return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                                 std::chrono::day{day}} +
           time;
}

TEST(Clock, WritesTheThreeFormsInUtc) {
    const Instant time = at(2026, 11, 23, 6h + 5min + 4s);
    EXPECT_EQ(to_rfc3339(time), "2026-11-23T06:05:04Z");
    EXPECT_EQ(to_date(time), "2026-11-23");
    EXPECT_EQ(to_rfc5322(time), "Mon, 23 Nov 2026 06:05:04 +0000");
    EXPECT_EQ(to_rfc5322(Instant{}), "Thu, 1 Jan 1970 00:00:00 +0000");
}

TEST(Clock, Rfc3339RoundTripsOverDaysAndLimits) {
    for (Instant time = at(1, 1, 1); time < at(9999, 12, 31); time += std::chrono::days{97} + 3599s)
        ASSERT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
    for (const Instant time :
         {at(0, 1, 1), at(1969, 12, 31, 24h - 1s), Instant{}, at(2000, 2, 29), at(9999, 12, 31, 24h - 1s)})
        EXPECT_EQ(from_rfc3339(to_rfc3339(time)), time) << to_rfc3339(time);
}

TEST(Clock, WeekdaysFollowTheCalendarThroughAWholeWeek) {
    const std::vector<std::string> names = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu"};
    for (std::size_t i = 0; i < names.size(); ++i)
        EXPECT_EQ(to_rfc5322(Instant{} + std::chrono::days{i}).substr(0, 3), names[i]);
    EXPECT_EQ(to_rfc5322(Instant{} - std::chrono::days{1}).substr(0, 3), "Wed");
}

TEST(Clock, InstantsBeyondFourDigitYearsAreShownAsTheNearestEnd) {
    EXPECT_EQ(to_rfc3339(Instant::max()), "9999-12-31T23:59:59Z");
    EXPECT_EQ(to_rfc3339(Instant::min()), "0000-01-01T00:00:00Z");
    EXPECT_EQ(to_date(Instant::max()), "9999-12-31");
    EXPECT_EQ(to_rfc5322(Instant::max()), "Fri, 31 Dec 9999 23:59:59 +0000");
}

TEST(Clock, Rfc3339_5_6_ReadsOffsetsFractionsAndEitherCase) {
    const Instant time = at(2026, 11, 20, 8h);
    for (std::string_view text :
         {"2026-11-20T08:00:00Z", "2026-11-20t08:00:00z", "2026-11-20 08:00:00Z", "2026-11-20T08:00:00.999Z",
          "2026-11-20T09:30:00+01:30", "2026-11-20T00:00:00-08:00", "2026-11-20T08:00:00-00:00"})
        EXPECT_EQ(from_rfc3339(text), time) << text;
    EXPECT_EQ(from_rfc3339("2016-12-31T23:59:60Z"), at(2017, 1, 1));  // a leap second
}

TEST(Clock, RefusesWhatIsNoDateTime) {
    for (std::string_view text : {"",
                                  "2026-11-20",
                                  "2026-11-20T08:00:00",
                                  "2026-11-20T08:00Z",
                                  "2026-13-20T08:00:00Z",
                                  "2026-02-29T08:00:00Z",
                                  "2026-11-00T08:00:00Z",
                                  "2026-11-20T24:00:00Z",
                                  "2026-11-20T08:60:00Z",
                                  "2026-11-20T08:00:61Z",
                                  "2026-11-20T08:00:00.Z",
                                  "2026-11-20T08:00:00+0100",
                                  "2026-11-20T08:00:00+24:00",
                                  "2026-11-20T08:00:00+01:60",
                                  "2026-11-20T08:00:00ZZ",
                                  "2026/11/20T08:00:00Z",
                                  "2026-11-20X08:00:00Z",
                                  " 2026-11-20T08:00:00Z",
                                  "+026-11-20T08:00:00Z",
                                  "2026-11-20T08:00:00+01:0",
                                  "2026-11-20T08-00-00Z"})
        EXPECT_FALSE(from_rfc3339(text)) << text;
}

TEST(Clock, EveryTruncationOfADateTimeIsRefused) {
    const std::string text = "2026-11-20T08:00:00.5+01:30";
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(from_rfc3339(std::string_view(text).substr(0, size))) << size;
    EXPECT_TRUE(from_rfc3339(text));
}

}  // namespace
}  // namespace decorum
