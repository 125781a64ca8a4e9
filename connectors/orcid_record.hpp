// A record of ORCID's public API v3.0, read.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::connectors::orcid {

// The ids of those in a search's answer that show exactly this address (in any case); nullopt: no search's
// answer.
[[nodiscard]] std::optional<std::vector<std::string>> matches(const boost::json::value& search,
                                                              std::string_view address);

struct Record {
    std::string id;  // 0000-0002-1825-0097
    bool deactivated = false;
    std::vector<std::string> addresses;  // public ones, in lower case
    profile::Profile profile;
};

// nullopt: no record.
[[nodiscard]] std::optional<Record> record_in(const boost::json::value& root);

}  // namespace decorum::connectors::orcid
