// Includes follow gateway/layers.txt, in every source file of gateway/, config/ and connectors/. The check is
// a function over a tree, so that it is proved to fail on trees that break each rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace decorum {
namespace {

namespace fs = std::filesystem;

struct Rules {
    std::map<std::string, std::set<std::string>> allowed;  // folder → folders it may include
    std::vector<std::string> faults;
};

// rule = folder ":" *( SP folder / SP "asio-io" ); a line that begins with a hash is a comment
Rules parse_rules(std::istream& in) {
    Rules rules;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) {
            rules.faults.push_back("no colon: " + line);
            continue;
        }
        auto [at, added] = rules.allowed.try_emplace(line.substr(0, colon));
        if (!added) rules.faults.push_back("twice: " + at->first);
        std::istringstream words(line.substr(colon + 1));
        for (std::string word; words >> word;) at->second.insert(word);
    }
    for (const auto& [folder, targets] : rules.allowed)
        for (const std::string& target : targets)
            if (target != "asio-io" && !rules.allowed.contains(target))
                rules.faults.push_back(folder + " names a folder without a rule: " + target);
    return rules;
}

// The innermost folder with a rule; empty where there is none.
std::string layer_of(const Rules& rules, fs::path path) {
    while (path.has_parent_path() && path != path.parent_path()) {
        path = path.parent_path();
        if (rules.allowed.contains(path.generic_string())) return path.generic_string();
    }
    return {};
}

struct Include {
    std::string path;
    bool in_quotes;
};

std::optional<Include> include_of(std::string_view line) {
    const auto skip = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip();
    if (!line.starts_with('#')) return std::nullopt;
    line.remove_prefix(1);
    skip();
    if (!line.starts_with("include")) return std::nullopt;
    line.remove_prefix(7);
    skip();
    if (line.empty() || (line.front() != '<' && line.front() != '"')) return std::nullopt;
    const bool in_quotes = line.front() == '"';
    const std::size_t end = line.find(in_quotes ? '"' : '>', 1);
    if (end == std::string_view::npos) return std::nullopt;
    return Include{std::string(line.substr(1, end - 1)), in_quotes};
}

bool is_ours(std::string_view include) {
    return include.starts_with("gateway/") || include.starts_with("config/") ||
           include.starts_with("connectors/");
}

// What is wrong with one include of one file (both as paths from the top of the tree); empty: nothing.
std::string fault_of(const Rules& rules, const std::string& file, const Include& include) {
    const std::string layer = layer_of(rules, file);
    if (layer.empty()) return "stands in a folder without a rule";
    const auto& allowed = rules.allowed.at(layer);
    if (include.path.starts_with("boost/asio"))
        return allowed.contains("asio-io") || file == "gateway/net/task.hpp" ? "" : "may not do I/O";
    if (include.path.starts_with("mimetic/")) {
        const std::string stem = fs::path(file).replace_extension().generic_string();
        return stem == "gateway/message/mime_tree" || stem == "gateway/message/compose"
                   ? ""
                   : "may not use mimetic";
    }
    if (!is_ours(include.path))
        return include.in_quotes ? "writes a path that doesn't count from the top" : "";
    if (include.path.contains("..")) return "writes a path with dots";
    const std::string target = layer_of(rules, include.path);
    if (target.empty()) return "includes from a folder without a rule";
    return target == layer || allowed.contains(target) ? "" : "may not include " + target;
}

