// The table against itself: every row can be read, and every row is bound to a member of its own.
#include "config/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "config/loader.hpp"

namespace decorum::config {
namespace {

using namespace std::chrono_literals;

// The contract: these keys exist, under these names.
const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> contract = {
    {"gateway", {"hostname", "state_dir", "data_dir", "threads"}},
    {"log", {"level", "format", "target"}},
    {"listener",
     {"name", "protocol", "bind", "tls", "certificate", "private_key", "policy", "upstream", "position",
      "trusted_peers", "proxy_protocol", "malformed", "deadline"}},
    {"upstream", {"protocol", "address", "tls"}},
    {"annotate",
     {"prefix", "deadline", "require", "authserv_ids", "face", "seal_key_file", "activity", "visible",
      "outlook_flag", "own_names"}},
    {"store", {"url"}},
    {"connector", {"enabled", "file", "base_url", "token_file"}},
    {"http", {"proxy", "ca_file", "allow_private"}},
    {"outbound", {"domains", "charter"}},
    {"imap", {"annotate", "block"}},
    {"audit",
     {"enabled", "file", "required", "addresses", "sync", "interval", "rotate_size", "rotate_age",
      "retention", "key_file"}},
    {"metrics", {"bind"}},
};

TEST(Schema, HoldsEveryKeyOfTheContract) {
    for (const auto& [section, keys] : contract)
        for (std::string_view key : keys)
            EXPECT_NE(find_setting(section, key), nullptr) << section << "." << key;
    EXPECT_EQ(find_setting("gateway", "nonsense"), nullptr);
    EXPECT_EQ(find_section("nonsense"), nullptr);
}

TEST(Schema, NoKeyStandsTwiceAndEachHasItsSection) {
    std::set<std::string> seen;
    for (const Setting& setting : all_settings()) {
        EXPECT_TRUE(seen.insert(std::string(setting.section) + "." + std::string(setting.key)).second)
            << setting.key;
        EXPECT_NE(find_section(setting.section), nullptr);
    }
}

TEST(Schema, EachRowIsBoundToAMemberOfItsOwn) {
    Settings settings;
    Listener listener;
    Upstream upstream;
    Connector connector;
    CustomSource custom;
    std::set<const void*> members;
    for (const Setting& setting : all_settings()) {
        const SectionInfo& info = *find_section(setting.section);
        Target target = &settings.gateway;
        if (info.of != nullptr)
            target = info.of(settings);
        else if (info.name == "listener")
            target = &listener;
        else if (info.name == "upstream")
            target = &upstream;
        else if (info.name == "connector.custom")
            target = &custom;
        else
            target = &connector;
        const void* member = std::visit([](auto* at) -> const void* { return at; }, setting.slot(target));
        EXPECT_TRUE(members.insert(member).second) << setting.section << "." << setting.key;
    }
}

TEST(Schema, EachRowIsWhole) {
    for (const Setting& setting : all_settings()) {
        const std::string name = std::string(setting.section) + "." + std::string(setting.key);
        EXPECT_FALSE(setting.doc.empty()) << name;
        EXPECT_TRUE(setting.doc.ends_with('.')) << name;
        EXPECT_EQ(setting.words.empty(), setting.type != Type::word) << name;
        EXPECT_LE(setting.minimum, setting.maximum) << name;
        const int origins = (setting.required ? 1 : 0) + (setting.derived.empty() ? 0 : 1) +
                            (setting.default_text.empty() ? 0 : 1);
        EXPECT_EQ(origins, 1) << name << " needs a default, or a rule for it, or to be required";
        EXPECT_EQ(setting.example.empty(), !setting.default_text.empty()) << name;
        EXPECT_TRUE(std::ranges::all_of(setting.key, [](char c) { return std::islower(c) != 0 || c == '_'; }))
            << name;
    }
}

TEST(Schema, NoKeyHoldsASecretItself) {
    for (const Setting& setting : all_settings())
        for (std::string_view word : {"token", "password", "secret", "key_file", "private_key"})
            if (setting.key.contains(word)) EXPECT_EQ(setting.type, Type::secret_file) << setting.key;
}

TEST(Schema, EveryConnectorIsNamedInTheDocumentation) {
    for (std::string_view name : known_connectors())
        EXPECT_TRUE(find_section("connector")->doc.contains(name)) << name;
}

TEST(Defaults, AreWhatTheTableSays) {
    const Settings settings = defaults();
    EXPECT_FALSE(settings.gateway.hostname.empty());
    EXPECT_EQ(settings.gateway.state_dir, "/var/lib/decorum");
    EXPECT_TRUE(std::filesystem::exists(settings.gateway.data_dir / "decorum.toml"));
    EXPECT_EQ(settings.gateway.threads, 0U);
    EXPECT_EQ(settings.gateway.drain, 30s);
    EXPECT_EQ(settings.log.level, LogLevel::info);
    EXPECT_EQ(settings.log.format, LogFormat::json);
    EXPECT_EQ(settings.log.target, "stderr");
    EXPECT_TRUE(settings.listeners.empty());
    EXPECT_TRUE(settings.upstreams.empty());
    EXPECT_EQ(settings.annotate.prefix, "Sender-Profile");
    EXPECT_EQ(settings.annotate.deadline, 300ms);
    EXPECT_EQ(settings.annotate.require, Require::authenticated);
    EXPECT_TRUE(settings.annotate.face);
    EXPECT_EQ(settings.annotate.activity, Activity::clean);
    EXPECT_EQ(settings.annotate.visible, VisibleTag::none);
    EXPECT_FALSE(settings.annotate.outlook_flag);
    EXPECT_THAT(
        settings.annotate.role_addresses,
        testing::IsSupersetOf({"postmaster", "abuse", "info", "contact", "sales", "support", "noreply",
                               "no-reply", "donotreply", "mailer-daemon", "root", "webmaster", "hostmaster",
                               "newsletter", "notifications", "billing", "admin"}));
    EXPECT_EQ(settings.limits.header, 256U * 1024);
    EXPECT_EQ(settings.limits.command_line, 2048U);
    EXPECT_EQ(settings.limits.auth_line, 12288U);
    EXPECT_EQ(settings.limits.data_line, 1024U * 1024);
    EXPECT_EQ(settings.limits.message_size, 0U);
    EXPECT_EQ(settings.limits.recipients, 1000U);
    EXPECT_EQ(settings.limits.errors, 20U);
    EXPECT_EQ(settings.limits.received_fields, 100U);
    EXPECT_EQ(settings.limits.reply_lines, 256U);
    EXPECT_EQ(settings.timeouts.connect, 10s);
    EXPECT_EQ(settings.timeouts.greeting, 30s);
    EXPECT_EQ(settings.timeouts.command, 5min);
    EXPECT_EQ(settings.timeouts.handshake, 30s);
    EXPECT_EQ(settings.timeouts.data_block, 3min);
    EXPECT_EQ(settings.timeouts.data_total, 1h);
    EXPECT_EQ(settings.timeouts.data_end, 10min);
    EXPECT_EQ(settings.cache.positive, 24h);
    EXPECT_EQ(settings.cache.negative, 24h);
    EXPECT_EQ(settings.cache.failure, 5min);
    EXPECT_EQ(settings.cache.entries, 100'000U);
    EXPECT_EQ(settings.store.url, "sqlite:");
    EXPECT_EQ(settings.retention.versions, 50U);
    ASSERT_EQ(settings.connectors.size(), 1U);
    EXPECT_TRUE(settings.connectors.at("directory").enabled);
    EXPECT_EQ(settings.connectors.at("directory").file, "");
    EXPECT_FALSE(settings.http.allow_private);
    EXPECT_FALSE(settings.imap.annotate);
    EXPECT_EQ(settings.imap.block, 2048U);
    EXPECT_EQ(settings.metrics.bind, "");
}

}  // namespace
}  // namespace decorum::config
