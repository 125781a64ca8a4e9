// What a page gives as its person's own word is read by the same readers as a profile is. A card among its
// microformats counts by its note alone: the card of a commenter has a link of his choice. Case does not
// matter, since some sites change it.
#include "connectors/account_proof.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/http_answers.hpp"
#include "connectors/microformats.hpp"
#include "connectors/page_profile.hpp"
#include "connectors/page_visit.hpp"
#include "connectors/profile_page.hpp"
#include "connectors/schema_org.hpp"
#include "connectors/viadeo.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::connectors {
namespace {

using Verdict = Proof::Verdict;
using ProofDone = std::move_only_function<void(Proof)>;

constexpr std::string_view code_prefix = "decorum-";
constexpr std::size_t code_characters = 10;
// No i, l, o, 0 and 1: 31 characters.
constexpr std::string_view code_alphabet = "23456789abcdefghjkmnpqrstuvwxyz";

// Whether the code stands in one of the texts that are shown to it.
class Search {
public:
    explicit Search(std::string_view code) : code_(ascii::lower(code)) {}
    void in(std::string_view text) { found_ = found_ || ascii::lower(text).contains(code_); }
    [[nodiscard]] bool found() const { return found_; }

private:
    std::string code_;
    bool found_ = false;
};

Proof verdict_of(const Search& search) {
    if (search.found()) return {.verdict = Verdict::there, .saw = "the code stands there"};
    return {.verdict = Verdict::not_there,
            .saw = "the code does not stand in the account's bio, description or links"};
}

// What the person who is described wrote of herself.
void look_in(const profile::Profile& profile, Search& search) {
    search.in(profile.summary.value);
    search.in(profile.headline.value);
    for (const auto& link : profile.links) {
        search.in(link.handle);
        search.in(link.url);
    }
}

Proof proof_in(const profile::Answer& answer, std::string_view source, std::string_view code) {
    if (answer.outcome != profile::Outcome::found) {
        const bool known = answer.outcome == profile::Outcome::not_found;
        return {known ? Verdict::not_there : Verdict::unknown,
                fmt::format("{} says: {}{}{}", source, profile::name_of(answer.outcome),
                            answer.detail.empty() ? "" : ", ", answer.detail)};
    }
    Search search(code);
    look_in(answer.profile, search);
    Proof proof = verdict_of(search);
    if (is_account_id(answer.account_id)) proof.account_id = answer.account_id;
    return proof;
}

// A page where only the person's organisation, or the person, writes.
bool is_own_site(std::string_view url, std::string_view address) {
    const std::string domain = registrable_domain(address.substr(address.rfind('@') + 1));
    return !domain.empty() && registrable_domain(host_of(url)) == domain;
}

void look_on_page(const worker::PageFacts& page, std::string_view url, bool is_viadeo, Search& search) {
    for (const auto& [name, content] : page.meta)
        if (ascii::equals_nocase(name, "description") || ascii::equals_nocase(name, "og:description"))
            search.in(content);
    for (const std::string& link : page.rel_me) search.in(link);
    look_in(schema_org_person(page.json_ld, url).profile, search);
    if (is_viadeo) look_in(viadeo_person(page.items).profile, search);
    search.in(h_card_person(page.items, page.rel_me, url).profile.summary.value);
    search.in(h_resume_person(page.items, url).profile.summary.value);
}

void look_at_all(const worker::PageFacts& page, Search& search) {
    search.in(page.title);
    search.in(page.text);
    for (const auto& [name, content] : page.meta) search.in(content);
    for (const std::string& data : page.json_ld) search.in(data);
    for (const std::string& link : page.links) search.in(link);
}

// One account's page, while it is visited and read.
struct PageQuestion {
    DeclaredAccount account;
    bool own_site = false;
    ProofDone done;
};

// A redirect may add a slash or "www."; where it leads to somebody else's page, that page proves nothing.
bool leads_elsewhere(const DeclaredAccount& account, const std::string& url) {
    const auto asked = profile::account_of(account.url, account.network);
    const auto got = profile::account_of(url);
    return !asked || !got || asked->key != got->key;
}

void read_page(Visited visited, PageQuestion question, worker::Worker& worker) {
    if (!visited)
        return question.done(
            {Verdict::unknown, fmt::format("the page can't be read: {}", visited.error().detail)});
    if (leads_elsewhere(question.account, visited->url))
        return question.done({Verdict::unknown, "the page leads to another account"});
    const std::string type = media_type(*visited);
    if (type == "text/plain" || is_json(type)) {
        Search search(question.account.code);
        if (question.own_site) search.in(visited->body);
        if (is_json(type)) look_in(answer_from_json(visited->body, visited->url).profile, search);
        return question.done(verdict_of(search));
    }
    if (type != "text/html" && type != "application/xhtml+xml")
        return question.done({Verdict::unknown, "the page is neither HTML, nor JSON, nor text"});
    worker.run(worker::Job::page, std::move(visited->body),
               [question = std::move(question), url = visited->url](Result<std::string> facts) mutable {
                   auto page = facts ? worker::page_facts_from_json(*facts)
                                     : Result<worker::PageFacts>(std::unexpected(facts.error()));
                   if (!page)
                       return question.done({Verdict::unknown, fmt::format("the page can't be read: {}",
                                                                           name_of(page.error().code))});
                   Search search(question.account.code);
                   look_on_page(*page, url, question.account.network == "viadeo", search);
                   if (question.own_site) look_at_all(*page, search);
                   question.done(verdict_of(search));
               });
}

}  // namespace

