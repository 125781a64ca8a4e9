// What sessions and connections to upstreams count, for the metrics (gateway/base/tally.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/message/block.hpp"

namespace decorum::session {

// What a session ran into; the names are those of the settings.
enum class Limit : std::uint8_t {
    command_line,
    auth_line,
    data_line,
    header,
    message_size,
    recipients,
    errors,
    received_fields,
    command_time,
    handshake_time,
    data_block_time,
    data_total_time,
};
inline constexpr auto limit_names = std::to_array<std::string_view>(
    {"limits.command_line", "limits.auth_line", "limits.data_line", "limits.header", "limits.message_size",
     "limits.recipients", "limits.errors", "limits.received_fields", "timeouts.command", "timeouts.handshake",
     "timeouts.data_block", "timeouts.data_total"});

// What became of a message whose content came.
enum class MessageVerdict : std::uint8_t {
    accepted,  // at least one recipient gets it
    refused,   // 5xx to all
    deferred,  // 4xx to some, and nobody gets it
    aborted,   // the client was gone, or too slow
};
inline constexpr auto message_verdict_names =
    std::to_array<std::string_view>({"accepted", "refused", "deferred", "aborted"});

struct TlsTally {
    Tally done, failed;
    void note(bool secured) noexcept { (secured ? done : failed).add(); }
    // Of a handshake that a client began, or left before it did: balancers look in every few seconds.
    void note_client(const Result<>& secured) noexcept {
        if (secured || secured.error().code != errc::closed) note(secured.has_value());
    }
};

inline constexpr std::size_t status_count = static_cast<std::size_t>(message::Status::unavailable) + 1;

// Of the sessions of one listener, on one thread or some.
struct ListenerTally {
    Tally sessions;
    Level open;
    Tallies<MessageVerdict, message_verdict_names.size()> messages;
    Tally octets;  // of messages, from the client
    Tally recipients_accepted, recipients_refused;
    Tallies<message::Status, status_count> statuses;  // of blocks that were made
    Tallies<Limit, limit_names.size()> limits;
    TlsTally tls;
    LatencyTally added;     // from a batch of commands to its replies, less the upstream's time
    LatencyTally upstream;  // what the upstream took to answer a batch of commands
    LatencyTally verdict;   // and a message, from its end to the last reply
    // IMAP
    Tally commands;
    Tally blocks_annotated, blocks_neutral, blocks_kept;
};

// Of all connections to one upstream.
struct UpstreamTally {
    Tally opened, failed;
    LatencyTally opening;            // until the connection was ready
    Tally spares_taken, idle_taken;  // connections that were there already
    Tally lost;                      // under a session
    Level spares, idle;              // now
    TlsTally tls;
    std::atomic<bool> known = false, up = false;  // how the latest attempt to connect ended

    void note_attempt(bool ready) noexcept {
        (ready ? opened : failed).add();
        up.store(ready, std::memory_order_relaxed);
        known.store(true, std::memory_order_relaxed);
    }

    // A thread's client waits for a connection while others may be held ready: perhaps the server has no
    // process left for it. For a minute then no thread keeps any.
    void note_waiting() noexcept { waited_.store(now(), std::memory_order_relaxed); }
    [[nodiscard]] bool is_short() const noexcept {
        constexpr std::int64_t minute = 60'000;
        const std::int64_t waited = waited_.load(std::memory_order_relaxed);
        return waited != 0 && now() - waited < minute;
    }

private:
    [[nodiscard]] static std::int64_t now() noexcept {
        return std::chrono::duration_cast<Milliseconds>(SteadyClock::now().time_since_epoch()).count();
    }

    std::atomic<std::int64_t> waited_ = 0;  // ms of the steady clock; 0: never
};

}  // namespace decorum::session
