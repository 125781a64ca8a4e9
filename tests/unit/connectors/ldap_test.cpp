// The LDAP connector against a real slapd.
#include "connectors/ldap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ldap.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <thread>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/digest.hpp"
#include "slapd.hpp"

namespace decorum::connectors {
namespace {

// Before the tests, and with them threads, begin.
[[maybe_unused]] const bool surroundings_ignored = (ignore_ldap_surroundings(), true);

using namespace std::chrono_literals;
using profile::Answer;
using profile::Outcome;
using test::person_ldif;
using test::Slapd;
using testing::HasSubstr;

std::future<Answer> ask_later(Ldap& ldap, std::string address) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    ldap.find({std::move(address), std::nullopt},
              [promise](Answer answer) { promise->set_value(std::move(answer)); });
    return future;
}

Answer ask(Ldap& ldap, std::string address) {
    auto future = ask_later(ldap, std::move(address));
    if (future.wait_for(60s) != std::future_status::ready) throw std::runtime_error("no answer at all");
    return future.get();
}

class LdapTest : public testing::Test {
protected:
    Ldap::Options options_for(const Slapd& slapd) {
        return {.server = {.url = slapd.url(),
                           .bind_dn = Slapd::bind_dn,
                           .password_file =
                               slapd.folder().write("password", std::string(Slapd::password) + "\n")},
                .base_dn = Slapd::base_dn,
                .filter = "(mail={address})",
                .timeout = 20s,
                .first_pause = 20ms,
                .refused_pause = 40ms};
    }
    Answer ask_once(Ldap::Options options, std::string address = "jane@example.org") {
        Ldap ldap(std::move(options));
        return ask(ldap, std::move(address));
    }
    static std::string jane() {
        return person_ldif(
            "jane", "jane@example.org",
            "displayName: Jane Martin\ntitle: HR Director\no: ACME\nl: Lyon\nc: FR\n"
            "labeledURI: https://github.com/janem GitHub\nlabeledURI: https://jane.example/ My page\n"
            "labeledURI: javascript:alert(1) x\ndescription: internal\n");
    }
};

TEST_F(LdapTest, FindsAPersonWithEachField) {
    Slapd slapd({.ldif = jane()});
    Ldap ldap(options_for(slapd));
    EXPECT_EQ(ldap.traits().reach, profile::Reach::own);
    const Answer answer = ask(ldap, "jane@example.org");
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    const auto& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_EQ(p.headline.value, "HR Director");
    EXPECT_EQ(p.organisation.value, "ACME");
    EXPECT_EQ(p.location.value, "Lyon, FR");
    EXPECT_TRUE(p.summary.empty()) << "descriptions are internal";
    ASSERT_EQ(p.links.size(), 2u);
    EXPECT_EQ(p.links[0].network, "github");
    EXPECT_EQ(p.links[0].handle, "janem");
    EXPECT_EQ(p.links[0].origin.tier, profile::Tier::s);
    EXPECT_EQ(p.links[1].url, "https://jane.example/");
    EXPECT_EQ(ask(ldap, "nobody@example.org").outcome, Outcome::not_found);
    EXPECT_EQ(ask(ldap, "").outcome, Outcome::not_found);
}

TEST_F(LdapTest, SpeaksOverAUnixSocketAndWithoutAName) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.server.url = slapd.ldapi();
    options.server.bind_dn.clear();
    options.server.password_file.clear();
    const Answer answer = ask_once(std::move(options));
    EXPECT_EQ(answer.outcome, Outcome::found) << answer.detail;
}

TEST_F(LdapTest, AnAddressOfSeveralEntriesIsNobodys) {
    Slapd slapd({.ldif = jane() + person_ldif("janet", "jane@example.org")});
    const Answer answer = ask_once(options_for(slapd));
    EXPECT_EQ(answer.outcome, Outcome::not_found);
    EXPECT_EQ(answer.detail, "ambiguous");
}

TEST_F(LdapTest, AWrongPasswordIsForbiddenUntilItIsMended) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.server.password_file = slapd.folder().write("password", "wrong");
    Ldap ldap(std::move(options));
    const Answer answer = ask(ldap, "jane@example.org");
    EXPECT_EQ(answer.outcome, Outcome::forbidden);
    EXPECT_THAT(answer.detail, HasSubstr("binding"));
    slapd.folder().write("password", Slapd::password);
    while (ask(ldap, "jane@example.org").outcome != Outcome::found) std::this_thread::yield();
}

TEST_F(LdapTest, AnEmptyPasswordIsNotSent) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.server.password_file = slapd.folder().write("password", "\n");
    const Answer answer = ask_once(std::move(options));
    EXPECT_EQ(answer.outcome, Outcome::failed) << "the server would take it for an anonymous bind";
    EXPECT_THAT(answer.detail, HasSubstr("no password"));
}

