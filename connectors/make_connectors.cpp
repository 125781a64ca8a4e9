// Makes the connectors that the configuration enables; the first that can't be made is the Error.
#include "connectors/make_connectors.hpp"

#include <fmt/format.h>

#include "connectors/ldap.hpp"
#include "connectors/make_networks.hpp"
#include "connectors/pinned.hpp"
#include "connectors/profile_page.hpp"
#include "connectors/registry.hpp"
#include "connectors/registry_file.hpp"

namespace decorum::connectors {
namespace {

Ldap::Options ldap_options(const config::Settings& settings, const config::Connector& ldap,
                           const Services& services) {
    return {.server = {.url = ldap.base_url,
                       .starttls = ldap.tls == config::TlsMode::starttls,
                       .ca_file = ldap.ca_file,
                       .bind_dn = ldap.bind_dn,
                       .password_file = ldap.token_file},
            .base_dn = ldap.base_dn,
            .filter = ldap.filter,
            .timeout = ldap.timeout,
            .worker = services.worker,
            .max_picture_octets = settings.worker.max_picture};
}

Result<std::shared_ptr<Directory>> open_directory(const config::Settings& settings, const Services& services,
                                                  OnFault on_fault) {
    Directory::Options options{.path = people_path(settings),
                               .worker = services.worker,
                               .max_picture_octets = settings.worker.max_picture};
    if (on_fault == OnFault::fail) return Directory::open(std::move(options));
    return Directory::open_anyway(std::move(options));
}

}  // namespace

std::filesystem::path people_path(const config::Settings& settings) {
    const auto directory = settings.connectors.find("directory");
    if (directory == settings.connectors.end() || !directory->second.enabled ||
        directory->second.file.empty())
        return {};
    return settings.file.parent_path() / directory->second.file;
}

Result<Connectors> make_connectors(const config::Settings& settings, const Services& services,
                                   OnFault on_fault) {
    Connectors made;
    std::shared_ptr<profile::Connector> last;
    const auto declared = registry_path(settings);
    auto registry = on_fault == OnFault::fail ? Registry::open(declared) : Registry::open_anyway(declared);
    // Who may not read the state folder goes on without it, as without the rest that is in there.
    if (!registry && registry.error().code == errc::io) registry = Registry::open_anyway(declared);
    if (!registry) return std::unexpected(std::move(registry.error()));
    made.registry = std::move(*registry);
    made.all.push_back(made.registry);
    for (const auto& [name, connector] : settings.connectors) {
        if (!connector.enabled) continue;
        if (name == "directory") {
            if (people_path(settings).empty()) continue;
            auto directory = open_directory(settings, services, on_fault);
            if (!directory) return std::unexpected(std::move(directory.error()));
            made.directory = std::move(*directory);
            made.all.push_back(made.directory);
        } else if (name == "profile_page") {
            if (services.fetcher == nullptr || services.worker == nullptr) continue;
            last = std::make_shared<ProfilePage>(
                *services.fetcher, *services.worker,
                ProfilePageOptions{.timeout = connector.timeout,
                                   .max_redirects = settings.http.max_redirects});
        } else if (name == "ldap") {
            made.all.push_back(std::make_shared<Ldap>(ldap_options(settings, connector, services)));
        } else if (services.fetcher != nullptr) {
            auto network = make_network(settings, name, connector, services, made.registry);
            if (!network) return std::unexpected(std::move(network.error()));
            if (*network) made.all.push_back(std::make_shared<Pinned>(std::move(*network), made.registry));
        }
    }
    // It answers for any account, so that whoever knows one better must be asked before.
    if (last) made.all.push_back(std::move(last));
    return made;
}

}  // namespace decorum::connectors
