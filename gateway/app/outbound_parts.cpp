#include "gateway/app/outbound_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/loader.hpp"

namespace decorum::app {
namespace {

// An assessment is looked at again after a minute, and no later than what it is made of.
std::chrono::seconds fresh_for(const config::Cache& cache) {
    constexpr std::chrono::seconds most{60};
    return std::min(most,
                    std::chrono::floor<std::chrono::seconds>(std::min(cache.positive, cache.activities)));
}

}  // namespace

std::filesystem::path charter_path(const config::Settings& settings) {
    const auto& named = settings.outbound.charter;
    return named.empty() ? settings.gateway.data_dir / "charter.toml" : named;
}

Result<std::unique_ptr<OutboundParts>> OutboundParts::make(
    const config::Settings& settings, lookup::ProfileService& profiles, const connectors::Registry& registry,
    const conduct::Conduct& conduct, pipeline::Warnings* warnings, pipeline::Alerts* alerts,
    audit::Trail* audit, Secret secret) {
    std::unique_ptr<OutboundParts> parts(new OutboundParts);
    auto charter = conduct::CharterFile::open(charter_path(settings));
    if (!charter) return std::unexpected(std::move(charter.error()));
    parts->charter_ = std::move(*charter);
    auto logins = pipeline::LoginMap::open(settings.outbound);
    if (!logins) return std::unexpected(std::move(logins.error()));
    parts->logins_ = std::move(*logins);
    parts->assessment_ = std::make_unique<pipeline::Assessment>(pipeline::Assessment::Options{
        .outbound = settings.outbound,
        .profiles = profiles,
        .conduct = conduct,
        .charter = *parts->charter_,
        .declares = [&registry](std::string_view address) { return registry.declares(address); },
        .impersonal = pipeline::impersonal_by(*parts->logins_, settings.annotate),
        .warnings = warnings,
        .audit = audit,
        .fresh_for = fresh_for(settings.cache),
        .max_age = std::chrono::floor<std::chrono::seconds>(settings.cache.activities)});
    parts->decisions_ = std::make_unique<pipeline::Outbound>(
        pipeline::Outbound::Options{.settings = settings,
                                    .assessment = *parts->assessment_,
                                    .charter = *parts->charter_,
                                    .logins = *parts->logins_,
                                    .warnings = warnings,
                                    .alerts = alerts,
                                    .audit = audit,
                                    .secret = std::move(secret),
                                    .same_person = [&registry](std::string_view a, std::string_view b) {
                                        return registry.same_person(a, b);
                                    }});
    return parts;
}

std::vector<std::string> outbound_faults(const config::Settings& settings) {
    std::vector<std::string> faults;
    if (!settings.outbound.login_map.empty())
        if (const auto logins = pipeline::LoginTable::read(settings.outbound.login_map, &faults);
            !logins && faults.empty())
            faults.push_back(logins.error().detail);
    // Without anybody to assess the shipped one need not even be there.
    const bool assesses = std::ranges::find(settings.listeners, config::Policy::outbound,
                                            &config::Listener::policy) != settings.listeners.end() ||
                          !settings.notice.from.empty();
    if (!assesses && settings.outbound.charter.empty()) return faults;
    const auto path = charter_path(settings);
    std::vector<std::string> of_charter;
    const auto charter = conduct::Charter::read(path, &of_charter);
    if (!charter) {
        if (of_charter.empty()) of_charter.push_back(charter.error().detail);
        faults.insert(faults.end(), of_charter.begin(), of_charter.end());
        return faults;
    }
    const auto holds_back = std::ranges::find_if(charter->rules, [](const conduct::CharterRule& rule) {
        return rule.action >= conduct::Action::confirm;
    });
    if (holds_back == charter->rules.end()) return faults;
    for (const config::Listener& listener : settings.listeners) {
        const bool people_submit =
            listener.protocol == config::Protocol::smtp && listener.position == config::Position::submission;
        if (listener.policy != config::Policy::outbound || people_submit) continue;
        faults.push_back(config::render(
            {settings.file, listener.line, "listener.position",
             fmt::format(
                 "\"submission\", by smtp, where people log in: the rule \"{}\" of {} holds mail back",
                 holds_back->id, path.native())}));
    }
    return faults;
}

}  // namespace decorum::app
