// decorum lookup: the administrator's own question, with the origin of every field.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <future>

#include "gateway/app/commands.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/load.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::app {
namespace {

namespace json = boost::json;
using profile::Origin;
using profile::Profile;

constexpr std::size_t max_value_characters = 400;

// The single-valued fields, in the order in which a person reads them.
std::vector<std::pair<std::string_view, const profile::Text*>> fields_of(const Profile& profile) {
    std::vector<std::pair<std::string_view, const profile::Text*>> out;
    for (const auto& [name, text] : std::initializer_list<std::pair<std::string_view, const profile::Text*>>{
             {"display_name", &profile.display_name},
             {"headline", &profile.headline},
             {"organisation", &profile.organisation},
             {"location", &profile.location},
             {"summary", &profile.summary},
             {"photo_url", &profile.photo_url}})
        if (!text->empty()) out.emplace_back(name, text);
    return out;
}

std::vector<const Origin*> origins_of(const Profile& profile) {
    std::vector<const Origin*> out;
    for (const auto& [name, text] : fields_of(profile)) out.push_back(&text->origin);
    for (const auto& entry : profile.links) out.push_back(&entry.origin);
    for (const auto& entry : profile.activities) out.push_back(&entry.origin);
    for (const auto& entry : profile.positions) out.push_back(&entry.origin);
    for (const auto& entry : profile.recommendations) out.push_back(&entry.origin);
    return out;
}

std::string best_tier(const Profile& profile) {
    std::optional<profile::Tier> best;
    for (const Origin* origin : origins_of(profile))
        if (!best || origin->tier < *best) best = origin->tier;
    return best ? std::string(profile::name_of(*best)) : std::string{};
}

json::object with_origin(json::object entry, const Origin& origin) {
    entry["source"] = origin.source;
    entry["tier"] = profile::name_of(origin.tier);
    entry["reason"] = origin.reason;
    entry["fetched"] = to_rfc3339(origin.fetched);
    return entry;
}

template <class Entries, class Render>
json::array entries_of(const Entries& entries, Render render) {
    json::array out;
    for (const auto& entry : entries) out.push_back(with_origin(render(entry), entry.origin));
    return out;
}

json::value to_json(Instant time) {
    return time == Instant{} ? json::value{} : json::value(to_rfc3339(time));
}

json::object to_json(const lookup::SourceReport& source) {
    json::object out{{"source", source.source},
                     {"account", source.account},
                     {"outcome", profile::name_of(source.outcome)},
                     {"reason", source.reason},
                     {"detail", source.detail},
                     {"fetched", to_json(source.fetched)},
                     {"due", to_json(source.due)},
                     {"asked", source.asked},
                     {"held", source.held},
                     {"hidden", source.hidden}};
    if (source.asked) out["latency_ms"] = source.latency.count();
    if (source.quota && source.quota->left) out["quota_left"] = *source.quota->left;
    if (source.quota && source.quota->resets) out["quota_resets"] = to_json(*source.quota->resets);
    return out;
}

json::object to_json(const std::string& address, const lookup::Report& report) {
    const Profile none;
    const Profile& profile = report.profile ? *report.profile : none;
    json::object fields;
    for (const auto& [name, text] : fields_of(profile))
        fields[name] = with_origin({{"value", text->value}}, text->origin);
    json::array sources;
    for (const auto& source : report.sources) sources.push_back(to_json(source));
    return {{"address", address},
            {"status", lookup::name_of(report.verdict)},
            {"tier", best_tier(profile)},
            {"fields", std::move(fields)},
            {"links", entries_of(profile.links,
                                 [](const profile::Link& link) {
                                     return json::object{{"network", link.network},
                                                         {"handle", link.handle},
                                                         {"url", link.url}};
                                 })},
            {"activities", entries_of(profile.activities,
                                      [](const profile::Activity& activity) {
                                          return json::object{{"time", to_rfc3339(activity.time)},
                                                              {"network", activity.network},
                                                              {"text", activity.text},
                                                              {"url", activity.url}};
                                      })},
            {"positions", entries_of(profile.positions,
                                     [](const profile::Position& position) {
                                         return json::object{{"title", position.title},
                                                             {"organisation", position.organisation},
                                                             {"start", position.start},
                                                             {"end", position.end}};
                                     })},
            {"recommendations", entries_of(profile.recommendations,
                                           [](const profile::Recommendation& recommendation) {
                                               return json::object{{"author", recommendation.author},
                                                                   {"text", recommendation.text}};
                                           })},
            {"sources", std::move(sources)}};
}

// "just now", "35 min ago", "12 h ago", "9 days ago"
std::string age_of(Instant fetched) {
    const auto age = wall_clock_now() - fetched;
    if (age < std::chrono::minutes{1}) return "just now";
    if (age < std::chrono::hours{1})
        return fmt::format("{} min ago", std::chrono::floor<std::chrono::minutes>(age).count());
    if (age < std::chrono::days{2})
        return fmt::format("{} h ago", std::chrono::floor<std::chrono::hours>(age).count());
    return fmt::format("{} days ago", std::chrono::floor<std::chrono::days>(age).count());
}

// Shown, shown as a claim, not shown.
fmt::terminal_color colour_of(profile::Tier tier) {
    switch (tier) {
        case profile::Tier::s: return fmt::terminal_color::green;
        case profile::Tier::a: return fmt::terminal_color::cyan;
        case profile::Tier::b: return fmt::terminal_color::yellow;
        case profile::Tier::c:
        case profile::Tier::d: break;
    }
    return fmt::terminal_color::red;
}

// A line for a person: hostile text is sanitised before it reaches a terminal.
class ProfilePrinter {
public:
    explicit ProfilePrinter(bool colour) : colour_(colour) {}

