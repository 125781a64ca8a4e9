// Whether a code stands at an account: through a connector, and on a page.
#include "connectors/account_proof.hpp"

#include <gtest/gtest.h>

#include <set>

#include "gateway/worker/page_facts.hpp"
#include "web.hpp"

namespace decorum::connectors {
namespace {

using Verdict = Proof::Verdict;

constexpr const char* proved_url = "https://jane.example/about";
constexpr const char* code = "decorum-abcdefghjk";

DeclaredAccount account() {
    DeclaredAccount account;
    account.network = "web";
    account.url = proved_url;
    account.code = code;
    return account;
}

// Answers every page job with the same facts.
class PageWorker final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        EXPECT_EQ(job, worker::Job::page);
        inputs.push_back(std::move(input));
        if (error) return done(fail(*error, "secret detail"));
        done(worker::to_json(facts));
    }
    worker::PageFacts facts;
    std::optional<errc> error;
    std::vector<std::string> inputs;
};

class KnowsGithub final : public profile::Connector {
public:
    [[nodiscard]] const profile::Traits& traits() const override {
        static constexpr profile::Traits traits{.name = "github"};
        return traits;
    }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override {
        return handle.network == "github";
    }
    void find(const profile::Query& query, Done done) override {
        EXPECT_TRUE(query.address.empty()) << "the source must not learn whose address it is";
        EXPECT_EQ(query.handle.value().name, "janem");
        done(answer);
    }
    profile::Answer answer;
};

class AccountProof : public testing::Test {
protected:
    // Mail from another domain than that of the account, unless said.
    Proof look(const DeclaredAccount& of = account(), std::string_view address = "jane@mail.example") {
        std::optional<Proof> proof;
        look_for_code(of, address, connectors_, web_, worker_, [&](Proof p) {
            EXPECT_FALSE(proof) << "answered twice";
            proof = std::move(p);
        });
        EXPECT_TRUE(proof);
        return proof.value_or(Proof{});
    }
    test::Web web_;
    PageWorker worker_;
    std::vector<std::shared_ptr<profile::Connector>> connectors_;
};

TEST(AccountCode, IsRandomAndUnambiguous) {
    std::set<std::string> seen;
    std::set<char> characters;
    for (int i = 0; i < 1000; ++i) {
        const std::string made = make_code();
        ASSERT_EQ(made.size(), 18u);
        ASSERT_TRUE(made.starts_with("decorum-"));
        EXPECT_EQ(made.find_first_of("01ilo", 8), std::string::npos) << made;
        EXPECT_TRUE(seen.insert(made).second);
        characters.insert(made.begin() + 8, made.end());
    }
    EXPECT_EQ(characters.size(), 31u) << "every character comes up";
}

worker::MicroformatItem card(std::vector<worker::MicroformatItem::Property> properties) {
    return {{"h-card"}, std::move(properties)};
}

using Place = std::function<void(worker::PageFacts&)>;

