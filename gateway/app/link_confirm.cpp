// decorum link confirm. What is recorded is decided under the registry's lock: an account that was removed,
// or got another code, while we asked is not confirmed.
#include "gateway/app/link_confirm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iostream>

#include "connectors/account_proof.hpp"
#include "connectors/facebook_login.hpp"
#include "connectors/make_connectors.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/shared_files.hpp"
#include "gateway/app/spend_cap.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::app {
namespace {

using connectors::DeclaredAccount;
using connectors::Proof;
using connectors::RegisteredPerson;
using connectors::RegistryFile;
using State = DeclaredAccount::State;

// `proved` is the account as it is to stand there.
Confirmation record(const config::Settings& settings, std::string_view address,
                    const DeclaredAccount& pending, DeclaredAccount proved, DeclaredAccount::By way) {
    proved.state = State::confirmed;
    proved.confirmed = wall_clock_now();
    proved.confirmed_by = way;
    proved.code.clear();
    proved.code_made = {};
    std::string why;
    const auto confirm = [&](RegistryFile& registry) -> Result<> {
        RegisteredPerson* person = registry.find(address);
        DeclaredAccount* account = person == nullptr ? nullptr : person->find(pending.url);
        if (account == nullptr || account->state != State::pending || account->code != pending.code)
            why = "the registry has changed meanwhile; try again";
        for (const RegisteredPerson& other : registry.persons)
            if (&other != person && other.confirmed_as(proved) != nullptr)
                why = fmt::format("the account is that of {} already", fmt::join(other.addresses, ", "));
        if (!why.empty()) return fail(errc::invalid, why);
        const auto is_this = [&](const DeclaredAccount& one) {
            return profile::same_account(one.url, pending.url);
        };
        // What the person had confirmed of the same account before, under another name, gives way.
        std::erase_if(person->accounts, [&](const DeclaredAccount& one) {
            return !is_this(one) && RegisteredPerson{{}, {one}}.confirmed_as(proved) != nullptr;
        });
        *std::ranges::find_if(person->accounts, is_this) = proved;
        return {};
    };
    const auto edited = edit_shared(settings, SharedFile::registry, [&] {
        return connectors::edit_registry(connectors::registry_path(settings), confirm);
    });
    if (!edited) return {why.empty() ? exit_failure : exit_no, edited.error().detail};
    return {exit_done, fmt::format("{} is confirmed.", proved.url), proved.url};
}

// The person is told by mail what readers see of them from now on; the running gateway writes it. A failure
// takes nothing from the confirmation.
void tell_of_link(const config::Settings& settings, const std::string& address, std::string_view account,
                  std::string_view language) {
    if (settings.notice.from.empty()) return;
    auto people = StoredPeople::open(settings);
    const auto told = people ? people->tell_of_link(settings.notice, address, account, language)
                             : Result<>(std::unexpected(people.error()));
    if (!told)
        fmt::print(stderr, "decorum link: {} is not told by mail: {}\n", shown(address),
                   shown(told.error().detail));
}

}  // namespace

Result<DeclaredAccount> pending_account(const config::Settings& settings, std::string_view address,
                                        std::string_view url) {
    auto registry = connectors::read_registry(connectors::registry_path(settings));
    if (!registry) return std::unexpected(std::move(registry.error()));
    RegisteredPerson* person = registry->find(address);
    const DeclaredAccount* account = person == nullptr ? nullptr : person->find(url);
    if (account == nullptr) return fail(errc::not_found, "not declared; decorum link add does that");
    if (account->state == State::confirmed) return fail(errc::invalid, "it is confirmed already");
    if (const auto why = connectors::never_asked(account->network, account->url); !why.empty())
        return fail(errc::invalid, std::string(why));
    if (connectors::is_page_of_others(account->url))
        return fail(errc::invalid, "a page, but no account there: others may write on it");
    if (account->is_expired(wall_clock_now()))
        return fail(errc::invalid, "the code is older than 7 days; decorum link add makes a new one");
    return *account;
}

