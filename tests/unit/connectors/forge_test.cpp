// What holds for every code forge.
#include "connectors/forge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connectors/forges.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;
using test::links_of;
using test::posts_of;
using testing::Contains;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::Not;

struct Kind {
    const char* name;
    std::unique_ptr<test::PlayedForge> (*make)();
};

template <class Played>
std::unique_ptr<test::PlayedForge> make() {
    return std::make_unique<Played>();
}

class ForgeTest : public testing::TestWithParam<Kind> {
protected:
    std::unique_ptr<test::PlayedForge> there_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(All, ForgeTest,
                         testing::Values(Kind{"GitHub", make<test::PlayedGitHub>},
                                         Kind{"GitLab", make<test::PlayedGitLab>}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ForgeTest, TheAccountThatGivesTheAddressInPublic) {
    const auto answer = there_->ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "the account gives the address in public");
    EXPECT_EQ(answer.profile.display_name.value, "Noor Haddad");
    EXPECT_EQ(answer.profile.location.value, "Nantes");
    EXPECT_EQ(answer.profile.summary.value, "Ward sister who codes");
    EXPECT_EQ(answer.profile.photo_url.value, json::value_to<std::string>(there_->user["avatar_url"]));
    EXPECT_THAT(links_of(answer), Contains("A " + there_->site + "noorh it gives the address in public"));
    EXPECT_THAT(links_of(answer), Contains("C mailto:noor@haddad.example "));
    EXPECT_THAT(posts_of(answer),
                testing::ElementsAre(fmt::format("{0} pushed to harbour/ferry {1}harbour/ferry",
                                                 there_->network, there_->site)));
    EXPECT_THAT(there_->web.asked(), ElementsAreArray(there_->steps));
    for (const auto& request : there_->web.requests) {
        EXPECT_EQ(request.limit, Milliseconds{700});
        EXPECT_TRUE(request.cacheable) << "a 304 is free";
        EXPECT_TRUE(request.bearer.empty());
    }
}

TEST_P(ForgeTest, TheSearchIsFuzzyAndNotBelieved) {
    for (const json::value& email : std::vector<json::value>{nullptr, "", "noor@haddad.example.evil.example",
                                                             "xnoor@haddad.example", "noor@haddad", 3}) {
        there_->user[there_->email] = email;
        there_->publish();
        EXPECT_EQ(there_->ask().outcome, Outcome::not_found) << json::serialize(email);
        EXPECT_EQ(there_->ask().detail, "nobody gives the address in public");
    }
    EXPECT_THAT(there_->web.asked(), Not(Contains(there_->events_url)));
}

TEST_P(ForgeTest, WhoIsGoneSinceTheSearchIsPassedOver) {
    const bool github = there_->network == "github";
    const json::object gone{{github ? "login" : "id", github ? json::value("gone") : json::value(41)}};
    const std::string url =
        github ? "https://api.github.com/users/gone" : "https://gitlab.com/api/v4/users/41";
    there_->candidates.insert(there_->candidates.begin(), gone);
    there_->publish();
    there_->put(url, {{"message", "Not Found"}}, 404);
    EXPECT_EQ(there_->ask().outcome, Outcome::found);
    EXPECT_THAT(there_->web.asked(), Contains(url));
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{
             {429, Outcome::throttled}, {401, Outcome::forbidden}, {500, Outcome::failed}}) {
        there_->put(url, {{"message", "no"}}, status);
        EXPECT_EQ(there_->ask().outcome, outcome) << "it might have been the one";
    }
}

TEST_P(ForgeTest, AMissIs200WithNobody) {
    there_->candidates.clear();
    there_->publish();
    EXPECT_EQ(there_->ask().outcome, Outcome::not_found);
    EXPECT_EQ(there_->web.requests.size(), 1U);
}

TEST_P(ForgeTest, AnAccountNeedNotGiveAnAddress) {
    there_->user[there_->email] = nullptr;
    there_->publish();
    const auto answer = there_->ask_account();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.reason, "") << "whatever led to it says why it counts";
    EXPECT_THAT(links_of(answer), Contains("A " + there_->site + "noorh the account itself"));
    EXPECT_EQ(there_->ask_account("nobody").outcome, Outcome::not_found);
}

