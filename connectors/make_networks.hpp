// From configuration to the connectors that ask networks through the fetcher.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "connectors/make_connectors.hpp"
#include "connectors/registry.hpp"

namespace decorum::connectors {

// Null: what it needs is not there. `services` has a fetcher. Errors name the configuration's file and line,
// or the fault in a file of the connector's own.
[[nodiscard]] Result<std::shared_ptr<profile::Connector>> make_network(
    const config::Settings& settings, const std::string& name, const config::Connector& connector,
    const Services& services, const std::shared_ptr<const Registry>& registry);

}  // namespace decorum::connectors
