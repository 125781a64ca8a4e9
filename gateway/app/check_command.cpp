// decorum check, decorum config.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "config/consistency.hpp"
#include "config/findings.hpp"
#include "config/loader.hpp"
#include "config/reference.hpp"
#include "config/store_url.hpp"
#include "connectors/ldap_session.hpp"
#include "connectors/make_connectors.hpp"
#include "connectors/people_files.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/certificate_expiry.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/imap_epoch.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/outbound_parts.hpp"
#include "gateway/audit/chain.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/log_target.hpp"
#include "gateway/conduct/assessor.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/net/bind.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/notice/phrases.hpp"
#include "gateway/store/redis/redis_store.hpp"
#include "gateway/store/sqlite_store.hpp"

namespace decorum::app {
namespace {

// Read as `run` reads them; the name is of no matter.
Result<> read_authorities(const std::filesystem::path& file) {
    const auto tls = net::TlsContext::client(net::TlsVerify::required, file.string(), "localhost");
    return tls ? Result<>() : std::unexpected(tls.error());
}

void check_ldap(const config::Connector& ldap, config::Findings& findings) {
    if (!ldap.bind_dn.empty())
        if (const auto password = connectors::read_password(ldap.token_file); !password)
            findings.fault("connector.ldap", "token_file", password.error().detail);
    if (ldap.ca_file.empty()) return;
    if (const auto read = read_authorities(ldap.ca_file); !read)
        findings.fault("connector.ldap", "ca_file", read.error().detail);
}

void check_tls(const config::Settings& settings, config::Findings& findings) {
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        const config::Listener& listener = settings.listeners[i];
        if (listener.tls == config::TlsMode::none) continue;
        const std::string certificate = listener.certificate.string();
        const auto tls = net::TlsContext::server(certificate, listener.private_key.string());
        if (tls) {
            if (const auto warning = expiry_warning((*tls)->expiry(), wall_clock_now()); !warning.empty())
                findings.warn(config::listener_instance(i), "certificate",
                              fmt::format("{}: {}", certificate, warning));
            continue;
        }
        const bool of_key = !tls.error().detail.starts_with(certificate + ": ");
        findings.fault(config::listener_instance(i), of_key ? "private_key" : "certificate",
                       tls.error().detail);
    }
    for (const auto& [name, upstream] : settings.upstreams) {
        if (upstream.tls == config::TlsMode::none || upstream.verify == config::TlsVerify::none) continue;
        if (upstream.ca_file.empty()) continue;
        if (const auto read = read_authorities(upstream.ca_file); !read)
            findings.fault("upstream." + name, "ca_file", read.error().detail);
    }
}

// A charter by which people are to be told needs somebody who tells them. `run` starts all the same, and says
// so: mail must flow.
void check_notices(const config::Settings& settings, config::Findings& findings) {
    if (!settings.notice.from.empty()) {
        if (const auto stationery = notice::Stationery::load(settings.gateway.data_dir); !stationery)
            findings.fault("gateway", "data_dir", stationery.error().detail);
        return;
    }
    if (std::ranges::find(settings.listeners, config::Policy::outbound, &config::Listener::policy) ==
        settings.listeners.end())
        return;
    const auto charter = conduct::Charter::read(charter_path(settings));  // its own faults: outbound_faults()
    if (charter && charter->gravest() >= conduct::Action::notice)
        findings.fault("notice", "from",
                       fmt::format("whom notices are from, such as \"Decorum <decorum@example.org>\": by the "
                                   "charter {} people are told of what is found",
                                   charter_path(settings).native()));
}

// Why no file can be made in this folder, which may have to be made itself; empty: one can.
std::string why_unusable(std::filesystem::path folder) {
    for (;;) {
        if (folder.empty()) folder = ".";
        std::error_code error;
        const auto status = std::filesystem::status(folder, error);
        if (std::filesystem::is_directory(status)) {
            if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
            error = {errno, std::generic_category()};
        } else if (std::filesystem::exists(status)) {
            error = std::make_error_code(std::errc::not_a_directory);
        } else if (status.type() == std::filesystem::file_type::not_found &&
                   !std::filesystem::is_symlink(folder, error) && folder != folder.parent_path()) {
            folder = folder.parent_path();
            continue;
        }
        return fmt::format("{}: {}", folder.native(), error ? error.message() : "a link to nowhere");
    }
}

// The same of a folder that nobody makes.
std::string why_unusable_as_it_is(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::exists(folder, error)) return why_unusable(folder);
    return fmt::format("{}: there is no such folder", folder.native());
}

