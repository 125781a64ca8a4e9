// What assesses our own people, as configured: charter, login map, assessment, decisions.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "connectors/registry.hpp"
#include "gateway/base/result.hpp"
#include "gateway/conduct/charter.hpp"
#include "gateway/conduct/conduct.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/pipeline/assessment.hpp"
#include "gateway/pipeline/outbound.hpp"

namespace decorum::app {

class OutboundParts {
public:
    // All but the result outlives it. `warnings` may be null: nobody is told, and nobody has answered;
    // `alerts` too: mail clients say nothing; `audit` too: nothing is recorded. `secret`: the store's, under
    // which refused messages are hidden.
    [[nodiscard]] static Result<std::unique_ptr<OutboundParts>> make(
        const config::Settings& settings, lookup::ProfileService& profiles,
        const connectors::Registry& registry, const conduct::Conduct& conduct, pipeline::Warnings* warnings,
        pipeline::Alerts* alerts, audit::Trail* audit, Secret secret);

    [[nodiscard]] conduct::CharterFile& charter() { return *charter_; }
    [[nodiscard]] pipeline::LoginMap& logins() { return *logins_; }
    [[nodiscard]] pipeline::Assessment& assessment() { return *assessment_; }
    [[nodiscard]] pipeline::Outbound& decisions() { return *decisions_; }

    void close() { assessment_->close(); }

private:
    OutboundParts() = default;

    std::unique_ptr<conduct::CharterFile> charter_;
    std::unique_ptr<pipeline::LoginMap> logins_;
    std::unique_ptr<pipeline::Assessment> assessment_;
    std::unique_ptr<pipeline::Outbound> decisions_;
};

// outbound.charter, or the shipped one.
[[nodiscard]] std::filesystem::path charter_path(const config::Settings& settings);

// What `decorum check` says of charter and login map, and what keeps `decorum run` from starting; each fault
// as FILE:LINE: KEY: what would be right.
[[nodiscard]] std::vector<std::string> outbound_faults(const config::Settings& settings);

}  // namespace decorum::app
