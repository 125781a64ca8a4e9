// A configuration and a state folder that go with the test, and what the commands leave in them.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <utility>

#include "config/loader.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/lookup/opt_out.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app::test {

namespace fs = std::filesystem;

inline constexpr const char* github = "https://github.com/janem";

class People : public testing::Test {
protected:
    People() {
        std::string name = (fs::temp_directory_path() / "decorum-people-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        configure("");
    }
    ~People() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void configure(const std::string& more) {
        std::ofstream(file()) << "[gateway]\nstate_dir = \"" << (folder_ / "state").native() << "\"\n"
                              << more;
        auto loaded = config::load(file());
        ASSERT_TRUE(loaded);
        settings_ = std::move(loaded->settings);
    }
    fs::path file() const { return folder_ / "decorum.toml"; }

    // What the command printed to standard output, after its exit status.
    template <class Command>
    std::pair<int, std::string> run(Command command) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int status = command();
        std::fflush(stdout);
        errors_ = testing::internal::GetCapturedStderr();
        return {status, testing::internal::GetCapturedStdout()};
    }
    LinkOptions options(std::string url = github, std::string addresses = "jane@example.org") const {
        LinkOptions options;
        options.addresses = std::move(addresses);
        options.url = std::move(url);
        options.yes = true;
        return options;
    }
    std::pair<int, std::string> add(const LinkOptions& options) {
        return run([&] { return link_add(file(), options); });
    }
    connectors::RegistryFile registry() const {
        auto read = connectors::read_registry(connectors::registry_path(settings_));
        EXPECT_TRUE(read) << read.error().text();
        return read.value_or(connectors::RegistryFile{});
    }
    bool listed(std::string_view address) const {
        const auto list = lookup::read_opt_out(lookup::opt_out_path(settings_));
        EXPECT_TRUE(list);
        return list && list->contains(address);
    }
    // As a gateway writes it.
    void remember(const std::string& address, const std::string& text) {
        const auto store = store::open_store(settings_);
        ASSERT_TRUE(store) << store.error().text();
        profile::Presentation shown;
        shown.profile = text;
        shown.tier = "S";
        shown.said_by = "own";
        store::Update update;
        update.found = true;
        update.fetched = wall_clock_now();
        update.profile_json = "[\"" + text + "\"]";
        update.shown = std::make_shared<const profile::Presentation>(std::move(shown));
        std::promise<bool> written;
        (*store)->update(store::record_key(*cache_secret(settings_), address), std::move(update),
                         [&](const Result<store::Record>& record) { written.set_value(record.has_value()); });
        EXPECT_TRUE(written.get_future().get());
    }
    bool state_holds(std::string_view octets) const {
        for (const auto& entry : fs::directory_iterator(folder_ / "state")) {
            std::stringstream content;
            content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
            if (content.str().find(octets) != std::string::npos) return true;
        }
        return false;
    }
    bool forgotten(std::string_view address) const {
        auto people = StoredPeople::open(settings_);
        EXPECT_TRUE(people);
        return people && people->is_forgotten(address).value_or(false);
    }

    fs::path folder_;
    config::Settings settings_;
    std::string errors_;
};

}  // namespace decorum::app::test
