// What a SIGHUP takes over of a file that was changed, and what it leaves to the next start.
#include "config/reload.hpp"

#include <gmock/gmock.h>

#include "config/schema.hpp"
#include "tests/unit/config/support.hpp"

namespace decorum::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::UnorderedElementsAre;

std::string listener(const std::string& name, const std::string& more = "") {
    return "[[listener]]\nname = \"" + name +
           "\"\nprotocol = \"lmtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"dovecot\"\n" + more;
}

class ReloadTest : public ConfigTest {
protected:
    [[nodiscard]] Settings settings(const std::string& text) const {
        auto loaded = load_text(text);
        EXPECT_TRUE(loaded) << render(loaded.error().front());
        return loaded ? std::move(loaded->settings) : Settings{};
    }
    [[nodiscard]] Merged merge(const std::string& running, const std::string& fresh) const {
        return merge_for_reload(settings(running), settings(fresh));
    }
};

TEST_F(ReloadTest, TheSameFileChangesNothing) {
    const auto merged = merge(minimal, minimal);
    EXPECT_THAT(merged.kept, IsEmpty());
    EXPECT_THAT(merged.faults, IsEmpty());
    EXPECT_EQ(merged.settings.listeners.size(), 1U);
}

TEST_F(ReloadTest, WhatCanBeTakenOverIsAndTheRestIsNamed) {
    const auto merged =
        merge(minimal, minimal +
                           "[gateway]\nthreads = 3\ndrain = \"5s\"\n[limits]\nrecipients = 7\n"
                           "[annotate]\nprefix = \"X-Who\"\nauthserv_ids = [\"mx.example.org\"]\n");
    EXPECT_THAT(merged.kept, UnorderedElementsAre("gateway.threads", "annotate.prefix"));
    EXPECT_THAT(merged.faults, IsEmpty());
    EXPECT_EQ(merged.settings.gateway.threads, 0U);
    EXPECT_EQ(merged.settings.gateway.drain, 5s);
    EXPECT_EQ(merged.settings.limits.recipients, 7U);
    EXPECT_EQ(merged.settings.annotate.prefix, "Sender-Profile");
    EXPECT_THAT(merged.settings.annotate.authserv_ids, ElementsAre("mx.example.org"));
}

TEST_F(ReloadTest, AnUpstreamMayMove) {
    std::string moved = minimal;
    moved.replace(moved.find("127.0.0.1:24\""), 13, "127.0.0.2:25\"");
    const auto merged = merge(minimal, moved);
    EXPECT_THAT(merged.kept, IsEmpty());
    EXPECT_EQ(merged.settings.upstreams.at("dovecot").address, "127.0.0.2:25");
}

TEST_F(ReloadTest, ListenersComeAndGoWithARestart) {
    const auto merged = merge(minimal + listener("second"), listener("third") + minimal);
    EXPECT_THAT(merged.kept, ElementsAre("listener.second", "listener.third"));
    ASSERT_EQ(merged.settings.listeners.size(), 2U);
    EXPECT_EQ(merged.settings.listeners[0].name, "delivery");
    EXPECT_EQ(merged.settings.listeners[1].name, "second");
    EXPECT_THAT(merged.faults, IsEmpty());
}

TEST_F(ReloadTest, AListenerThatTakesARestartKeepsAllItHasAndItsUpstream) {
    const std::string smtp =
        "[[listener]]\nname = \"delivery\"\nprotocol = \"smtp\"\nbind = [\"127.0.0.1:2424\"]\n"
        "upstream = \"dovecot\"\ndeadline = \"1s\"\n"
        "[upstream.dovecot]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:2525\"\n";
    const auto merged = merge(minimal, smtp);
    EXPECT_THAT(merged.kept, ElementsAre("listener.delivery.protocol"));
    EXPECT_THAT(merged.faults, IsEmpty());
    ASSERT_EQ(merged.settings.listeners.size(), 1U);
    EXPECT_EQ(merged.settings.listeners[0].protocol, Protocol::lmtp);
    EXPECT_EQ(merged.settings.listeners[0].deadline, 2s);
    EXPECT_EQ(merged.settings.upstreams.at("dovecot").address, "127.0.0.1:24");
    EXPECT_EQ(merged.settings.upstreams.at("dovecot").protocol, Protocol::lmtp);
}

TEST_F(ReloadTest, WhatDoesNotGoWithWhatIsKeptIsAFault) {
    // Right in itself, and a loop with the listener that stays.
    const std::string other =
        "[[listener]]\nname = \"other\"\nprotocol = \"lmtp\"\nbind = [\"127.0.0.1:0\"]\nupstream = \"two\"\n"
        "[upstream.two]\nprotocol = \"lmtp\"\naddress = ";
    const auto merged = merge(minimal + other + "\"127.0.0.1:26\"\n", other + "\"127.0.0.1:2424\"\n");
    EXPECT_THAT(merged.kept, ElementsAre("listener.delivery"));
    EXPECT_THAT(lines_of(merged.faults), ElementsAre(HasSubstr("upstream.two.address")));
}

TEST_F(ReloadTest, SourcesComeAndGoWithARestart) {
    const auto merged = merge(minimal + "[connector.gravatar]\nenabled = true\n",
                              minimal + "[connector.github]\nenabled = true\n");
    EXPECT_THAT(merged.kept, UnorderedElementsAre("connector.gravatar", "connector.github"));
    EXPECT_TRUE(merged.settings.connectors.contains("gravatar"));
    EXPECT_FALSE(merged.settings.connectors.contains("github"));
}

TEST_F(ReloadTest, EachStartOnlySettingOfASectionThatStandsOnceIsKeptAndNamed) {
    for (const Setting& setting : all_settings()) {
        const SectionInfo& info = *find_section(setting.section);
        if (info.shape != Shape::table) continue;
        Settings running = defaults();
        Settings fresh = defaults();
        const Slot slot = setting.slot(info.of(fresh));
        std::visit(
            [](auto* value) {
                using Value = std::remove_pointer_t<decltype(value)>;
                if constexpr (std::is_same_v<Value, bool>)
                    *value = !*value;
                else if constexpr (std::is_same_v<Value, std::uint64_t> ||
                                   std::is_same_v<Value, std::uint8_t>)
                    ++*value;
                else if constexpr (std::is_same_v<Value, Duration>)
                    *value += 1s;
                else if constexpr (std::is_same_v<Value, std::vector<std::string>>)
                    value->emplace_back("x");
                else
                    *value += "x";
            },
            slot);
        if (setting.key == "upstream") continue;  // of notices: what it names must exist
        const auto merged = merge_for_reload(running, fresh);
        const std::string name = std::string(setting.section) + "." + std::string(setting.key);
        EXPECT_EQ(merged.kept, setting.reloadable ? std::vector<std::string>{} : std::vector{name}) << name;
    }
}

}  // namespace
}  // namespace decorum::config