    void line(std::string_view name, std::string_view value, const Origin& origin) const {
        const std::string text = message::sanitize(value, max_value_characters);
        const std::string tier = fmt::format("tier {}", profile::name_of(origin.tier));
        const std::string from =
            message::sanitize(fmt::format("{}, {}, {}", origin.source, origin.reason, age_of(origin.fetched)),
                              max_value_characters);
        if (colour_)
            fmt::print("{} {}  {} {}\n", fmt::styled(fmt::format("{:<15}", name), fmt::emphasis::bold), text,
                       fmt::styled(tier, fmt::fg(colour_of(origin.tier))),
                       fmt::styled(from, fmt::fg(fmt::terminal_color::bright_black)));
        else
            fmt::print("{:<15} {}  [{}, {}]\n", name, text, tier, from);
    }

private:
    bool colour_;
};

// "gravatar: throttled: our rate is used up; earlier word of 2026-11-23T06:00:00Z"
std::string line_of(const lookup::SourceReport& source) {
    std::string line = source.source;
    if (!source.account.empty()) line.append(" ").append(source.account);
    line.append(": ").append(source.hidden ? "hidden" : profile::name_of(source.outcome));
    if (!source.detail.empty()) line.append(": ").append(source.detail);
    if (source.asked) line.append(fmt::format("; {} ms", source.latency.count()));
    const bool earlier = source.outcome != profile::Outcome::found && !source.reason.empty();
    if (earlier || !(source.asked || source.held))
        line.append(fmt::format("; word of {}", to_rfc3339(source.fetched)));
    if (source.quota && source.quota->left) line.append(fmt::format("; {} left", *source.quota->left));
    return line;
}

void print(const std::string& address, const lookup::Report& report) {
    fmt::print("{}: {}\n", address, lookup::name_of(report.verdict));
    const ProfilePrinter printer(::isatty(STDOUT_FILENO) == 1);
    if (report.profile) {
        const Profile& profile = *report.profile;
        for (const auto& [name, text] : fields_of(profile)) printer.line(name, text->value, text->origin);
        for (const auto& link : profile.links)
            printer.line("link", fmt::format("{} {}", link.network, link.url), link.origin);
        for (const auto& activity : profile.activities)
            printer.line("activity",
                         fmt::format("{} \"{}\" {}", to_date(activity.time), activity.text, activity.url),
                         activity.origin);
        for (const auto& position : profile.positions)
            printer.line("position",
                         fmt::format("{}, {} ({}-{})", position.title, position.organisation, position.start,
                                     position.end),
                         position.origin);
        for (const auto& recommendation : profile.recommendations)
            printer.line("recommendation", fmt::format("{}: {}", recommendation.author, recommendation.text),
                         recommendation.origin);
    }
    for (const auto& source : report.sources)
        fmt::print("source {}\n", message::sanitize(line_of(source), max_value_characters));
}

}  // namespace

int look_up(const std::optional<std::filesystem::path>& config, const std::string& address, bool json,
            bool refresh) {
    const auto mailbox = message::parse_address(address);
    if (!mailbox) {
        fmt::print(stderr, "decorum lookup: not an address: {}\n",
                   message::sanitize(address, max_value_characters));
        return exit_usage;
    }
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto engine = Engine::make(*settings, StateNeed::wished);
    if (!engine) {
        fmt::print(stderr, "decorum: {}\n", engine.error().detail);
        return exit_failure;
    }
    std::promise<lookup::Report> answer;
    (*engine)->profiles().report(mailbox->address(), refresh,
                                 [&answer](lookup::Report report) { answer.set_value(std::move(report)); });
    const lookup::Report report = answer.get_future().get();
    if (json)
        fmt::print("{}\n", boost::json::serialize(to_json(mailbox->address(), report)));
    else
        print(mailbox->address(), report);
    (*engine)->profiles().close();
    return exit_done;
}

}  // namespace decorum::app
