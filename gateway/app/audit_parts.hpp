// The audit log as configured, for the gateway and for commands that record or erase.
#pragma once

#include <memory>
#include <string>

#include "config/settings.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/result.hpp"

namespace decorum::app {

// Null where audit.enabled is false. An Error: a key is missing, and can't be made.
[[nodiscard]] Result<std::unique_ptr<audit::Trail>> make_trail(const config::Settings& settings);

// An event of a command about somebody, under the name that the log has for them; in clear mode an erasure
// names nobody. A failure is told on standard error: what the command did is done.
void record_of_person(const config::Settings& settings, audit::Event event, const std::string& address);

// Records that an address is forgotten, then destroys the salt of its pseudonym. An Error: the salt is there
// still.
[[nodiscard]] Result<> record_erasure(const config::Settings& settings, const std::string& address);

}  // namespace decorum::app
