// Who is assessed, on what, and how long it holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/pipeline/office.hpp"

namespace decorum::pipeline::test {
namespace {

using conduct::Action;

using testing::SizeIs;

TEST(Assessment, ADeclaredAccountIsAssessedAsAWhole) {
    Office office;
    profile::Profile page;
    page.display_name.value = "Jane Martin";
    page.headline.value = "HR Director at ACME";
    page.summary.value = std::string(rant);
    page.activities.push_back({office.setup->now(),
                               "mastodon",
                               "espèce de connard, tu fais pitié",
                               "https://social.example/@jane/2",
                               {}});
    office.network->say(account, page);
    const auto assessed = office.assess();
    ASSERT_TRUE(assessed);
    EXPECT_EQ(assessed->skipped, "");
    EXPECT_EQ(assessed->texts, 3u);
    EXPECT_EQ(assessed->external.action, Action::notice);
    const auto& findings = assessed->external.findings;
    const auto bio = std::ranges::find_if(findings, [](const conduct::Noted& n) { return n.bio; });
    ASSERT_NE(bio, findings.end());
    EXPECT_EQ(bio->network, "mastodon");
    EXPECT_EQ(bio->url, account);
    EXPECT_EQ(bio->category, conduct::Category::disparagement);
    const auto post = std::ranges::find_if(findings, [](const conduct::Noted& n) { return !n.bio; });
    ASSERT_NE(post, findings.end());
    EXPECT_EQ(post->url, "https://social.example/@jane/2");
    EXPECT_EQ(post->written, office.setup->now());
    EXPECT_EQ(post->language, conduct::Language::fr);
    EXPECT_EQ(assessed->person.address, "jane@example.org");
    EXPECT_EQ(assessed->person.display_name, "Jane Martin");
    ASSERT_THAT(assessed->person.accounts, SizeIs(1));
    EXPECT_EQ(assessed->person.accounts[0].url, account);
    EXPECT_EQ(assessed->person.accounts[0].tier, "S");
}

TEST(Assessment, APersonReadsTheLanguageThatTheyMostlyWrite) {
    Office office;
    office.posts({"Nous recrutons un ingénieur pour notre équipe de Lyon",
                  "Je suis très heureuse de vous annoncer que nous ouvrons un bureau à Nantes", rant});
    const auto assessed = office.assess();
    ASSERT_EQ(assessed->external.findings.at(0).language, conduct::Language::en);
    EXPECT_EQ(assessed->person.language, "fr");
    office.posts({rant});
    office.setup->advance(std::chrono::minutes{2});
    EXPECT_EQ(office.assess()->person.language, "en");
}

TEST(Assessment, SaysWhoIsNotAssessedAndWhy) {
    Office office("notice",
                  "exclude = [\"anne@example.org\", \"@council.example.org\"]\nshared_mailboxes = "
                  "[\"team@example.org\"]");
    office.posts({rant});
    office.setup->told().opt_out("paul@example.org");
    EXPECT_EQ(office.assess("ANNE@example.org")->skipped, "the charter excludes the person");
    EXPECT_EQ(office.assess("team@example.org")->skipped,
              "the charter says that several people write from there");
    EXPECT_EQ(office.assess("paul@example.org")->skipped, "the person opted out of assessment");
    EXPECT_EQ(office.assess("jane@elsewhere.example")->skipped,
              "the address is none of the charter's domains");
    EXPECT_EQ(office.assess("nobody")->skipped, "the address is none of the charter's domains");
    EXPECT_EQ(office.assess("Jane@Example.org")->external.action, Action::notice);
}

TEST(Assessment, WhoMayNotOptOutIsAssessed) {
    Office office;
    office.posts({rant});
    office.setup->told().opt_out("jane@example.org");
    EXPECT_EQ(office.assess()->skipped, "the person opted out of assessment");
    ASSERT_TRUE(
        office.setup->change_charter(decorum::test::charter_toml("notice") + "[opt_out]\nallowed = false\n"));
    EXPECT_EQ(office.assess()->external.action, Action::notice);
}

std::string declared_only(std::string_view more = "") {
    std::string toml = decorum::test::charter_toml("notice");
    const std::string_view wide = "[\"declared\", \"directory\"]";
    toml.replace(toml.find(wide), wide.size(), "[\"declared\"" + std::string(more) + "]");
    return toml;
}

TEST(Assessment, OnlyWhatWasDeclaredCountsUnlessTheCharterSaysMore) {
    Office office;
    office.posts({fine});
    profile::Profile bad;
    bad.summary.value = std::string(rant);
    office.directory->say("jane@example.org", bad);
    office.gravatar->say("jane@example.org", bad);
    ASSERT_TRUE(office.setup->change_charter(declared_only()));
    EXPECT_EQ(office.assess()->texts, 1u) << "she declared neither our directory nor that account";
    ASSERT_TRUE(office.setup->change_charter(declared_only(", \"source\"")));
    office.setup->advance(std::chrono::seconds{61});
    const auto assessed = office.assess();
    EXPECT_EQ(assessed->texts, 2u);
    EXPECT_EQ(assessed->external.action, Action::notice);
}

TEST(Assessment, WhoDeclaredNothingIsNotEvenLookedUp) {
    Office office;
    office.posts({rant});
    ASSERT_TRUE(office.setup->change_charter(declared_only()));
    office.setup->declares = [](std::string_view) { return false; };
    EXPECT_EQ(office.assess()->skipped, "the person declared no account");
    EXPECT_EQ(office.gravatar->questions(), 0);
    EXPECT_EQ(office.network->questions(), 0);
}

TEST(Assessment, IsKnownWithoutAWaitOnceItWasMade) {
    Office office;
    office.posts({rant});
    EXPECT_EQ(office.setup->assessment().known("jane@example.org"), nullptr) << "and is begun by asking";
    EXPECT_TRUE(office.assess());
    const auto known = office.setup->assessment().known("jane@example.org");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->external.action, Action::notice);
}

TEST(Assessment, AMinuteOldItIsLookedAtAgainBehindWhoAsks) {
    Office office;
    office.posts({fine});
    EXPECT_EQ(office.assess()->external.action, Action::none);
    office.posts({rant});
    office.setup->advance(std::chrono::seconds{59});
    EXPECT_EQ(office.assess()->external.action, Action::none);
    office.setup->advance(std::chrono::seconds{1});
    EXPECT_EQ(office.setup->assessment().known("jane@example.org")->external.action, Action::none)
        << "what is known answers at once";
    EXPECT_EQ(office.assess()->external.action, Action::notice);
}

// A source that is not due for a day is asked anew where its words hold mail back.
TEST(Assessment, WhoseMailIsHeldBackIsNotJudgedByOldWords) {
    for (const auto& [action, questions] : {std::pair{"notice", 1}, std::pair{"block", 2}}) {
        Office office;
        std::string toml = decorum::test::charter_toml(action);
        const std::string_view narrow = "\"directory\"]";
        toml.replace(toml.find(narrow), narrow.size(), "\"directory\", \"source\"]");
        ASSERT_TRUE(office.setup->change_charter(toml));
        profile::Profile bad;
        bad.summary.value = std::string(rant);
        office.gravatar->say("jane@example.org", bad);
        ASSERT_TRUE(office.assess());
        const Instant looked = office.setup->now();
        EXPECT_EQ(office.assess()->as_of, looked);
        office.setup->advance(std::chrono::minutes{10});
        ASSERT_TRUE(office.assess());
        EXPECT_EQ(office.gravatar->questions(), 1);
        EXPECT_EQ(office.assess()->as_of, looked) << "that long nobody has looked";
        office.setup->advance(std::chrono::minutes{21});
        ASSERT_TRUE(office.assess());
        EXPECT_EQ(office.gravatar->questions(), questions) << action;
    }
}

TEST(Assessment, AnotherCharterHoldsAtOnce) {
    Office office;
    office.posts({rant});
    EXPECT_EQ(office.assess()->external.action, Action::notice);
    ASSERT_TRUE(office.setup->change_charter(decorum::test::charter_toml("audit")));
    EXPECT_EQ(office.setup->assessment().known("jane@example.org")->external.action, Action::audit);
    EXPECT_FALSE(office.setup->change_charter("format = 7"));
    EXPECT_EQ(office.setup->assessment().known("jane@example.org")->external.action, Action::audit);
}

TEST(Assessment, SeveralWhoAskShareOneLook) {
    Office office;
    office.posts({rant});
    office.network->keep(true);
    std::atomic<int> answered = 0;
    for (int i = 0; i < 5; ++i)
        office.setup->assessment().assess("jane@example.org", [&](const AssessedPtr& assessed) {
            if (assessed && assessed->external.action == Action::notice) ++answered;
        });
    EXPECT_EQ(answered, 0);
    office.network->keep(false);
    EXPECT_TRUE(office.assess());
    // They are answered on the assessment's thread, in any order.
    for (int tries = 0; answered < 5 && tries < 2000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    EXPECT_EQ(answered, 5);
    EXPECT_EQ(office.network->questions(), 1);
}

TEST(Assessment, WhoeverWaitsAtTheEndIsAnswered) {
    Office office;
    office.network->keep(true);
    std::optional<AssessedPtr> answer;
    office.setup->assessment().assess("jane@example.org",
                                      [&](AssessedPtr assessed) { answer = std::move(assessed); });
    office.setup->assessment().close();
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, nullptr);
    EXPECT_EQ(office.assess(), nullptr) << "nothing begins any more";
}

// Ten thousand people at once: memory and work are bounded, and whoever finds no room is not assessed.
TEST(Assessment, TooManyAtATimeAreNotAssessed) {
    Office office;
    office.directory->keep(true);
    std::atomic<int> answered = 0;
    for (int i = 0; i < 10'000; ++i)
        office.setup->assessment().assess("person" + std::to_string(i) + "@example.org",
                                          [&](const AssessedPtr&) { ++answered; });
    EXPECT_EQ(answered, 9'000);
    office.directory->keep(false);
    EXPECT_TRUE(office.assess());
}

TEST(Assessment, APersonWithoutAProfileHasNoFindings) {
    Office office;
    const auto assessed = office.assess("paul@example.org");
    ASSERT_TRUE(assessed);
    EXPECT_EQ(assessed->external.action, Action::none);
    EXPECT_EQ(assessed->texts, 0u);
}

}  // namespace
}  // namespace decorum::pipeline::test
