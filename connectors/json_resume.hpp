// JSON Resume (jsonresume.org, schema 1.0.0; the older names `company`, `website` and `picture` too): a
// person's own account of career and recommendations, as a file or at a URL.
//
//   basics    name, label → headline, image → photo, summary, location {city, region, countryCode}, url and
//             profiles[] → links, email → addresses
//   work[]    position, name, startDate, endDate → positions, in the order given
//   education[]  studyType and area, institution → positions; only where there is no work
//   references[] name, reference → recommendations
//
// What is of another type reads as absent; everything is brought within gateway/profile/limits.hpp. Links and
// texts carry no origin: whoever asked knows what they are worth.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::connectors {

struct JsonResume {
    profile::Profile profile;
    std::vector<std::string> addresses;  // as written; not checked
};

[[nodiscard]] bool is_json_resume(const boost::json::value& root);
[[nodiscard]] JsonResume read_json_resume(const boost::json::value& root);

// Errors: limit (too large, too deep), syntax (not JSON, or no JSON Resume).
[[nodiscard]] Result<JsonResume> parse_json_resume(std::string_view json);

}  // namespace decorum::connectors
