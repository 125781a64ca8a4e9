// From configuration to connectors.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "config/settings.hpp"
#include "connectors/directory.hpp"
#include "connectors/registry.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

// What connectors work with; all outlive them. Null: there is none, and what needs it is left out.
struct Services {
    net::Fetcher* fetcher = nullptr;
    worker::Worker* worker = nullptr;
    net::Dns* dns = nullptr;
};

struct Connectors {
    std::vector<std::shared_ptr<profile::Connector>> all;  // the registry first, the profile page last
    std::shared_ptr<Directory> directory;                  // null: there is none; also among `all`
    std::shared_ptr<Registry> registry;                    // also among `all`
};

// The directory's file or folder; empty: there is none.
[[nodiscard]] std::filesystem::path people_path(const config::Settings& settings);

// Only connectors that are enabled, and the registry always. A directory without a file is none: there are no
// people. Errors name the configuration's file and line, or the fault in the connector's own file.
enum class OnFault : std::uint8_t {
    fail,      // a file that can't be read is an Error
    carry_on,  // it is logged, and followed: nobody is known until it is mended
};

[[nodiscard]] Result<Connectors> make_connectors(const config::Settings& settings, const Services& services,
                                                 OnFault on_fault = OnFault::fail);

}  // namespace decorum::connectors
