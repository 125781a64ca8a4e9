#include "gateway/base/file_edit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

namespace decorum {
namespace {

namespace fs = std::filesystem;

class FileEdit : public testing::Test {
protected:
    FileEdit() {
        std::string name = (fs::temp_directory_path() / "decorum-edit-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        file_ = folder_ / "list";
    }
    ~FileEdit() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string content() const {
        std::stringstream octets;
        octets << std::ifstream(file_).rdbuf();
        return octets.str();
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    fs::path folder_;
    fs::path file_;
};

Edit becomes(std::string text) {
    return [text](std::string_view) -> Result<std::string> { return text; };
}

Result<std::string> add_one(std::string_view octets) {
    int number = 0;
    std::from_chars(octets.data(), octets.data() + octets.size(), number);
    return std::to_string(number + 1);
}

TEST_F(FileEdit, MakesFileAndFolderForTheOwnerOnly) {
    file_ = folder_ / "a/b/list";
    ASSERT_TRUE(edit_file(file_, 100, becomes("x")));
    EXPECT_EQ(content(), "x");
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(fs::status(folder_ / "a/b").permissions(), fs::perms::owner_all);
}

TEST_F(FileEdit, AFileKeepsItsModeAndOwner) {
    std::ofstream(file_) << "old";
    const auto mode = fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read;
    fs::permissions(file_, mode);
    const bool root = ::geteuid() == 0;
    if (root) ASSERT_EQ(::chown(file_.c_str(), 12345, 23456), 0);
    ASSERT_TRUE(edit_file(file_, 100, becomes("new")));
    EXPECT_EQ(fs::status(file_).permissions(), mode);
    struct stat status{};
    ASSERT_EQ(::stat(file_.c_str(), &status), 0);
    if (root) EXPECT_EQ(std::pair(status.st_uid, status.st_gid), std::pair(12345U, 23456U));
    EXPECT_EQ(content(), "new");
}

TEST_F(FileEdit, AFileBehindASymbolicLinkIsChangedWhereItLies) {
    const fs::path real = folder_ / "shared/list";
    fs::create_directory(folder_ / "shared");
    fs::create_symlink("shared/list", folder_ / "link");
    fs::create_symlink("link", file_);
    for (const char* text : {"made", "changed"}) {
        ASSERT_TRUE(edit_file(file_, 100, becomes(text)));
        EXPECT_TRUE(fs::is_symlink(file_));
        EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(real)));
        EXPECT_EQ(content(), text);
    }
    fs::create_symlink("loop", folder_ / "loop");
    EXPECT_EQ(edit_file(folder_ / "loop", 100, becomes("x")).error().code, errc::io);
}

TEST_F(FileEdit, TheNewContentAppearsWholeAndNothingStaysBeside) {
    ASSERT_TRUE(edit_file(file_, 100, becomes("old")));
    std::ifstream reader(file_);
    ASSERT_TRUE(edit_file(file_, 100, becomes("new")));
    std::string seen;
    reader >> seen;
    EXPECT_EQ(seen, "old") << "who has the file open reads the version he opened";
    EXPECT_EQ(content(), "new");
    EXPECT_EQ(files(), 2u) << "the file and its lock";
}

TEST_F(FileEdit, AnEditThatFailsOrChangesNothingWritesNothing) {
    ASSERT_TRUE(edit_file(file_, 100, becomes("old")));
    const auto written = fs::last_write_time(file_);
    const auto refused = edit_file(
        file_, 100, [](std::string_view) -> Result<std::string> { return fail(errc::invalid, "no"); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "no");
    EXPECT_TRUE(edit_file(file_, 100, becomes("old")));
    EXPECT_EQ(fs::last_write_time(file_), written);
}

TEST_F(FileEdit, ContentBeyondTheLimitIsRefusedBothWays) {
    EXPECT_EQ(edit_file(file_, 3, becomes("long")).error().code, errc::limit);
    EXPECT_FALSE(fs::exists(file_));
    std::ofstream(file_) << "long";
    EXPECT_EQ(edit_file(file_, 3, becomes("")).error().code, errc::limit);
    EXPECT_EQ(content(), "long");
}

TEST_F(FileEdit, ProcessesThatWriteAtOnceLoseNothing) {
    constexpr int processes = 4;
    constexpr int rounds = 25;
    std::vector<pid_t> children;
    for (int i = 0; i < processes; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            bool good = true;
            for (int n = 0; n < rounds; ++n) good = edit_file(file_, 100, add_one).has_value() && good;
            ::_exit(good ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = -1;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(content(), std::to_string(processes * rounds));
    EXPECT_EQ(files(), 2u);
}

TEST_F(FileEdit, SomebodyWhoHoldsTheLockIsWaitedForOnlySoLong) {
    const int held = ::open((file_.native() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(::flock(held, LOCK_EX), 0);
    const auto refused = edit_file(file_, 100, becomes("x"), std::chrono::milliseconds{30});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_FALSE(fs::exists(file_));
    ::close(held);
    EXPECT_TRUE(edit_file(file_, 100, becomes("x")));
}

TEST_F(FileEdit, AFolderThatCannotBeWrittenIsAnErrorWithItsPath) {
    const auto refused = edit_file("/dev/null/list", 100, becomes("x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::io);
    EXPECT_NE(refused.error().detail.find("/dev/null"), std::string::npos);
}

}  // namespace
}  // namespace decorum