// What `run` does not start without: its keys, and the epoch of what is shown where mail is read. All else
// that is kept there it goes on without.
void check_state(const config::Settings& settings, config::Findings& findings) {
    const std::string why = why_unusable(settings.gateway.state_dir);
    const auto right = [&] { return fmt::format("a folder that can be made and written: {}", why); };
    // Others, such as annotate, need neither listeners nor these.
    const auto tell = [&](const std::string& what) {
        if (settings.listeners.empty())
            findings.warn("gateway", "state_dir", what + " (needed by run)");
        else
            findings.fault("gateway", "state_dir", what);
    };
    const auto lacks = [&](bool needed, const auto& key) {
        if (!needed || key || (key.error().code == errc::not_found && why.empty())) return false;
        tell(key.error().code == errc::not_found ? right() : key.error().detail);
        return true;
    };
    const bool reads = std::ranges::any_of(settings.listeners, [](const config::Listener& listener) {
        return listener.protocol == config::Protocol::imap && listener.policy == config::Policy::inbound;
    });
    if (lacks(settings.annotate.seal_key_file.empty(), seal_key(settings, IfAbsent::fail)) ||
        lacks(settings.store.key_file.empty(), cache_secret(settings, IfAbsent::fail)) ||
        lacks(!settings.notice.from.empty() && settings.notice.key_file.empty(),
              notice_secret(settings, IfAbsent::fail)) ||
        lacks(settings.audit.enabled && settings.audit.key_file.empty(),
              audit::KeyRing::read(audit::key_file_of(settings))))
        return;
    if (why.empty()) return;
    if (reads)
        tell(right());
    else
        findings.warn("gateway", "state_dir", right() + " (run goes on without what is kept there)");
}

