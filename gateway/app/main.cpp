// The command line of decorum: one binary, one subcommand a task.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "connectors/ldap_session.hpp"
#include "gateway/app/audit_commands.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/manual.hpp"
#include "gateway/app/people_commands.hpp"
#include "gateway/app/standard_streams.hpp"
#include "gateway/worker/keeper.hpp"

namespace {

namespace app = decorum::app;

// Ends the command line, as --version does.
[[noreturn]] void print_and_end(const std::string& text) {
    if (const auto written = app::write_output(text); !written)
        throw std::runtime_error(written.error().detail);
    throw CLI::Success();
}

// One line, as every fault is told.
std::string usage_fault(const CLI::App* app, const CLI::Error& error) {
    std::string command = app->get_name();
    for (auto parsed = app->get_subcommands(); !parsed.empty(); parsed = parsed.front()->get_subcommands())
        command.append(" ").append(parsed.front()->get_name());
    return fmt::format("{}: {}; see {} --help\n", command, error.what(), command);
}

int dispatch(int argc, char** argv) {
    CLI::App cli{
        "Decorum, a mail gateway: shows who wrote a message, and warns who writes one.\n"
        "Settings: decorum config."};
    cli.name("decorum");
    cli.failure_message(usage_fault);
    cli.footer("Every command takes -c FILE, the configuration; without it /etc/decorum/decorum.toml.");
    cli.set_version_flag("--version", std::string("decorum ") + DECORUM_VERSION);
    cli.add_flag_callback(
        "--man", [&cli] { print_and_end(app::manual_page(cli)); }, "Print the manual page (roff)");
    cli.add_flag_callback(
        "--bash-completion", [&cli] { print_and_end(app::bash_completion(cli)); },
        "Print a script that completes this command line in bash");
    cli.require_subcommand(1);
    cli.fallthrough();

    std::string file;
    int status = app::exit_done;
    const std::function<std::optional<std::filesystem::path>()> config = [&file] {
        return file.empty() ? std::nullopt : std::optional<std::filesystem::path>(file);
    };
    // An empty name is a variable of a script that isn't set: not the default one's.
    cli.add_option("-c,--config", file, "Configuration file")
        ->type_name("FILE")
        ->check([](const std::string& name) {
            return name.empty() ? std::string("an empty name is no file") : std::string();
        });

    cli.add_subcommand("run", "Run in the foreground until SIGTERM, which drains")->callback([&] {
        status = app::run(config());
    });
    cli.add_subcommand("check", "Validate configuration and certificates; one line a fault")->callback([&] {
        status = app::check(config());
    });
    bool manual = false;
    auto* reference = cli.add_subcommand("config", "Print the reference of every setting (Markdown)");
    reference->add_flag("--man", manual, "As the manual page decorum.toml(5), in roff");
    reference->callback([&] { status = app::print_reference(manual); });
    cli.add_subcommand("annotate", "Annotate the message on standard input")->callback([&] {
        status = app::annotate(config());
    });
    cli.add_subcommand("verify", "Check the seal of the annotated message on standard input")->callback([&] {
        status = app::verify(config());
    });

    std::string address;
    bool json = false;
    bool refresh = false;
    auto* lookup =
        cli.add_subcommand("lookup", "Show what is known of an address, with source, tier and reason");
    lookup->add_option("ADDRESS", address, "The address to look up")->required();
    lookup->add_flag("--json", json, "One JSON object");
    lookup->add_flag("--refresh", refresh, "Ask the sources even where the answer is fresh");
    lookup->callback([&] { status = app::look_up(config(), address, json, refresh); });

    app::ProbeOptions probing;
    auto* probe = cli.add_subcommand(
        "probe",
        "Ask each source for its known and its unknown account; or test what stands before forged proofs");
    probe->add_flag("--json", probing.json, "One JSON list");
    auto* forged = probe->add_option("--forged-to", probing.forged_to,
                                     "Send a message with a forged Authentication-Results to this recipient");
    probe->add_option("--through", probing.through, "The mail server that takes it, HOST:PORT")
        ->needs(forged);
    forged->needs("--through");
    probe
        ->add_flag("--judge", probing.judge,
                   "Say of the message on standard input whether the forgery was believed")
        ->excludes(forged);
    probe->callback([&] { status = app::probe(config(), probing); });

    app::add_people_commands(cli, config, status);
    app::add_audit_commands(cli, config, status);

    bool explain = false;
    auto* assess = cli.add_subcommand(
        "assess", "Judge a person's public profile by the charter, or texts, with reasons");
    assess->add_option("TARGET", address, "ADDRESS, or \"-\": the lines of standard input, one text a line")
        ->required();
    assess->add_flag("--json", json, "One JSON object a line");
    assess->add_flag("--explain", explain, "Say which words, rules, heads and modifiers made each finding");
    assess->callback([&] { status = app::assess(config(), address, json, explain); });

    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool unknown =
            argc > 1 && argv[1][0] != '-' &&
            cli.get_subcommands([&](CLI::App* known) { return known->check_name(argv[1]); }).empty();
        if (unknown) {
            fmt::print(stderr, "decorum: there is no command \"{}\"; see decorum --help\n", argv[1]);
            return app::exit_usage;
        }
        return cli.exit(error) == 0 ? app::exit_done : app::exit_usage;
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (decorum::worker::is_keeper(argc, argv)) return decorum::worker::keep(decorum::worker::decoders());
    decorum::connectors::ignore_ldap_surroundings();
    try {
        const int status = dispatch(argc, argv);
        // Whatever the answer is, nobody got it.
        if (const auto printed = app::flush_printed(); !printed) {
            fmt::print(stderr, "decorum: {}\n", printed.error().detail);
            return app::exit_failure;
        }
        return status;
    } catch (const std::exception& error) {
        fmt::print(stderr, "decorum: {}\n", error.what());
        return app::exit_failure;
    }
}
