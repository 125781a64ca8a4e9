#include "gateway/app/certificate_expiry.hpp"

#include <fmt/format.h>

namespace decorum::app {

std::string expiry_warning(std::optional<Instant> expiry, Instant now) {
    constexpr std::chrono::days soon{14};
    if (!expiry || *expiry >= now + soon) return {};
    if (*expiry <= now) return "expired on " + to_date(*expiry);
    const auto days = std::chrono::floor<std::chrono::days>(*expiry - now).count();
    if (days == 0) return "expires in less than a day";
    return fmt::format("expires in {} day{}", days, days == 1 ? "" : "s");
}

}  // namespace decorum::app
