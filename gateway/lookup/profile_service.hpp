// The profile service: address and date in, what to show out. Cache, history, single flight, fail-open.
//
// The way of a question:
//   find             engine.cpp          a fresh entry in memory answers before find() returns
//   flight           flight.cpp          else one lookup an address, however many ask
//   stages           plan.cpp            whom to ask next; budgets and guards: sender_budgets, sources
//   linking          linking.cpp         which accounts are the person's, and why
//   merge            person.cpp          what is tied becomes one profile
//   judge            flight.cpp          which post may be shown
//   present, history publish.cpp         its lines become a version, and the answer
// A flight goes on after the askers' deadlines and fills the cache; what is stale is served while it is
// refreshed. Every failure is an answer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/profile/history.hpp"
#include "gateway/store/store.hpp"

namespace decorum::lookup {

enum class Verdict : std::uint8_t { found, none, unavailable, opted_out };
[[nodiscard]] std::string_view name_of(Verdict verdict);  // "opted-out"

// Who may be asked: only those who tell nobody else (for senders that were not authenticated), or outside
// sources too.
enum class Scope : std::uint8_t { ours, all };

// What one source was asked, and how that went.
struct SourceTally {
    Tallies<profile::Outcome, 5> answers;
    Tally held;            // questions that a guard or a budget kept back
    LatencyTally latency;  // of the answers
};

struct Found {
    Verdict verdict = Verdict::unavailable;
    std::shared_ptr<const profile::Presentation> shown;  // with found
    bool warm = false;                                   // answered from memory
};

// What one source says of the address or of one account, for `decorum lookup` and the log.
struct SourceReport {
    std::string source;
    std::string account;  // its key (account_url.hpp); empty: the address
    profile::Outcome outcome{};
    std::string reason;                   // why what it says counts; empty: it does not
    std::string detail;                   // of this lookup's question
    Instant fetched{};                    // when it last said found or not found
    Instant due{};                        // when it is asked again
    bool asked = false;                   // by this lookup
    bool held = false;                    // back, by a guard or a budget; `detail` tells by which
    bool hidden = false;                  // the person does not want to be shown there
    Milliseconds latency{};               // with asked
    std::optional<profile::Quota> quota;  // the source's latest word on what it grants us
};

// What one source says of the person, and why it counts: before it becomes one with what others say.
struct Said {
    std::string source;
    std::string account;   // its key (account_url.hpp); empty: it was asked for the address
    profile::Link link;    // of the account; of the address: empty
    profile::Tier tier{};  // S to B
    profile::Profile profile;
};

struct Report {
    Verdict verdict = Verdict::unavailable;
    std::optional<profile::Profile> profile;
    std::vector<SourceReport> sources;
    std::vector<Said> said;
    bool from_store = false;  // no source but local ones was asked
};

class ProfileService {
public:
    struct Options {
        config::Cache cache = {};
        config::Lookup lookup = {};
        std::map<std::string, config::Connector> connectors = {};  // what is configured for each, by name
        std::uint64_t max_versions = 0;
        profile::PresentationOptions presentation = {};
        std::vector<std::string> own_domains = {};  // may be asked about their own people
        // Nothing is looked up for such an address. Called for each question, from any thread.
        std::function<bool(std::string_view address)> opted_out = {};
        std::shared_ptr<profile::Portraits> portraits = {};  // null: faces come from sources alone
        std::shared_ptr<profile::PostJudge> posts = {};  // null: any post may be shown that the options let
        // People were erased by another process, under these keys of the store: what is kept elsewhere must
        // go too. From any thread. `cursor`: whoever begins there hears of no more than what comes after it.
        std::function<void(std::span<const std::string> keys, std::uint64_t cursor)> on_erasure = {};
        std::optional<std::uint64_t> erasures_from =
            {};  // such a cursor, 0: the first; nothing: what is to come
        WallClock now = wall_clock_now;
        std::function<double()> random = {};  // between 0 and 1, from any thread; empty: random
        Milliseconds tick{2000};              // between two looks at what was erased
        Milliseconds max_delay{30'000};       // before the sender's own domain is asked
    };
    using Done = std::move_only_function<void(Found)>;

    ProfileService(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                   std::unique_ptr<store::Store> store, Secret cache_secret);
    // Answers all who wait (unavailable) and waits for callbacks under way: never run it inside of one.
    ~ProfileService();
    ProfileService(const ProfileService&) = delete;
    ProfileService& operator=(const ProfileService&) = delete;

    // `done` is called exactly once, on any thread, perhaps before find() returns.
    // `address` has its domain in lower case. `date` is the message's (SMTP: time of receipt).
    void find(std::string_view address, Instant date, Scope scope, Done done);

    // For who can't wait any longer: what the lookup under way has found so far. Nothing: nobody yet.
    [[nodiscard]] std::optional<Found> found_so_far(std::string_view address, Instant date);

    // Somebody will be asked for soon, perhaps: loads what the store and our own sources know. Outside
    // sources are not asked, strangers leave no trace, and only so many are under way.
    void prefetch(std::string_view address);

    // The administrator's own question: every source's word; `refresh` asks even where the cache is fresh.
    void report(std::string_view address, bool refresh, std::move_only_function<void(Report)> done);

    struct Counters {
        std::uint64_t warm = 0, cold = 0, joined = 0, store_failures = 0;
        std::uint64_t stale = 0;    // of the warm: shown, and asked for again
        std::uint64_t entries = 0;  // in memory now
    };
    // Takes each shard's lock for a moment, as find() does.
    [[nodiscard]] Counters counters() const;

    // One source, and how it answered so far.
    struct SourceState {
        std::string name;
        const SourceTally& tally;             // lives as long as the service
        std::optional<profile::Quota> quota;  // its latest word on what it grants us
        bool held = false;                    // the next question would be held back, by its guard
        std::size_t open = 0;                 // questions under way; local ones are not counted
    };
    [[nodiscard]] std::vector<SourceState> sources() const;

    // SIGHUP: rates, caps, circuit breakers and new addresses an hour by other settings; from any thread.
    void tune(const config::Lookup& lookup, const std::map<std::string, config::Connector>& connectors);

    // Answers everybody who waits (unavailable) and takes no more questions; then writes what the store
    // holds. Called while the threads that were told to wake up still run: answers come on whatever thread.
    void close();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace decorum::lookup