Confirmation confirm_by_code(const config::Settings& settings, const Outside& outside,
                             const std::vector<std::shared_ptr<profile::Connector>>& connectors,
                             std::string_view address, const DeclaredAccount& account) {
    DeclaredAccount published = account;
    if (account.network == "facebook") published.code = connectors::page_code(account.code);
    std::promise<Proof> answer;
    connectors::look_for_code(published, address, connectors, *outside.fetcher, *outside.worker,
                              [&answer](Proof proof) { answer.set_value(std::move(proof)); });
    const Proof proof = answer.get_future().get();
    if (proof.verdict == Proof::Verdict::unknown) return {exit_failure, proof.saw};
    if (proof.verdict == Proof::Verdict::not_there) return {exit_no, proof.saw};
    DeclaredAccount proved = account;
    proved.id = proof.account_id;
    return record(settings, address, account, std::move(proved), DeclaredAccount::By::code);
}

Confirmation confirm_by_sign_in(const config::Settings& settings, net::Fetcher& fetcher,
                                std::string_view address, const DeclaredAccount& account,
                                std::string_view pasted) {
    const auto app = connectors::facebook_app(settings);
    if (!app) return {exit_failure, app.error().detail};
    const auto code = connectors::pasted_code(pasted, account.code);
    if (!code) return {exit_no, code.error().detail};
    std::promise<Result<connectors::SignedIn>> answer;
    connectors::redeem(fetcher, *app, *code, [&answer](Result<connectors::SignedIn> signed_in) {
        answer.set_value(std::move(signed_in));
    });
    const auto signed_in = answer.get_future().get();
    if (!signed_in)
        return {signed_in.error().code == errc::invalid ? exit_no : exit_failure, signed_in.error().text()};

    // The sign-in proves the account that signed in, whatever was typed. Its number is one for this app
    // alone; without the permission user_link it is all that we are told, and the account stands under it.
    DeclaredAccount proved = account;
    proved.id = signed_in->id;
    proved.url = signed_in->link.empty()
                     ? fmt::format("https://facebook.com/app_scoped_user_id/{}", signed_in->id)
                     : signed_in->link;
    proved.handle = signed_in->id;
    if (const auto named = profile::account_of(proved.url, account.network)) proved.handle = named->handle;
    Confirmation done = record(settings, address, account, proved, DeclaredAccount::By::oauth);
    if (done.status == exit_done && !profile::same_account(proved.url, account.url))
        done.said += " It stands in the place of the declared one: that is the account that signed in.";
    return done;
}

int link_confirm(const std::optional<std::filesystem::path>& config, const std::string& typed,
                 const std::string& url, const LinkProof& given) {
    const auto address = typed_address("link", typed);
    if (!address) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto account = pending_account(*settings, *address, url);
    if (!account) {
        const bool no = account.error().code == errc::not_found || account.error().code == errc::invalid;
        fmt::print(stderr, "decorum link: {}: {}\n", shown(url), shown(account.error().detail));
        return no ? exit_no : exit_failure;
    }
    if (account->network != "facebook" && (given.is_page || !given.code.empty())) {
        fmt::print(stderr,
                   "decorum link: --code and --page are for Facebook; here the code at the account counts\n");
        return exit_usage;
    }
    std::unique_ptr<store::Store> ledger;
    const auto outside = make_outside(*settings);
    if (!outside) {
        fmt::print(stderr, "decorum link: the account can't be asked: {}\n", shown(outside.error().detail));
        return exit_failure;
    }
    Confirmation done;
    if (account->network == "facebook" && !given.is_page) {
        std::string code = given.code;
        if (code.empty()) {
            fmt::print("The whole address that the person landed on: ");
            std::fflush(stdout);
            std::getline(std::cin, code);
        }
        done = confirm_by_sign_in(*settings, *outside->fetcher, *address, *account, code);
    } else {
        auto made = connectors::make_connectors(*settings, outside->services());
        if (!made) {
            fmt::print(stderr, "decorum link: {}\n", shown(made.error().detail));
            return exit_failure;
        }
        keep_to_spend_caps(*settings, made->all, ledger);
        done = confirm_by_code(*settings, *outside, made->all, *address, *account);
    }
    if (done.status == exit_done) tell_of_link(*settings, *address, done.account, account->consent.language);
    fmt::print(done.status == exit_done ? stdout : stderr, "{}{}\n",
               done.status == exit_done ? "" : "decorum link: not confirmed: ", shown(done.said));
    return done.status;
}

}  // namespace decorum::app
