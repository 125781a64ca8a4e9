#include "gateway/app/certificate_expiry.hpp"

#include <gtest/gtest.h>

namespace decorum::app {
namespace {

using std::chrono::days;
using std::chrono::seconds;

TEST(CertificateExpiry, IsToldWhereItIsNearOrPast) {
    const Instant now = *from_rfc3339("2026-11-23T10:00:00Z");
    EXPECT_EQ(expiry_warning(std::nullopt, now), "");
    EXPECT_EQ(expiry_warning(now + days{14}, now), "");
    EXPECT_EQ(expiry_warning(now + days{14} - seconds{1}, now), "expires in 13 days");
    EXPECT_EQ(expiry_warning(now + days{1}, now), "expires in 1 day");
    EXPECT_EQ(expiry_warning(now + seconds{1}, now), "expires in less than a day");
    EXPECT_EQ(expiry_warning(now, now), "expired on 2026-11-23");
    EXPECT_EQ(expiry_warning(now - days{1}, now), "expired on 2026-11-22");
}

}  // namespace
}  // namespace decorum::app
