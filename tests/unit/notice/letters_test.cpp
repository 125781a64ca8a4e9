// What letters say, in both looks and languages, and that nothing hostile gets through them.
#include "gateway/notice/letters.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "parts.hpp"

namespace decorum::notice {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

const auto shared_stationery = stationery();

Frame frame(std::string language) {
    return {.stationery = *shared_stationery,
            .language = std::move(language),
            .hostname = "mx.example.org",
            .reply_to = "decorum+token@example.org",
            .address = "paul@example.org"};
}

std::string html(const Letter& letter) {
    return to_html(letter, shared_stationery->page());
}

// For looking at: DECORUM_SHOW_LETTERS names a folder.
void show(std::string_view name, const Letter& letter) {
    const char* folder = std::getenv("DECORUM_SHOW_LETTERS");
    if (folder == nullptr) return;
    std::ofstream(std::filesystem::path(folder) / (std::string(name) + ".html")) << html(letter);
    std::ofstream(std::filesystem::path(folder) / (std::string(name) + ".txt")) << to_text(letter);
}

TEST(NoticeLetter, SaysWhatWhereWhichRuleAndWhatToDo) {
    const Letter letter = notice_letter(frame("en"), paul(), verdict());
    show("notice-en", letter);
    for (const std::string& look : {to_text(letter), html(letter)}) {
        EXPECT_THAT(look, HasSubstr("My boss is a complete idiot and everybody knows it."));
        EXPECT_THAT(look, HasSubstr("In a post on Mastodon, 20 November 2026"));
        EXPECT_THAT(look, HasSubstr("https://piaille.example/@paul/113"));
        EXPECT_THAT(look, HasSubstr("We speak of people, clients and colleagues"));
        EXPECT_THAT(look, HasSubstr("https://intranet.acme.example/charter"));
        EXPECT_THAT(look, HasSubstr("Detach your work address"));
        EXPECT_THAT(look, HasSubstr("Edit or delete the post"));
        for (std::string_view word : {"ACK", "WRONG", "STOP", "ME"}) EXPECT_THAT(look, HasSubstr(word));
    }
    EXPECT_THAT(html(letter), HasSubstr("mailto:decorum%2Btoken@example.org?subject=ACK&amp;body=ACK"));
    EXPECT_THAT(letter.subject, Not(HasSubstr("idiot"))) << "a phone shows it to whoever looks";
}

TEST(NoticeLetter, InFrenchAllOfItIs) {
    auto person = paul();
    person.language = "fr";
    EXPECT_EQ(language_of(person, *shared_stationery), "fr");
    auto found = verdict();
    found.findings = {noted("Mon chef est un parfait abruti, tout le monde le sait.")};
    const Letter letter = notice_letter(frame("fr"), person, found);
    show("notice-fr", letter);
    const std::string text = to_text(letter);
    EXPECT_THAT(text, HasSubstr("Dans une publication sur Mastodon, le 20 novembre 2026"));
    EXPECT_THAT(text, HasSubstr("Nous parlons des personnes"));
    EXPECT_THAT(text, HasSubstr("https://intranet.acme.example/charte\n"));
    EXPECT_THAT(text, Not(HasSubstr("What you can do")));
    EXPECT_THAT(html(letter), HasSubstr("<html lang=\"fr\">"));
}

TEST(NoticeLetter, ALanguageThatCharterOrWordsLackIsTheCharters) {
    auto person = paul();
    person.language = "es";
    EXPECT_EQ(language_of(person, *shared_stationery), "en");
    auto german = charter();
    german->languages = {conduct::Language::de};
    person.charter = german;
    EXPECT_EQ(language_of(person, *shared_stationery), "en");
}

TEST(NoticeLetter, SpeaksOnlyOfFindingsThatANoticeIsFor) {
    auto found = verdict();
    found.findings.push_back(noted("only recorded", conduct::Action::audit));
    EXPECT_THAT(to_text(notice_letter(frame("en"), paul(), found)), Not(HasSubstr("only recorded")));
}

TEST(NoticeLetter, SaysWhatBecameOfTheMail) {
    auto found = verdict();
    EXPECT_THAT(to_text(notice_letter(frame("en"), paul(), found)), HasSubstr("went out as usual"));
    found.action = conduct::Action::confirm;
    EXPECT_THAT(to_text(notice_letter(frame("en"), paul(), found)), HasSubstr("waits for your word"));
    found.action = conduct::Action::block;
    EXPECT_THAT(to_text(notice_letter(frame("en"), paul(), found)), HasSubstr("is refused until"));
}

TEST(NoticeLetter, SaysWhatComplianceSees) {
    auto person = paul();
    const auto said = [&](std::string_view language, conduct::ComplianceView view) {
        auto changed = charter();
        changed->compliance = view;
        person.charter = changed;
        std::string text = to_text(notice_letter(frame(std::string(language)), person, verdict()));
        std::ranges::replace(text, '\n', ' ');
        while (text.contains("  ")) text.replace(text.find("  "), 2, " ");
        return text;
    };
    EXPECT_THAT(said("en", {}), HasSubstr("the category, how serious it is, when; not your words."));
    EXPECT_THAT(said("fr", {}), HasSubstr("la catégorie, la gravité, la date ; pas vos mots."));
    EXPECT_THAT(said("en", {.category = true, .severity = false, .time = false, .excerpt = true}),
                HasSubstr("the category, the words themselves."));
    EXPECT_THAT(said("en", {.category = false, .severity = false, .time = false, .excerpt = false}),
                HasSubstr("that somebody was told, and nothing else; not your words."));
}

TEST(NoticeLetter, OffersStopOnlyWhereTheCharterDoes) {
    auto person = paul();
    auto strict = charter();
    strict->opt_out = false;
    person.charter = strict;
    const std::string text = to_text(notice_letter(frame("en"), person, verdict()));
    EXPECT_THAT(text, HasSubstr("  ACK "));
    EXPECT_THAT(text, Not(HasSubstr("  STOP ")));
}

TEST(NoticeLetter, ShowsTenPassagesAndCountsTheRest) {
    auto found = verdict();
    for (int i = 0; i < 14; ++i) found.findings.push_back(noted("passage " + std::to_string(i)));
    const std::string text = to_text(notice_letter(frame("en"), paul(), found));
    EXPECT_THAT(text, HasSubstr("passage 8"));
    EXPECT_THAT(text, Not(HasSubstr("passage 9")));
    EXPECT_THAT(text, HasSubstr("There are 5 more"));
}

// Each may come from a network that somebody else writes to.
TEST(NoticeLetter, HostileWordsAreTextAndNothingElse) {
    auto person = paul();
    person.display_name = "<b>Paul</b>\r\nBcc: evil@example.com";
    auto found = verdict();
    auto hostile = noted(
        "<script>alert(1)</script> \"' & \xE2\x80\xAEgnp.exe\x1b[2J\r\n\r\n.\r\n<img src=http://t/x>\xff");
    hostile.url = "javascript:alert(1)";
    hostile.network = "\"><svg onload=x>";
    found.findings = {hostile};
    const Letter letter = notice_letter(frame("en"), person, found);
    show("hostile", letter);
    const std::string page = html(letter);
    for (std::string_view bad :
         {"<script", "<img", "<svg", "<b>Paul", "href=\"javascript", "\xE2\x80\xAE", "\x1b", "\xff", "\r"})
        EXPECT_THAT(page, Not(HasSubstr(bad)));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(to_text(letter), Not(HasSubstr("\x1b")));
    EXPECT_THAT(to_text(letter), Not(HasSubstr("\r")));
}

TEST(NoticeLetter, LoadsNothing) {
    const std::string page = html(notice_letter(frame("en"), paul(), verdict()));
    for (std::string_view loads :
         {"src=", "url(", "@import", "<link", "<script", "<iframe", "<form", "background="})
        EXPECT_THAT(page, Not(HasSubstr(loads)));
}

TEST(NoticeLetter, AWordInBracesInAnExcerptIsNotFilledIn) {
    auto found = verdict();
    found.findings = {noted("{content} {address}")};
    EXPECT_THAT(html(notice_letter(frame("en"), paul(), found)), HasSubstr("{content} {address}"));
}

TEST(ProfileLetter, ShowsLinesAccountsAndRemedies) {
    Seen seen;
    seen.status = Seen::Status::shown;
    seen.lines = {
        {"Sender-Profile", "Paul Petit, Engineer at ACME (Lyon, FR); self-described at gravatar.com"},
        {"Sender-Profile-Networks", "https://piaille.example/@paul, https://github.com/paulp"}};
    seen.accounts = {{"mastodon", "https://piaille.example/@paul", "S", "declared and confirmed by a code"},
                     {"github", "https://github.com/paulp", "A", ""}};
    const Letter letter = profile_letter(frame("en"), seen, true);
    show("profile-en", letter);
    for (const std::string& look : {to_text(letter), html(letter)}) {
        EXPECT_THAT(look, HasSubstr("self-described at gravatar.com"));
        EXPECT_THAT(look, HasSubstr("https://github.com/paulp"));
        EXPECT_THAT(look, HasSubstr("the network itself ties it to this address"));
        EXPECT_THAT(look, HasSubstr("Detach your work address"));
    }
    seen.linked = "https://piaille.example/@paul";
    EXPECT_THAT(to_text(profile_letter(frame("en"), seen, true)), HasSubstr("from now on"));
    EXPECT_THAT(to_text(profile_letter(frame("en"), seen, false)), Not(HasSubstr("STOP")));
}

TEST(ProfileLetter, SaysSoWhereNothingIsShown) {
    Seen seen;
    for (const auto& [status, word] : {std::pair{Seen::Status::nothing, "no public profile"},
                                       std::pair{Seen::Status::opted_out, "is on the list of those"},
                                       std::pair{Seen::Status::unavailable, "a source did not answer"}}) {
        seen.status = status;
        EXPECT_THAT(to_text(profile_letter(frame("en"), seen, true)), HasSubstr(word));
    }
}

TEST(AnswerLetter, EachIsShortAndInTheLanguage) {
    for (const auto answer : {Answered::ack, Answered::wrong, Answered::stop, Answered::stop_refused,
                              Answered::optout, Answered::help})
        for (const std::string language : {"en", "fr"}) {
            const Letter letter = answer_letter(frame(language), answer, answer != Answered::optout);
            show("answer-" + language + std::to_string(static_cast<int>(answer)), letter);
            EXPECT_LT(to_text(letter).size(), 1500u);
            EXPECT_FALSE(letter.subject.empty());
        }
}

TEST(Phrases, AFileThatLacksATextOrHasAWordTooManyIsRefusedWithItsPlace) {
    std::ifstream file(std::filesystem::path(DECORUM_SOURCE_DIR) / "config/notices/en.toml");
    const std::string good{std::istreambuf_iterator<char>(file), {}};
    ASSERT_TRUE(Phrases::parse(good, "en.toml"));
    std::string bad = good;
    bad.replace(bad.find("{charter}"), 9, "{secret}");
    EXPECT_THAT(Phrases::parse(bad, "en.toml").error().detail, HasSubstr("{secret}"));
    bad = good;
    bad.erase(bad.find("greeting_all"), bad.find("intro") - bad.find("greeting_all"));
    EXPECT_THAT(Phrases::parse(bad, "en.toml").error().detail, HasSubstr("notice.greeting_all"));
    bad = good;
    bad.replace(bad.find("January "), 8, "");
    EXPECT_THAT(Phrases::parse(bad, "en.toml").error().detail, HasSubstr("months"));
    EXPECT_FALSE(Phrases::parse("", "en.toml"));
}

}  // namespace
}  // namespace decorum::notice
