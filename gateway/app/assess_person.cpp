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
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/notice/rules.hpp"

namespace decorum::app {
namespace {

namespace json = boost::json;
using conduct::Action;
using conduct::Audience;
using conduct::Noted;
using pipeline::Assessed;

// How the person stands to notices, as the store has it; it answers the gateway's question of who opted out.
class Answers final : public pipeline::Warnings {
public:
    explicit Answers(const config::Settings& settings, std::string_view address) {
        auto people = StoredPeople::open(settings);
        auto standing =
            people ? people->standing(address) : Result<store::Standing>(std::unexpected(people.error()));
        if (standing)
            standing_ = std::move(*standing);
        else
            unknown_ = standing.error().detail;
    }
    void warn(const pipeline::WarnedPerson&, const conduct::Verdict&) override {}
    [[nodiscard]] Answer answer(std::string_view, const conduct::Verdict& verdict,
                                Action from) const override {
        return unknown_.empty() ? notice::answer_of(standing_, verdict, from) : Answer::unknown;
    }
    [[nodiscard]] bool opted_out(std::string_view) const override { return standing_.opted_out; }

    [[nodiscard]] const store::Standing& standing() const { return standing_; }
    [[nodiscard]] const std::string& unknown() const { return unknown_; }  // why it is

    // Of one finding.
    [[nodiscard]] std::string_view answer_to(const Noted& noted) const {
        conduct::Verdict one;
        one.findings = {noted};
        switch (notice::answer_of(standing_, one, Action::notice)) {
            case Answer::acknowledged: return "acknowledged";
            case Answer::wrong: return "wrong";
            default: return "none";
        }
    }

private:
    store::Standing standing_;
    std::string unknown_;
};

// Whether a notice would go out with the next message, and why not; empty: there is nothing to tell.
std::string telling(const Answers& answers, const conduct::Verdict& verdict, std::uint32_t weekly,
                    Instant now) {
    using notice::Due;
    if (!answers.unknown().empty()) return "the store can't tell how the person stands to notices";
    switch (notice::due(answers.standing(), conduct::marks_of(verdict), weekly, now)) {
        case Due::now: return "a notice goes out with the next message";
        case Due::answered: return "no notice: the person has answered to all of it";
        case Due::told: return "no notice: the person was told, and there is nothing new";
        case Due::later:
            return fmt::format("no notice before {}: no more than {} a week",
                               to_rfc3339(notice::next_notice(answers.standing(), weekly, now)), weekly);
        case Due::opted_out: return "no notice: the person opted out";
        case Due::nothing: break;
    }
    return {};
}

std::string_view consequence(const Answers& answers, const conduct::Verdict& verdict) {
    const auto said = answers.answer({}, verdict, verdict.action);
    if (verdict.action >= Action::confirm && said == Answers::Answer::unknown)
        return "passes, as long as the store can't tell what the person answered";
    if (verdict.action == Action::confirm && said != Answers::Answer::none)
        return "passes, because the person has answered";
    switch (verdict.action) {
        case Action::none: return "passes, and nothing is recorded";
        case Action::audit: return "passes, and it is recorded";
        case Action::notice:
            return said == Answers::Answer::acknowledged || said == Answers::Answer::wrong
                       ? "passes, and its author has answered"
                       : "passes, and its author is told in private";
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

json::object finding_json(const Assessed& assessed, const Answers& answers, const Noted& noted) {
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
    if (noted.action >= Action::notice) out["answer"] = answers.answer_to(noted);
    if (noted.written) out["written"] = to_rfc3339(*noted.written);
    return out;
}

json::object verdict_json(const Assessed& assessed, const Answers& answers, const conduct::Verdict& verdict) {
    json::array findings;
    for (const Noted& noted : verdict.findings) findings.push_back(finding_json(assessed, answers, noted));
    return {{"action", conduct::name_of(verdict.action)},
            {"consequence", consequence(answers, verdict)},
            {"notice", telling(answers, verdict, assessed.person.charter->weekly_notices, wall_clock_now())},
            {"fingerprint", verdict.fingerprint},
            {"findings", std::move(findings)}};
}

json::object standing_json(const Answers& answers) {
    if (!answers.unknown().empty()) return {{"known", false}, {"reason", as_utf8(answers.unknown())}};
    const store::Standing& standing = answers.standing();
    json::object out{{"known", true}, {"opted_out", standing.opted_out}, {"called_wrong", standing.wrongs}};
    if (!standing.notices.empty()) out["told"] = to_rfc3339(standing.notices.back());
    return out;
}

void print_json(const std::string& address, const Assessed& assessed, const Answers& answers) {
    json::object out{
        {"address", address}, {"assessed", assessed.skipped.empty()}, {"standing", standing_json(answers)}};
    if (!assessed.skipped.empty()) {
        out["reason"] = assessed.skipped;
    } else {
        out["texts"] = assessed.texts;
        out["charter"] = assessed.person.charter->version;
        out["external"] = verdict_json(assessed, answers, assessed.external);
        out["everyone"] = verdict_json(assessed, answers, assessed.everyone);
    }
    fmt::print("{}\n", json::serialize(out));
}

void print_finding(const Assessed& assessed, const Answers& answers, const Noted& noted) {
    fmt::print("  {:<8}{} {} ({:.2f}, {}): \"{}\"\n", conduct::name_of(noted.action),
               conduct::name_of(noted.category), noted.severity, noted.score, conduct::name_of(noted.source),
               shown(noted.excerpt));
    const std::string where = noted.written ? fmt::format("post of {}", to_date(*noted.written))
                                            : std::string(noted.bio ? "bio" : "post");
    fmt::print("          {} on {} {}\n", where, shown(noted.network), shown(noted.url));
    fmt::print("          rule \"{}\": {}\n", noted.rule, shown(sentence_of(assessed, noted)));
    if (!noted.why.empty())
        fmt::print("          no more than {}: {}\n", conduct::name_of(noted.action), noted.why);
    if (noted.action < Action::notice) return;
    if (const auto answer = answers.answer_to(noted); answer != "none")
        fmt::print("          the person answered: {}\n", answer);
}

void print_for_people(const std::string& address, const Assessed& assessed, const Answers& answers) {
    if (!assessed.skipped.empty())
        return fmt::print("{}: not assessed: {}\n", shown(address), assessed.skipped);
    const conduct::Charter& charter = *assessed.person.charter;
    fmt::print("{}: {} texts, by \"{}\" (version {})\n", shown(address), assessed.texts,
               shown(charter.title.in(charter.languages.front())), charter.version);
    for (const Noted& noted : assessed.external.findings) print_finding(assessed, answers, noted);
    for (const Audience audience : {Audience::external, Audience::everyone}) {
        const conduct::Verdict& verdict = assessed.verdict(audience);
        fmt::print("Mail that {}: {}: {}.\n",
                   audience == Audience::external ? "leaves the house" : "stays in the house",
                   conduct::name_of(verdict.action), consequence(answers, verdict));
    }
    if (const std::string what =
            telling(answers, assessed.external, charter.weekly_notices, wall_clock_now());
        !what.empty())
        fmt::print("Its author: {}.\n", what);
}

int assess_failed(std::string_view why) {
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
    Answers answers(*settings, *address);
    auto engine = Engine::make(*settings, StateNeed::wished);
    if (!engine) return assess_failed(engine.error().detail);
    if (auto made = (*engine)->make_outbound(&answers); !made) return assess_failed(made.error().detail);
    std::promise<pipeline::AssessedPtr> promise;
    auto result = promise.get_future();
    (*engine)->outbound()->assessment().assess(
        *address, [&](pipeline::AssessedPtr assessed) { promise.set_value(std::move(assessed)); });
    const pipeline::AssessedPtr assessed = result.get();
    if (!assessed) return assess_failed("the profile can't be looked up now");
    if (as_json)
        print_json(*address, *assessed, answers);
    else
        print_for_people(*address, *assessed, answers);
    return exit_done;
}

}  // namespace decorum::app
