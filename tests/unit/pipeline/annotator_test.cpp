// Every status, and who decides it.
#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"
#include "tests/unit/pipeline/desk.hpp"

namespace decorum::pipeline::test {
namespace {

using config::Position;
using config::Require;
using decorum::test::People;
using message::Status;

TEST(Annotator, AuthenticatedSenderIsFound) {
    Desk desk;
    desk.know_jane();
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.annotation.status, Status::found);
    EXPECT_EQ(out.annotation.source, "directory");
    EXPECT_EQ(out.source, "status=found; tier=S; said-by=own; sources=directory; trust=dmarc; as-of=" +
                              std::string(now_text));
    EXPECT_EQ(out.person, "Jane Martin, HR Director at ACME");
    EXPECT_TRUE(out.sealed);
    EXPECT_TRUE(out.message.ends_with(Desk::authenticated_mail()));
}

TEST(Annotator, SomebodyUnknownIsNone) {
    Desk desk;
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=none; trust=dmarc");
    EXPECT_TRUE(out.sealed);
}

TEST(Annotator, UnauthenticatedSenderIsNotLookedUp) {
    Desk desk;
    desk.know_jane();
    const auto out = desk.annotate(Desk::rest);
    EXPECT_EQ(out.source, "status=unauthenticated");
    EXPECT_TRUE(out.person.empty());
    EXPECT_TRUE(desk.people->asked().empty());
}

TEST(Annotator, AnotherServersWordIsNotBelieved) {
    Desk desk;
    desk.know_jane();
    const auto out =
        desk.annotate("Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=example.net\r\n" +
                      std::string(Desk::rest));
    EXPECT_EQ(out.annotation.status, Status::unauthenticated);
}

TEST(Annotator, AFailedCheckIsNotOutvoted) {
    Desk desk;
    desk.know_jane();
    const auto out = desk.annotate(
        "Authentication-Results: mx.example.org; dmarc=fail header.from=example.net; spf=pass "
        "smtp.mailfrom=jane@example.net\r\n" +
        std::string(Desk::rest));
    EXPECT_EQ(out.annotation.status, Status::unauthenticated);
}

TEST(Annotator, ClosedNetworksMayDoWithoutAuthentication) {
    Desk desk;
    desk.know_jane();
    desk.settings.annotate.require = Require::none;
    EXPECT_EQ(desk.annotate(Desk::rest).annotation.status, Status::found);
}

// Whoever did not prove to be Jane must not make us ask others about her.
TEST(Annotator, OutsideSourcesAreNotAskedForAnAuthorWithoutProof) {
    for (const bool local : {true, false}) {
        Desk desk;
        desk.people = std::make_shared<decorum::test::People>(local);
        desk.know_jane();
        desk.settings.annotate.require = Require::none;
        EXPECT_EQ(desk.annotate(Desk::rest).annotation.status, local ? Status::found : Status::none);
        EXPECT_EQ(desk.people->asked().size(), local ? 1U : 0U);
        EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
    }
}

TEST(Annotator, WhoOptedOutIsLookedUpNowhere) {
    Desk desk;
    desk.know_jane();
    desk.opted_out = [](std::string_view address) { return address == "jane@example.net"; };
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=opted-out; trust=dmarc");
    EXPECT_TRUE(out.person.empty());
    EXPECT_TRUE(desk.people->asked().empty());
}

// Nobody before us has proved anything there: whatever stands in the message, its sender wrote it.
TEST(Annotator, FrontIsNeverTrusted) {
    for (const Require require : {Require::authenticated, Require::none}) {
        Desk desk;
        desk.know_jane();
        desk.settings.annotate.require = require;
        desk.policy.position = Position::front;
        const auto out = desk.annotate(Desk::authenticated_mail());
        EXPECT_EQ(out.source, "status=unauthenticated");
        EXPECT_TRUE(desk.people->asked().empty());
    }
}

TEST(Annotator, ClaimThatResemblesOurOwnIsWithheld) {
    Desk desk;
    desk.own_names.add_organisation("ACME");
    desk.people->add("jane@example.net", {.name = "Jane Martin",
                                          .headline = "HR Director",
                                          .organisation = "Acme Ltd",
                                          .tier = profile::Tier::a});
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=withheld; reason=resembles-own; trust=dmarc");
    EXPECT_TRUE(out.person.empty());
    EXPECT_EQ(out.message.find("Martin"), std::string::npos);
}

// An outsider's claim can't be held against names that nobody knows.
TEST(Annotator, NoClaimIsShownWhileOurOwnNamesAreUnknown) {
    Desk desk;
    desk.own_names_known = false;
    desk.people->add(
        "jane@example.net",
        {.name = "Ines Roy", .headline = "Buyer", .organisation = "Example Ltd", .tier = profile::Tier::a});
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=unavailable; trust=dmarc");
    EXPECT_TRUE(out.person.empty());
    EXPECT_TRUE(out.sealed);
    desk.own_names_known = true;
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
}

TEST(Annotator, FactsAreShownWhileOurOwnNamesAreUnknown) {
    Desk desk;
    desk.own_names_known = false;
    desk.know_jane();
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
}

TEST(Annotator, OurOwnPeopleMayResembleThemselves) {
    Desk desk;
    desk.own_names.add_person("Jane Martin");
    desk.own_names.add_organisation("ACME");
    desk.know_jane();
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
}

// A colleague can type any name and title at Gravatar: they are shown as his word, another colleague's name
// not at all.
TEST(Annotator, AColleaguesClaimIsNoFactAndLendsHimNobodysName) {
    const auto source_of = [](const std::string& name, const std::string& own_domain) {
        Desk desk;
        desk.settings.outbound.domains = {own_domain};
        desk.own_names.add_person("Jane Martin");
        desk.own_names.add_organisation("ACME");
        desk.people->add("jane@example.net",
                         {.name = name, .headline = "CEO", .organisation = "ACME", .tier = profile::Tier::a});
        desk.people->call("gravatar");
        return desk.annotate(Desk::authenticated_mail()).source;
    };
    EXPECT_NE(source_of("Joe Petit", "example.net").find("status=found; tier=A; said-by=self"),
              std::string::npos);
    for (const char* disguise : {"Jane Martin", "MARTIN J\u0430ne"})
        EXPECT_EQ(source_of(disguise, "Example.NET"), "status=withheld; reason=resembles-own; trust=dmarc");
    EXPECT_EQ(source_of("Joe Petit", "sub.example.net"), "status=withheld; reason=resembles-own; trust=dmarc")
        << "only our very domains are ours";
}

// What our own records say of the author is no claim, though others add their word.
TEST(Annotator, ANameThatOurRecordsGiveIsNotTakenForAnothers) {
    Desk desk;
    desk.own_names.add_person("Jane Martin");
    desk.people->add("jane@example.net", {.name = "Jane Martin", .headline = "", .organisation = ""});
    const auto gravatar = std::make_shared<People>(false);
    gravatar->call("gravatar");
    gravatar->add(
        "jane@example.net",
        {.name = "Jane Martin", .headline = "HR Director", .organisation = "", .tier = profile::Tier::a});
    desk.others.push_back(gravatar);
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.person, "Jane Martin, HR Director; self-described at gravatar.com");
}

