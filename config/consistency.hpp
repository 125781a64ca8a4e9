// The rules that join several settings: names that refer to each other, places that must differ, and values
// that are right alone and wrong together.
#pragma once

#include "config/findings.hpp"
#include "config/settings.hpp"

namespace decorum::config {

// Called once all values are read and all defaults in place. A value that was a fault already is not judged
// a second time where that would only repeat it.
void check_consistency(const Settings& settings, Findings& findings);

// The instance of the listener at `index`, for Findings.
[[nodiscard]] std::string listener_instance(std::size_t index);

}  // namespace decorum::config
