// The epoch rises with each change of what is shown, and only then.
#include "gateway/app/imap_epoch.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace decorum::app {
namespace {

class ImapEpoch : public testing::Test {
protected:
    ImapEpoch() : folder_(std::filesystem::path(testing::TempDir()) / ("epoch-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(folder_);
        settings_.gateway.state_dir = folder_;
        settings_.annotate.prefix = "Sender-Profile";
        settings_.imap = {.annotate = true, .block = 2048};
        config::Listener listener;
        listener.protocol = config::Protocol::imap;
        listener.policy = config::Policy::inbound;
        settings_.listeners.push_back(listener);
    }
    ~ImapEpoch() override { std::filesystem::remove_all(folder_); }

    std::uint32_t take() { return take_imap_epoch(settings_, key_).value(); }
    bool would_change() { return imap_epoch_change(settings_, key_).value().has_value(); }

    std::filesystem::path folder_;
    config::Settings settings_;
    std::string key_ = "0a0b0c0d";
};

TEST_F(ImapEpoch, IsZeroAsLongAsNothingWasEverShown) {
    settings_.imap.annotate = false;
    EXPECT_FALSE(would_change());
    EXPECT_EQ(take(), 0U);
    settings_.imap.annotate = true;
    settings_.listeners.front().policy = config::Policy::pass;
    EXPECT_FALSE(would_change());
    EXPECT_EQ(take(), 0U);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "imap.epoch"));
}

TEST_F(ImapEpoch, RisesWithEachChangeAndStaysWithoutOne) {
    EXPECT_TRUE(would_change());
    EXPECT_EQ(take(), 1U);
    EXPECT_FALSE(would_change());
    EXPECT_EQ(take(), 1U);
    settings_.imap.block = 1024;
    EXPECT_TRUE(would_change());
    EXPECT_EQ(take(), 2U);
    settings_.annotate.prefix = "Who";
    EXPECT_EQ(take(), 3U);
    settings_.annotate.face = !settings_.annotate.face;
    EXPECT_EQ(take(), 4U);
    settings_.imap.annotate = false;
    EXPECT_TRUE(would_change());
    EXPECT_EQ(take(), 5U);
    settings_.imap.block = 4096;
    EXPECT_EQ(take(), 5U) << "nothing is shown, whatever its size";
    settings_.imap.annotate = true;
    EXPECT_EQ(take(), 6U) << "what was shown in an earlier epoch was other octets, perhaps";
}

TEST_F(ImapEpoch, RisesWithWhateverDecidesWhoIsShown) {
    std::uint32_t epoch = take();
    const auto rises = [&](const char* what) {
        SCOPED_TRACE(what);
        EXPECT_TRUE(would_change());
        EXPECT_EQ(take(), ++epoch);
        EXPECT_FALSE(would_change());
    };
    settings_.annotate.require = config::Require::none;
    rises("require");
    settings_.annotate.authserv_ids = {"mx.example.org"};
    rises("authserv_ids");
    settings_.annotate.own_names = {"ACME", "Jane Martin"};
    rises("own_names");
    settings_.outbound.domains = {"example.org"};
    rises("outbound.domains");
    settings_.annotate.exclude_recipients = {"@example.org"};
    rises("exclude_recipients");
    settings_.annotate.role_addresses = {"info"};
    rises("role_addresses");
    key_ = "0e0f0a0b";
    rises("key of the seal");
    settings_.annotate.own_names = {"Jane Martin", "ACME"};
    EXPECT_EQ(take(), epoch) << "the same names in another order";
    key_.clear();
    EXPECT_FALSE(would_change()) << "a key that isn't known is no other key";
}

TEST_F(ImapEpoch, SaysWhatAChangeCosts) {
    (void)take();
    settings_.imap.block = 1024;
    EXPECT_THAT(imap_epoch_change(settings_, key_).value().value(),
                testing::AllOf(testing::HasSubstr("block=2048"), testing::HasSubstr("block=1024"),
                               testing::HasSubstr("download all their mail again")));
}

TEST_F(ImapEpoch, FileThatMakesNoSenseIsAnError) {
    std::filesystem::create_directories(folder_);
    for (const std::string_view octets : {"nonsense\n", "1\n", "-1 nothing\n", "99999999999 nothing\n"}) {
        std::ofstream(folder_ / "imap.epoch", std::ios::binary) << octets;
        EXPECT_FALSE(take_imap_epoch(settings_, key_)) << octets;
        EXPECT_FALSE(imap_epoch_change(settings_, key_)) << octets;
    }
}

}  // namespace
}  // namespace decorum::app