TEST(Annotator, OutsidersClaimIsMarkedAsSuch) {
    Desk desk;
    desk.people->add(
        "jane@example.net",
        {.name = "Jane Martin", .headline = "HR Director", .organisation = "ACME", .tier = profile::Tier::a});
    desk.people->call("gravatar");
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.person, "Jane Martin, HR Director at ACME; self-described at gravatar.com");
    EXPECT_NE(out.source.find("said-by=self"), std::string::npos);
}

TEST(Annotator, SilentSourceLeavesTheMessagePending) {
    Desk desk;
    desk.people->feel(People::Mood::silent);
    desk.policy.deadline = Milliseconds{20};
    const auto begin = SteadyClock::now();
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=pending; trust=dmarc");
    EXPECT_GE(out.annotation.lookup, Milliseconds{20});
    EXPECT_LT(SteadyClock::now() - begin, Milliseconds{2000});
}

// The flight goes on in the background: the next message shows what came of it.
TEST(Annotator, LateAnswerServesTheNextMessage) {
    Desk desk;
    desk.know_jane();
    desk.people->feel(People::Mood::silent);
    desk.policy.deadline = Milliseconds{1};
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::pending);
    desk.people->answer_all();
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.annotation.status, Status::found);
    EXPECT_TRUE(out.annotation.warm);
    EXPECT_EQ(desk.people->asked().size(), 1U);
}

TEST(Annotator, WhoStandsInMailFromIsKnownWhenTheMessageComes) {
    Desk desk;
    desk.know_jane();
    desk.annotator().prefetch("jane@example.net");
    desk.annotator().prefetch("");
    desk.annotator().prefetch("no address");
    EXPECT_EQ(desk.people->asked().size(), 1U);
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_TRUE(out.annotation.warm);
    EXPECT_EQ(desk.people->asked().size(), 1U);
}

