// What a running gateway may take over of a configuration that was read again, by the table of settings
// (Setting::reloadable): the rest stays what it is until the next start, and is named.
#pragma once

#include <string>
#include <vector>

#include "config/loader.hpp"
#include "config/settings.hpp"

namespace decorum::config {

struct Merged {
    Settings settings;              // the same listeners in the same order as before
    std::vector<std::string> kept;  // "gateway.threads", "listener.delivery.bind": differ, and take a restart
    std::vector<Fault> faults;      // what is new does not go with what is kept
};

// Listeners go by their name. One that has gone from the file, or takes a restart itself, stays with all its
// settings and its upstream; one that is new waits for the restart. Connectors likewise.
[[nodiscard]] Merged merge_for_reload(const Settings& running, Settings fresh);

}  // namespace decorum::config
