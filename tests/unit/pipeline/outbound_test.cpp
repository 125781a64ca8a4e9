// Identity, audience and action of a message that leaves the house.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/office.hpp"

namespace decorum::pipeline::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

TEST(Outbound, NoticeLetsTheMessageGoAndTellsItsAuthor) {
    Office office("notice");
    office.posts({rant});
    EXPECT_FALSE(office.send());
    ASSERT_EQ(office.warnings(), 1u);
    const OutboundTally& tally = office.setup->outbound().tally();
    EXPECT_EQ(OutboundTally::outcomes[1], "warned");
    EXPECT_EQ(tally.value(conduct::Action::notice, 1), 1u);
    EXPECT_EQ(tally.value(conduct::Action::audit, 1), 0u);
    EXPECT_EQ(office.setup->told().last().address, "jane@example.org");
    EXPECT_FALSE(office.setup->told().last().charter->version.empty());
}

TEST(Outbound, OutcomesAreCountedByTheirFirstWord) {
    OutboundTally tally;
    tally.note(conduct::Action::confirm, "passed: nobody logged in");
    tally.note(conduct::Action::confirm, "passed: answered");
    tally.note(conduct::Action::block, "refused");
    tally.note(conduct::Action::block, "something new");
    const auto place = [](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(OutboundTally::outcomes, name) -
                                        OutboundTally::outcomes.begin());
    };
    EXPECT_EQ(tally.value(conduct::Action::confirm, place("passed")), 2u);
    EXPECT_EQ(tally.value(conduct::Action::block, place("refused")), 1u);
    EXPECT_EQ(tally.value(conduct::Action::block, place("other")), 1u);
}

TEST(Outbound, WhoLoggedInIsAlertedOnceAVerdict) {
    Office office("notice");
    const auto now = SteadyClock::now();
    office.posts({fine});
    EXPECT_FALSE(office.send());
    EXPECT_FALSE(office.setup->alerts().take("jane@example.org", now));
    office.posts({rant});
    office.setup->advance(seconds{61});
    EXPECT_FALSE(office.send());
    EXPECT_THAT(office.setup->alerts().take("jane@example.org", now).value_or(""),
                HasSubstr("see the notice in your mailbox"));
    EXPECT_FALSE(office.send());
    EXPECT_FALSE(office.setup->alerts().take("jane@example.org", now + std::chrono::hours(2)));
}

TEST(Outbound, WhoAnsweredIsNotAlerted) {
    Office office("notice");
    office.posts({rant});
    office.setup->told().answers(Warnings::Answer::acknowledged);
    EXPECT_FALSE(office.send());
    EXPECT_FALSE(office.setup->alerts().take("jane@example.org", SteadyClock::now()));
}

TEST(Outbound, ACleanProfileTellsNobody) {
    Office office("notice");
    office.posts({fine});
    EXPECT_FALSE(office.send());
    EXPECT_EQ(office.warnings(), 0u);
}

TEST(Outbound, AuditTellsNobody) {
    Office office("audit");
    office.posts({rant});
    EXPECT_FALSE(office.send());
    EXPECT_EQ(office.warnings(), 0u);
}

TEST(Outbound, WhoAnsweredIsNotToldAgain) {
    for (const auto& [answer, told] :
         {std::pair{Warnings::Answer::acknowledged, 0u}, std::pair{Warnings::Answer::wrong, 0u},
          std::pair{Warnings::Answer::unknown, 1u}}) {
        Office office("notice");
        office.posts({rant});
        office.setup->told().answers(answer);
        EXPECT_FALSE(office.send());
        EXPECT_EQ(office.warnings(), told);
    }
}

TEST(Outbound, OnlyMailThatLeavesTheHouseCounts) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.envelope.recipients = {"paul@example.org", "anne@Example.ORG"};
    EXPECT_FALSE(office.send());
    EXPECT_EQ(office.warnings(), 0u);
    office.envelope.recipients.emplace_back("paul@mail.example.org");
    EXPECT_TRUE(office.send()) << "another domain is outside";
}

TEST(Outbound, APostmasterWithoutADomainIsOurs) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.envelope.recipients = {"postmaster"};
    EXPECT_FALSE(office.decide().refusal);
}

TEST(Outbound, UnlessARuleIsForEveryone) {
    Office office("block", "recipients = \"everyone\"");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.envelope.recipients = {"paul@example.org"};
    EXPECT_TRUE(office.send());
}

TEST(Outbound, ConfirmRefusesOnceAndPassesOnce) {
    Office office("confirm");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    EXPECT_TRUE(office.send());
    EXPECT_EQ(office.warnings(), 1u) << "its author is told why";
    office.setup->advance(seconds{29});
    EXPECT_TRUE(office.send());
    office.setup->advance(seconds{1});
    EXPECT_TRUE(office.send("jane@example.org", "Another offer")) << "that is another message";
    EXPECT_FALSE(office.send("jane@example.org", "Re: offer"));
    EXPECT_TRUE(office.send()) << "and the next is asked for again";
}

