// decorum assess ADDRESS: a person's public profile by the charter, which action would follow, and why.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <future>

#include "gateway/app/commands.hpp"
#include "gateway/app/engine.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/typed_address.hpp"

namespace decorum::app {
namespace {

namespace json = boost::json;
using conduct::Action;
using conduct::Audience;
using conduct::Noted;
using pipeline::Assessed;

std::string_view consequence(Action action) {
    switch (action) {
        case Action::none: return "passes, and nothing is recorded";
        case Action::audit: return "passes, and it is recorded";
        case Action::notice: return "passes, and its author is told in private";
        case Action::confirm: return "is refused at first, and passes when it is sent again";
        case Action::block: break;
    }
    return "is refused until the profile or the charter changes";
}

std::string_view sentence_of(const Assessed& assessed, const Noted& noted) {
    const conduct::Charter& charter = *assessed.person.charter;
    const conduct::CharterRule* rule = charter.rule(noted.rule);
    return rule == nullptr ? std::string_view{} : rule->sentence.in(charter.language_for(noted.language));
}

json::object finding_json(const Assessed& assessed, const Noted& noted) {
    json::object out{{"category", conduct::name_of(noted.category)},
                     {"severity", noted.severity},
                     {"score", std::round(static_cast<double>(noted.score) * 1e4) / 1e4},
                     {"source", conduct::name_of(noted.source)},
                     {"rule", noted.rule},
                     {"sentence", sentence_of(assessed, noted)},
                     {"excerpt", as_utf8(noted.excerpt)},
                     {"network", as_utf8(noted.network)},
                     {"url", as_utf8(noted.url)},
                     {"place", noted.bio ? "bio" : "post"},
                     {"language", conduct::name_of(noted.language)},
                     {"old", noted.old},
                     {"action", conduct::name_of(noted.action)},
                     {"why", noted.why}};
    if (noted.written) out["written"] = to_rfc3339(*noted.written);
    return out;
}

json::object verdict_json(const Assessed& assessed, const conduct::Verdict& verdict) {
    json::array findings;
    for (const Noted& noted : verdict.findings) findings.push_back(finding_json(assessed, noted));
    return {{"action", conduct::name_of(verdict.action)},
            {"consequence", consequence(verdict.action)},
            {"fingerprint", verdict.fingerprint},
            {"findings", std::move(findings)}};
}

void print_json(const std::string& address, const Assessed& assessed) {
    json::object out{{"address", address}, {"assessed", assessed.skipped.empty()}};
    if (!assessed.skipped.empty()) {
        out["reason"] = assessed.skipped;
    } else {
        out["texts"] = assessed.texts;
        out["charter"] = assessed.person.charter->version;
        out["external"] = verdict_json(assessed, assessed.external);
        out["everyone"] = verdict_json(assessed, assessed.everyone);
    }
    fmt::print("{}\n", json::serialize(out));
}

void print_finding(const Assessed& assessed, const Noted& noted) {
    fmt::print("  {:<8}{} {} ({:.2f}, {}): \"{}\"\n", conduct::name_of(noted.action),
               conduct::name_of(noted.category), noted.severity, noted.score, conduct::name_of(noted.source),
               shown(noted.excerpt));
    const std::string where = noted.written ? fmt::format("post of {}", to_date(*noted.written))
                                            : std::string(noted.bio ? "bio" : "post");
    fmt::print("          {} on {} {}\n", where, shown(noted.network), shown(noted.url));
    fmt::print("          rule \"{}\": {}\n", noted.rule, shown(sentence_of(assessed, noted)));
    if (!noted.why.empty())
        fmt::print("          no more than {}: {}\n", conduct::name_of(noted.action), noted.why);
}

void print_for_people(const std::string& address, const Assessed& assessed) {
    if (!assessed.skipped.empty())
        return fmt::print("{}: not assessed: {}\n", shown(address), assessed.skipped);
    const conduct::Charter& charter = *assessed.person.charter;
    fmt::print("{}: {} texts, by \"{}\" (version {})\n", shown(address), assessed.texts,
               shown(charter.title.in(charter.languages.front())), charter.version);
    for (const Noted& noted : assessed.external.findings) print_finding(assessed, noted);
    for (const Audience audience : {Audience::external, Audience::everyone}) {
        const Action action = assessed.verdict(audience).action;
        fmt::print("Mail that {}: {}: {}.\n",
                   audience == Audience::external ? "leaves the house" : "stays in the house",
                   conduct::name_of(action), consequence(action));
    }
}

int failed(std::string_view why) {
    fmt::print(stderr, "decorum assess: {}\n", why);
    return exit_failure;
}

}  // namespace

int assess_person(const std::optional<std::filesystem::path>& config, const std::string& typed,
                  bool as_json) {
    const auto address = typed_address("assess", typed);
    if (!address) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto engine = Engine::make(*settings, StateNeed::wished);
    if (!engine) return failed(engine.error().detail);
    if (auto made = (*engine)->make_outbound(); !made) return failed(made.error().detail);
    std::promise<pipeline::AssessedPtr> promise;
    auto result = promise.get_future();
    (*engine)->outbound()->assessment().assess(
        *address, [&](pipeline::AssessedPtr assessed) { promise.set_value(std::move(assessed)); });
    const pipeline::AssessedPtr assessed = result.get();
    if (!assessed) return failed("the profile can't be looked up now");
    if (as_json)
        print_json(*address, *assessed);
    else
        print_for_people(*address, *assessed);
    return exit_done;
}

}  // namespace decorum::app
