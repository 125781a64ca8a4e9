// Whole lookups at each network, every answer of which is hostile.
//
// An input is a script: one letter for the network, one for the question ("a" by address, "h" by account),
// then the answers in their order, each after a line "--" with its status, and behind that perhaps a text
// that stands in every field of the header that a network is read for:
//
//   ga
//   -- 200
//   {"total_count":1,"items":[{"login":"noorh"}]}
//   -- 403 1700000000
//   {"message":"…"}
//
// Where the script ends, every further request fails. Properties: the question is answered exactly once, with
// something exactly where somebody was found; links and pictures are https URLs in ASCII; links of a stranger
// never count as their owner's (tier S); what was found is kept by the store as it is; a wait has an end; no
// detail quotes an answer; a request goes to no host but the network's own.
#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/bluesky.hpp"
#include "connectors/custom.hpp"
#include "connectors/facebook.hpp"
#include "connectors/github.hpp"
#include "connectors/gitlab.hpp"
#include "connectors/gravatar.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_resume.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/orcid.hpp"
#include "connectors/webfinger.hpp"
#include "connectors/x.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/worker/page_facts.hpp"

using namespace decorum;

namespace {

constexpr Instant now{std::chrono::seconds{1'795'000'000}};
constexpr std::string_view address = "noor@haddad.example";

void require(bool holds) {
    if (!holds) std::abort();
}

struct Scripted {
    int status = 0;
    std::string field;
    std::string body;
};

// "-- " status [" " field] LF body, up to the next of these lines
std::vector<Scripted> script_of(std::string_view text) {
    std::vector<Scripted> answers;
    constexpr std::size_t max_answers = 40;
    while (answers.size() < max_answers) {
        const auto begin = text.find("-- ");
        if (begin == std::string_view::npos) return answers;
        text.remove_prefix(begin + 3);
        const std::string_view head = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(head.size() + 1, text.size()));
        Scripted answer;
        for (const char c : head.substr(0, 3))
            answer.status = answer.status * 10 + (ascii::is_digit(c) ? c - '0' : 0);
        if (head.size() > 4) answer.field = head.substr(4);
        const auto end = std::min(text.find("\n-- "), text.size());
        answer.body = text.substr(0, end);
        text.remove_prefix(end);
        answers.push_back(std::move(answer));
    }
    return answers;
}

class Network final : public net::Fetcher, public net::Dns {
public:
    explicit Network(std::vector<Scripted> script) : script_(std::move(script)) {}

    void fetch(net::HttpRequest request, Done done) override {
        constexpr int most = 64;
        require(++asked_ <= most);  // a lookup has an end, whatever it is told
        require(request.url.starts_with("https://") && ascii::is_ascii(request.url));
        require(std::ranges::none_of(request.url, [](char c) { return ascii::is_control(c) || c == ' '; }));
        if (next_ == script_.size()) return done(fail(errc::refused, "the script is over"));
        Scripted& answer = script_[next_++];
        net::HttpResponse response{answer.status, {}, std::move(answer.body), request.url, false};
        for (const char* name :
             {"retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-rate-limit-reset",
              "ratelimit-reset", "x-app-usage", "x-business-use-case-usage"})
            if (!answer.field.empty()) response.fields.push_back({name, answer.field});
        response.fields.push_back({"content-type", "application/json"});
        done(std::move(response));
    }
    void services(std::string, Milliseconds, ServicesDone done) override { done(fail(errc::not_found)); }
    void texts(std::string, Milliseconds, TextsDone done) override {
        if (next_ == script_.size()) return done(fail(errc::timed_out));
        done(net::TextRecords{std::move(script_[next_++].body)});
    }

private:
    std::vector<Scripted> script_;
    std::size_t next_ = 0;
    int asked_ = 0;
};

// Markup is the business of another target.
class Undecoded final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        if (job != worker::Job::page) return done(std::move(input));
        worker::PageFacts facts;
        facts.links = {std::move(input)};
        done(worker::to_json(facts));
    }
};

config::CustomSource custom_source(bool by_handle) {
    config::CustomSource source;
    source.url = by_handle ? "https://people.example/{handle}" : "https://people.example/?mail={address}";
    source.accounts = by_handle ? "https://people.example/u/{handle}" : "";
    source.timeout = Milliseconds{1000};
    source.address = "/mail";
    source.display_name = "/name";
    source.headline = "/title";
    source.organisation = "/company/name";
    source.location = "/city";
    source.summary = "/bio";
    source.photo = "/photo";
    source.links = "/links";
    source.link_url = "/url";
    source.activities = "/posts";
    source.activity_text = "/text";
    source.activity_time = "/time";
    source.activity_url = "/url";
    source.positions = "/jobs";
    source.position_title = "/role";
    source.position_organisation = "/at";
    source.position_start = "/from";
    source.position_end = "/to";
    return source;
}