TEST_F(LdapTest, WhatWeMayNotReadIsNotFound) {
    Slapd slapd({.ldif = jane(), .access = "access to * by * auth\n"});
    auto options = options_for(slapd);
    options.server.bind_dn.clear();
    EXPECT_NE(ask_once(std::move(options)).outcome, Outcome::found);
}

TEST_F(LdapTest, ABaseThatIsNotThereIsAFailure) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.base_dn = "ou=nowhere,dc=example,dc=org";
    EXPECT_EQ(ask_once(options).outcome, Outcome::failed);
    options.base_dn = "no dn";
    EXPECT_EQ(ask_once(options).outcome, Outcome::failed);
}

TEST_F(LdapTest, StartTlsAndLdapsAreVerified) {
    Slapd slapd({.ldif = jane(), .tls = true});
    auto starttls = options_for(slapd);
    starttls.server.starttls = true;
    starttls.server.ca_file = slapd.ca_file();
    auto ldaps = options_for(slapd);
    ldaps.server.url = slapd.urls();
    ldaps.server.ca_file = slapd.ca_file();
    const test::TemporaryFolder folder;
    const test::Authority stranger(folder);
    for (const auto& good : {starttls, ldaps}) {
        const Answer answer = ask_once(good);
        EXPECT_EQ(answer.outcome, Outcome::found) << answer.detail;
        auto unknown = good;
        unknown.server.ca_file = stranger.ca_file();
        const Answer refused = ask_once(unknown);
        EXPECT_EQ(refused.outcome, Outcome::failed);
        EXPECT_THAT(refused.detail, HasSubstr("certificate"));
        auto system = good;
        system.server.ca_file.clear();
        EXPECT_EQ(ask_once(system).outcome, Outcome::failed);
    }
}

TEST_F(LdapTest, ACertificateForAnotherNameIsRefused) {
    Slapd slapd({.ldif = jane(), .tls = true});
    auto options = options_for(slapd);
    options.server.url = "ldaps://localhost" + slapd.urls().substr(slapd.urls().rfind(':'));
    options.server.ca_file = slapd.ca_file();
    EXPECT_EQ(ask_once(std::move(options)).outcome, Outcome::failed);
}

TEST_F(LdapTest, AServerThatRefusesStartTlsIsNotAskedInClear) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.server.starttls = true;
    options.server.ca_file = slapd.ca_file();
    const Answer answer = ask_once(std::move(options));
    EXPECT_EQ(answer.outcome, Outcome::failed);
    EXPECT_THAT(answer.detail, HasSubstr("StartTLS"));
}

TEST_F(LdapTest, AServerThatDiesIsFoundAgain) {
    Slapd slapd({.ldif = jane()});
    Ldap ldap(options_for(slapd));
    ASSERT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::found);
    slapd.kill();
    EXPECT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::failed);
    slapd.start();
    while (ask(ldap, "jane@example.org").outcome != Outcome::found) std::this_thread::yield();
}

TEST_F(LdapTest, AServerThatHangsCostsItsTimeOnce) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.timeout = 300ms;
    options.first_pause = 10min;
    Ldap ldap(options);
    ASSERT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::found);
    slapd.stop_running();
    EXPECT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::failed) << "the search";
    EXPECT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::failed) << "connecting anew";
    const auto begin = SteadyClock::now();
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::failed);
    EXPECT_LT(SteadyClock::now() - begin, 100s) << "1 000 times the time-out would be 300 s";
    slapd.go_on();
}

TEST_F(LdapTest, AServerThatHungIsFoundAgain) {
    Slapd slapd({.ldif = jane()});
    auto options = options_for(slapd);
    options.timeout = 300ms;
    Ldap ldap(options);
    slapd.stop_running();
    EXPECT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::failed);
    slapd.go_on();
    while (ask(ldap, "jane@example.org").outcome != Outcome::found) std::this_thread::yield();
}

