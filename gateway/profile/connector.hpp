// What a source of profiles is to the rest: a question by address or by handle, and one of five outcomes.
//
// The interface knows no network and no thread: `done` is called exactly once, on any thread, perhaps before
// find() returns. Connectors must not block the caller.
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

struct Handle {
    std::string network;
    std::string name;     // may be empty where a URL is all there is
    std::string url;
};

struct Query {
    std::string address;              // lower-case domain; empty: by handle
    std::optional<Handle> handle;
};

struct Answer {
    Outcome outcome = Outcome::failed;
    Profile profile;                  // with found
    std::vector<Link> handles;        // accounts to ask next
    std::string detail;               // for the operational log; never looked-up content
    std::optional<Instant> retry_at;  // with throttled
};

class Connector {
public:
    using Done = std::move_only_function<void(Answer)>;

    virtual ~Connector() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Answers at once and tells nobody: asked even for senders that were not authenticated, never counted.
    [[nodiscard]] virtual bool local() const = 0;
    // Rises whenever earlier answers may be wrong now (a file was reloaded).
    [[nodiscard]] virtual std::uint64_t generation() const { return 0; }
    virtual void find(const Query& query, Done done) = 0;
};

}  // namespace decorum::profile