std::string make_code() {
    std::string code(code_prefix);
    while (code.size() < code_prefix.size() + code_characters)
        for (const char octet : random_octets(code_characters)) {
            // Five bits, and those beyond the alphabet drawn again, so that each character is as likely.
            const auto index = static_cast<std::size_t>(static_cast<unsigned char>(octet) & 31U);
            if (index < code_alphabet.size() && code.size() < code_prefix.size() + code_characters)
                code.push_back(code_alphabet[index]);
        }
    return code;
}

bool is_page_of_others(std::string_view url) {
    const auto account = profile::account_of(url);
    return account && account->network == profile::web_network && profile::is_at_network(url);
}

std::string_view never_asked(std::string_view network, std::string_view url) {
    if (network != "linkedin" && registrable_domain(host_of(url)) != "linkedin.com") return {};
    return "LinkedIn lets nobody look profiles up, so a code there can't be seen; a link to it comes from "
           "the "
           "directory, LDAP, or a verified account at Gravatar";
}

void look_for_code(const DeclaredAccount& account, std::string_view address,
                   const std::vector<std::shared_ptr<profile::Connector>>& connectors, net::Fetcher& fetcher,
                   worker::Worker& worker, ProofDone done) {
    const profile::Handle handle{account.network, account.handle, account.url};
    const auto knows = std::ranges::find_if(connectors, [&](const auto& connector) {
        return connector->traits().name != profile_page_source && connector->answers(handle);
    });
    if (knows != connectors.end()) {
        const std::shared_ptr<profile::Connector> connector = *knows;
        connector->find({"", handle}, [connector, code = account.code,
                                       done = std::move(done)](const profile::Answer& answer) mutable {
            done(proof_in(answer, connector->traits().name, code));
        });
        return;
    }
    const auto url = https_url(account.url);
    if (!url) return done({Verdict::unknown, "the account has no https URL"});
    visit_page(fetcher, RobotsTable::make(fetcher), *url, {},
               [question = PageQuestion{account, is_own_site(*url, address), std::move(done)}, &worker](
                   Visited visited) mutable { read_page(std::move(visited), std::move(question), worker); });
}

}  // namespace decorum::connectors
