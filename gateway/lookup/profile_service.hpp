// The profile service: address and date in, what to show out. Cache, history, single flight, fail-open.
//
// The warm path (a fresh entry in memory) answers before find() returns, without a lock that anybody holds
// for long. All else goes through one flight an address, however many ask; it goes on after the askers'
// deadlines and fills the cache. Every failure is an answer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/profile/history.hpp"
#include "gateway/store/store.hpp"

namespace decorum::lookup {

enum class Verdict : std::uint8_t { found, none, unavailable };

struct Found {
    Verdict verdict = Verdict::unavailable;
    std::shared_ptr<const profile::Presentation> shown;  // with found
    bool warm = false;                                   // answered from memory
};

// How one source answered, for `decorum lookup` and the log.
struct SourceReport {
    std::string source;
    profile::Outcome outcome{};
    std::string detail;
};

struct Report {
    Verdict verdict = Verdict::unavailable;
    std::optional<profile::Profile> profile;
    std::vector<SourceReport> sources;
    bool from_store = false;
};

class ProfileService {
public:
    struct Options {
        config::Cache cache;
        std::uint64_t max_versions = 0;
        profile::PresentationOptions presentation;
        WallClock now = wall_clock_now;
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
    void find(std::string_view address, Instant date, Done done);

    // The administrator's own question: every source's word; `refresh` asks even where the cache is fresh.
    void report(std::string_view address, bool refresh, std::move_only_function<void(Report)> done);

    struct Counters {
        std::uint64_t warm = 0, cold = 0, joined = 0, store_failures = 0;
    };
    [[nodiscard]] Counters counters() const;

    // Answers everybody who waits (unavailable) and takes no more questions; then writes what the store
    // holds. Called while the threads that were told to wake up still run: answers come on whatever thread.
    void close();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace decorum::lookup
