// A folder of its own for each test, and configuration files in it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "config/loader.hpp"

namespace decorum::config {

class ConfigTest : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ =
            std::filesystem::path(testing::TempDir()) / ("decorum-" + std::string(test->test_suite_name()) +
                                                         "-" + test->name() + "-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& name, std::string_view octets) const {
        std::filesystem::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << octets;
        return folder_ / name;
    }
    [[nodiscard]] auto load_text(std::string_view text) const { return load(write("decorum.toml", text)); }

    // Each fault as "LINE: KEY: what would be right".
    [[nodiscard]] std::vector<std::string> faults_of(std::string_view text) const {
        const auto loaded = load_text(text);
        return loaded ? std::vector<std::string>{} : lines_of(loaded.error());
    }
    [[nodiscard]] std::vector<std::string> warnings_of(std::string_view text) const {
        const auto loaded = load_text(text);
        if (!loaded) return {"has faults", lines_of(loaded.error()).front()};
        return lines_of(loaded->warnings);
    }
    [[nodiscard]] std::vector<std::string> lines_of(const std::vector<Fault>& faults) const {
        const std::string file = (folder_ / "decorum.toml").string() + ":";
        std::vector<std::string> out;
        for (const Fault& fault : faults) {
            const std::string line = render(fault);
            out.push_back(line.starts_with(file) ? line.substr(file.size()) : "another file: " + line);
        }
        return out;
    }

    std::filesystem::path folder_;
};

// One listener by LMTP and its upstream, without a fault; eight lines.
inline const std::string minimal =
    "[[listener]]\n"
    "name = \"delivery\"\n"
    "protocol = \"lmtp\"\n"
    "bind = [\"127.0.0.1:2424\"]\n"
    "upstream = \"dovecot\"\n"
    "[upstream.dovecot]\n"
    "protocol = \"lmtp\"\n"
    "address = \"127.0.0.1:24\"\n";

}  // namespace decorum::config
