// decorum check, decorum config.
#include <fmt/format.h>

#include <cstdio>

#include "config/loader.hpp"
#include "config/reference.hpp"
#include "connectors/registry.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/load.hpp"
#include "gateway/net/tls.hpp"

namespace decorum::app {
namespace {

// What can only be seen by opening what the configuration names.
std::vector<config::Fault> check_files(const config::Settings& settings) {
    std::vector<config::Fault> faults;
    for (const auto& listener : settings.listeners) {
        if (listener.tls == config::TlsMode::none) continue;
        const auto tls =
            net::TlsContext::server(listener.certificate.string(), listener.private_key.string());
        if (!tls)
            faults.push_back({settings.file, listener.line, "listener.certificate", tls.error().detail});
    }
    for (const auto& [name, upstream] : settings.upstreams) {
        if (upstream.ca_file.empty()) continue;
        const auto tls = net::TlsContext::client(net::TlsVerify::none, upstream.ca_file.string(), {});
        if (!tls)
            faults.push_back(
                {settings.file, upstream.line, fmt::format("upstream.{}.ca_file", name), tls.error().detail});
    }
    if (!settings.annotate.seal_key_file.empty())
        if (const auto key = seal_key(settings); !key)
            faults.push_back({settings.file, 1, "annotate.seal_key_file", key.error().detail});
    const std::filesystem::path log_target(settings.log.target);
    std::error_code error;
    if (log_target.is_absolute() && !std::filesystem::is_directory(log_target.parent_path(), error))
        faults.push_back({settings.file, 1, "log.target", "a file in a folder that exists"});
    if (const auto connectors = connectors::make_connectors(settings); !connectors)
        faults.push_back({settings.file, settings.connectors.at("directory").line, "connector.directory.file",
                          connectors.error().detail});
    return faults;
}

}  // namespace

int check(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::required);
    if (!settings) return exit_no;
    const auto faults = check_files(*settings);
    for (const auto& fault : faults) fmt::print(stderr, "{}\n", config::render(fault));
    if (!faults.empty()) return exit_no;
    // Good enough for annotate and lookup, which need no listener.
    for (const auto& missing : config::check_for_run(*settings))
        fmt::print(stderr, "{} (needed by run)\n", config::render(missing));
    fmt::print("{}: OK, {} listener(s)\n", settings->file.string(), settings->listeners.size());
    return exit_done;
}

int print_reference() {
    const std::string text = config::reference_markdown();
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_done : exit_failure;
}

}  // namespace decorum::app
