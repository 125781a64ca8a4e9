// Walks the tree of commands. A command that has subcommands is only their common name.
#include "gateway/app/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "gateway/base/roff.hpp"

namespace decorum::app {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& parent) {
    return parent.get_subcommands([](const CLI::App*) { return true; });
}

bool is_positional(const CLI::Option& option) {
    return option.get_lnames().empty() && option.get_snames().empty();
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

// "-c" and "--config".
std::vector<std::string> names_of(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const auto& name : option.get_snames()) names.push_back("-" + name);
    for (const auto& name : option.get_lnames()) names.push_back("--" + name);
    return names;
}

// Options, without those for help where a command merely has them as every other.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
    return command.get_options([&](const CLI::Option* option) {
        return !is_positional(*option) &&
               (command.get_parent() == nullptr || option != command.get_help_ptr());
    });
}

std::string term_of(const CLI::Option& option) {
    std::string term;
    for (const auto& name : names_of(option)) term.append(term.empty() ? "" : ", ").append("`" + name + "`");
    if (takes_value(option)) term.append(" ").append(option.get_type_name());
    return term;
}

std::string usage_of(const CLI::Option& positional) {
    std::string name = positional.get_name(true);
    if (positional.get_expected_max() > 1) name.append("...");
    return positional.get_required() ? name : "[" + name + "]";
}

std::string sentence(std::string description) {
    if (!description.ends_with('.')) description.push_back('.');
    return description;
}

void describe(ManualPage& page, const CLI::App& command, const std::string& path) {
    for (const CLI::App* below : commands_of(command)) {
        const std::string name = path + " " + below->get_name();
        if (!commands_of(*below).empty()) {
            page.subheading(name).paragraph(sentence(below->get_description()));
            describe(page, *below, name);
            continue;
        }
        const auto positionals =
            below->get_options([](const CLI::Option* one) { return is_positional(*one); });
        std::string usage = name;
        if (!options_of(*below).empty()) usage.append(" [OPTION]...");
        for (const CLI::Option* positional : positionals) usage.append(" ").append(usage_of(*positional));
        page.subheading(usage).paragraph(sentence(below->get_description()));
        for (const CLI::Option* positional : positionals)
            page.item(positional->get_name(true), sentence(positional->get_description()));
        for (const CLI::Option* option : options_of(*below))
            page.item(term_of(*option), sentence(option->get_description()));
    }
}

// The words that may follow, for each path of commands; a path begins with a blank where it isn't empty.
struct Completion {
    std::set<std::string> paths;
    std::string words;  // the branches of a case
    std::set<std::string> valued, of_files;

    void add(const CLI::App& command, const std::string& path, std::vector<std::string> inherited) {
        std::string line;
        for (const CLI::App* below : commands_of(command)) line.append(below->get_name()).append(" ");
        for (const CLI::Option* option : options_of(command)) {
            for (const auto& name : names_of(*option)) {
                line.append(name).append(" ");
                if (!takes_value(*option)) continue;
                valued.insert(name);
                if (option->get_type_name() == "FILE") of_files.insert(name);
                if (command.get_parent() == nullptr) inherited.push_back(name);
            }
        }
        if (command.get_parent() != nullptr) line.append(fmt::format("{} --help", fmt::join(inherited, " ")));
        words.append(fmt::format("        '{}') words='{}' ;;\n", path, line));
        for (const CLI::App* below : commands_of(command)) {
            paths.insert(path + " " + below->get_name());
            add(*below, path + " " + below->get_name(), inherited);
        }
    }
};

}  // namespace

std::string manual_page(const CLI::App& cli) {
    ManualPage page("decorum", 1, "mail gateway that shows who wrote a message, and warns who writes one",
                    "Decorum " DECORUM_VERSION);
    page.heading("SYNOPSIS").paragraph("`decorum` [`-c` FILE] COMMAND [OPTION]... [ARGUMENT]...");
    page.heading("DESCRIPTION")
        .paragraph(
            "Decorum stands between mail servers, or between mail clients and their server, and speaks SMTP, "
            "LMTP and "
            "IMAP. It puts the sender's public profile into header fields at the top of each message, and "
            "tells an "
            "organisation's own people, by a written charter, where their public profile speaks against "
            "them. It keeps "
            "no mail: it says 250 only after the server behind it did.")
        .paragraph(
            "`decorum run` is the gateway itself. The other commands work beside it, as the same user or as "
            "root.");
    page.heading("OPTIONS");
    for (const CLI::Option* option : options_of(cli))
        page.item(term_of(*option), sentence(option->get_description()));
    page.heading("COMMANDS");
    describe(page, cli, "decorum");
    page.heading("SIGNALS")
        .paragraph("To `decorum run`:")
        .item("`SIGHUP`",
              "Reads certificates, lexicon, charter and those settings again that `decorum.toml`(5) says it "
              "of. A fault "
              "keeps what was there, and is logged as `event=reload`.")
        .item("`SIGTERM`, `SIGINT`",
              "Takes no new connections, lets the messages under way end (gateway.drain at the most), and "
              "exits.");
    page.heading("EXIT STATUS")
        .item("`0`", "Done.")
        .item("`1`", "The answer is no: a configuration with faults, a seal that does not fit.")
        .item("`2`", "The command line is wrong.")
        .item("`3`", "A failure; standard error says which.");
    page.heading("FILES")
        .item("`/etc/decorum/decorum.toml`",
              "The configuration where `-c` names none; `annotate`, `lookup`, `assess` and `verify` do "
              "without it.")
        .item("`/var/lib/decorum`",
              "What the gateway keeps: database, keys, registry, opt-out list (gateway.state_dir).")
        .item("`/usr/share/decorum`", "Lexicon, model, charter and the words of notices (gateway.data_dir).");
    page.heading("EXAMPLES")
        .paragraph("See what is wrong with a configuration, then what is known of somebody:")
        .example("decorum check\ndecorum lookup jane@example.org\n")
        .paragraph("See what a message would look like, without any listener:")
        .example("decorum annotate <message.eml | less\n");
    page.heading("SEE ALSO").paragraph("`decorum.toml`(5), `decorum-charter`(5)");
    return page.text();
}

std::string bash_completion(const CLI::App& cli) {
    Completion found;
    found.add(cli, "", {});
    const auto quoted = [](const std::set<std::string>& names) {
        std::string out;
        for (const auto& name : names) out.append(out.empty() ? "'" : " | '").append(name).append("'");
        return out;
    };
    std::string out =
        "# Completion of decorum's command line, as \"decorum --bash-completion\" prints it.\n"
        "_decorum() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} path='' words='' i\n"
        "    COMPREPLY=()\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        case ${COMP_WORDS[i]} in\n";
    out.append(fmt::format("        {}) ((i += 1)); continue ;;\n", quoted(found.valued)));
    out.append("        esac\n        case \"$path ${COMP_WORDS[i]}\" in\n");
    out.append(fmt::format("        {}) path+=\" ${{COMP_WORDS[i]}}\" ;;\n", quoted(found.paths)));
    out.append("        esac\n    done\n    case ${COMP_WORDS[COMP_CWORD - 1]} in\n");
    out.append(fmt::format("    {})\n", quoted(found.of_files)));
    out.append(
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
        "        compopt -o filenames 2> /dev/null\n"
        "        return ;;\n");
    out.append(fmt::format("    {}) return ;;\n", quoted(found.valued)));
    out.append("    esac\n    case $path in\n");
    out.append(found.words);
    out.append(
        "    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
        "}\n"
        "complete -F _decorum decorum\n");
    return out;
}

}  // namespace decorum::app
