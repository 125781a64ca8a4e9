// The HTTP client's options out of the configuration.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "gateway/net/http/options.hpp"

namespace decorum::app {

// The settings were checked when they were loaded. Sources are told whom to write to: `contact`, or else the
// gateway's hostname.
[[nodiscard]] net::HttpOptions http_options(const config::Http& settings, const std::string& hostname);

}  // namespace decorum::app
