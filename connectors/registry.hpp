// From configuration to connectors.
#pragma once

#include <memory>
#include <vector>

#include "config/settings.hpp"
#include "connectors/directory.hpp"
#include "gateway/base/result.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct Connectors {
    std::vector<std::shared_ptr<profile::Connector>> all;  // local ones first
    std::shared_ptr<Directory> directory;                  // null: there is none; also among `all`
};

// Only connectors that are enabled. A directory without a file is none: there are no people. Errors name the
// configuration's file and line, or the fault in the connector's own file.
enum class OnFault : std::uint8_t {
    fail,      // a file that can't be read is an Error
    carry_on,  // it is logged, and followed: nobody is known until it is mended
};

[[nodiscard]] Result<Connectors> make_connectors(const config::Settings& settings,
                                                 OnFault on_fault = OnFault::fail);

}  // namespace decorum::connectors