const std::vector<Place> owners_places{
    [](auto& page) { page.meta.emplace_back("Description", "Jane. Decorum-ABCDEFGHJK"); },
    [](auto& page) { page.meta.emplace_back("og:description", code); },
    [](auto& page) {
        page.json_ld.push_back(std::string(R"({"@type":"Person","description":")") + code + "\"}");
    },
    [](auto& page) {
        page.json_ld.push_back(std::string(R"({"@type":"Person","sameAs":"https://x.example/)") + code +
                               "\"}");
    },
    [](auto& page) { page.rel_me.push_back(std::string("https://x.example/") + code); },
    [](auto& page) { page.items = {card({{"name", "Jane", {}}, {"note", code, {}}})}; },
    [](auto& page) { page.items = {{{"h-resume"}, {{"summary", code, {}}}}}; },
};

// Where others write, too: a comment, its author's card and link, a review in the structured data.
const std::vector<Place> anybodys_places{
    [](auto& page) { page.text = std::string("hello ") + code + ", bye"; },
    [](auto& page) { page.title = code; },
    [](auto& page) { page.links.push_back(std::string("https://x.example/#") + code); },
    [](auto& page) { page.meta.emplace_back("twitter:data1", code); },
    [](auto& page) {
        page.json_ld.push_back(std::string(R"({"@type":"Person","name":"Jane","comment":{"text":")") + code +
                               "\"}}");
    },
};

TEST_F(AccountProof, TheCodeCountsOnlyWhereTheOwnerWrites) {
    web_.put(proved_url, 200, "text/html; charset=utf-8", "<html>");
    worker_.facts = {};
    EXPECT_EQ(look().verdict, Verdict::not_there);
    for (std::size_t i = 0; i < owners_places.size(); ++i) {
        worker_.facts = {};
        owners_places[i](worker_.facts);
        EXPECT_EQ(look().verdict, Verdict::there) << i;
    }
    for (std::size_t i = 0; i < anybodys_places.size(); ++i) {
        worker_.facts = {};
        anybodys_places[i](worker_.facts);
        EXPECT_EQ(look().verdict, Verdict::not_there) << i;
    }
    EXPECT_EQ(worker_.inputs.front(), "<html>");
    EXPECT_FALSE(web_.requests.back().may_lead_to("www.jane.example")) << "robots.txt is asked first";
}

// The one card on a page may be that of the one who commented on it.
TEST_F(AccountProof, TheLinkOfACommentersCardProvesNothing) {
    web_.put(proved_url, 200, "text/html", "<html>");
    worker_.facts.items = {
        card({{"name", "Mallory", {}}, {"url", std::string("https://evil.example/") + code, {}}})};
    worker_.facts.links = {std::string("https://evil.example/") + code};
    EXPECT_EQ(look().verdict, Verdict::not_there);
}

TEST_F(AccountProof, AtASiteOfTheAddressesOwnDomainTheWholePageCounts) {
    web_.put(proved_url, 200, "text/html", "<html>");
    for (const auto* places : {&owners_places, &anybodys_places})
        for (std::size_t i = 0; i < places->size(); ++i) {
            worker_.facts = {};
            (*places)[i](worker_.facts);
            EXPECT_EQ(look(account(), "jane@mail.jane.example").verdict, Verdict::there) << i;
        }
    worker_.facts = {};
    worker_.facts.text = code;
    EXPECT_EQ(look(account(), "jane@notjane.example").verdict, Verdict::not_there);
}

TEST_F(AccountProof, HalfACodeIsNone) {
    web_.put(proved_url, 200, "text/html", "<html>");
    worker_.facts.meta = {{"description", "decorum-abcdefghj and decorum abcdefghjk"}};
    EXPECT_EQ(look().verdict, Verdict::not_there);
}

TEST_F(AccountProof, OfJsonTheSummaryAndLinksCountAndOfTextNothing) {
    const auto at = [&](std::string_view address) { return look(account(), address).verdict; };
    web_.put(proved_url, 200, "application/json",
             std::string(R"({"basics":{"name":"Jane","summary":"Hello, )") + code + "\"}}");
    EXPECT_EQ(look().verdict, Verdict::there);
    web_.put(proved_url, 200, "application/json",
             std::string(R"({"basics":{"name":"Jane"},"references":[{"name":"Eve","reference":")") + code +
                 "\"}]}");
    EXPECT_EQ(look().verdict, Verdict::not_there) << "somebody else wrote that";
    web_.put(proved_url, 200, "text/plain", std::string("my code: ") + code);
    EXPECT_EQ(look().verdict, Verdict::not_there);
    EXPECT_EQ(at("jane@jane.example"), Verdict::there);
    EXPECT_TRUE(worker_.inputs.empty());
    web_.put(proved_url, 200, "image/png", code);
    EXPECT_EQ(at("jane@jane.example"), Verdict::unknown);
}

TEST_F(AccountProof, RobotsTxtIsAskedBefore) {
    web_.put("https://jane.example/robots.txt", 200, "text/plain", "User-agent: *\nDisallow: /\n");
    web_.put(proved_url, 200, "text/html", "<html>");
    EXPECT_EQ(look().verdict, Verdict::unknown);
    EXPECT_EQ(look().saw, "the page can't be read: robots.txt keeps us out");
    EXPECT_TRUE(worker_.inputs.empty());
}

TEST(NeverAsked, IsLinkedInHoweverItIsWritten) {
    EXPECT_FALSE(never_asked("linkedin", "https://linkedin.com/in/jane").empty());
    EXPECT_FALSE(never_asked("web", "https://fr.linkedin.com/company/acme").empty());
    EXPECT_TRUE(never_asked("web", "https://linkedin.com.example/in/jane").empty());
    EXPECT_TRUE(never_asked("github", "https://github.com/linkedin").empty());
}

TEST_F(AccountProof, WhatCannotBeReadIsToldAsSuchAndNothingOfItsContent) {
    web_.put(proved_url, 404, "text/html", "secret content");
    EXPECT_EQ(look().verdict, Verdict::unknown);
    EXPECT_EQ(look().saw, "the page can't be read: HTTP 404");
    web_.put_error(proved_url, errc::timed_out);
    EXPECT_EQ(look().saw, "the page can't be read: transfer: timed_out");
    web_.put(proved_url, 200, "text/html", "secret content");
    worker_.error = errc::limit;
    EXPECT_EQ(look().saw, "the page can't be read: limit");
    EXPECT_EQ(look().verdict, Verdict::unknown);
}

// Who can make another's page lead to his own would else confirm what is not his.
TEST_F(AccountProof, APageThatLeadsToAnotherAccountProvesNothing) {
    worker_.facts.meta = {{"description", code}};
    web_.put("https://evil.example/", 200, "text/html", "<html>");
    web_.redirect(proved_url, "https://evil.example/");
    EXPECT_EQ(look().verdict, Verdict::unknown);
    EXPECT_EQ(look().saw, "the page can't be read: moved elsewhere");
    web_.put("https://jane.example/mallory", 200, "text/html", "<html>");
    web_.redirect(proved_url, "https://jane.example/mallory");
    EXPECT_EQ(look().saw, "the page leads to another account");
    web_.put("https://www.jane.example/about/", 200, "text/html", "<html>");
    web_.redirect(proved_url, "https://www.jane.example/about/");
    EXPECT_EQ(look().verdict, Verdict::there) << "a slash and www. are the same page";
}

TEST_F(AccountProof, AConnectorThatKnowsTheNetworkIsAskedInsteadOfThePage) {
    const auto github = std::make_shared<KnowsGithub>();
    connectors_.push_back(github);
    DeclaredAccount declared = account();
    declared.network = "github";
    declared.handle = "janem";
    declared.url = "https://github.com/janem";

    github->answer.outcome = profile::Outcome::found;
    EXPECT_EQ(look(declared).verdict, Verdict::not_there);
    const std::vector<std::function<void(profile::Profile&)>> places{
        [](auto& p) { p.summary.value = std::string("bio ") + code; },
        [](auto& p) { p.headline.value = code; },
        [](auto& p) { p.links.push_back({"web", "", std::string("https://x.example/") + code, {}}); },
    };
    for (const auto& put : places) {
        github->answer.profile = {};
        put(github->answer.profile);
        EXPECT_EQ(look(declared).verdict, Verdict::there);
    }
    github->answer.profile = {};
    github->answer.profile.recommendations.push_back({"Eve", code, {}});
    EXPECT_EQ(look(declared).verdict, Verdict::not_there) << "somebody else wrote that";
    github->answer = {};
    github->answer.outcome = profile::Outcome::not_found;
    EXPECT_EQ(look(declared).verdict, Verdict::not_there);
    for (const auto outcome :
         {profile::Outcome::throttled, profile::Outcome::forbidden, profile::Outcome::failed}) {
        github->answer.outcome = outcome;
        EXPECT_EQ(look(declared).verdict, Verdict::unknown);
    }
    github->answer.detail = "status 503";
    EXPECT_EQ(look(declared).saw, "github says: failed, status 503");
    EXPECT_TRUE(web_.requests.empty());
}

TEST_F(AccountProof, WhatTheNetworkCallsTheAccountIsKept) {
    const auto knows = std::make_shared<KnowsGithub>();
    knows->answer.outcome = profile::Outcome::found;
    knows->answer.profile.summary.value = code;
    connectors_.push_back(knows);
    DeclaredAccount github = account();
    github.network = "github";
    github.handle = "janem";
    github.url = "https://github.com/janem";
    knows->answer.account_id = "1234";
    EXPECT_EQ(look(github).account_id, "1234");
    knows->answer.account_id = "12 34\n";
    EXPECT_EQ(look(github).verdict, Verdict::there);
    EXPECT_EQ(look(github).account_id, "") << "nothing that the registry could not hold";
}

}  // namespace
}  // namespace decorum::connectors
