// The outbound half over a profile service of the test's own: the shipped lexicon and models, a charter that
// the test writes, a clock that stands, and a telling half that notes what it is told.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/pipeline/outbound.hpp"

namespace decorum::test {

class Told final : public pipeline::Warnings {
public:
    void warn(const pipeline::WarnedPerson& person, const conduct::Verdict& verdict) override;
    [[nodiscard]] Answer answer(std::string_view address, const conduct::Verdict& verdict,
                                conduct::Action from) const override;
    [[nodiscard]] bool opted_out(std::string_view address) const override;

    // Address and fingerprint of each warning so far.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> warned() const;
    [[nodiscard]] pipeline::WarnedPerson last() const;
    void answers(Answer answer) { answer_ = answer; }  // to whatever is asked
    void opt_out(std::string address) { opted_out_ = std::move(address); }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, std::string>> warned_;
    pipeline::WarnedPerson last_;
    std::atomic<Answer> answer_ = Answer::none;
    std::string opted_out_;
};

// A charter of one rule: everything from severity 2 on gets `action`, for mail that leaves the house,
// wherever the content stands. `scope` are more lines of [scope].
[[nodiscard]] std::string charter_toml(std::string_view action, std::string_view scope = {});

class OutboundSetup {
public:
    // Settings and service outlive it. `logins`: a login map; empty: there is none.
    OutboundSetup(const config::Settings& settings, lookup::ProfileService& profiles,
                  std::string_view charter, std::string_view logins = {});
    ~OutboundSetup();
    OutboundSetup(const OutboundSetup&) = delete;
    OutboundSetup& operator=(const OutboundSetup&) = delete;

    std::function<bool(std::string_view)> declares = [](std::string_view) { return true; };
    std::function<bool(std::string_view, std::string_view)> same_person =
        [](std::string_view, std::string_view) { return false; };

    [[nodiscard]] pipeline::Outbound& outbound() { return *outbound_; }
    [[nodiscard]] pipeline::Assessment& assessment() { return *assessment_; }
    [[nodiscard]] Told& told() { return told_; }
    [[nodiscard]] pipeline::Alerts& alerts() { return alerts_; }

    // Waits for it; null: it could not be done within the test's patience.
    [[nodiscard]] pipeline::AssessedPtr assess(std::string_view address);
    void advance(std::chrono::seconds time) { now_ += time.count(); }
    [[nodiscard]] Instant now() const { return Instant{std::chrono::seconds{now_}}; }
    [[nodiscard]] Result<> change_charter(std::string_view toml);

private:
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "charter.toml"; }

    const std::filesystem::path folder_;
    config::Outbound outbound_settings_;
    std::atomic<std::int64_t> now_ = wall_clock_now().time_since_epoch().count();
    Told told_;
    pipeline::Alerts alerts_;
    std::unique_ptr<conduct::CharterFile> charter_;
    std::unique_ptr<pipeline::LoginMap> logins_;
    std::unique_ptr<pipeline::Assessment> assessment_;
    std::unique_ptr<pipeline::Outbound> outbound_;
};

// The shipped data, read once a program.
[[nodiscard]] const conduct::Conduct& shipped_conduct();

}  // namespace decorum::test