TEST_P(ForgeTest, WhatIsNeitherAnAddressNorAnAccountThereIsNotAskedFor) {
    const auto forge = there_->usual();
    const std::string other = there_->network == "github" ? "gitlab" : "github";
    for (const auto& handle : std::vector<profile::Handle>{{there_->network, "", there_->site},
                                                           {there_->network, "a/b", there_->site + "a/b"},
                                                           {there_->network, "a?b", there_->site + "a"},
                                                           {other, "noorh", there_->site + "noorh"}}) {
        EXPECT_FALSE(forge->answers(handle)) << handle.name;
        EXPECT_EQ(test::ask(*forge, {"", handle}).outcome, Outcome::not_found);
    }
    EXPECT_EQ(there_->ask("noor").outcome, Outcome::not_found);
    EXPECT_THAT(there_->web.requests, IsEmpty());
}

TEST_P(ForgeTest, ATokenIsSentWithEachQuestion) {
    const auto known = there_->connector({.token = Secret("t0ken")});
    (void)test::ask(*known, {"noor@haddad.example", std::nullopt});
    ASSERT_EQ(there_->web.requests.size(), there_->steps.size());
    for (const auto& request : there_->web.requests) EXPECT_EQ(request.bearer.reveal(), "t0ken");
}

TEST_P(ForgeTest, ATokenThatIsRefusedInMidRunIsForbidden) {
    for (const auto& url : there_->needed)
        for (const int status : {401, 403}) {
            there_->publish();
            there_->web.put(url, status, "application/json", R"({"message": "secret"})",
                            {{"x-ratelimit-remaining", "59"}});
            const auto answer = there_->ask();
            EXPECT_EQ(answer.outcome, Outcome::forbidden) << url << status;
            EXPECT_EQ(answer.quota->left, 59U);
        }
}

TEST_P(ForgeTest, AnAccountThatIsDeletedMeanwhileIsNotFound) {
    for (const auto& url : there_->needed) {
        there_->publish();
        there_->put(url, {{"message", "Not Found"}}, 404);
        const auto answer = there_->ask();
        EXPECT_EQ(answer.outcome, Outcome::not_found) << url;
        EXPECT_TRUE(answer.profile.empty());
    }
}

TEST_P(ForgeTest, WhateverElseIsAFailureThatQuotesNothing) {
    const auto is_failure = [this](std::string_view what) {
        const auto answer = there_->ask();
        EXPECT_EQ(answer.outcome, Outcome::failed) << what;
        EXPECT_FALSE(answer.detail.contains("secret"));
        EXPECT_TRUE(answer.profile.empty());
    };
    for (const auto& url : there_->steps) {
        for (const char* body : {"", "\x01secret", "<html>", "{]"}) {
            there_->publish();
            there_->web.put(url, 200, "application/json", body);
            is_failure(url + body);
        }
        for (const int status : {302, 304, 500, 502}) {
            there_->publish();
            there_->put(url, {{"message", "secret"}}, status);
            is_failure(fmt::format("{} {}", url, status));
        }
        there_->publish();
        there_->web.put_error(url, errc::timed_out);
        is_failure(url);
    }
    for (const auto& url : there_->needed)
        for (const char* body : {"\"secret\"", "3"}) {
            there_->publish();
            there_->web.put(url, 200, "application/json", body);
            is_failure(url + body);
        }
}

TEST_P(ForgeTest, OddMembersAreAbsentAndLongOnesCut) {
    for (const char* member : {"location", "bio", "avatar_url"}) there_->user[member] = json::array{3};
    there_->user["name"] = std::string(100'000, 'x');
    there_->publish();
    const auto answer = there_->ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.display_name.value.size(), 400U);
    EXPECT_TRUE(answer.profile.photo_url.empty());
    EXPECT_TRUE(answer.profile.location.empty());
}

TEST_P(ForgeTest, IsAskedForWhoMayBeShownWithTheirOwnWord) {
    const auto forge = there_->usual();
    const profile::Traits& traits = forge->traits();
    EXPECT_EQ(traits.name, there_->network);
    EXPECT_EQ(traits.reach, profile::Reach::outside);
    EXPECT_TRUE(traits.by_address);
    EXPECT_EQ(traits.tier, profile::Tier::a);
    EXPECT_TRUE(traits.gives_activities);
    EXPECT_FALSE(traits.at_senders_domain);
}

}  // namespace
}  // namespace decorum::connectors
