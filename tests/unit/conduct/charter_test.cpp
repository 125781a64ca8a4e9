// Charters: the shipped one, what is refused and where, and reloading.
#include "gateway/conduct/charter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "gateway/base/ascii.hpp"

namespace decorum::conduct {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const fs::path shipped_charter = fs::path(DECORUM_SOURCE_DIR) / "config/charter.toml";

// Six lines without a rule; the first [[rule]] stands in line 7.
const std::string head =
    "format = 1\n"
    "languages = [\"en\", \"fr\"]\n"
    "[title]\n"
    "en = \"Charter\"\n"
    "fr = \"Charte\"\n"
    "\n";
const std::string dignity_rule =
    "[[rule]]\n"
    "id = \"dignity\"\n"
    "categories = [\"hate\", \"threat\"]\n"
    "severity = 2\n"
    "action = \"notice\"\n"
    "[rule.sentence]\n"
    "en = \"We attack nobody.\"\n"
    "fr = \"Nous n'attaquons personne.\"\n";

std::string changed(std::string text, std::string_view what, std::string_view into) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), into);
}

std::string fault_of(std::string_view toml) {
    const auto charter = Charter::parse(toml, "charter.toml");
    return charter ? "none" : charter.error().detail;
}

TEST(Charter, NamesAllFaultsWhereAskedFor) {
    std::string toml =
        head + changed(changed(dignity_rule, "\"threat\"", "\"profanty\""), "severity = 2", "severity = 4") +
        "[notices]\na_week = 0\n";
    std::vector<std::string> all;
    const auto charter = Charter::parse(toml, "charter.toml", &all);
    ASSERT_FALSE(charter);
    EXPECT_THAT(all,
                testing::UnorderedElementsAre(HasSubstr("notices.a_week: "), HasSubstr("rule.categories: "),
                                              HasSubstr("rule.severity: ")));
    EXPECT_EQ(charter.error().detail, all.front());
    // What only follows from the first is left out.
    all.clear();
    EXPECT_FALSE(Charter::parse(head + changed(dignity_rule, "id = \"", "id = \"?"), "charter.toml", &all));
    EXPECT_THAT(all, testing::ElementsAre(HasSubstr("rule.id: ")));
}

TEST(Charter, TheShippedOneWarnsAndRefusesNothing) {
    const auto charter = Charter::read(shipped_charter);
    ASSERT_TRUE(charter) << charter.error().detail;
    EXPECT_EQ(charter->gravest(), Action::notice);
    EXPECT_THAT(charter->languages, ElementsAre(Language::en, Language::fr));
    EXPECT_FALSE(charter->tier_a);
    EXPECT_FALSE(charter->directory);
    EXPECT_EQ(charter->compliance, ComplianceView{});
    EXPECT_TRUE(charter->opt_out);
    EXPECT_EQ(charter->weekly_notices, 1u);
    for (const CharterRule& one : charter->rules) {
        EXPECT_EQ(one.audience, Audience::external) << one.id;
        EXPECT_FALSE(one.sentence.in(Language::en).empty()) << one.id;
        EXPECT_FALSE(one.sentence.in(Language::fr).empty()) << one.id;
    }
    for (std::size_t category = 0; category < category_count; ++category)
        EXPECT_TRUE(std::ranges::any_of(charter->rules, [&](const CharterRule& one) {
            return one.categories[category] && one.action == Action::notice;
        })) << category_names[category];
}