TEST(Outbound, ARefusalIsPlainAndNamesNobody) {
    Office office("confirm");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    const auto refusal = office.decide().refusal;
    ASSERT_TRUE(refusal);
    EXPECT_THAT(*refusal, HasSubstr("send it again, after 30 seconds at the soonest and 15 minutes"));
    for (const std::string_view hidden : {"paul", "client.example", "moron", "jane"})
        EXPECT_EQ(refusal->find(hidden), std::string::npos) << hidden;
    EXPECT_LE(refusal->size(), 480u) << "a reply line has 512 octets (RFC 5321 4.5.3.1.5)";
    EXPECT_TRUE(std::ranges::all_of(*refusal, [](char c) { return c >= ' ' && c <= '~'; }));
    office.posts({"espèce de connard, tu fais pitié, mon patron est un abruti et toute la boîte le sait"});
    office.setup->advance(seconds{61});
    ASSERT_TRUE(office.assess());
    EXPECT_THAT(office.decide("jane@example.org", "Devis").refusal.value_or(""),
                HasSubstr("votre profil public"))
        << "in the language of the profile, where the charter has it";
}

TEST(Outbound, BlockHoldsUntilTheProfileChanges) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    EXPECT_TRUE(office.send());
    office.setup->advance(seconds{40});
    EXPECT_TRUE(office.send());
    office.setup->told().answers(Warnings::Answer::acknowledged);
    EXPECT_TRUE(office.send()) << "to know of it lifts no block";
    office.posts({fine});
    office.setup->advance(seconds{61});
    ASSERT_TRUE(office.assess());
    EXPECT_FALSE(office.send());
}

TEST(Outbound, BlockHoldsUntilTheCharterChanges) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    EXPECT_TRUE(office.send());
    ASSERT_TRUE(office.setup->change_charter(decorum::test::charter_toml("notice")));
    EXPECT_FALSE(office.send());
}

TEST(Outbound, WhoAnsweredIsNotAskedToConfirm) {
    Office office("confirm");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.setup->told().answers(Warnings::Answer::acknowledged);
    EXPECT_FALSE(office.send());
}

TEST(Outbound, WhereTheStoreCannotTellMailPasses) {
    for (const std::string_view action : {"confirm", "block"}) {
        Office office(action);
        office.posts({rant});
        ASSERT_TRUE(office.assess());
        office.setup->told().answers(Warnings::Answer::unknown);
        EXPECT_FALSE(office.send()) << action;
    }
}

TEST(Outbound, OnlyAKnownVerdictHoldsMailBack) {
    Office office("block");
    office.posts({rant});
    office.network->keep(true);
    EXPECT_FALSE(office.decide().refusal) << "nothing is known yet, and nobody waits";
    office.network->keep(false);
    ASSERT_TRUE(office.assess());
    EXPECT_TRUE(office.decide().refusal);
}

TEST(Outbound, AVerdictThatIsTooOldHoldsNobodyBack) {
    for (const std::string_view action : {"confirm", "block"}) {
        Office office(action);
        office.posts({rant});
        ASSERT_TRUE(office.assess());
        office.setup->advance(std::chrono::minutes{29});
        ASSERT_TRUE(office.decide().refusal);
        ASSERT_TRUE(office.assess());  // which decide() began
        office.network->keep(true);
        office.setup->advance(std::chrono::minutes{31});
        EXPECT_FALSE(office.decide().refusal) << action << ": the profile may have been mended since";
        office.network->keep(false);
        ASSERT_TRUE(office.assess());
        EXPECT_TRUE(office.decide("jane@example.org", "Another").refusal);
    }
}

TEST(Outbound, OnlyWhereMailMayBeHeldBackIsItWorthTheWait) {
    Office block("block");
    EXPECT_TRUE(block.setup->outbound().may_hold_back(block.submission));
    block.submission.may_refuse = false;
    EXPECT_FALSE(block.setup->outbound().may_hold_back(block.submission));
    block.submission.may_refuse = true;
    block.submission.login = "robot";
    EXPECT_FALSE(block.setup->outbound().may_hold_back(block.submission)) << "who owns no address";
    Office notice("notice");
    EXPECT_FALSE(notice.setup->outbound().may_hold_back(notice.submission));
}

TEST(Outbound, WhereNobodyReadsARefusalItIsANotice) {
    Office office("confirm");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.submission.may_refuse = false;
    EXPECT_FALSE(office.send());
    EXPECT_EQ(office.warnings(), 1u);
}

