// Makes the connectors that the configuration enables; the first that can't be made is the Error.
#include "connectors/registry.hpp"

#include <fmt/format.h>

namespace decorum::connectors {

Result<Connectors> make_connectors(const config::Settings& settings, OnFault on_fault) {
    Connectors made;
    for (const auto& [name, connector] : settings.connectors) {
        if (!connector.enabled) continue;
        if (name != "directory")
            return fail(errc::unsupported,
                        fmt::format("{}:{}: connector.{}.enabled: not part of this version",
                                    settings.file.native(), connector.line, name));
        if (connector.file.empty()) continue;
        const auto file = settings.file.parent_path() / connector.file;
        auto directory = on_fault == OnFault::fail ? Directory::open(file) : Directory::open_anyway(file);
        if (!directory) return std::unexpected(std::move(directory.error()));
        made.directory = std::move(*directory);
        made.all.push_back(made.directory);
    }
    return made;
}

}  // namespace decorum::connectors
