// Which accounts count, and what stands there.
#include <algorithm>
#include <set>

#include "gateway/pipeline/assessment.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::pipeline {
namespace {

using conduct::JudgedText;

constexpr std::size_t max_texts = 200;
constexpr std::string_view registry = "registry";

// The keys of the accounts that the person declared and confirmed, which takes their consent.
std::set<std::string> declared_accounts(const lookup::Report& report) {
    std::set<std::string> keys;
    for (const lookup::Said& said : report.said) {
        if (said.source != registry || !said.account.empty()) continue;
        for (const profile::Link& link : said.profile.links) {
            auto account = profile::account_of(link.url, link.network);
            if (!account) account = profile::account_of(link.url);
            if (account) keys.insert(std::move(account->key));
        }
    }
    return keys;
}

void add(std::vector<JudgedText>& texts, JudgedText text) {
    if (text.text.empty() || texts.size() == max_texts) return;
    const bool known = std::ranges::any_of(texts, [&](const JudgedText& other) {
        return other.bio == text.bio && other.text == text.text && other.url == text.url;
    });
    if (!known) texts.push_back(std::move(text));
}

void add_all(std::vector<JudgedText>& texts, const lookup::Said& said) {
    const std::string network = said.link.network.empty() ? said.source : said.link.network;
    for (const profile::Text* bio : {&said.profile.headline, &said.profile.summary})
        add(texts, {.text = bio->value, .network = network, .url = said.link.url, .bio = true});
    for (const profile::Activity& post : said.profile.activities)
        add(texts, {.text = post.text,
                    .network = post.network.empty() ? network : post.network,
                    .url = post.url.empty() ? said.link.url : post.url,
                    .bio = false,
                    .written = post.time == Instant{} ? std::nullopt : std::optional(post.time)});
}

}  // namespace

std::vector<JudgedText> texts_of(const lookup::Report& report, const conduct::Charter& charter) {
    const std::set<std::string> declared = declared_accounts(report);
    std::vector<JudgedText> texts;
    for (const lookup::Said& said : report.said) {
        const bool consented = !said.account.empty() && declared.contains(said.account);
        const bool counts = consented || (charter.directory && said.tier == profile::Tier::s) ||
                            (charter.tier_a && said.tier == profile::Tier::a);
        if (counts) add_all(texts, said);
    }
    return texts;
}

}  // namespace decorum::pipeline
