#include "connectors/libravatar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/digest.hpp"
#include "tests/unit/connectors/networks.hpp"
#include "tests/unit/connectors/page_facts.hpp"
#include "tests/unit/profile/sample.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;

constexpr std::string_view address = "noor@haddad.example";

std::string path_of(std::string_view of = address) {
    return "/avatar/" + to_hex(view_of(sha256({of}))) + "?s=80&d=404";
}

std::string avatar() {
    return profile::sample::png(48, 48);
}

class FakeDns final : public net::Dns {
public:
    void services(std::string name, Milliseconds, ServicesDone done) override {
        asked.push_back(std::move(name));
        done(answer);
    }
    void texts(std::string, Milliseconds, TextsDone done) override { done(fail(errc::not_found, "")); }

    Result<net::ServiceRecords> answer = fail(errc::not_found, "");
    std::vector<std::string> asked;
};

class LibravatarTest : public testing::Test {
protected:
    LibravatarTest() {
        decoder_.result = "not set";
        picture("https://seccdn.libravatar.org");
    }
    void picture(const std::string& server, int status = 200) {
        web_.put(server + path_of(), status, "image/png", "a picture");
    }
    profile::Answer ask(std::string_view of = address) {
        return test::ask(libravatar_, {std::string(of), std::nullopt});
    }

    test::Web web_;
    FakeDns dns_;
    test::Decoder decoder_;
    Libravatar libravatar_{web_, &dns_, decoder_, {.domains = {"haddad.example"}, .now = test::at_noon}};
    Libravatar central_{web_, &dns_, decoder_, {.now = test::at_noon}};
};

TEST_F(LibravatarTest, IsAskedByTheHashOfTheAddressInLowerCase) {
    (void)test::ask(central_, {" Noor@Haddad.Example ", std::nullopt});
    EXPECT_THAT(web_.asked(), testing::ElementsAre("https://seccdn.libravatar.org" + path_of()));
    EXPECT_TRUE(web_.requests[0].may_lead_to("seccdn.libravatar.org"));
    EXPECT_FALSE(web_.requests[0].may_lead_to("gravatar.com")) << "on to Gravatar it does not go";
    EXPECT_THAT(decoder_.jobs, testing::ElementsAre(worker::Job::face));
    EXPECT_EQ(decoder_.inputs[0], "a picture");
}

TEST_F(LibravatarTest, ADomainThatIsNotListedLearnsNothingNotEvenByItsDns) {
    (void)test::ask(central_, {std::string(address), std::nullopt});
    EXPECT_TRUE(dns_.asked.empty());
    EXPECT_FALSE(central_.asks_senders_domain(address));
    dns_.answer = net::ServiceRecords{{0, 0, 8443, "avatars.other.example"}};
    (void)ask("noor@haddad.example.org");
    (void)ask("noor@nothaddad.example");
    EXPECT_TRUE(dns_.asked.empty());
    EXPECT_FALSE(libravatar_.asks_senders_domain("noor@nothaddad.example"));
}

TEST_F(LibravatarTest, AListedDomainNamesItsServerAndPort) {
    EXPECT_TRUE(libravatar_.asks_senders_domain(address));
    EXPECT_TRUE(libravatar_.asks_senders_domain("noor@Mail.Haddad.example"));
    dns_.answer =
        net::ServiceRecords{{0, 5, 8443, "avatars.haddad.example"}, {1, 0, 443, "spare.haddad.example"}};
    (void)ask();
    EXPECT_THAT(dns_.asked, testing::ElementsAre("_avatars-sec._tcp.haddad.example"));
    EXPECT_THAT(web_.asked(), testing::ElementsAre("https://avatars.haddad.example:8443" + path_of()));
    EXPECT_TRUE(web_.requests[0].allow_port);
}

TEST_F(LibravatarTest, AListedDomainWithoutAServerIsAskedForAtTheCentralOne) {
    (void)ask();
    dns_.answer = net::ServiceRecords{};
    (void)ask();
    EXPECT_THAT(web_.asked(), testing::Each("https://seccdn.libravatar.org" + path_of()));
    EXPECT_EQ(dns_.asked.size(), 2U);
}

TEST_F(LibravatarTest, BadRecordsReachNobody) {
    dns_.answer = net::ServiceRecords{{0, 0, 443, "."}};
    EXPECT_EQ(ask().outcome, Outcome::not_found) << "RFC 2782: there is no such service";
    for (const net::ServiceRecord& record :
         {net::ServiceRecord{0, 0, 443, "evil.example/x?"}, net::ServiceRecord{0, 0, 0, "a.example"},
          net::ServiceRecord{0, 0, 443, "user@a.example"}, net::ServiceRecord{0, 0, 443, "a b"}}) {
        dns_.answer = net::ServiceRecords{record};
        EXPECT_EQ(ask().outcome, Outcome::failed) << record.target;
    }
    for (const errc code : {errc::timed_out, errc::refused, errc::unavailable}) {
        dns_.answer = fail(code, "");
        EXPECT_EQ(ask().outcome, Outcome::failed);
    }
    EXPECT_TRUE(web_.requests.empty());
}

TEST_F(LibravatarTest, TheCentralServersOwnPeopleAreAskedForOnlyWhereItIsListed) {
    EXPECT_EQ(test::ask(central_, {"staff@libravatar.org", std::nullopt}).outcome, Outcome::not_found);
    EXPECT_TRUE(web_.requests.empty());
}

TEST_F(LibravatarTest, EachStatusIsItsOutcome) {
    for (const auto& [status, outcome] : std::vector<std::pair<int, Outcome>>{{404, Outcome::not_found},
                                                                              {302, Outcome::not_found},
                                                                              {429, Outcome::throttled},
                                                                              {403, Outcome::forbidden},
                                                                              {500, Outcome::failed}}) {
        picture("https://seccdn.libravatar.org", status);
        EXPECT_EQ(ask().outcome, outcome) << status;
    }
    web_.put_error("https://seccdn.libravatar.org" + path_of(), errc::limit);
    EXPECT_EQ(ask().outcome, Outcome::failed);
    EXPECT_TRUE(decoder_.jobs.empty());
}

TEST_F(LibravatarTest, OnlyAFaceIsAPicture) {
    decoder_.result = fail(errc::syntax, "no picture");
    EXPECT_EQ(ask().outcome, Outcome::failed);
    decoder_.result = "whatever a broken worker says";
    EXPECT_EQ(ask().outcome, Outcome::failed);
    EXPECT_TRUE(ask().profile.empty());
}

TEST_F(LibravatarTest, GivesThePictureAndNothingElse) {
    decoder_.result = avatar();
    const auto answer = ask();
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.photo_png.value, avatar());
    profile::Profile rest = answer.profile;
    rest.photo_png = {};
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(libravatar_.traits().tier, profile::Tier::a);
}

TEST_F(LibravatarTest, NobodyIsAskedForWithoutAnAddress) {
    EXPECT_EQ(test::ask(libravatar_, test::account("https://github.com/noor")).outcome, Outcome::not_found);
    EXPECT_EQ(ask("no address").outcome, Outcome::not_found);
    EXPECT_TRUE(web_.requests.empty());
}

}  // namespace
}  // namespace decorum::connectors
