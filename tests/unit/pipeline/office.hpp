// An office: Jane declared an account at social.example, and what stands there a test says. Her address, mail
// to the outside and a charter are there; a test sends.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/store/store.hpp"
#include "tests/support/outbound/outbound_setup.hpp"

namespace decorum::pipeline::test {

inline constexpr std::string_view account = "https://social.example/@jane";
inline constexpr std::string_view fine = "We are hiring engineers in Lyon";
inline constexpr std::string_view rant = "My boss is a complete moron, as everyone knows";

// A source that says what it was told, by address or by the URL of an account.
class Teller final : public profile::Connector {
public:
    Teller(std::string name, profile::Reach reach, profile::Tier tier, bool by_address)
        : name_(std::move(name)),
          traits_{.name = name_, .reach = reach, .by_address = by_address, .tier = tier} {}

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle&) const override { return !traits_.by_address; }
    [[nodiscard]] std::uint64_t generation() const override { return generation_; }
    void find(const profile::Query& query, Done done) override {
        profile::Answer answer;
        bool keeps = false;
        {
            const std::lock_guard lock(mutex_);
            ++questions_;
            const auto found = known_.find(query.handle ? query.handle->url : query.address);
            answer.outcome = found == known_.end() ? profile::Outcome::not_found : profile::Outcome::found;
            if (found != known_.end()) answer.profile = found->second;
            keeps = keeps_;
            if (keeps) kept_.emplace_back(std::move(done), answer);
        }
        if (!keeps) done(std::move(answer));
    }
    void say(std::string_view of, profile::Profile profile) {
        const std::lock_guard lock(mutex_);
        known_[std::string(of)] = std::move(profile);
        ++generation_;
    }
    [[nodiscard]] int questions() const {
        const std::lock_guard lock(mutex_);
        return questions_;
    }
    void keep(bool keeps) {
        std::vector<std::pair<Done, profile::Answer>> kept;
        {
            const std::lock_guard lock(mutex_);
            keeps_ = keeps;
            if (!keeps) kept.swap(kept_);
        }
        for (auto& [done, answer] : kept) done(std::move(answer));
    }

private:
    const std::string name_;
    const profile::Traits traits_;
    std::atomic<std::uint64_t> generation_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, profile::Profile> known_;
    std::vector<std::pair<Done, profile::Answer>> kept_;
    int questions_ = 0;
    bool keeps_ = false;
};

class Office {
public:
    explicit Office(std::string_view action = "notice", std::string_view scope = {},
                    std::string_view logins = {}) {
        settings.outbound.domains = {"example.org"};
        registry = std::make_shared<Teller>("registry", profile::Reach::local, profile::Tier::s, true);
        directory = std::make_shared<Teller>("directory", profile::Reach::local, profile::Tier::s, true);
        gravatar = std::make_shared<Teller>("gravatar", profile::Reach::own, profile::Tier::a, true);
        network = std::make_shared<Teller>("network", profile::Reach::local, profile::Tier::s, false);
        profiles_ = std::make_unique<lookup::ProfileService>(
            lookup::ProfileService::Options{
                .cache = settings.cache,
                .lookup = settings.lookup,
                .max_versions = 50,
                .now = [this] { return setup ? setup->now() : wall_clock_now(); }},
            std::vector<std::shared_ptr<profile::Connector>>{registry, directory, gravatar, network},
            store::make_memory_store(), Secret("a secret for the cache"));
        profile::Profile declared;
        declared.links.push_back(
            {"mastodon", "jane", std::string(account), {{}, profile::Tier::s, "declared", {}}});
        registry->say("jane@example.org", declared);
        setup = std::make_unique<decorum::test::OutboundSetup>(
            settings, *profiles_, decorum::test::charter_toml(action, scope), logins);
        submission = {.session = "0-1", .login = "jane@example.org", .has_logins = true, .may_refuse = true};
        envelope.reverse_path = "jane@example.org";
        envelope.recipients = {"paul@client.example"};
    }
    ~Office() {
        network->keep(false);
        setup->assessment().close();
        profiles_->close();
    }

    // What stands at Jane's account from now on.
    void bio(std::string_view text) {
        profile::Profile page;
        page.summary.value = std::string(text);
        network->say(account, page);
    }
    void posts(const std::vector<std::string_view>& texts) {
        profile::Profile page;
        page.display_name.value = "Jane Martin";
        for (const std::string_view text : texts)
            page.activities.push_back(
                {setup->now(), "mastodon", std::string(text), std::string(account) + "/1", {}});
        network->say(account, page);
    }

    Decision decide(std::string_view from = "Jane <jane@example.org>", std::string_view subject = "Offer") {
        const std::string octets = "From: " + std::string(from) + "\r\nSubject: " + std::string(subject) +
                                   "\r\n" + more_fields + "\r\n";
        return setup->outbound().decide(message::scan_header(octets), envelope, submission);
    }
    // True: it was refused. Else it went out, and whoever is told has been.
    bool send(std::string_view from = "Jane <jane@example.org>", std::string_view subject = "Offer") {
        const Decision decision = decide(from, subject);
        if (decision.refusal) return true;
        setup->outbound().sent(decision);
        if (!decision.author.empty()) (void)setup->assess(decision.author);
        return false;
    }
    [[nodiscard]] std::size_t warnings() const { return setup->told().warned().size(); }
    AssessedPtr assess(std::string_view address = "jane@example.org") { return setup->assess(address); }

    config::Settings settings = config::defaults();
    std::shared_ptr<Teller> registry, directory, gravatar, network;
    std::unique_ptr<decorum::test::OutboundSetup> setup;
    Submission submission;
    Envelope envelope;
    std::string more_fields;

private:
    std::unique_ptr<lookup::ProfileService> profiles_;
};

}  // namespace decorum::pipeline::test