TEST(Outbound, TheAssessmentBeginsWithMail) {
    Office office("block");
    office.posts({rant});
    office.setup->outbound().expect(office.submission, "paul@example.org");
    EXPECT_EQ(office.network->questions(), 0) << "that address is not hers";
    office.setup->outbound().expect(office.submission, "Jane@example.org");
    EXPECT_EQ(office.network->questions(), 1);
}

TEST(Outbound, OrWithALogin) {
    Office office("block");
    office.posts({rant});
    Submission nobody = office.submission;
    nobody.login.clear();
    office.setup->outbound().expect(nobody);
    EXPECT_EQ(office.network->questions(), 0);
    office.setup->outbound().expect(office.submission);
    EXPECT_EQ(office.network->questions(), 1);
}

// Who writes.
TEST(Outbound, WithoutALoginTheEnvelopeSenderWritesWhereThereAreNone) {
    Office office("notice");
    office.posts({rant});
    office.submission = {.session = "0-1", .login = {}, .has_logins = false, .may_refuse = false};
    EXPECT_FALSE(office.send());
    EXPECT_EQ(office.warnings(), 1u);
    office.envelope.reverse_path = "jane@elsewhere.example";
    EXPECT_EQ(office.decide().author, "");
    office.envelope.reverse_path = "jane@example.org";
    office.submission.has_logins = true;
    EXPECT_EQ(office.decide().author, "") << "who could have logged in and did not is nobody we know";
}

TEST(Outbound, WhoWritesForSomebodyElseIsNotAssessed) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.submission.login = "secretary@example.org";
    EXPECT_EQ(office.decide().author, "") << "a delegate";
    office.submission.login = "jane@example.org";
    office.envelope.reverse_path = "bounces@example.org";
    EXPECT_EQ(office.decide().author, "jane@example.org") << "with a login the envelope doesn't matter";
    EXPECT_EQ(office.decide("Jane <jane@example.org>, Paul <paul@example.org>").author, "");
    EXPECT_EQ(office.decide("no address").author, "");
}

TEST(Outbound, SeveralAddressesOfAPersonAreOne) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.submission.login = "j.martin@example.org";
    EXPECT_EQ(office.decide().author, "");
    office.setup->same_person = [](std::string_view a, std::string_view b) {
        return a == "j.martin@example.org" && b == "jane@example.org";
    };
    EXPECT_EQ(office.decide().author, "jane@example.org");
}

TEST(Outbound, MachinesAndRolesAreNobodyInPerson) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    for (const std::string_view field :
         {"Auto-Submitted: auto-replied\r\n", "List-Id: <a.example.org>\r\n", "Precedence: bulk\r\n"}) {
        office.more_fields = field;
        EXPECT_EQ(office.decide().author, "") << field;
    }
    office.more_fields.clear();
    office.envelope.reverse_path = "";
    EXPECT_EQ(office.decide().author, "");
    office.envelope.reverse_path = "info@example.org";
    office.submission.login = "info@example.org";
    EXPECT_EQ(office.decide("info@example.org").author, "");
}

// Their accounts would tell a source that somebody looks, and the audit log what nobody in person has said.
TEST(Outbound, SharedMailboxesAndRolesAreNotEvenLookedUp) {
    Office office("notice", {},
                  "[logins]\n\"jane@example.org\" = [\"jane@example.org\", \"crew@example.org\"]\n"
                  "paul = [\"paul@example.org\", \"crew@example.org\"]\n"
                  "info = [\"info@example.org\", \"no-reply+1@example.org\"]\n");
    profile::Profile bad;
    bad.summary.value = std::string(rant);
    for (const auto* address : {"crew@example.org", "info@example.org", "no-reply+1@example.org"})
        office.directory->say(address, bad);
    Submission info = office.submission;
    info.login = "info";
    Outbound& outbound = office.setup->outbound();
    outbound.expect(info);
    outbound.expect(info, "Info@example.org");
    outbound.expect(office.submission, "crew@example.org");
    EXPECT_EQ(office.directory->questions(), 0);
    EXPECT_EQ(office.assess("Crew@example.org")->skipped, "several logins write from there");
    EXPECT_EQ(office.assess("info@example.org")->skipped, "the address is a role's");
    EXPECT_EQ(office.assess("no-reply+1@example.org")->skipped, "the address is a role's");
    EXPECT_EQ(office.directory->questions(), 0);
    outbound.expect(office.submission);
    EXPECT_EQ(office.directory->questions(), 1) << "Jane alone";
}

TEST(Outbound, RecipientsThatAreLeftAloneInboundAreNoMatter) {
    Office office("block");
    office.posts({rant});
    ASSERT_TRUE(office.assess());
    office.settings.annotate.exclude_recipients = {"@client.example"};
    EXPECT_TRUE(office.decide().refusal);
}

}  // namespace
}  // namespace decorum::pipeline::test
