// Whatever strangers write into their profiles, nothing of it gets out of its place in the header section.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "connectors/bluesky.hpp"
#include "connectors/github.hpp"
#include "connectors/gitlab.hpp"
#include "connectors/gravatar.hpp"
#include "connectors/page_profile.hpp"
#include "connectors/webfinger.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/sanitize.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/presentation.hpp"
#include "tests/unit/connectors/fediverse.hpp"
#include "tests/unit/connectors/page_facts.hpp"
#include "tests/unit/connectors/plain_worker.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using profile::Outcome;

const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts{
        std::string(10'000, 'n'),
        std::string(10'000, '\xC3'),
        "Jane\r\nSender-Profile-Source: status=found; tier=S; said-by=own",
        "Jane\r\n\r\n<script>alert(1)</script>",
        "Jane\nBcc: all@example.org",
        "Jane\rMartin",
        "Jane\u202E\u2066nitraM\u2069 \u200B\uFEFFx",
        "=?utf-8?q?Jane=0D=0ABcc:_all?= =?utf-8?b?SmFuZQ==?=",
        "=\u200B?utf-8?q?Jane?=",
        "Jane\xFF\xFE\xC0\x80\xED\xA0\x80\xF5\x80\x80\x80",
        std::string("Ja\0ne", 5),
        "Jane\x1B[31m\x07\x7F\xC2\x85\xC2\x9B",
        "Jane\u2028Bcc: x\u2029",
        "Jane; self-described at bank.example",
        "\"Jane\" <ceo@example.org>, (comment",
        std::string(300, ' '),
        "\U000E0041\U000E0042",
    };
    return texts;
}

// The same by networks, which give posts too.
std::vector<profile::Answer> answers_of_networks(const std::string& text) {
    std::vector<profile::Answer> answers;
    test::Web web;
    const auto put = [&](const std::string& url, const json::value& body) {
        web.put(url, 200, "application/json", json::serialize(body));
    };
    test::FediverseServer server(web, "jane.example", "jane");
    test::PlainWorker worker;
    for (const char* name : {"name", "summary"}) server.actor[name] = text;
    for (const char* name : {"display_name", "note"}) server.account[name] = text;
    server.account["fields"] = json::array{
        {{"value", "<a href=\"https://x.com/" + text + "\">"}, {"verified_at", "2024-05-01T10:00:00Z"}}};
    server.statuses = {server.status(text)};
    server.publish();
    WebFinger finger(web, worker);
    answers.push_back(test::ask(finger, {"jane@jane.example", std::nullopt}));

    const std::string did = "did:web:jane.example";
    put("https://public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=jane.example",
        {{"did", did},
         {"handle", "jane.example"},
         {"displayName", text},
         {"description", text},
         {"avatar", text},
         {"website", "https://x.com/" + text}});
    put("https://public.api.bsky.app/xrpc/app.bsky.feed.getAuthorFeed?actor=did%3Aweb%3Ajane.example"
        "&filter=posts_no_replies&limit=20",
        {{"feed", json::array{{{"post",
                                {{"uri", text},
                                 {"author", {{"did", did}}},
                                 {"record", {{"text", text}, {"createdAt", "2026-11-20T08:00:00Z"}}},
                                 {"indexedAt", "2026-11-20T08:00:00Z"}}}}}}});
    Bluesky sky(web, nullptr, {});
    answers.push_back(test::ask(
        sky, {"", profile::Handle{"bluesky", "jane.example", "https://bsky.app/profile/jane.example"}}));

    put("https://api.github.com/users/jane", {{"login", "jane"},
                                              {"type", "User"},
                                              {"name", text},
                                              {"company", text},
                                              {"blog", text},
                                              {"location", text},
                                              {"email", text},
                                              {"bio", text},
                                              {"twitter_username", text},
                                              {"avatar_url", text}});
    put("https://api.github.com/users/jane/social_accounts", json::array{{{"url", "https://x.com/" + text}}});
    put("https://api.github.com/users/jane/events/public?per_page=30",
        json::array{{{"type", "ReleaseEvent"},
                     {"public", true},
                     {"actor", {{"login", "jane"}}},
                     {"repo", {{"name", "jane/x"}}},
                     {"payload", {{"action", "published"}, {"release", {{"tag_name", text}}}}},
                     {"created_at", "2026-11-20T08:00:00Z"}}});
    GitHub github(web, {});
    answers.push_back(test::ask(github, {"", profile::Handle{"github", "jane", "https://github.com/jane"}}));

    put("https://gitlab.com/api/v4/users?username=jane", json::array{{{"id", 42}}});
    put("https://gitlab.com/api/v4/users/42", {{"id", 42},
                                               {"username", "jane"},
                                               {"state", "active"},
                                               {"name", text},
                                               {"job_title", text},
                                               {"organization", text},
                                               {"location", text},
                                               {"bio", text},
                                               {"public_email", text},
                                               {"website_url", "jane.example/" + text},
                                               {"linkedin", text},
                                               {"twitter", text},
                                               {"avatar_url", text}});
    put("https://gitlab.com/api/v4/users/42/events?per_page=20",
        json::array{{{"action_name", "pushed to"},
                     {"project_id", 7},
                     {"author", {{"id", 42}}},
                     {"target_title", text},
                     {"push_data", {{"ref_type", "tag"}, {"ref", text}}},
                     {"created_at", "2026-11-20T08:00:00Z"}}});
    put("https://gitlab.com/api/v4/projects/7",
        {{"id", 7}, {"path_with_namespace", "jane/x"}, {"visibility", "public"}});
    GitLab gitlab(web, {});
    answers.push_back(test::ask(gitlab, {"", profile::Handle{"gitlab", "jane", "https://gitlab.com/jane"}}));
    return answers;
}

// A field at a time in the forms of each source; the URLs are the text too.
std::vector<profile::Answer> answers_with(const std::string& text) {
    constexpr std::string_view url = "https://jane.example/";
    const auto serialized = [](const json::value& value) { return json::serialize(value); };
    const std::string person = serialized({{"@type", "Person"},
                                           {"name", text},
                                           {"jobTitle", text},
                                           {"worksFor", {{"@type", "Organization"}, {"name", text}}},
                                           {"address", text},
                                           {"description", text},
                                           {"image", text},
                                           {"sameAs", text},
                                           {"url", "https://jane.example/" + text}});
    std::vector<profile::Answer> answers{
        answer_from_json(
            serialized({{"basics",
                         {{"name", text},
                          {"label", text},
                          {"summary", text},
                          {"image", text},
                          {"location", {{"city", text}}},
                          {"profiles", json::array{{{"network", text}, {"username", text}, {"url", text}}}}}},
                        {"work", json::array{{{"position", text}, {"name", text}, {"startDate", text}}}},
                        {"references", json::array{{{"name", text}, {"reference", text}}}}}),
            url),
        answer_from_json(
            serialized(
                {{"name", text},
                 {"headline", text},
                 {"interests", text},
                 {"location", {{"city", text}, {"country", text}}},
                 {"career", json::array{{{"position", text}, {"company_name", text}, {"begin", text}}}}}),
            url),
        answer_from_json(person, url)};
    worker::PageFacts facts;
    facts.json_ld = {person};
    facts.rel_me = {text, "https://x.com/" + text};
    facts.meta = {{"og:type", "profile"}, {"og:title", text}, {"og:description", text}, {"og:image", text}};
    answers.push_back(answer_from_page(facts, url, Preset::any));
    facts.json_ld.clear();
    facts.items = {test::item(
        "h-card", {{"name", text}, {"job-title", text}, {"org", text + "x"}, {"url", text}, {"adr", text}})};
    answers.push_back(answer_from_page(facts, url, Preset::any));
    test::Web web;
    Gravatar gravatar(web, {});
    web.put("https://api.gravatar.com/v3/profiles/" + to_hex(view_of(sha256({"jane@jane.example"}))), 200,
            "application/json",
            serialized({{"hash", text},
                        {"display_name", text},
                        {"job_title", text},
                        {"company", text},
                        {"location", text},
                        {"avatar_url", "https://gravatar.com/" + text},
                        {"profile_url", "https://gravatar.com/" + text},
                        {"verified_accounts",
                         json::array{{{"service_type", text}, {"url", "https://x.com/" + text}}}}}));
    answers.push_back(test::ask(gravatar, {"jane@jane.example", std::nullopt}));
    for (profile::Answer& answer : answers_of_networks(text)) answers.push_back(std::move(answer));
    return answers;
}

const std::vector<profile::Answer>& answers() {
    static const std::vector<profile::Answer> all = [] {
        std::vector<profile::Answer> out;
        for (const std::string& text : hostile_texts())
            for (profile::Answer& answer : answers_with(text)) out.push_back(std::move(answer));
        return out;
    }();
    return all;
}

// Everything is shown, links too.
void tie_to_address(profile::Profile& p) {
    const profile::Origin origin{"gravatar", profile::Tier::a, "verified", {}};
    for (profile::Text* text :
         {&p.display_name, &p.headline, &p.organisation, &p.location, &p.summary, &p.photo_url})
        text->origin = origin;
    for (auto& link : p.links) link.origin = origin;
    for (auto& activity : p.activities) activity.origin = origin;
    for (auto& position : p.positions) position.origin = origin;
    for (auto& recommendation : p.recommendations) recommendation.origin = origin;
}

std::string block_of(const profile::Profile& p) {
    const auto shown = profile::present(p, {.activity = true});
    message::PersonFields fields{shown.profile, shown.networks, shown.activity, shown.career, {}};
    return std::string(message::RenderedPerson::render(fields, {}).octets());
}

TEST(HostileTexts, AreCutToValidUtf8) {
    for (const profile::Answer& answer : answers()) {
        const profile::Profile& p = answer.profile;
        for (const profile::Text* field :
             {&p.display_name, &p.headline, &p.organisation, &p.location, &p.summary})
            EXPECT_TRUE(is_valid_utf8(field->value));
        EXPECT_LE(p.display_name.value.size(), profile::max_name_octets);
        EXPECT_LE(p.headline.value.size(), profile::max_headline_octets);
        EXPECT_LE(p.summary.value.size(), profile::max_summary_octets);
        EXPECT_TRUE(p.photo_url.empty() || p.photo_url.value.starts_with("https://"));
        for (const auto& link : p.links) {
            EXPECT_TRUE(link.url.empty() || link.url.starts_with("https://") ||
                        link.url.starts_with("mailto:"))
                << link.url;
            EXPECT_TRUE(ascii::is_ascii(link.url));
            EXPECT_TRUE(
                std::ranges::none_of(link.url, [](char c) { return ascii::is_control(c) || c == ' '; }));
        }
        const auto kept = profile::profile_from_json(profile::to_json(p));
        EXPECT_TRUE(kept) << "the store takes it back";
    }
}

TEST(HostileTexts, StayInTheirFieldOfTheBlock) {
    std::size_t blocks = 0;
    for (profile::Answer answer : answers()) {
        if (answer.outcome != Outcome::found) continue;
        tie_to_address(answer.profile);
        const std::string block = block_of(answer.profile);
        blocks += block.empty() ? 0 : 1;
        EXPECT_TRUE(ascii::is_ascii(block));
        EXPECT_LE(block.size(), message::max_block_octets);
        std::string_view rest = block;
        while (!rest.empty()) {
            const std::size_t end = rest.find("\r\n");
            ASSERT_NE(end, std::string_view::npos) << block;
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(end + 2);
            EXPECT_TRUE(line.starts_with("Sender-Profile:") || line.starts_with("Sender-Profile-Networks:") ||
                        line.starts_with("Sender-Profile-Activity:") ||
                        line.starts_with("Sender-Profile-Career:") || line.starts_with(" "))
                << line;
            EXPECT_TRUE(std::ranges::none_of(line, ascii::is_control)) << line;
            // Decoded as a client does, it is still one line of plain text.
            std::string decoded = message::decode_encoded_words(line);
            while (!decoded.empty()) {
                const CodePoint point = first_code_point(decoded);
                ASSERT_TRUE(point.valid) << line;
                EXPECT_TRUE(point.value == ' ' || message::is_shown(point.value)) << line;
                decoded.erase(0, point.octets);
            }
        }
    }
    EXPECT_GT(blocks, hostile_texts().size()) << "most of them show something";
}

TEST(HostileTexts, DoNotMoveTheMarkOfAClaim) {
    for (profile::Answer answer : answers()) {
        tie_to_address(answer.profile);
        const auto shown = profile::present(answer.profile, {});
        if (shown.profile.empty()) continue;
        EXPECT_TRUE(shown.profile.ends_with("; self-described at gravatar.com")) << shown.profile;
        EXPECT_EQ(std::ranges::count(shown.profile, ';'), 1) << shown.profile;
    }
}

}  // namespace
}  // namespace decorum::connectors