struct Lookup {
    std::unique_ptr<profile::Connector> connector;
    std::string account;  // an account there
};

Lookup lookup_at(char network, bool by_handle, Network& net, worker::Worker& worker) {
    const auto clock = [] { return now; };
    using namespace connectors;
    switch (network) {
        case 'g':
            return {std::make_unique<GitHub>(net, ForgeOptions{.now = clock}), "https://github.com/noorh"};
        case 'l':
            return {std::make_unique<GitLab>(net, ForgeOptions{.now = clock}), "https://gitlab.com/noorh"};
        case 'r': return {std::make_unique<Gravatar>(net, GravatarOptions{.now = clock}), ""};
        case 'b':
            return {std::make_unique<Bluesky>(
                        net, &net, BlueskyOptions{.personal_domains = {"haddad.example"}, .now = clock}),
                    "https://bsky.app/profile/haddad.example"};
        case 'w':
            return {std::make_unique<WebFinger>(net, worker, WebFingerOptions{.now = clock}),
                    "https://haddad.example/@noor"};
        case 'o':
            return {std::make_unique<Orcid>(net,
                                            OrcidOptions{.app_id = "A", .secret = Secret("s"), .now = clock}),
                    "https://orcid.org/0000-0002-1825-0097"};
        case 'x':
            return {std::make_unique<X>(net, XOptions{.token = Secret("t"), .now = clock}),
                    "https://x.com/noor_h"};
        case 'f':
            return {std::make_unique<Facebook>(
                        net, FacebookOptions{.app_id = "1", .secret = Secret("s"), .now = clock}),
                    "https://facebook.com/noor.haddad"};
        default:
            return {
                std::make_unique<Custom>(
                    net, CustomOptions{.name = "staff", .source = custom_source(by_handle), .now = clock}),
                "https://people.example/u/noor"};
    }
}

bool is_plain_https(std::string_view url) {
    return url.starts_with("https://") && ascii::is_ascii(url) &&
           std::ranges::none_of(url, [](char c) { return ascii::is_control(c) || c == ' '; });
}

void check_profile(profile::Profile p) {
    profile::cap(p);
    require(p.photo_url.empty() || is_plain_https(p.photo_url.value));
    for (const auto& link : p.links) {
        require(link.url.empty() || is_plain_https(link.url) || link.url.starts_with("mailto:"));
        require(link.origin.tier != profile::Tier::s);
    }
    for (const profile::Text* text : {&p.display_name, &p.headline, &p.organisation, &p.location, &p.summary})
        require(is_valid_utf8(text->value));
    for (const auto& post : p.activities)
        require(is_valid_utf8(post.text) && (post.url.empty() || is_plain_https(post.url)));
    const std::string stored = profile::to_json(p);
    const auto read = profile::profile_from_json(stored);
    require(read && profile::to_json(*read) == stored);
}

void check(const profile::Answer& answer, const std::vector<Scripted>& script) {
    const bool found = answer.outcome == profile::Outcome::found;
    require(found || answer.profile.empty());
    require(!answer.hidden || answer.outcome == profile::Outcome::not_found);
    check_profile(answer.profile);
    require(ascii::is_ascii(answer.detail) && answer.detail.size() < 200);
    constexpr std::size_t telling = 40;
    for (const Scripted& one : script)
        require(one.body.size() < telling || !answer.detail.contains(one.body.substr(0, telling)));
    if (answer.retry_at) require(*answer.retry_at <= now + std::chrono::hours{24});
    if (answer.quota && answer.quota->resets) require(*answer.quota->resets <= now + std::chrono::hours{24});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.size() < 2) return 0;
    const auto script = script_of(input.substr(2));
    if (input[0] == 'j') {
        for (const Scripted& one : script)
            if (const auto resume = connectors::parse_json_resume(one.body)) check_profile(resume->profile);
        return 0;
    }
    Network net(script);
    Undecoded worker;
    const bool by_handle = input[1] == 'h';
    const Lookup lookup = lookup_at(input[0], by_handle, net, worker);
    profile::Query query;
    if (by_handle) {
        const auto account = profile::account_of(lookup.account);
        if (!account) return 0;
        query.handle = profile::Handle{account->network, account->handle, account->url};
        if (!lookup.connector->answers(*query.handle)) return 0;
    } else {
        query.address = address;
    }
    int answers = 0;
    lookup.connector->find(query, [&](const profile::Answer& answer) {
        ++answers;
        check(answer, script);
    });
    require(answers == 1);
    return 0;
}