TEST_F(LdapTest, AThousandSearchesAtOnceAreAnswered) {
    std::string ldif;
    for (int i = 0; i < 500; ++i)
        ldif += person_ldif("p" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
    Slapd slapd({.ldif = ldif});
    Ldap ldap(options_for(slapd));
    std::vector<std::future<Answer>> answers;
    for (int i = 0; i < 1000; ++i)
        answers.push_back(ask_later(ldap, "p" + std::to_string(i) + "@example.org"));
    for (int i = 0; i < 1000; ++i) {
        const Answer answer = answers[static_cast<std::size_t>(i)].get();
        if (i < 500) {
            ASSERT_EQ(answer.outcome, Outcome::found) << i << ": " << answer.detail;
            EXPECT_EQ(answer.profile.display_name.value, "Name of p" + std::to_string(i));
        } else {
            ASSERT_EQ(answer.outcome, Outcome::not_found) << i << ": " << answer.detail;
        }
    }
}

TEST_F(LdapTest, OfTwoThousandEntriesOneIsFoundAndAllAreAmbiguous) {
    std::string ldif;
    for (int i = 0; i < 2000; ++i)
        ldif += person_ldif("p" + std::to_string(i), "p" + std::to_string(i) + "@example.org");
    Slapd slapd({.ldif = ldif});
    auto options = options_for(slapd);
    options.filter = "(&(objectClass=somebody)(mail={address}))";
    EXPECT_EQ(ask_once(options, "p1999@example.org").outcome, Outcome::found);
    options.filter = "(|(objectClass=somebody)(mail={address}))";
    Ldap ldap(options);
    for (int i = 0; i < 3; ++i) {
        const Answer answer = ask(ldap, "p1@example.org");
        EXPECT_EQ(answer.outcome, Outcome::not_found);
        EXPECT_EQ(answer.detail, "ambiguous");
    }
}

TEST_F(LdapTest, AnAddressIsNeverMoreThanAValue) {
    Slapd slapd({.ldif = jane() + person_ldif("star", "*@example.org")});
    Ldap ldap(options_for(slapd));
    for (const char* address :
         {"*", "*)(uid=*", "*)(uid=*))(|(uid=*", "jane*", "jane@example.org)(cn=*", "\\2a",
          "jane\\40example.org", "(", ")", "\\", "jane@example.org\\00", "j\xC3\xA9@x", "\xff\xfe"})
        EXPECT_EQ(ask(ldap, address).outcome, Outcome::not_found) << address;
    EXPECT_EQ(ask(ldap, std::string("jane@example.org\0", 17)).outcome, Outcome::not_found);
    EXPECT_EQ(ask(ldap, std::string(100'000, 'x')).outcome, Outcome::not_found);
    EXPECT_EQ(ask(ldap, "*@example.org").profile.display_name.value, "Name of star");
}

// Makes "face of PICTURE", on a thread of its own.
class EchoWorker final : public worker::Worker {
public:
    void run(worker::Job, std::string input, Done done) override {
        ++runs;
        threads_.emplace_back([input = std::move(input), done = std::move(done)]() mutable {
            if (input.starts_with("bad"))
                done(fail(errc::syntax, "not a picture"));
            else
                done("face of " + input);
        });
    }
    std::atomic<int> runs = 0;

private:
    std::vector<std::jthread> threads_;
};

TEST_F(LdapTest, ReadsWhatActiveDirectoryHolds) {
    Slapd slapd(
        {.ldif = person_ldif("paul", "Paul@Example.org",
                             "company: ACME\ndepartment: Purchasing\nl: Lyon\nco: France\n"
                             "proxyAddresses: smtp:p.petit@example.org\n"
                             "thumbnailPhoto:: " +
                                 to_base64("thumbnail") + "\n") +
                 person_ldif("bad", "bad@example.org", "thumbnailPhoto:: " + to_base64("bad") + "\n") +
                 person_ldif("big", "big@example.org",
                             "thumbnailPhoto:: " + to_base64(std::string(102'401, 'x')) + "\n")});
    EchoWorker worker;
    auto options = options_for(slapd);
    options.worker = &worker;
    options.filter = "(|(mail={address})(proxyAddresses=smtp:{address}))";
    Ldap ldap(options);
    const Answer answer = ask(ldap, "p.petit@example.org");
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.organisation.value, "ACME");
    EXPECT_EQ(answer.profile.location.value, "Lyon, France");
    EXPECT_EQ(answer.profile.photo_png.value, "face of thumbnail");
    const Answer bad = ask(ldap, "bad@example.org");
    EXPECT_EQ(bad.outcome, Outcome::found) << "a picture that is none costs nothing else";
    EXPECT_TRUE(bad.profile.photo_png.empty());
    EXPECT_TRUE(ask(ldap, "big@example.org").profile.photo_png.empty());
    EXPECT_EQ(worker.runs, 2);
}

TEST_F(LdapTest, NobodyThereIsAFailure) {
    Ldap::Options options{.server = {.url = "ldap://127.0.0.1:1"},
                          .base_dn = "dc=x",
                          .filter = "(mail={address})",
                          .timeout = 5s};
    EXPECT_EQ(ask_once(options).outcome, Outcome::failed);
}

// Takes connections and says nothing: the kernel's queue does it.
class SilentServer {
public:
    SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t octets = sizeof address;
        auto* name = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_.get(), name, octets) != 0 || ::listen(socket_.get(), 16) != 0 ||
            ::getsockname(socket_.get(), name, &octets) != 0)
            throw std::runtime_error("no socket");
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::string place() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    Descriptor socket_;
    int port_ = 0;
};

TEST_F(LdapTest, AServerThatSaysNothingIsGivenUpInTime) {
    const SilentServer server;
    for (const char* scheme : {"ldap://", "ldaps://"}) {
        for (bool starttls : {false, true}) {
            Ldap::Options options{.server = {.url = scheme + server.place(),
                                             .starttls = starttls && std::string_view(scheme) == "ldap://"},
                                  .base_dn = "dc=x",
                                  .filter = "(mail={address})",
                                  .timeout = 200ms};
            const auto begin = SteadyClock::now();
            EXPECT_EQ(ask_once(options).outcome, Outcome::failed);
            EXPECT_LT(SteadyClock::now() - begin, 20s) << scheme;
        }
    }
}

TEST_F(LdapTest, TheEndAnswersWhatIsUnderWay) {
    Slapd slapd({.ldif = jane()});
    std::vector<std::future<Answer>> answers;
    {
        Ldap ldap(options_for(slapd));
        ASSERT_EQ(ask(ldap, "jane@example.org").outcome, Outcome::found);
        slapd.stop_running();
        for (int i = 0; i < 300; ++i) answers.push_back(ask_later(ldap, "jane@example.org"));
    }
    for (auto& answer : answers) EXPECT_EQ(answer.get().detail, "shutting down");
    slapd.go_on();
}

TEST(LdapEntry, Rfc4515_EscapesAllButPlainOctets) {
    EXPECT_EQ(ldap_filter_for("(mail={address})", "jane.o-x_1@example.org"), "(mail=jane.o-x_1@example.org)");
    EXPECT_EQ(ldap_filter_for("(|(a={address})(b=s:{address}))", "*(\\)"),
              "(|(a=\\2a\\28\\5c\\29)(b=s:\\2a\\28\\5c\\29))");
    EXPECT_EQ(ldap_filter_for("(a={address})", std::string_view("\0\xC3\xA9 +", 5)),
              "(a=\\00\\c3\\a9\\20\\2b)");
    EXPECT_EQ(ldap_filter_for("(a={address})", "{address}"), "(a=\\7baddress\\7d)") << "not filled in twice";
}

TEST(LdapEntry, FieldsComeFromTheFirstAttributeThatHasOne) {
    EXPECT_EQ(profile_of({{"cn", {"J. Martin"}}}).display_name.value, "J. Martin");
    EXPECT_EQ(profile_of({{"cn", {"J. Martin"}}, {"displayname", {" Jane "}}}).display_name.value, "Jane");
    EXPECT_EQ(profile_of({{"ou", {"People"}}}).organisation.value, "People");
    EXPECT_EQ(profile_of({{"ou", {"People"}}, {"department", {"HR"}}}).organisation.value, "HR");
    EXPECT_EQ(profile_of({{"company", {"ACME"}}, {"department", {"HR"}}}).organisation.value, "ACME");
    EXPECT_EQ(profile_of({{"l", {"Lyon"}}}).location.value, "Lyon");
    EXPECT_EQ(profile_of({{"co", {"France"}}, {"c", {"FR"}}}).location.value, "FR");
    EXPECT_TRUE(profile_of({}).empty());
}

TEST(LdapEntry, WhatIsTooMuchIsCut) {
    LdapEntry entry{{"cn", {std::string(100'000, 'x')}}};
    for (int i = 0; i < 200; ++i) entry["labeleduri"].push_back("https://a.example/" + std::to_string(i));
    EXPECT_EQ(profile_of(entry).display_name.value.size(), 400u);
    EXPECT_EQ(profile_of(entry).links.size(), 50u);
    LdapEntry pictures{{"jpegphoto", {std::string(101, 'x'), "", "small"}}};
    EXPECT_EQ(picture_of(pictures, 100), "small");
}

TEST(LdapSession, ResultsMeanWhatTheySay) {
    EXPECT_EQ(outcome_of(LDAP_INVALID_CREDENTIALS), Outcome::forbidden);
    EXPECT_EQ(outcome_of(LDAP_INSUFFICIENT_ACCESS), Outcome::forbidden);
    EXPECT_EQ(outcome_of(LDAP_ADMINLIMIT_EXCEEDED), Outcome::throttled);
    for (int code : {LDAP_BUSY, LDAP_UNAVAILABLE, LDAP_TIMELIMIT_EXCEEDED, LDAP_REFERRAL, LDAP_SERVER_DOWN})
        EXPECT_EQ(outcome_of(code), Outcome::failed) << code;
}

}  // namespace
}  // namespace decorum::connectors
