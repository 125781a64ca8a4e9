// The shipped file and the reference hold every setting of the table, with its default, and nothing else.
#include "config/reference.hpp"

#include <gmock/gmock.h>
#include <toml++/toml.h>

#include <set>
#include <sstream>

#include "config/schema.hpp"
#include "tests/unit/config/support.hpp"

namespace decorum::config {
namespace {

const std::filesystem::path shipped = std::filesystem::path(DECORUM_SOURCE_DIR) / "config/decorum.toml";

std::string octets_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// Takes the hash away from each line that holds a section or key which is not active.
std::string activated(const std::string& text) {
    std::istringstream in(text);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        const bool inactive = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        out.append(inactive ? line.substr(1) : line).append("\n");
    }
    return out;
}

class ShippedFile : public ConfigTest {};

TEST_F(ShippedFile, IsWhatTheTableGives) {
    EXPECT_EQ(octets_of(shipped), default_file());
}

TEST_F(ShippedFile, LoadsWithoutFaultOrWarning) {
    const auto loaded = load(shipped);
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    EXPECT_THAT(loaded->warnings, testing::IsEmpty());
    EXPECT_TRUE(loaded->settings.listeners.empty());
}

// Of a table and all tables in it.
std::size_t values_in(const toml::table& table) {
    std::size_t count = 0;
    for (const auto& [key, node] : table) {
        const toml::array* list = node.as_array();
        if (const toml::table* inner = node.as_table())
            count += values_in(*inner);
        else if (const toml::table* first = list == nullptr ? nullptr : list->get_as<toml::table>(0))
            count += values_in(*first);
        else
            ++count;
    }
    return count;
}

TEST_F(ShippedFile, HoldsEachKeyOfTheTableWithItsDefaultAndNoOther) {
    const toml::table root = toml::parse(activated(octets_of(shipped)));
    std::size_t keys = 0;
    for (const Setting& setting : all_settings()) {
        const SectionInfo& info = *find_section(setting.section);
        const toml::node_view place = root.at_path(info.name);
        const toml::node_view section = info.shape == Shape::table  ? place
                                        : info.shape == Shape::list ? place[0]
                                                                    : place[info.example_name];
        ASSERT_TRUE(section.is_table()) << info.name;
        const toml::node* node = section.as_table()->get(setting.key);
        ASSERT_NE(node, nullptr) << setting.section << "." << setting.key;
        const std::string_view written =
            setting.default_text.empty() ? setting.example : setting.default_text;
        std::ostringstream expected, found;
        expected << toml::toml_formatter{toml::parse("value = " + std::string(written)),
                                         toml::format_flags::none};
        found << toml::toml_formatter{toml::table{{"value", *node}}, toml::format_flags::none};
        EXPECT_EQ(found.str(), expected.str()) << setting.section << "." << setting.key;
        ++keys;
    }
    const std::size_t present = values_in(root);
    EXPECT_EQ(present, keys);
}

TEST_F(ShippedFile, WithItsHashesTakenAwayIsAWorkingGateway) {
    const auto loaded = load_text(activated(octets_of(shipped)));
    ASSERT_TRUE(loaded) << render(loaded.error().front());
    ASSERT_EQ(loaded->settings.listeners.size(), 1U);
    EXPECT_THAT(check_for_run(loaded->settings), testing::IsEmpty());
    EXPECT_THAT(lines_of(loaded->warnings),
                testing::ElementsAre(testing::HasSubstr("annotate.authserv_ids: empty")));
}

TEST_F(ShippedFile, GivesTheDefaults) {
    const auto loaded = load(shipped);
    ASSERT_TRUE(loaded);
    Settings from_file = loaded->settings;
    Settings from_table = defaults();
    for (const Setting& setting : all_settings()) {
        const SectionInfo& info = *find_section(setting.section);
        if (info.of == nullptr) continue;
        const Slot a = setting.slot(info.of(from_file));
        const Slot b = setting.slot(info.of(from_table));
        const bool equal = std::visit(
            [](auto* x, auto* y) {
                if constexpr (std::is_same_v<decltype(x), decltype(y)>)
                    return *x == *y;
                else
                    return false;
            },
            a, b);
        EXPECT_TRUE(equal) << setting.section << "." << setting.key;
    }
}

TEST_F(ShippedFile, PeopleExampleIsToml) {
    const auto people = toml::parse_file((shipped.parent_path() / "people.example.toml").string());
    ASSERT_TRUE(people["person"].is_array_of_tables());
    EXPECT_EQ(people["person"][0]["display_name"].value_or(std::string()), "Jane Martin");
}

TEST(Reference, HasARowForEachSettingWithItsMeaning) {
    const std::string text = reference_markdown();
    for (const SectionInfo& info : all_sections()) EXPECT_TRUE(text.contains(info.doc)) << info.name;
    std::size_t rows = 0;
    for (std::size_t at = text.find("\n| `"); at != text.npos; at = text.find("\n| `", at + 1)) ++rows;
    EXPECT_EQ(rows, all_settings().size());
    EXPECT_TRUE(text.contains("| `header` | size | `\"256KiB\"` | 4KiB to 64MiB | SIGHUP |"));
    EXPECT_TRUE(text.contains("| `threads` | number | `0` | 0 to 998 | start |"));
    EXPECT_TRUE(text.contains(
        "| `level` | word | `\"info\"` | \"debug\", \"info\", \"warning\" or \"error\" | SIGHUP |"));
    EXPECT_TRUE(text.contains("## `[[listener]]`"));
    EXPECT_TRUE(text.contains("## `[upstream.NAME]`"));
}

TEST(Reference, TheManualPageHasAnItemForEachSetting) {
    const std::string text = reference_manual();
    std::size_t sections = 0, items = 0;
    std::istringstream in(text);
    for (std::string line, before; std::getline(in, line); before = line) {
        if (line.starts_with(".SH \"[")) ++sections;
        if (before == ".TP") ++items;
    }
    EXPECT_EQ(sections, all_sections().size());
    EXPECT_EQ(items, all_settings().size());
    for (const Setting& setting : all_settings())
        EXPECT_TRUE(text.contains("\n.TP\n\\fB" + std::string(setting.key) + "\\fP\n")) << setting.key;
    EXPECT_TRUE(text.contains("(size, 4KiB to 64MiB; default \\fB\\(dq256KiB\\(dq\\fP; SIGHUP)"));
    EXPECT_TRUE(text.contains(".SH \"[upstream.NAME]\""));
}

TEST(Reference, EveryRowOfATableHasItsSixCells) {
    std::istringstream in(reference_markdown());
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("| `")) continue;
        std::size_t bars = 0;
        for (std::size_t i = 0; i < line.size(); ++i)
            if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++bars;
        EXPECT_EQ(bars, 7U) << line;
    }
}

}  // namespace
}  // namespace decorum::config
