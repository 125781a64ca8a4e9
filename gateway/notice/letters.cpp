#include "gateway/notice/letters.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"

namespace decorum::notice {
namespace {

using conduct::Action;
using conduct::Noted;

Letter begun(const Frame& frame, std::string_view subject, std::string_view title) {
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    return {
        .language = frame.stationery.has(frame.language) ? frame.language : "en",
        .subject = phrases.say(subject),
        .title = phrases.say(title),
        .blocks = {},
        .footer = {
            {.label = {}, .text = phrases.say("footer.machine", {{"hostname", frame.hostname}}), .url = {}}}};
}

// "mastodon" → "Mastodon"; of a page on the web, and without a name, where the URL points.
std::string network_name(const Noted& noted, const Phrases& phrases) {
    std::string name = noted.network;
    if (name.empty() || name == "web") {
        const std::size_t host = noted.url.find("://");
        if (host == std::string::npos) return phrases.say("passage.somewhere");
        name = noted.url.substr(host + 3, noted.url.find_first_of("/?#", host + 3) - host - 3);
        return name;
    }
    name[0] = ascii::to_upper(name[0]);
    return name;
}

Passage passage_of(const Noted& noted, const conduct::Charter& charter, conduct::Language language,
                   const Phrases& phrases) {
    const std::string network = network_name(noted, phrases);
    Passage out{.words = noted.excerpt, .place = {}, .url = noted.url, .notes = {}};
    if (noted.bio)
        out.place = phrases.say("passage.bio", {{"network", network}});
    else if (noted.written)
        out.place =
            phrases.say("passage.post", {{"network", network}, {"date", phrases.date(*noted.written)}});
    else
        out.place = phrases.say("passage.post_undated", {{"network", network}});
    if (const auto* rule = charter.rule(noted.rule))
        if (const std::string& sentence = rule->sentence.in(language); !sentence.empty())
            out.notes.emplace_back(phrases.say("passage.rule"), sentence);
    const std::string category = phrases.say("category." + std::string(conduct::name_of(noted.category)));
    out.notes.emplace_back(phrases.say("passage.kind"),
                           phrases.say("passage.severity", {{"category", category},
                                                            {"severity", std::to_string(noted.severity)}}));
    return out;
}

// What compliance sees of it.
std::string record_of(const conduct::ComplianceView& view, const Phrases& phrases) {
    std::string what;
    const auto add = [&](bool seen, std::string_view key) {
        if (seen) what += (what.empty() ? "" : ", ") + phrases.say(key);
    };
    add(view.category, "recorded.category");
    add(view.severity, "recorded.severity");
    add(view.time, "recorded.time");
    add(view.excerpt, "recorded.excerpt");
    if (what.empty()) what = phrases.say("recorded.nothing");
    return phrases.say(view.excerpt ? "recorded.with_words" : "recorded.without_words", {{"what", what}});
}

void add_remedies(Letter& letter, const Frame& frame) {
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    letter.blocks.emplace_back(Heading{phrases.say("remedies.title")});
    letter.blocks.emplace_back(
        Steps{{phrases.say("remedies.edit"), phrases.say("remedies.detach", {{"address", frame.address}})}});
}

// `words` in the order in which they are offered.
void add_choices(Letter& letter, const Frame& frame,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    letter.blocks.emplace_back(Heading{phrases.say("answers.title")});
    letter.blocks.emplace_back(Paragraph{phrases.say("answers.how")});
    Choices choices{.choices = {}, .reply_to = frame.reply_to};
    for (const auto& [word, meaning] : words)
        if (!word.empty()) choices.choices.push_back({std::string(word), phrases.say(meaning)});
    letter.blocks.emplace_back(std::move(choices));
}

}  // namespace

std::string language_of(const pipeline::WarnedPerson& person, const Stationery& stationery) {
    const auto wanted = conduct::language_named(person.language);
    const conduct::Charter& charter = *person.charter;
    std::string language(
        conduct::name_of(wanted ? charter.language_for(*wanted) : charter.languages.front()));
    return stationery.has(language) ? language : "en";
}

Letter notice_letter(const Frame& frame, const pipeline::WarnedPerson& person,
                     const conduct::Verdict& verdict) {
    const conduct::Charter& charter = *person.charter;
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    const conduct::Language language =
        charter.language_for(conduct::language_named(frame.language).value_or(charter.languages.front()));
    Letter letter = begun(frame, "notice.subject", "notice.title");

    letter.blocks.emplace_back(Paragraph{
        person.display_name.empty() ? phrases.say("notice.greeting_all")
                                    : phrases.say("notice.greeting", {{"name", person.display_name}})});
    letter.blocks.emplace_back(Paragraph{
        phrases.say("notice.intro", {{"address", frame.address}, {"charter", charter.title.in(language)}})});

    std::size_t passages = 0;
    for (const Noted& noted : verdict.findings) {
        if (noted.action < Action::notice) continue;
        if (++passages <= max_passages)
            letter.blocks.emplace_back(passage_of(noted, charter, language, phrases));
    }
    if (passages > max_passages)
        letter.blocks.emplace_back(
            Paragraph{phrases.say("notice.more", {{"count", std::to_string(passages - max_passages)}})});
    letter.blocks.emplace_back(Paragraph{phrases.say(verdict.action == Action::block     ? "notice.block"
                                                     : verdict.action == Action::confirm ? "notice.confirm"
                                                                                         : "notice.passed")});
    add_remedies(letter, frame);
    add_choices(letter, frame,
                {{"ACK", "answers.ack"},
                 {"WRONG", "answers.wrong"},
                 {charter.opt_out ? "STOP" : "", "answers.stop"},
                 {"ME", "answers.me"}});

    const std::string& url = charter.url.in(language);
    letter.footer.insert(letter.footer.begin(),
                         Fact{phrases.say("footer.charter"), charter.title.in(language), url});
    letter.footer.push_back({{}, record_of(charter.compliance, phrases), {}});
    return letter;
}

Letter profile_letter(const Frame& frame, const Seen& seen, bool own) {
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    Letter letter = begun(frame, "profile.subject", "profile.title");
    letter.blocks.emplace_back(Paragraph{
        seen.linked.empty()
            ? phrases.say("profile.intro", {{"address", frame.address}})
            : phrases.say("profile.linked", {{"account", seen.linked}, {"address", frame.address}})});
    switch (seen.status) {
        case Seen::Status::shown: {
            Facts facts;
            for (const auto& [name, value] : seen.lines) facts.facts.push_back({name, value, {}});
            letter.blocks.emplace_back(std::move(facts));
            break;
        }
        case Seen::Status::nothing:
            letter.blocks.emplace_back(Paragraph{phrases.say("profile.nothing")});
            break;
        case Seen::Status::opted_out:
            letter.blocks.emplace_back(Paragraph{phrases.say("profile.opted_out")});
            break;
        case Seen::Status::unavailable:
            letter.blocks.emplace_back(Paragraph{phrases.say("profile.unavailable")});
            break;
    }
    letter.blocks.emplace_back(Heading{phrases.say("profile.accounts")});
    if (seen.accounts.empty()) {
        letter.blocks.emplace_back(Paragraph{phrases.say("profile.no_accounts")});
    } else {
        Facts facts;
        for (const auto& account : seen.accounts) {
            const std::string tier = phrases.say("profile.tier_" + account.tier);
            facts.facts.push_back(
                {account.reason.empty()
                     ? tier
                     : phrases.say("profile.because", {{"tier", tier}, {"reason", account.reason}}),
                 account.url, account.url});
        }
        letter.blocks.emplace_back(std::move(facts));
        add_remedies(letter, frame);
    }
    if (own) add_choices(letter, frame, {{"STOP", "answers.stop"}, {"ME", "answers.me"}});
    return letter;
}

Letter answer_letter(const Frame& frame, Answered answer, bool own) {
    constexpr std::array<std::string_view, 6> keys{"answer.ack",          "answer.wrong",  "answer.stop",
                                                   "answer.stop_refused", "answer.optout", "answer.help"};
    const std::string key(keys[static_cast<std::size_t>(answer)]);
    const Phrases& phrases = frame.stationery.phrases(frame.language);
    Letter letter = begun(frame, key + "_subject", key + "_subject");
    letter.blocks.emplace_back(Paragraph{phrases.say(key, {{"address", frame.address}})});
    if (!own) return letter;
    if (answer == Answered::help)
        add_choices(letter, frame,
                    {{"ACK", "answers.ack"},
                     {"WRONG", "answers.wrong"},
                     {"STOP", "answers.stop"},
                     {"ME", "answers.me"}});
    else if (answer != Answered::optout)
        add_choices(letter, frame, {{"ME", "answers.me"}});
    return letter;
}

}  // namespace decorum::notice
