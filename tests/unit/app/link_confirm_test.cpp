// Confirming declared accounts: the outside as fakes, the registry as a file.
#include "gateway/app/link_confirm.hpp"

#include "people.hpp"

namespace decorum::app {
namespace {

namespace fs = std::filesystem;
using connectors::DeclaredAccount;
using test::github;
using test::People;
using State = DeclaredAccount::State;

class Site final : public net::Fetcher {
public:
    void fetch(net::HttpRequest request, Done done) override {
        if (request.url.ends_with("/robots.txt"))
            return done(net::HttpResponse{404, {}, {}, request.url, false});
        if (before_answer) before_answer();
        const std::string body = bodies.empty() ? std::string{} : bodies.front();
        if (!bodies.empty()) bodies.erase(bodies.begin());
        done(net::HttpResponse{status, {{"content-type", type}}, body, request.url, false});
    }
    int status = 200;
    std::string type = "application/json";
    std::vector<std::string> bodies;
    std::function<void()> before_answer;
};

class NoWorker final : public worker::Worker {
public:
    void run(worker::Job, std::string, Done done) override { done(fail(errc::unavailable, "no worker")); }
};

class Confirming : public People {
protected:
    Confirming() {
        auto site = std::make_unique<Site>();
        site_ = site.get();
        outside_.fetcher = std::move(site);
        outside_.worker = std::make_unique<NoWorker>();
    }
    DeclaredAccount declared(const std::string& url = github) {
        EXPECT_EQ(add(options(url)).first, exit_done) << errors_;
        auto account = pending_account(settings_, "jane@example.org", url);
        EXPECT_TRUE(account) << account.error().text();
        return account.value_or(DeclaredAccount{});
    }
    Confirmation confirm(const DeclaredAccount& account) {
        return confirm_by_code(settings_, outside_, {}, "jane@example.org", account);
    }
    // A JSON Resume with this summary.
    static std::string saying(const std::string& summary) {
        return R"({"basics":{"name":"Jane","summary":")" + summary + "\"}}";
    }
    // What the person landed on after signing in for this account.
    static std::string landed_on(const DeclaredAccount& account) {
        return "https://decorum.example/back?code=AQB1&state=" + account.code;
    }
    void configure_facebook() {
        std::ofstream(folder_ / "secret") << "s3cret\n";
        fs::permissions(folder_ / "secret", fs::perms::owner_read);
        configure(
            "[connector.facebook]\napp_id = \"123\"\nredirect_uri = "
            "\"https://decorum.example/back\"\ntoken_file = \"secret\"\n");
    }
    DeclaredAccount recorded() const { return registry().persons.at(0).accounts.at(0); }
    Outside outside_;
    Site* site_ = nullptr;
};

TEST_F(Confirming, TheCodeAtTheAccountConfirmsIt) {
    const DeclaredAccount account = declared();
    site_->bodies = {saying("nothing here")};
    EXPECT_EQ(confirm(account).status, exit_no);
    EXPECT_EQ(recorded().state, State::pending);
    site_->bodies = {saying("my code is " + account.code)};
    const auto done = confirm(account);
    EXPECT_EQ(done.status, exit_done) << done.said;
    EXPECT_EQ(recorded().state, State::confirmed);
    EXPECT_EQ(recorded().confirmed_by, DeclaredAccount::By::code);
    EXPECT_TRUE(recorded().code.empty());
    EXPECT_EQ(recorded().consent, account.consent);
    EXPECT_EQ(add(options()).second.find("decorum-"), std::string::npos)
        << "a confirmed one gets no new code";
    EXPECT_EQ(pending_account(settings_, "jane@example.org", github).error().code, errc::invalid);
}

TEST_F(Confirming, AnAccountThatCannotBeAskedIsAFailure) {
    const DeclaredAccount account = declared();
    site_->status = 503;
    EXPECT_EQ(confirm(account).status, exit_failure);
    site_->status = 200;
    site_->type = "text/html";
    EXPECT_EQ(confirm(account).status, exit_failure) << "no worker reads it";
    EXPECT_EQ(recorded().state, State::pending);
}

TEST_F(Confirming, WhatWasRemovedOrDeclaredAnewMeanwhileIsNotConfirmed) {
    const DeclaredAccount account = declared();
    site_->bodies = {saying(account.code), saying(account.code)};
    site_->before_answer = [&] { EXPECT_EQ(add(options()).first, exit_done); };
    EXPECT_EQ(confirm(account).status, exit_no);
    EXPECT_EQ(recorded().state, State::pending);
    site_->before_answer = [&] {
        static_cast<void>(run([&] { return forget(file(), "jane@example.org"); }));
    };
    EXPECT_EQ(confirm(account).status, exit_no);
    EXPECT_TRUE(registry().persons.empty());
}

TEST_F(Confirming, AnAccountIsConfirmedForOnePersonOnly) {
    ASSERT_EQ(add(options(github, "paul@example.org")).first, exit_done);
    const auto of_paul = pending_account(settings_, "paul@example.org", github);
    ASSERT_TRUE(of_paul);
    const DeclaredAccount of_jane = declared();
    site_->bodies = {saying(of_jane.code), saying(of_paul->code)};
    EXPECT_EQ(confirm(of_jane).status, exit_done);
    const auto second = confirm_by_code(settings_, outside_, {}, "paul@example.org", *of_paul);
    EXPECT_EQ(second.status, exit_no);
    EXPECT_EQ(add(options(github, "eve@example.org")).first, exit_no);
}

TEST_F(Confirming, AnExpiredCodeConfirmsNothing) {
    static_cast<void>(declared());
    ASSERT_TRUE(
        connectors::edit_registry(connectors::registry_path(settings_), [](auto& registry) -> Result<> {
            registry.persons.at(0).accounts.at(0).code_made -= std::chrono::days{7};
            return {};
        }));
    const auto account = pending_account(settings_, "jane@example.org", github);
    ASSERT_FALSE(account);
    EXPECT_NE(account.error().detail.find("7 days"), std::string::npos);
    EXPECT_EQ(pending_account(settings_, "jane@example.org", "https://jane.example/").error().code,
              errc::not_found);
    EXPECT_EQ(run([&] { return link_confirm(file(), "jane@example.org", github, {}); }).first, exit_no);
    EXPECT_EQ(run([&] { return link_list(file(), "", false); }).second.find("decorum-"), std::string::npos);
}

TEST_F(Confirming, LinkedInIsRefusedWithTheReason) {
    const std::string linkedin = "https://linkedin.com/in/jane";
    EXPECT_EQ(add(options(linkedin)).first, exit_no);
    EXPECT_NE(errors_.find("LinkedIn"), std::string::npos) << errors_;
    EXPECT_TRUE(registry().persons.empty());
    static_cast<void>(declared());
    ASSERT_TRUE(
        connectors::edit_registry(connectors::registry_path(settings_), [&](auto& registry) -> Result<> {
            registry.persons.at(0).accounts.at(0).network = "linkedin";
            registry.persons.at(0).accounts.at(0).url = linkedin;
            return {};
        }));
    const auto account = pending_account(settings_, "jane@example.org", linkedin);
    ASSERT_FALSE(account);
    EXPECT_EQ(account.error().code, errc::invalid);
    EXPECT_NE(account.error().detail.find("LinkedIn"), std::string::npos);
}

TEST_F(Confirming, SigningInAtFacebookConfirmsTheAccountThatSignedIn) {
    configure_facebook();
    const DeclaredAccount account = declared("https://facebook.com/jane.martin");
    site_->bodies = {R"({"access_token":"T"})",
                     R"({"id":"77","link":"https://www.facebook.com/JaneMartin"})"};
    const auto done = confirm_by_sign_in(settings_, *site_, "jane@example.org", account, landed_on(account));
    EXPECT_EQ(done.status, exit_done) << done.said;
    EXPECT_EQ(recorded().state, State::confirmed);
    EXPECT_EQ(recorded().confirmed_by, DeclaredAccount::By::oauth);
    EXPECT_FALSE(state_holds("AQB1"));
    EXPECT_FALSE(state_holds("\"T\""));
}

TEST_F(Confirming, ADeclaredAccountOfSomebodyElseGivesWayToTheOneThatSignedIn) {
    configure_facebook();
    const DeclaredAccount account = declared("https://facebook.com/the.boss");
    site_->bodies = {R"({"access_token":"T"})", R"({"id":"77","link":"https://facebook.com/jane.martin"})"};
    const auto done = confirm_by_sign_in(settings_, *site_, "jane@example.org", account, landed_on(account));
    EXPECT_EQ(done.status, exit_done) << done.said;
    EXPECT_EQ(done.account, "https://facebook.com/jane.martin") << "of which the person is told";
    EXPECT_EQ(recorded().url, "https://facebook.com/jane.martin");
    EXPECT_EQ(recorded().id, "77") << "by which Facebook lets us ask for her";
}

// Facebook tells the address only to apps that were granted user_link.
TEST_F(Confirming, AnAccountThatFacebookDoesNotNameStandsUnderItsNumber) {
    configure_facebook();
    const DeclaredAccount named = declared("https://facebook.com/the.boss");
    site_->bodies = {R"({"access_token":"T"})", R"({"id":"77"})"};
    const auto done = confirm_by_sign_in(settings_, *site_, "jane@example.org", named, landed_on(named));
    EXPECT_EQ(done.status, exit_done) << done.said;
    EXPECT_EQ(done.account, "https://facebook.com/app_scoped_user_id/77");
    EXPECT_EQ(recorded().url, done.account) << "never the typed one, which nobody proved";
    EXPECT_EQ(recorded().handle, "77");
    EXPECT_EQ(recorded().id, "77");
}

// The number that an app is told is one for that app alone.
TEST_F(Confirming, ANumberThatWasTypedIsNotTakenForTheApps) {
    configure_facebook();
    const DeclaredAccount numbered = declared("https://facebook.com/profile.php?id=77");
    site_->bodies = {R"({"access_token":"T"})", R"({"id":"77"})"};
    EXPECT_EQ(confirm_by_sign_in(settings_, *site_, "jane@example.org", numbered, landed_on(numbered)).status,
              exit_done);
    EXPECT_EQ(recorded().url, "https://facebook.com/app_scoped_user_id/77");
}

TEST_F(Confirming, ACodeOfAnotherSignInIsRefusedBeforeAnybodyIsAsked) {
    configure_facebook();
    const DeclaredAccount account = declared("https://facebook.com/jane.martin");
    site_->before_answer = [] { ADD_FAILURE() << "asked"; };
    EXPECT_EQ(confirm_by_sign_in(settings_, *site_, "jane@example.org", account,
                                 "https://decorum.example/back?code=AQB1&state=other")
                  .status,
              exit_no);
    for (const char* without_state : {"AQB1", "https://decorum.example/back?code=AQB1", ""})
        EXPECT_EQ(confirm_by_sign_in(settings_, *site_, "jane@example.org", account, without_state).status,
                  exit_no)
            << without_state;
}

// The number tells accounts apart, whichever way their addresses are written.
TEST_F(Confirming, OneFacebookAccountIsConfirmedForOnePersonOnly) {
    configure_facebook();
    const DeclaredAccount of_jane = declared("https://facebook.com/profile.php?id=77");
    site_->bodies = {R"({"access_token":"T"})", R"({"id":"77","link":"https://facebook.com/jane.martin"})"};
    ASSERT_EQ(confirm_by_sign_in(settings_, *site_, "jane@example.org", of_jane, landed_on(of_jane)).status,
              exit_done);
    EXPECT_EQ(recorded().url, "https://facebook.com/jane.martin") << "as Facebook says";
    ASSERT_EQ(add(options("https://facebook.com/the.boss", "paul@example.org")).first, exit_done);
    const auto of_paul = pending_account(settings_, "paul@example.org", "https://facebook.com/the.boss");
    ASSERT_TRUE(of_paul);
    site_->bodies = {R"({"access_token":"T"})", R"({"id":"77","link":"https://facebook.com/jane.renamed"})"};
    const auto second =
        confirm_by_sign_in(settings_, *site_, "paul@example.org", *of_paul, landed_on(*of_paul));
    EXPECT_EQ(second.status, exit_no);
    EXPECT_NE(second.said.find("jane@example.org"), std::string::npos) << second.said;
}

TEST_F(Confirming, AnAddressOfTheApplicationsOwnIsAnAccount) {
    configure_facebook();
    const DeclaredAccount account = declared("https://facebook.com/jane.martin");
    site_->bodies = {R"({"access_token":"T"})",
                     R"({"id":"77","link":"https://www.facebook.com/app_scoped_user_id/YXNpZADpB/"})"};
    const auto done = confirm_by_sign_in(settings_, *site_, "jane@example.org", account, landed_on(account));
    EXPECT_EQ(done.status, exit_done) << done.said;
    EXPECT_EQ(recorded().url, "https://facebook.com/app_scoped_user_id/YXNpZADpB");
    EXPECT_EQ(recorded().network, "facebook");
    EXPECT_EQ(recorded().id, "77");
}

}  // namespace
}  // namespace decorum::app