TEST(Charter, SaysWhatItHolds) {
    const auto charter = Charter::parse(
        head +
            "[scope]\ndomains = [\"Example.org\"]\nrecipients = \"everyone\"\naccounts = [\"declared\", "
            "\"source\", \"directory\"]\nexclude = [\"Jane@example.org\", \"@council.example.org\"]\n"
            "shared_mailboxes = [\"team@example.org\"]\n[compliance]\nsees = [\"category\", \"excerpt\"]\n"
            "[notices]\na_week = 2\nalert = true\n[opt_out]\nallowed = false\n" +
            changed(dignity_rule, "severity = 2\n",
                    "severity = 2\nmax_age = \"30d\"\nrecipients = \"external\"\n"),
        "charter.toml");
    ASSERT_TRUE(charter) << charter.error().detail;
    EXPECT_THAT(charter->domains, ElementsAre("example.org"));
    EXPECT_TRUE(charter->excludes("jane@example.org"));
    EXPECT_TRUE(charter->excludes("anybody@council.example.org"));
    EXPECT_FALSE(charter->excludes("paul@example.org"));
    EXPECT_TRUE(charter->is_shared("team@example.org"));
    EXPECT_TRUE(charter->tier_a && charter->directory);
    EXPECT_EQ(charter->compliance,
              (ComplianceView{.category = true, .severity = false, .time = false, .excerpt = true}));
    EXPECT_FALSE(charter->opt_out);
    EXPECT_EQ(charter->weekly_notices, 2u);
    EXPECT_TRUE(charter->alert);
    ASSERT_EQ(charter->rules.size(), 1u);
    EXPECT_EQ(charter->rules[0].max_age, std::chrono::days{30});
    EXPECT_EQ(charter->rules[0].audience, Audience::external);
    EXPECT_EQ(charter->rule("dignity"), &charter->rules[0]);
    EXPECT_EQ(charter->rule("other"), nullptr);
    EXPECT_EQ(charter->language_for(Language::fr), Language::fr);
    EXPECT_EQ(charter->language_for(Language::de), Language::en);
}

TEST(Charter, ComplianceMaySeeNothingButThatThereIsSomething) {
    const auto charter = Charter::parse(head + "[compliance]\nsees = []\n" + dignity_rule, "charter.toml");
    ASSERT_TRUE(charter) << charter.error().detail;
    EXPECT_EQ(charter->compliance,
              (ComplianceView{.category = false, .severity = false, .time = false, .excerpt = false}));
    EXPECT_THAT(fault_of(head + "[compliance]\n" + dignity_rule), HasSubstr("compliance.sees: is missing"));
    EXPECT_THAT(fault_of(head + "[compliance]\nsees = [\"name\"]\n" + dignity_rule),
                HasSubstr("charter.toml:8: compliance.sees: must be"));
}

TEST(Charter, ARuleTakesItsRecipientsFromTheScope) {
    const auto charter =
        Charter::parse(head + "[scope]\nrecipients = \"everyone\"\n" + dignity_rule, "charter.toml");
    ASSERT_TRUE(charter);
    EXPECT_EQ(charter->rules[0].audience, Audience::everyone);
}

TEST(Charter, FaultsSayWhereAndWhatWouldBeRight) {
    EXPECT_EQ(fault_of(head + dignity_rule), "none");
    EXPECT_EQ(fault_of(head + changed(dignity_rule, "\"threat\"", "\"profanty\"")),
              "charter.toml:9: rule.categories: there is no category \"profanty\"; did you mean "
              "\"profanity\"?");
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "\"threat\"", "\"politics\"")),
                AllOf(StartsWith("charter.toml:9: rule.categories: there is no category \"politics\""),
                      HasSubstr("\"confidentiality\"")));
    EXPECT_THAT(fault_of(head), "charter.toml:1: rule: at least one [[rule]] is needed");
    EXPECT_THAT(fault_of(head + dignity_rule + dignity_rule),
                HasSubstr("charter.toml:16: rule.id: a name of its own"));
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "severity = 2", "severity = 4")),
                "charter.toml:10: rule.severity: must be a whole number from 1 to 3");
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "\"notice\"", "\"fire\"")),
                HasSubstr("charter.toml:11: rule.action: must be \"none\", \"audit\""));
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "fr = \"Nous n'attaquons personne.\"\n", "")),
                HasSubstr("rule.sentence.fr: is missing"));
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "fr = \"Nous", "de = \"Niemand.\"\nfr = \"Nous")),
                HasSubstr("is none of the charter's languages"));
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "severity = 2", "severity = 2\nmax_age = \"3\"")),
                HasSubstr("charter.toml:11: rule.max_age"));
    EXPECT_THAT(fault_of(head + changed(dignity_rule, "severity = 2", "severity = 2\nseverities = 2")),
                HasSubstr("charter.toml:11: rule.severities: unknown key"));
    EXPECT_THAT(fault_of(changed(head, "\"en\", \"fr\"", "\"en\", \"xx\"") + dignity_rule),
                HasSubstr("charter.toml:2: languages"));
    EXPECT_THAT(fault_of(changed(head, "[title]\nen = \"Charter\"\nfr = \"Charte\"\n", "") + dignity_rule),
                HasSubstr("title: is missing"));
    EXPECT_THAT(fault_of(changed(head, "format = 1", "format = 2") + dignity_rule),
                HasSubstr("charter.toml:1: format: this version of decorum reads format 1"));
    EXPECT_THAT(fault_of(head + "[scope]\naccounts = [\"all\"]\n" + dignity_rule),
                HasSubstr("charter.toml:8: scope.accounts"));
    EXPECT_THAT(fault_of(head + "[scope]\nshared_mailboxes = [\"@example.org\"]\n" + dignity_rule),
                HasSubstr("scope.shared_mailboxes: must be an address"));
    EXPECT_THAT(fault_of(head + "[notices]\na_week = 0\n" + dignity_rule), HasSubstr("notices.a_week"));
    EXPECT_THAT(fault_of("title = [unclosed"), StartsWith("charter.toml:1: "));
    for (const std::string wrong : {"format = fal\asse\n", "\"form\\u001bat\" = 1\n"})
        EXPECT_TRUE(std::ranges::none_of(fault_of(wrong + head + dignity_rule), ascii::is_control)) << wrong;
}

