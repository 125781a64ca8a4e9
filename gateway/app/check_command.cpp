// decorum check, decorum config.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "config/loader.hpp"
#include "config/reference.hpp"
#include "config/store_url.hpp"
#include "connectors/ldap_session.hpp"
#include "connectors/make_connectors.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/outbound_parts.hpp"
#include "gateway/audit/chain.hpp"
#include "gateway/conduct/assessor.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/notice/phrases.hpp"
#include "gateway/store/redis/redis_store.hpp"

namespace decorum::app {
namespace {

void check_ldap(const config::Settings& settings, const config::Connector& ldap,
                std::vector<config::Fault>& faults) {
    if (!ldap.bind_dn.empty())
        if (const auto password = connectors::read_password(ldap.token_file); !password)
            faults.push_back(
                {settings.file, ldap.line, "connector.ldap.token_file", password.error().detail});
    if (ldap.ca_file.empty()) return;
    const auto tls = net::TlsContext::client(net::TlsVerify::none, ldap.ca_file.string(), {});
    if (!tls) faults.push_back({settings.file, ldap.line, "connector.ldap.ca_file", tls.error().detail});
}

// A charter by which people are to be told needs somebody who tells them. `run` starts all the same, and says
// so: mail must flow.
void check_notices(const config::Settings& settings, std::vector<config::Fault>& faults) {
    if (!settings.notice.from.empty()) {
        if (const auto stationery = notice::Stationery::load(settings.gateway.data_dir); !stationery)
            faults.push_back({settings.file, 1, "gateway.data_dir", stationery.error().detail});
        return;
    }
    const auto outbound =
        std::ranges::find(settings.listeners, config::Policy::outbound, &config::Listener::policy);
    if (outbound == settings.listeners.end()) return;
    const auto charter = conduct::Charter::read(charter_path(settings));  // its own faults: outbound_faults()
    if (charter && charter->gravest() >= conduct::Action::notice)
        faults.push_back(
            {settings.file, outbound->line, "notice.from",
             fmt::format("whom notices are from, such as \"Decorum <decorum@example.org>\": by the "
                         "charter {} people are told of what is found",
                         charter_path(settings).native())});
}

// "store.password_file: what is wrong"
config::Fault fault_of(const config::Settings& settings, std::string_view detail) {
    const std::size_t colon = detail.find(": ");
    const bool named = detail.starts_with("store.") && colon != std::string_view::npos;
    return {settings.file, 1, std::string(named ? detail.substr(0, colon) : "store"),
            std::string(named ? detail.substr(colon + 2) : detail)};
}

// Passwords, certificates and a newer schema show only where Redis is asked. One that is away is no fault of
// the configuration: run starts without it.
void check_store(const config::Settings& settings, std::vector<config::Fault>& faults) {
    if (const auto secret = settings.store.key_file.empty() ? Result<Secret>{} : cache_secret(settings);
        !secret)
        faults.push_back({settings.file, 1, "store.key_file", secret.error().detail});
    if (const auto secret = settings.notice.key_file.empty() ? Result<Secret>{} : notice_secret(settings);
        !secret)
        faults.push_back({settings.file, 1, "notice.key_file", secret.error().detail});
    if (!config::is_redis_url(settings.store.url)) return;
    const auto options = store::redis_options(settings);
    if (!options) {
        faults.push_back(fault_of(settings, options.error().detail));
        return;
    }
    const auto state = store::make_redis_store(*options)->state();
    if (state) return;
    if (state.error().code == errc::unavailable)
        fmt::print(stderr, "{}\n",
                   config::render(fault_of(settings, state.error().detail + " (run goes on without it)")));
    else
        faults.push_back(fault_of(settings, state.error().detail));
}

// Empty where there is none yet.
std::string seal_key_id(const config::Settings& settings) {
    const auto key = seal_key(settings, IfAbsent::fail);
    return key ? key->id : std::string{};
}

// What can only be seen by opening what the configuration names.
std::vector<config::Fault> check_files(const config::Settings& settings) {
    std::vector<config::Fault> faults;
    if (settings.audit.enabled && !settings.audit.key_file.empty())
        if (const auto keys = audit::KeyRing::read(settings.audit.key_file); !keys)
            faults.push_back({settings.file, 1, "audit.key_file", keys.error().detail});
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
    if (const auto ldap = settings.connectors.find("ldap");
        ldap != settings.connectors.end() && ldap->second.enabled)
        check_ldap(settings, ldap->second, faults);
    const auto declared = connectors::read_registry(connectors::registry_path(settings));
    if (!declared) faults.push_back({settings.file, 1, "registry.file", declared.error().detail});
    if (const auto list = lookup::read_opt_out(lookup::opt_out_path(settings)); !list)
        faults.push_back({settings.file, 1, "optout.file", list.error().detail});
    if (const auto change = imap_epoch_change(settings, seal_key_id(settings)); !change)
        faults.push_back({settings.file, 1, "gateway.state_dir", change.error().detail});
    check_notices(settings, faults);
    check_store(settings, faults);
    if (!declared) return faults;  // the connectors would say it again
    if (const auto connectors = connectors::make_connectors(settings, {}); !connectors)
        faults.push_back({settings.file, settings.connectors.at("directory").line, "connector.directory.file",
                          connectors.error().detail});
    if (const auto assessor = conduct::Assessor::load(settings.gateway.data_dir); !assessor)
        faults.push_back({settings.file, 1, "gateway.data_dir", assessor.error().detail});
    return faults;
}

}  // namespace

int check(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::required);
    if (!settings) return exit_no;
    const auto faults = check_files(*settings);
    for (const auto& fault : faults) fmt::print(stderr, "{}\n", config::render(fault));
    const auto outbound = outbound_faults(*settings);
    for (const auto& fault : outbound) fmt::print(stderr, "{}\n", fault);
    if (!faults.empty() || !outbound.empty()) return exit_no;
    // Good enough for annotate and lookup, which need no listener.
    for (const auto& missing : config::check_for_run(*settings))
        fmt::print(stderr, "{} (needed by run)\n", config::render(missing));
    if (const auto change = imap_epoch_change(*settings, seal_key_id(*settings)); *change)
        fmt::print(stderr, "{}\n", config::render({settings->file, 1, "imap", **change}));
    fmt::print("{}: OK, {} listener(s)\n", settings->file.string(), settings->listeners.size());
    return exit_done;
}

int print_reference(bool manual) {
    fmt::print("{}", manual ? config::reference_manual() : config::reference_markdown());
    return exit_done;
}

}  // namespace decorum::app
