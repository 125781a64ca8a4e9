// The report of an audit log: one page of HTML that needs nothing else, or the same figures as CSV.
#pragma once

#include <string>

#include "gateway/audit/tally.hpp"

namespace decorum::audit {

struct ReportAbout {
    std::string hostname;
    std::string version;
    std::string made;    // when
    std::string chains;  // what verification said, one line
    bool checked = false;
    bool sound = false;  // all chains hold
    std::uint64_t foreign_lines = 0;
};

[[nodiscard]] std::string report_html(const Tally& tally, const ReportAbout& about);
// RFC 4180, with a line of names: section,time,name,value.
[[nodiscard]] std::string report_csv(const Tally& tally, const ReportAbout& about);

// A field of RFC 4180; one that a spreadsheet would take for a formula gets an apostrophe in front.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace decorum::audit
