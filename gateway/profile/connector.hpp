// What a source of profiles is to the rest: a question by address or by handle, and one of five outcomes.
//
// The interface knows no network and no thread: `done` is called exactly once, on any thread, perhaps before
// find() returns. Connectors must not block the caller, nor retry by themselves: budgets, rates, breakers and
// repetition belong to whoever asks (lookup).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::profile {

enum class Outcome : std::uint8_t { found, not_found, throttled, forbidden, failed };
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::optional<Outcome> outcome_from(std::string_view name);

// Who learns that we ask.
enum class Reach : std::uint8_t {
    local,    // nobody: answers at once from what we hold; asked each time and for anybody
    own,      // a server of ours (LDAP): asked even for senders that were not authenticated, never counted
    outside,  // somebody else: guarded, counted, and only for authenticated senders
};

struct Traits {
    std::string_view name;  // "gravatar"; static text
    Reach reach = Reach::outside;
    bool by_address = false;          // is asked with an address
    Tier tier = Tier::d;              // of what it says of an address
    std::string_view default_rate{};  // what the source grants: "100/h"; static text, empty: no limit known
    bool many_servers =
        false;  // each account has a server of its own: one that is down says nothing of others
    bool gives_activities = false;  // its answers go stale as activities do
    bool at_senders_domain =
        false;  // a question by address goes to the address's own domain, which learns of it
    // Host that every question goes to, in lower case; empty: it hangs on the address or the account.
    std::string_view server{};
    // Host where people read what it says of an address; empty: the public one of its name.
    std::string_view site{};
};

struct Handle {
    std::string network;
    std::string name;  // may be empty where a URL is all there is
    std::string url;
};

struct Query {
    std::string address;  // lower case; empty: by handle
    std::optional<Handle> handle;
};

// What the source said of our allowance in its last answer.
struct Quota {
    std::optional<std::uint64_t> limit;
    std::optional<std::uint64_t> left;
    std::optional<Instant> resets;
};

struct Answer {
    Outcome outcome = Outcome::failed;
    // With found. Whoever asked stamps source and time of fetching on every field, and tier and reason on
    // each that has none: of an answer by address the connector's tier and `reason`, of one by handle the
    // link's. `profile.links` are accounts tied to this one: a connector sets the tier and the reason of
    // each.
    Profile profile;
    std::string reason;               // "the address is verified there"; for a person
    std::string detail;               // for the operational log; never looked-up content
    std::optional<Instant> retry_at;  // with throttled
    std::optional<Quota> quota;
    std::uint64_t microdollars = 0;  // what this answer cost
    bool hidden = false;             // not_found because the person asked not to be shown
    // With found: what the source calls the account for ever, whatever name it takes (a number, a DID, the
    // URL of an actor); empty: it has nothing of the kind.
    std::string account_id{};
};

class Connector {
public:
    using Done = std::move_only_function<void(Answer)>;

    virtual ~Connector() = default;
    [[nodiscard]] virtual const Traits& traits() const = 0;
    // Can this account be asked here?
    [[nodiscard]] virtual bool answers(const Handle&) const { return false; }
    // Would the address's own domain learn of a question for it? For some sources that hangs on the address.
    [[nodiscard]] virtual bool asks_senders_domain(std::string_view) const {
        return traits().at_senders_domain;
    }
    // At most this is what the next question will cost.
    [[nodiscard]] virtual std::uint64_t max_microdollars() const { return 0; }
    // Rises whenever earlier answers may be wrong now (a file was reloaded).
    [[nodiscard]] virtual std::uint64_t generation() const { return 0; }
    virtual void find(const Query& query, Done done) = 0;
};

[[nodiscard]] inline bool is_local(const Connector& connector) {
    return connector.traits().reach == Reach::local;
}

// Says which posts may be shown to readers (annotate.activity = "clean"). Must not block the caller.
class PostJudge {
public:
    // The places, ascending, of the first `most` posts that nothing unprofessional was found in; none where
    // nobody could tell. Called exactly once, on any thread, perhaps before find_clean() returns.
    using Done = std::move_only_function<void(std::vector<std::size_t>)>;

    virtual ~PostJudge() = default;
    virtual void find_clean(std::vector<Activity> posts, std::size_t most, Done done) = 0;
};

// Fetches a picture and makes a Face of it: a PNG of 48x48 pixels, at most 725 octets (face.hpp).
class Portraits {
public:
    using Done = std::move_only_function<void(Result<std::string>)>;

    virtual ~Portraits() = default;
    virtual void fetch(std::string url, Done done) = 0;
    virtual void forget() {}  // drops what is kept
};

}  // namespace decorum::profile
