#include "gateway/base/watched_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "gateway/base/log.hpp"

namespace decorum {
namespace {

namespace fs = std::filesystem;
using Absent = WatchedFileOptions::Absent;

class WatchedFileTest : public testing::Test {
protected:
    WatchedFileTest() {
        std::string name = (fs::temp_directory_path() / "decorum-watched-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        file_ = folder_ / "list.txt";
    }
    ~WatchedFileTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void write(std::string_view text) const {
        std::ofstream(folder_ / "new") << text;
        fs::rename(folder_ / "new", file_);
    }
    // Its text; "fault" alone is one.
    static Result<std::string> parse(std::string_view octets) {
        if (octets == "fault") return fail(errc::syntax, "not a list");
        return "[" + std::string(octets) + "]";
    }
    std::unique_ptr<WatchedFile<std::string>> watched(Absent absent) const {
        return std::make_unique<WatchedFile<std::string>>(
            WatchedFileOptions{.path = file_,
                               .name = "list",
                               .max_octets = 100,
                               .absent = absent,
                               .look_interval = Milliseconds{0}},
            parse);
    }
    static void look_until_changed(WatchedFile<std::string>& file, std::uint64_t before) {
        while (file.generation() == before) {
            file.look();
            std::this_thread::yield();
        }
    }
    fs::path folder_;
    fs::path file_;
};

TEST_F(WatchedFileTest, AnAbsentFileIsAFault) {
    const auto file = watched(Absent::fault);
    const auto read = file->read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::not_found);
    EXPECT_TRUE(read.error().detail.starts_with(file_.native() + ": ")) << read.error().detail;
    EXPECT_EQ(file->generation(), 0u);
    EXPECT_EQ(*file->value(), "");
}

TEST_F(WatchedFileTest, AnAbsentFileIsEmptyWhereThatIsAllowed) {
    const auto file = watched(Absent::empty);
    EXPECT_TRUE(file->read());
    EXPECT_EQ(*file->value(), "") << "it isn't parsed";
    const auto before = file->generation();
    write("a");
    look_until_changed(*file, before);
    EXPECT_EQ(*file->value(), "[a]");
    const auto written = file->generation();
    fs::remove(file_);
    look_until_changed(*file, written);
    EXPECT_EQ(*file->value(), "") << "who removes the file removes its content";
}

TEST_F(WatchedFileTest, AFileThatMayBeAbsentMustBeGoodWhereItIsThere) {
    const auto file = watched(Absent::empty);
    write("a");
    ASSERT_TRUE(file->read());
    write("fault");
    EXPECT_FALSE(file->read());
    EXPECT_EQ(*file->value(), "[a]");
    fs::remove(file_);
    fs::create_directory(file_);
    EXPECT_FALSE(file->read());
    EXPECT_EQ(*file->value(), "[a]");
}

TEST_F(WatchedFileTest, AnUnchangedFileIsReadOnce) {
    write("a");
    const auto file = watched(Absent::fault);
    ASSERT_TRUE(file->read());
    const auto before = file->generation();
    for (int i = 0; i < 1000; ++i) file->look();
    EXPECT_EQ(file->generation(), before);
}

TEST_F(WatchedFileTest, LooksOnlyOnceAnInterval) {
    std::atomic<int> checks = 0;
    {
        Watch watch([&] { ++checks; }, std::chrono::hours{1});
        for (int i = 0; i < 1000; ++i) watch.look();
    }  // waits for what was queued
    EXPECT_EQ(checks, 1);
}

TEST_F(WatchedFileTest, AFaultIsLoggedOncePerStateOfTheFile) {
    write("a");
    const fs::path lines = folder_ / "log";
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = lines}));
    const auto count = [&](std::string_view event) {
        log::flush();
        std::ifstream in(lines);
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        int found = 0;
        for (auto at = text.find(event); at != text.npos; at = text.find(event, at + 1)) ++found;
        return found;
    };
    {
        const auto file = watched(Absent::fault);
        ASSERT_TRUE(file->read());
        write("fault");
        do file->look();
        while (count("list_fault") == 0);
        for (int i = 0; i < 1000; ++i) file->look();
        write("b");
        look_until_changed(*file, 1);
        EXPECT_EQ(*file->value(), "[b]");
    }
    EXPECT_EQ(count("list_fault"), 1);
    EXPECT_EQ(count("list_read"), 1);
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = "stderr"}));
}

TEST_F(WatchedFileTest, ReadsNoMoreThanItsLimit) {
    const auto file = watched(Absent::fault);
    write(std::string(100, 'x'));
    EXPECT_TRUE(file->read());
    write(std::string(101, 'x'));
    const auto read = file->read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::limit);
}

TEST_F(WatchedFileTest, APipeInItsPlaceHoldsNobody) {
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    const auto read = watched(Absent::empty)->read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::io);
}

}  // namespace
}  // namespace decorum
