// Options live as long as the callbacks that read them: each command owns its own.
#include "gateway/app/people_commands.hpp"

#include <memory>
#include <string>
#include <vector>

#include "gateway/app/commands.hpp"

namespace decorum::app {
namespace {

using Config = std::function<std::optional<std::filesystem::path>()>;

void add_forget(CLI::App& cli, const Config& config, int& status) {
    auto* forget = cli.add_subcommand(
        "forget",
        "Erase all that is stored about an address, and store nothing more; a running gateway follows");
    const auto address = std::make_shared<std::string>();
    forget->add_option("ADDRESS", *address, "The address to forget")->required();
    forget->callback([=, &config, &status] { status = app::forget(config(), *address); });
}

void add_optout(CLI::App& cli, const Config& config, int& status) {
    auto* optout = cli.add_subcommand("optout", "The list of those who want to be shown nowhere");
    optout->require_subcommand(1);
    const auto entries = std::make_shared<std::vector<std::string>>();
    const auto takes_entries = [&](CLI::App* command) {
        command->add_option("ADDRESS|@DOMAIN", *entries, "Addresses, and whole domains as @example.org")
            ->required();
    };
    auto* add = optout->add_subcommand("add", "List them, and erase what is stored about the addresses");
    takes_entries(add);
    add->callback([=, &config, &status] { status = optout_add(config(), *entries); });
    auto* remove =
        optout->add_subcommand("remove", "List them no more; lifts what forget laid on an address");
    takes_entries(remove);
    remove->callback([=, &config, &status] { status = optout_remove(config(), *entries); });
    optout->add_subcommand("list", "Print the list, one entry a line")->callback([&config, &status] {
        status = optout_list(config());
    });
}

void add_notice(CLI::App& cli, const Config& config, int& status) {
    auto* notice = cli.add_subcommand("notice", "What our own people were told, and what they answered");
    notice->require_subcommand(1);
    const auto address = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    auto* list =
        notice->add_subcommand("list", "Print the notices, of everybody or of one; the latest first");
    list->add_option("ADDRESS", *address, "The person's address");
    list->add_flag("--json", *json, "One JSON object");
    list->callback([=, &config, &status] { status = notice_list(config(), *address, *json); });
    auto* ack = notice->add_subcommand("ack", "Acknowledge what a person was told last, in their place");
    ack->add_option("ADDRESS", *address, "The person's address")->required();
    ack->callback([=, &config, &status] { status = notice_ack(config(), *address); });
}

void add_link(CLI::App& cli, const Config& config, int& status) {
    auto* link = cli.add_subcommand("link", "The accounts that people declared as their own");
    link->require_subcommand(1);
    const auto options = std::make_shared<LinkOptions>();
    const auto proof = std::make_shared<LinkProof>();
    const auto json = std::make_shared<bool>(false);
    const auto takes_address = [&](CLI::App* command, const char* help) {
        return command->add_option("ADDRESS", options->addresses, help);
    };
    const auto takes_url = [&](CLI::App* command) {
        return command->add_option("URL", options->url, "The account, https://...");
    };

    auto* add = link->add_subcommand(
        "add", "Declare an account, with the person's consent, and get the code that confirms it");
    takes_address(add, "The person's addresses, with commas between them")->required();
    takes_url(add)->required();
    add->add_option("--network", options->network,
                    "The network, where the URL does not tell: viadeo, mastodon, gitlab")
        ->type_name("NAME");
    add->add_option("--consent-by", options->consent_by, "Who agreed, where it was not the person")
        ->type_name("NAME");
    add->add_option("--consent-file", options->consent_file,
                    "The words agreed to, instead of the shipped ones")
        ->type_name("FILE");
    add->add_option("--language", options->language, "Language of the words: en, fr, or that of the file")
        ->type_name("TAG");
    add->add_flag("--yes", options->yes, "The person agreed to the words; without it, asked on the terminal");
    add->callback([=, &config, &status] { status = link_add(config(), *options); });

    auto* confirm = link->add_subcommand("confirm",
                                         "Look for the code in the account's bio, description or links; "
                                         "Facebook: take what the sign-in came to");
    takes_address(confirm, "One of the person's addresses")->required();
    takes_url(confirm)->required();
    confirm->add_option("--code", proof->code, "Facebook: the whole address that the person landed on")
        ->type_name("CODE");
    confirm->add_flag("--page", proof->is_page,
                      "Facebook: it is a public Page, whose description holds the code");
    confirm->callback(
        [=, &config, &status] { status = link_confirm(config(), options->addresses, options->url, *proof); });

    auto* list = link->add_subcommand("list", "Print what was declared, of everybody or of one");
    takes_address(list, "One of the person's addresses");
    list->add_flag("--json", *json, "One JSON array");
    list->callback([=, &config, &status] { status = link_list(config(), options->addresses, *json); });

    auto* remove = link->add_subcommand("remove", "Remove an account, or the address with all of them");
    takes_address(remove, "One of the person's addresses")->required();
    takes_url(remove);
    remove->callback(
        [=, &config, &status] { status = link_remove(config(), options->addresses, options->url); });
}

}  // namespace

void add_people_commands(CLI::App& cli, const Config& config, int& status) {
    add_forget(cli, config, status);
    add_optout(cli, config, status);
    add_link(cli, config, status);
    add_notice(cli, config, status);
}

}  // namespace decorum::app
