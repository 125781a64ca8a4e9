// A folder of its own for a test's log, what it takes to write there, and its lines.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/loader.hpp"
#include "gateway/audit/journal.hpp"
#include "gateway/audit/verify.hpp"

namespace decorum::audit {

class LogFolder : public testing::Test {
protected:
    LogFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "decorum-audit-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        place_ = {folder_, "audit"};
    }
    ~LogFolder() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] KeyRing keys() const { return KeyRing::read_or_make(folder_ / "chain.key").value(); }

    // What a journal needs, writing in this folder by a clock that the test moves.
    void prepare(Common& common) {
        common.place = place_;
        common.version = "1";
        common.hostname = "mx.example.org";
        common.now = [this] { return now_; };
        common.set_keys(keys());
    }

    [[nodiscard]] static Event outcome(std::string_view session) {
        Event event(Kind::outcome);
        event.text("session", session).text("result", "accepted");
        return event;
    }

    [[nodiscard]] static std::vector<std::string> lines_of(const std::filesystem::path& file) {
        std::ifstream in(file);
        std::vector<std::string> out;
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }
    static void write_lines(const std::filesystem::path& file, const std::vector<std::string>& lines) {
        std::ofstream out(file, std::ios::trunc);
        for (const auto& line : lines) out << line << '\n';
    }
    [[nodiscard]] std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> out;
        const auto found = find_files(place_);
        if (!found) return out;
        for (const auto& chain : *found)
            for (const auto& file : chain.files) out.push_back(file.path);
        return out;
    }

    // The first chain that does not hold; nothing: all hold.
    [[nodiscard]] std::optional<Broken> broken(const std::vector<Anchor>& anchors = {}) const {
        const auto chains = verify(place_, keys(), anchors, {});
        if (!chains) throw std::runtime_error(chains.error().detail);
        for (const auto& chain : *chains)
            if (chain.broken) return chain.broken;
        return std::nullopt;
    }

    std::filesystem::path folder_;
    Place place_;
    Moment now_ = clock_now();
};

}  // namespace decorum::audit