TEST(Annotator, FailingSourceIsUnavailable) {
    Desk desk;
    desk.people->feel(People::Mood::failing);
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).source, "status=unavailable; trust=dmarc");
}

TEST(Annotator, DateFarInTheFutureGetsANeutralBlock) {
    Desk desk;
    desk.know_jane();
    desk.envelope.received = *from_rfc3339(now_text) + std::chrono::hours{24};
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
    desk.envelope.received += std::chrono::seconds{1};
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.source, "status=unavailable; reason=date; trust=dmarc");
    EXPECT_TRUE(out.person.empty());
}

TEST(Annotator, StatusesWithoutLookupCarryTheirReason) {
    const std::pair<const char*, const char*> cases[] = {
        {"List-Id: x\r\n", "status=none; reason=list"},
        {"Precedence: bulk\r\n", "status=none; reason=auto"},
        {"From: y@example.net\r\n", "status=unauthenticated; reason=from"}};
    for (const auto& [field, source] : cases) {
        Desk desk;
        desk.know_jane();
        EXPECT_EQ(desk.annotate(field + Desk::authenticated_mail()).source, source);
        EXPECT_TRUE(desk.people->asked().empty());
    }
}

TEST(Annotator, WarmPathAnswersWithoutSuspending) {
    Desk desk;
    desk.know_jane();
    const std::string mail = Desk::authenticated_mail();
    (void)desk.annotate(mail);
    EXPECT_TRUE(desk.answers_at_once(mail));
    EXPECT_EQ(desk.people->asked().size(), 1U);

    Desk other;
    other.people->feel(People::Mood::silent);
    other.policy.deadline = Milliseconds{1};
    EXPECT_FALSE(other.answers_at_once(mail)) << "the measure can tell";
}

TEST(Annotator, CrowdedListenerWaitsForNobody) {
    Desk desk;
    desk.people->feel(People::Mood::silent);
    std::atomic<std::uint64_t> waiting = 11;
    desk.policy.waiting = &waiting;
    desk.policy.max_waiting = 10;
    desk.policy.deadline = Milliseconds{10000};
    const auto out = desk.annotate(Desk::authenticated_mail());
    EXPECT_EQ(out.annotation.status, Status::pending);
    EXPECT_LT(out.annotation.lookup, Milliseconds{1000});
    EXPECT_EQ(waiting, 11U);
}

TEST(Annotator, CrowdedListenerStillShowsWhatIsKnown) {
    Desk desk;
    desk.know_jane();
    std::atomic<std::uint64_t> waiting = 11;
    desk.policy.waiting = &waiting;
    desk.policy.max_waiting = 10;
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::found);
}

net::Task<> annotate_and_count(Desk& desk, const std::string& mail, const message::HeaderSection& header,
                               std::uint64_t& most) {
    (void)co_await desk.annotator().annotate(mail, header, desk.envelope, desk.policy);
    most = std::max(most, desk.policy.waiting->load());
}

TEST(Annotator, WhoeverWaitsIsCountedWhileItWaits) {
    Desk desk;
    desk.people->feel(People::Mood::silent);
    std::atomic<std::uint64_t> waiting = 0;
    desk.policy.waiting = &waiting;
    desk.policy.max_waiting = 1;
    desk.policy.deadline = Milliseconds{100};
    const std::string mail = Desk::authenticated_mail();
    const auto header = message::scan_header(mail);
    std::uint64_t most = 0;
    const auto begin = SteadyClock::now();
    // Two wait, which is more than may; so the third does not, and leaves while they are counted.
    decorum::test::run_tasks(desk.context(), annotate_and_count(desk, mail, header, most),
                             annotate_and_count(desk, mail, header, most),
                             annotate_and_count(desk, mail, header, most));
    EXPECT_EQ(most, 2U) << "the third left while two were waiting";
    EXPECT_EQ(waiting, 0U);
    EXPECT_GE(SteadyClock::now() - begin, Milliseconds{100});
}

TEST(Annotator, ZeroDeadlineWaitsForNobody) {
    Desk desk;
    desk.people->feel(People::Mood::silent);
    desk.policy.deadline = Milliseconds{0};
    EXPECT_EQ(desk.annotate(Desk::authenticated_mail()).annotation.status, Status::pending);
}

}  // namespace
}  // namespace decorum::pipeline::test