// Of a database's file, its write-ahead log and the index of that.
std::string why_unusable_parts(const std::filesystem::path& database) {
    std::error_code error;
    for (const char* part : {"", "-wal", "-shm"}) {
        const std::string path = database.native() + part;
        if (std::filesystem::exists(path, error) &&
            ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
            return fmt::format("{}: {}", path, std::generic_category().message(errno));
    }
    return {};
}

// The database: `run` goes on in memory.
void check_database(const config::Settings& settings, config::Findings& findings) {
    constexpr std::string_view scheme = "sqlite:";
    if (!settings.store.url.starts_with(scheme)) return;
    const std::string path = settings.store.url.substr(scheme.size());
    const auto file =
        path.empty() ? settings.gateway.state_dir / "decorum.sqlite" : settings.file.parent_path() / path;
    const auto folder = file.parent_path();
    std::error_code error;
    std::string why;
    if (folder != settings.gateway.state_dir)  // of which all is told, and which run makes
        why = why_unusable_as_it_is(folder);
    if (why.empty() && std::filesystem::exists(file, error)) {
        why = std::filesystem::is_regular_file(file, error) ? why_unusable_parts(file)
                                                            : fmt::format("{}: not a file", file.native());
        if (why.empty())
            if (const auto looked = store::look_at_sqlite(file); !looked) why = looked.error().detail;
    }
    if (!why.empty())
        findings.warn("store", "url",
                      fmt::format("a database of ours that can be written, in a folder that can be, too: {} "
                                  "(run goes on with memory, which forgets)",
                                  why));
}

// "store.password_file: what is wrong"
std::pair<std::string_view, std::string_view> of_store(std::string_view detail) {
    constexpr std::string_view section = "store.";
    const std::size_t colon = detail.find(": ");
    if (!detail.starts_with(section) || colon == std::string_view::npos) return {"", detail};
    return {detail.substr(section.size(), colon - section.size()), detail.substr(colon + 2)};
}

// Passwords, certificates and a newer schema show only where Redis is asked. One that is away is no fault of
// the configuration: run starts without it.
void check_store(const config::Settings& settings, config::Findings& findings) {
    if (const auto secret = settings.store.key_file.empty() ? Result<Secret>{} : cache_secret(settings);
        !secret)
        findings.fault("store", "key_file", secret.error().detail);
    if (const auto secret = settings.notice.key_file.empty() ? Result<Secret>{} : notice_secret(settings);
        !secret)
        findings.fault("notice", "key_file", secret.error().detail);
    check_database(settings, findings);
    if (!config::is_redis_url(settings.store.url)) return;
    const auto options = store::redis_options(settings);
    const auto state =
        options ? store::make_redis_store(*options)->state() : std::unexpected(options.error());
    if (state) return;
    const auto [key, what] = of_store(state.error().detail);
    if (options && state.error().code == errc::unavailable)
        findings.warn("store", key, std::string(what) + " (run goes on without it)");
    else
        findings.fault("store", key, std::string(what));
}

// A file that isn't there is not made; run makes it, and its folder too.
void check_log(const config::Settings& settings, config::Findings& findings) {
    const std::filesystem::path target(settings.log.target);
    if (!target.is_absolute()) return;  // "stderr", "journald"
    std::error_code error;
    const auto status = std::filesystem::status(target, error);
    std::string why;
    if (std::filesystem::is_regular_file(status) || std::filesystem::is_directory(status)) {
        if (const auto opened = log::open({.target = settings.log.target}); !opened)
            why = opened.error().detail;
    } else if (!std::filesystem::exists(status)) {
        why = why_unusable(target.parent_path());
    }
    if (!why.empty()) findings.fault("log", "target", "a file that can be written: " + why);
}

// Where sockets are to be made. A socket that is there may be systemd's, and run makes none then; and what is
// below /run is made anew at each start of the machine.
void check_socket(config::Findings& findings, std::string_view section, std::string_view bind) {
    const auto endpoint = Endpoint::parse(bind);
    if (!endpoint || !endpoint->is_unix()) return;
    const auto there = net::socket_is_there(*endpoint);
    if (!there) return findings.fault(section, "bind", there.error().detail);
    const std::filesystem::path folder = std::filesystem::path(endpoint->path).parent_path();
    const std::string why = why_unusable_as_it_is(folder);
    if (why.empty()) return;
    const std::string right = "a path in a folder that exists and can be written: " + why;
    if (*there || endpoint->path.starts_with("/run/") || endpoint->path.starts_with("/var/run/"))
        findings.warn(section, "bind", right + " (run does not start without it, if it makes the socket)");
    else
        findings.fault(section, "bind", right);
}

void check_sockets(const config::Settings& settings, config::Findings& findings) {
    for (std::size_t i = 0; i < settings.listeners.size(); ++i)
        for (const std::string& bind : settings.listeners[i].bind)
            check_socket(findings, config::listener_instance(i), bind);
    check_socket(findings, "metrics", settings.metrics.bind);
}

// Empty where there is none yet.
std::string seal_key_id(const config::Settings& settings) {
    const auto key = seal_key(settings, IfAbsent::fail);
    return key ? key->id : std::string{};
}

// True: there are faults, of which the connectors would say the first again.
bool check_people(const config::Settings& settings, config::Findings& findings) {
    const auto path = connectors::people_path(settings);
    if (path.empty()) return false;
    const auto faults = connectors::PeopleFiles(path).all_faults();
    for (const auto& fault : faults) findings.fault("connector.directory", "file", fault);
    return !faults.empty();
}

// What can only be seen by opening what the configuration names.
void check_files(const config::Settings& settings, config::Findings& findings) {
    if (settings.audit.enabled && !settings.audit.key_file.empty())
        if (const auto keys = audit::KeyRing::read(settings.audit.key_file); !keys)
            findings.fault("audit", "key_file", keys.error().detail);
    check_tls(settings, findings);
    if (!settings.annotate.seal_key_file.empty())
        if (const auto key = seal_key(settings); !key)
            findings.fault("annotate", "seal_key_file", key.error().detail);
    check_log(settings, findings);
    check_sockets(settings, findings);
    if (const auto ldap = settings.connectors.find("ldap");
        ldap != settings.connectors.end() && ldap->second.enabled)
        check_ldap(ldap->second, findings);
    check_state(settings, findings);
    std::vector<std::string> faults;
    const auto tell_all = [&](std::string_view section, std::string_view key, const auto& read) {
        if (!read && faults.empty()) faults.push_back(read.error().detail);
        for (const std::string& fault : std::exchange(faults, {})) findings.fault(section, key, fault);
    };
    const auto declared = connectors::read_registry(connectors::registry_path(settings), &faults);
    tell_all("registry", "file", declared);
    tell_all("optout", "file", lookup::read_opt_out(lookup::opt_out_path(settings), &faults));
    if (const auto change = imap_epoch_change(settings, seal_key_id(settings)); !change)
        findings.fault("gateway", "state_dir", change.error().detail);
    check_notices(settings, findings);
    check_store(settings, findings);
    tell_all("gateway", "data_dir", conduct::Assessor::load(settings.gateway.data_dir, &faults));
    if (check_people(settings, findings) || !declared) return;  // the connectors would say it again
    if (const auto connectors = connectors::make_connectors(settings, {}); !connectors)
        findings.fault("connector.directory", "file", connectors.error().detail);
}

}  // namespace

int check(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::required);
    if (!settings) return exit_no;
    config::Findings findings(*settings);
    check_files(*settings, findings);
    for (const auto& warning : findings.take_warnings())
        fmt::print(stderr, "{} (warning)\n", config::render(warning));
    const auto faults = findings.take_faults();
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
