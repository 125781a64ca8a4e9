// What must stand together in [connector.NAME], and what has no effect there. Those that the configuration
// alone describes have rules of their own (custom_source.hpp).
#pragma once

#include <string>

#include "config/findings.hpp"
#include "config/settings.hpp"

namespace decorum::config {

void check_connector(const std::string& name, const Connector& connector, const Settings& settings,
                     Findings& findings);

}  // namespace decorum::config
