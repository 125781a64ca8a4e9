// INTERNALDATE as servers write it, and what only looks like it.
#include "gateway/imap/date_time.hpp"

#include <gtest/gtest.h>

namespace decorum::imap {
namespace {

TEST(DateTime, Rfc9051_IsReadInItsZone) {
    EXPECT_EQ(parse_date_time("23-Nov-2026 10:00:00 +0000"), from_rfc3339("2026-11-23T10:00:00Z"));
    EXPECT_EQ(parse_date_time(" 5-feb-2024 00:30:00 +0130"), from_rfc3339("2024-02-04T23:00:00Z"));
    EXPECT_EQ(parse_date_time("31-Dec-1999 23:59:60 -0500"), from_rfc3339("2000-01-01T05:00:00Z"));
    EXPECT_EQ(parse_date_time("29-Feb-2024 12:00:00 +0000"), from_rfc3339("2024-02-29T12:00:00Z"));
}

TEST(DateTime, AnythingElseIsNone) {
    for (const std::string_view text :
         {"", "23-Nov-2026", "23-Nov-2026 10:00:00", "23-Nov-2026 10:00:00 0000",
          "30-Feb-2026 10:00:00 +0000", "00-Jan-2026 10:00:00 +0000", "23-Foo-2026 10:00:00 +0000",
          "23-Nov-2026 24:00:00 +0000", "23-Nov-2026 10:60:00 +0000", "2x-Nov-2026 10:00:00 +0000",
          "23-Nov-2026 10:00:00 +0000 "})
        EXPECT_FALSE(parse_date_time(text)) << text;
}

}  // namespace
}  // namespace decorum::imap
