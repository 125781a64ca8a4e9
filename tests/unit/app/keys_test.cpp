#include "gateway/app/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace decorum::app {
namespace {

namespace fs = std::filesystem;

class Keys : public testing::Test {
protected:
    Keys() : folder_(fs::path(testing::TempDir()) / ("keys-" + std::to_string(getpid()))) {
        fs::remove_all(folder_);
        settings_.gateway.state_dir = folder_;
    }
    ~Keys() override { fs::remove_all(folder_); }

    fs::path folder_;
    config::Settings settings_;
};

TEST_F(Keys, AreMadeOnceAndForTheOwnerOnly) {
    const auto key = seal_key(settings_);
    ASSERT_TRUE(key) << key.error().text();
    EXPECT_EQ(seal_key(settings_)->id, key->id);
    EXPECT_EQ(seal_key(settings_, IfAbsent::fail)->id, key->id);
    EXPECT_EQ(fs::status(folder_ / "seal.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(cache_secret(settings_)->reveal(), own_cache_secret(settings_)->reveal());
}

TEST_F(Keys, WhoOnlyLooksMakesNone) {
    EXPECT_EQ(seal_key(settings_, IfAbsent::fail).error().code, errc::not_found);
    EXPECT_FALSE(fs::exists(folder_));
}

// An administrator tries a command before the gateway, which runs as somebody else, has started once.
TEST_F(Keys, ThatRootMakesBelongToTheOwnerOfTheFolder) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root makes files for others";
    fs::create_directory(folder_);
    ASSERT_EQ(::chown(folder_.c_str(), 12345, 23456), 0);
    ASSERT_TRUE(seal_key(settings_));
    ASSERT_TRUE(cache_secret(settings_));
    ASSERT_TRUE(notice_secret(settings_));
    for (const char* name : {"seal.key", "cache.key", "notice.key"}) {
        struct stat status{};
        ASSERT_EQ(::stat((folder_ / name).c_str(), &status), 0);
        EXPECT_EQ(std::pair(status.st_uid, status.st_gid), std::pair(12345U, 23456U)) << name;
    }
}

TEST_F(Keys, WhatIsNoKeyIsNamedAndStays) {
    fs::create_directory(folder_);
    std::ofstream(folder_ / "seal.key") << "short\n";
    const auto key = seal_key(settings_);
    ASSERT_FALSE(key);
    EXPECT_TRUE(key.error().detail.starts_with((folder_ / "seal.key").native() + ": not a key"))
        << key.error().detail;
    EXPECT_EQ(fs::file_size(folder_ / "seal.key"), 6U);
}

}  // namespace
}  // namespace decorum::app
