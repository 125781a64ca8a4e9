// The connectors with what the configuration says of each, and the guarded way to ask one.
//
// Every question is answered exactly once, whatever the connector does: one that drops it, never answers or
// answers twice is a failure of its own. After the gate has closed nobody is answered any more.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "gateway/lookup/gate.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/lookup/source_guard.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/profile/source_words.hpp"
#include "gateway/store/store.hpp"

namespace decorum::lookup {

// Rounded up.
[[nodiscard]] inline std::chrono::seconds seconds_of(config::Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
}

struct Source {
    std::shared_ptr<profile::Connector> connector;
    std::string name;
    profile::Reach reach{};
    bool many_servers = false;
    // What it says of an address, and of an account, counts for that much at most. The configuration can only
    // lower it. At an outside account somebody typed what stands there: however sure we are that it is hers,
    // it is a claim and never a fact (tier S).
    profile::Tier address_tier = profile::Tier::d;
    profile::Tier account_tier = profile::Tier::d;
    std::chrono::seconds lifetime{};     // of an answer that found somebody
    std::vector<std::string> domains;    // of senders, that it may be asked at although they learn of it
    std::vector<std::string> own;        // domains of ours, which may learn anything
    Milliseconds patience{};             // with one question
    std::unique_ptr<SourceGuard> guard;  // null for local ones
    std::unique_ptr<SourceTally> tally = std::make_unique<SourceTally>();

    [[nodiscard]] bool local() const { return reach == profile::Reach::local; }
    [[nodiscard]] bool outside() const { return reach == profile::Reach::outside; }
    // `host` is one of its domains or of ours, or stands below one.
    [[nodiscard]] bool may_ask_at(std::string_view host) const;
    [[nodiscard]] bool is_ours(std::string_view host) const;
};

// How a question went.
struct Reply {
    profile::Answer answer;
    std::optional<Held> held;  // it was not asked
    Milliseconds latency{};
};

class Sources {
public:
    struct Options {
        config::Cache cache;
        config::Lookup lookup;
        std::map<std::string, config::Connector> connectors;  // by name
        std::vector<std::string> own_domains;                 // asked at like any other place
        WallClock now;
        Random random;
    };
    using Done = std::move_only_function<void(Reply)>;

    // `store` outlives the sources; so does whoever closes the gate.
    Sources(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors, store::Store& store,
            std::shared_ptr<Gate> gate);
    ~Sources();

    [[nodiscard]] const std::vector<Source>& all() const { return sources_; }
    [[nodiscard]] const Source& operator[](std::size_t i) const { return sources_[i]; }
    [[nodiscard]] const Source* find(std::string_view name) const;

    // Brings words into the one order that does not hang on who answered first, and drops those of sources
    // that are not here any more.
    void arrange(profile::SourceWords& words) const;

    // `done` is called exactly once, on any thread, perhaps before ask() returns.
    void ask(std::size_t source, profile::Query query, Done done);

    // Rates, caps and circuit breakers by other settings.
    void tune(const config::Lookup& lookup, const std::map<std::string, config::Connector>& connectors);

    // When a source that replied like this at `now` is to be asked again.
    [[nodiscard]] Instant due(const Source& source, const Reply& reply, Instant now) const;

    // A lifetime, a tenth longer or shorter, so that what was asked together is not asked together again.
    [[nodiscard]] std::chrono::seconds jittered(config::Duration lifetime) const;

    // Questions that nobody has answered within their source's patience fail. To be called now and then.
    void give_up_overdue();

private:
    struct Question;
    class Handle;

    [[nodiscard]] std::optional<Held> held_by_server(const Question& question, Instant now);
    void pause_server(const Question& question, const profile::Answer& answer, Instant now);
    void ask_paid(const std::shared_ptr<Question>& question, profile::Query query, std::uint64_t cost);
    void send(const std::shared_ptr<Question>& question, const profile::Query& query);
    void answered(Question& question, profile::Answer answer, bool by_source);
    void hold(Question& question, Held held);
    void record_cost(Question& question, std::uint64_t cost);

    const Options options_;
    store::Store& store_;
    const std::shared_ptr<Gate> gate_;
    std::vector<Source> sources_;
    std::mutex mutex_;
    std::unordered_map<const Question*, std::shared_ptr<Question>> open_;  // not of local ones
    std::unordered_map<std::string, Instant> paused_;                      // servers, until when
};

}  // namespace decorum::lookup
