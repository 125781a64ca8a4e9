// Who is listed, and that a running gateway follows the file.
#include "gateway/lookup/opt_out.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <thread>

namespace decorum::lookup {
namespace {

namespace fs = std::filesystem;

OptOutList list_of(std::initializer_list<const char*> texts) {
    OptOutList list;
    for (const char* text : texts) {
        auto entry = OptOutList::entry_of(text);
        EXPECT_TRUE(entry) << text;
        if (entry) list.add(std::move(*entry));
    }
    return list;
}

TEST(OptOutList, HoldsAnAddressInAnyCaseAndWithAnyTag) {
    const OptOutList list = list_of({"Jane@Example.ORG", "news+letter@example.org"});
    EXPECT_TRUE(list.contains("jane@example.org"));
    EXPECT_TRUE(list.contains("JANE@EXAMPLE.ORG"));
    EXPECT_TRUE(list.contains("jane+tag@example.org"));
    EXPECT_TRUE(list.contains("Jane+a+b@example.org"));
    EXPECT_TRUE(list.contains("news+letter@example.org"));
    EXPECT_FALSE(list.contains("news@example.org")) << "only the tagged one is listed";
    EXPECT_FALSE(list.contains("jan@example.org"));
    EXPECT_FALSE(list.contains("jane@example.org.evil.example"));
    EXPECT_FALSE(list.contains("jane@mail.example.org"));
    EXPECT_FALSE(list.contains("+jane@example.org"));
    EXPECT_FALSE(list.contains("jane"));
    EXPECT_FALSE(list.contains(""));
    EXPECT_FALSE(list.contains("@example.org"));
}

TEST(OptOutList, HoldsAWholeDomainAndNoOther) {
    const OptOutList list = list_of({"@Example.net"});
    EXPECT_TRUE(list.contains("anybody@example.NET"));
    EXPECT_TRUE(list.contains("a@b@example.net"));
    EXPECT_FALSE(list.contains("jane@sub.example.net"));
    EXPECT_FALSE(list.contains("jane@notexample.net"));
    EXPECT_FALSE(list.contains("jane@example.net.evil.example"));
}

TEST(OptOutList, HoldsADomainInBothSpellings) {
    const OptOutList list = list_of({"jörg@müller.example", "@xn--strae-oqa.example"});
    EXPECT_TRUE(list.contains("jörg@xn--mller-kva.example"));
    EXPECT_TRUE(list.contains("jörg+tag@MÜLLER.example"));
    EXPECT_TRUE(list.contains("anybody@straße.example"));
    EXPECT_FALSE(list.contains("jorg@müller.example"));
    // As lists of older versions have it.
    const auto older = OptOutList::parse("entries = [\"@müller.example\"]", "optout.toml");
    ASSERT_TRUE(older);
    EXPECT_TRUE(older->contains("anybody@xn--mller-kva.example"));
}

TEST(OptOutList, ReadsBackWhatItWrites) {
    const OptOutList list = list_of({"jane@example.org", "@example.net", "o'hara@example.org",
                                     "\"a \\\\ \\\"b\\\"\"@example.org", "é@example.org"});
    const auto read = OptOutList::parse(list.to_toml(), "optout.toml");
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->entries(), list.entries());
    const auto nobody = OptOutList::parse(OptOutList{}.to_toml(), "optout.toml");
    ASSERT_TRUE(nobody) << nobody.error().text();
    EXPECT_TRUE(nobody->entries().empty());
    EXPECT_TRUE(OptOutList::parse("", "optout.toml"));
}

TEST(OptOutList, RefusesEntriesThatAreNone) {
    for (const std::string& text :
         {std::string("jane"), std::string(""), std::string("@"), std::string("jane@"),
          std::string("jane@exa mple.org"), std::string("jane@-example.org"), std::string("a\nb@example.org"),
          std::string("a\x1b[31m@example.org"), std::string("a\"b@example.org"),
          std::string("a,b@example.org"), std::string("<a@example.org>"), std::string("a@example.org\0", 14),
          std::string("\xff@example.org"), std::string(10'000, 'a') + "@example.org"})
        EXPECT_FALSE(OptOutList::entry_of(text)) << text.substr(0, 40);
}

TEST(OptOutList, AFaultNamesFileLineAndKey) {
    const auto fault = [](std::string_view toml) {
        const auto read = OptOutList::parse(toml, "optout.toml");
        return read ? std::string("none") : read.error().detail;
    };
    EXPECT_EQ(fault("entries = [\n\"jane\"]"),
              "optout.toml:2: entries: must be an address as in jane@example.org, or @example.org");
    EXPECT_EQ(fault("entires = []").substr(0, 36), "optout.toml:1: entires: unknown key;");
    EXPECT_EQ(fault("entries = \"jane@example.org\"").substr(0, 23), "optout.toml:1: entries:");
    EXPECT_EQ(fault("entries = [1]").substr(0, 23), "optout.toml:1: entries:");
    EXPECT_EQ(fault("# nothing").substr(0, 23), "optout.toml:1: entries:");
    EXPECT_EQ(fault("entries = [").substr(0, 14), "optout.toml:1:");
}

class OptOutFile : public testing::Test {
protected:
    OptOutFile() {
        std::string name = (fs::temp_directory_path() / "decorum-optout-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        file_ = folder_ / "optout.toml";
    }
    ~OptOutFile() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void write(std::string_view text) const {
        std::ofstream(folder_ / "new") << text;
        fs::rename(folder_ / "new", file_);
    }
    // Each question looks at the file; the reading is another thread's.
    static bool becomes(OptOut& list, std::string_view address, bool listed) {
        const auto end = SteadyClock::now() + std::chrono::seconds{20};
        while (SteadyClock::now() < end) {
            if (list.contains(address) == listed) return true;
            std::this_thread::yield();
        }
        return false;
    }
    fs::path folder_;
    fs::path file_;
};

TEST_F(OptOutFile, AnAbsentFileListsNobodyAndIsFollowedOnceItIsThere) {
    OptOut list(file_, Milliseconds{0});
    EXPECT_FALSE(list.contains("jane@example.org"));
    write(list_of({"jane@example.org"}).to_toml());
    EXPECT_TRUE(becomes(list, "jane@example.org", true));
    write(OptOutList{}.to_toml());
    EXPECT_TRUE(becomes(list, "jane@example.org", false));
}

TEST_F(OptOutFile, AFaultKeepsTheLastGoodVersion) {
    write(list_of({"jane@example.org"}).to_toml());
    OptOut list(file_, Milliseconds{0});
    ASSERT_TRUE(list.contains("jane@example.org"));
    write("entries = [");
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(list.contains("jane@example.org"));
        ASSERT_FALSE(list.contains("paul@example.org"));
    }
    write(list_of({"paul@example.org"}).to_toml());
    EXPECT_TRUE(becomes(list, "paul@example.org", true));
    EXPECT_FALSE(list.contains("jane@example.org"));
}

TEST_F(OptOutFile, WhileItNeverCouldBeReadEverybodyCountsAsListed) {
    write("entries = [");
    OptOut list(file_, Milliseconds{0});
    EXPECT_TRUE(list.contains("anybody@example.org"));
    write(list_of({"jane@example.org"}).to_toml());
    EXPECT_TRUE(becomes(list, "anybody@example.org", false));
    EXPECT_TRUE(list.contains("jane@example.org"));
}

TEST(OptOutPath, IsInTheStateFolderUnlessConfigured) {
    config::Settings settings;
    settings.gateway.state_dir = "/state";
    EXPECT_EQ(opt_out_path(settings), "/state/optout.toml");
    settings.file = "/etc/decorum/decorum.toml";
    settings.optout.file = "list.toml";
    EXPECT_EQ(opt_out_path(settings), "/etc/decorum/list.toml");
    settings.optout.file = "/srv/list.toml";
    EXPECT_EQ(opt_out_path(settings), "/srv/list.toml");
}

}  // namespace
}  // namespace decorum::lookup