// decorum-charter(5) is written by hand: its keys are those of the shipped charter, its words those of the
// program.
TEST(Charter, TheManualPageNamesEveryKeyAndWord) {
    std::ifstream in(shipped_charter.parent_path() / "decorum-charter.5");
    std::stringstream whole;
    whole << in.rdbuf();
    const std::string page = whole.str();
    std::set<std::string> described;
    for (std::size_t at = page.find(".TP\n.B "); at != page.npos; at = page.find(".TP\n.B ", at + 1)) {
        const std::size_t begin = at + std::string_view(".TP\n.B ").size();
        described.insert(page.substr(begin, page.find('\n', begin) - begin));
    }
    const toml::table charter = toml::parse_file(shipped_charter.string());
    std::set<std::string> keys;
    const auto add_keys = [&](const std::string& heading, const toml::table& table) {
        EXPECT_TRUE(page.contains("\"" + heading + "\"")) << heading;
        for (const auto& [key, value] : table) keys.insert(std::string(key.str()));
    };
    for (const auto& [name, node] : charter) {
        const std::string key(name.str());
        if (const toml::array* rules = node.as_array(); rules != nullptr && rules->is_array_of_tables())
            for (const auto& one : *rules) add_keys("[[" + key + "]]", *one.as_table());
        else if (node.is_table() && key != "title" && key != "url")
            add_keys("[" + key + "]", *node.as_table());
        else
            keys.insert(key);
    }
    EXPECT_EQ(described, keys);
    const auto names = [&](const auto& words) {
        for (const std::string_view word : words) {
            const std::string text(word);
            EXPECT_TRUE(page.contains(text + " ") || page.contains(text + "\n")) << word;
        }
    };
    names(category_names);
    names(language_names);
    names(action_names);
    names(audience_names);
}

class CharterFileTest : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(folder_); }
    void TearDown() override { fs::remove_all(folder_); }
    void write(std::string_view text) const { std::ofstream(file()) << text; }
    [[nodiscard]] fs::path file() const { return folder_ / "charter.toml"; }

    const fs::path folder_ = fs::path(testing::TempDir()) / ("decorum-charter-" + std::to_string(getpid()));
};

TEST_F(CharterFileTest, OneThatIsMissingIsNamed) {
    const auto opened = CharterFile::open(file());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::not_found);
    EXPECT_THAT(opened.error().detail, HasSubstr("charter.toml"));
}

TEST_F(CharterFileTest, ReloadingKeepsTheLastGoodOne) {
    write(head + dignity_rule);
    const auto opened = CharterFile::open(file());
    ASSERT_TRUE(opened);
    const auto first = (*opened)->current();
    write(head + changed(dignity_rule, "\"threat\"", "\"taste\""));
    const auto refused = (*opened)->read_again();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("charter.toml:9: rule.categories"));
    EXPECT_EQ((*opened)->current(), first);
    write(head + changed(dignity_rule, "\"notice\"", "\"audit\""));
    auto fresh = (*opened)->read_again();
    ASSERT_TRUE(fresh);
    EXPECT_EQ((*opened)->current(), first) << "until it is taken over";
    (*opened)->take_over(std::move(*fresh));
    EXPECT_EQ((*opened)->current()->gravest(), Action::audit);
    EXPECT_NE((*opened)->current()->version, first->version);
}

}  // namespace
}  // namespace decorum::conduct