std::vector<std::string> check_tree(const Rules& rules, const fs::path& top, std::size_t& files) {
    std::vector<std::string> faults = rules.faults;
    for (const char* folder : {"gateway", "config", "connectors"}) {
        if (!fs::exists(top / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
            if (entry.path().extension() != ".hpp" && entry.path().extension() != ".cpp") continue;
            const std::string file = entry.path().lexically_relative(top).generic_string();
            std::ifstream in(entry.path());
            std::size_t number = 0;
            ++files;
            if (layer_of(rules, file).empty()) faults.push_back(file + ": stands in a folder without a rule");
            for (std::string line; std::getline(in, line);) {
                ++number;
                const auto include = include_of(line);
                if (!include) continue;
                if (const std::string fault = fault_of(rules, file, *include); !fault.empty())
                    faults.push_back(file + ":" + std::to_string(number) + ": <" + include->path +
                                     ">: " + fault);
            }
        }
    }
    return faults;
}

// A folder that includes itself over others: then ranks mean nothing.
bool has_cycle(const Rules& rules) {
    std::map<std::string, int> state;
    const std::function<bool(const std::string&)> visit = [&](const std::string& folder) {
        if (state[folder] == 1) return true;
        if (state[folder] == 2) return false;
        state[folder] = 1;
        const auto at = rules.allowed.find(folder);
        if (at != rules.allowed.end())
            for (const std::string& target : at->second)
                if (visit(target)) return true;
        state[folder] = 2;
        return false;
    };
    for (const auto& [folder, targets] : rules.allowed)
        if (visit(folder)) return true;
    return false;
}

Rules rules_from(const std::string& text) {
    std::istringstream in(text);
    return parse_rules(in);
}

TEST(Layers, EveryIncludeOfTheTreeIsAllowed) {
    const fs::path top = DECORUM_SOURCE_DIR;
    std::ifstream in(top / "gateway/layers.txt");
    ASSERT_TRUE(in);
    const Rules rules = parse_rules(in);
    EXPECT_GE(rules.allowed.size(), 12U);
    std::size_t files = 0;
    EXPECT_THAT(check_tree(rules, top, files), testing::IsEmpty());
    EXPECT_GE(files, 20U) << "the tree was not found";
}

TEST(Layers, RulesHaveNoCycle) {
    std::ifstream in(fs::path(DECORUM_SOURCE_DIR) / "gateway/layers.txt");
    EXPECT_FALSE(has_cycle(parse_rules(in)));
    EXPECT_TRUE(has_cycle(rules_from("a: b\nb: c\nc: a\n")));
    EXPECT_FALSE(has_cycle(rules_from("a: b c\nb: c\nc:\n")));
}

class LayersOfASyntheticTree : public testing::Test {
protected:
    void SetUp() override {
        top_ = fs::path(testing::TempDir()) / ("decorum-layers-" + std::to_string(getpid()));
        fs::remove_all(top_);
    }
    void TearDown() override { fs::remove_all(top_); }
    void write(const std::string& file, const std::string& text) {
        fs::create_directories((top_ / file).parent_path());
        std::ofstream(top_ / file) << text;
    }
    std::vector<std::string> faults() {
        std::size_t files = 0;
        return check_tree(rules_, top_, files);
    }
    fs::path top_;
    Rules rules_ = rules_from(
        "gateway/base:\n"
        "config: gateway/base\n"
        "gateway/message: gateway/base\n"
        "gateway/net: gateway/base asio-io\n"
        "connectors: gateway/base config gateway/net\n");
};

TEST_F(LayersOfASyntheticTree, AllowedIncludesPass) {
    write("gateway/base/a.hpp", "#pragma once\n#include <vector>\n");
    write("gateway/base/a.cpp", "#include \"gateway/base/a.hpp\"\n");
    write("config/c.cpp", "#include \"gateway/base/a.hpp\"\n#include <toml++/toml.h>\n");
    write("connectors/d.cpp", "#include \"config/c.hpp\"\n# include \"gateway/net/n.hpp\"\n");
    write("gateway/net/n.cpp", "#include <boost/asio/ip/tcp.hpp>\n");
    write("gateway/message/mime_tree.cpp", "#include <mimetic/mimetic.h>\n");
    write("gateway/message/compose.cpp", "#include <mimetic/mimetic.h>\n");
    write("gateway/base/read.txt", "#include \"gateway/net/n.hpp\"\n");
    EXPECT_THAT(faults(), testing::IsEmpty());
}

TEST_F(LayersOfASyntheticTree, EachForbiddenIncludeIsFoundWithItsLine) {
    using testing::AllOf, testing::ElementsAre, testing::HasSubstr;
    const std::vector<std::pair<std::string, std::string>> forbidden = {
        {"gateway/base/a.hpp", "#include \"config/c.hpp\""},
        {"config/c.cpp", "#include \"gateway/net/n.hpp\""},
        {"config/c.cpp", "  #  include <gateway/message/m.hpp>"},
        {"gateway/message/m.hpp", "#include \"connectors/d.hpp\""},
        {"gateway/message/deeper/m.hpp", "#include \"gateway/net/n.hpp\""},
        {"connectors/d.cpp", "#include \"gateway/message/m.hpp\""},
        {"connectors/d.cpp", "#include \"gateway/nowhere/m.hpp\""},
        {"connectors/d.cpp", "#include \"gateway/base/../message/m.hpp\""},
        {"connectors/d.cpp", "#include \"d.hpp\""},
        {"connectors/d.cpp", "#include <boost/asio/ip/tcp.hpp>"},
        {"gateway/message/m.cpp", "#include <boost/asio.hpp>"},
        {"gateway/message/m.cpp", "#include <mimetic/mimetic.h>"},
        {"gateway/net/n.cpp", "#include <mimetic/mimetic.h>"},
    };
    for (const auto& [file, line] : forbidden) {
        fs::remove_all(top_);
        write(file, "#pragma once\n" + line + "\n");
        EXPECT_THAT(faults(), ElementsAre(HasSubstr(file + ":2: "))) << line;
    }
}

TEST_F(LayersOfASyntheticTree, AsioIsAllowedInTheCoroutineVocabularyAlone) {
    rules_ = rules_from("gateway/net:\n");
    write("gateway/net/task.hpp", "#include <boost/asio/awaitable.hpp>\n");
    EXPECT_THAT(faults(), testing::IsEmpty());
    write("gateway/net/event.hpp", "#include <boost/asio/awaitable.hpp>\n");
    EXPECT_THAT(faults(), testing::SizeIs(1));
}

TEST_F(LayersOfASyntheticTree, AFolderWithoutARuleIsAFault) {
    write("gateway/new/a.cpp", "int a;\n");
    EXPECT_THAT(faults(), testing::SizeIs(1));
}

TEST_F(LayersOfASyntheticTree, FaultsOfTheRulesThemselvesAreFound) {
    EXPECT_THAT(rules_from("gateway/base: gateway/nowhere\n").faults, testing::SizeIs(1));
    EXPECT_THAT(rules_from("gateway/base:\ngateway/base:\n").faults, testing::SizeIs(1));
    EXPECT_THAT(rules_from("gateway/base\n").faults, testing::SizeIs(1));
}

}  // namespace
}  // namespace decorum
