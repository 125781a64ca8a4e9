// What sessions share: per process a Listening for each [[listener]], per thread a ThreadContext.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/ip.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/byte_stream.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/pipeline/alerts.hpp"
#include "gateway/pipeline/annotator.hpp"
#include "gateway/pipeline/outbound.hpp"
#include "gateway/session/imap_upstream.hpp"
#include "gateway/session/reading_record.hpp"
#include "gateway/session/recent_authors.hpp"
#include "gateway/session/scratch.hpp"
#include "gateway/session/tallies.hpp"
#include "gateway/session/upstream_pool.hpp"

namespace decorum::session {

// Of the line that ends a session: whoever came and went without a word was a balancer's check, most likely.
[[nodiscard]] inline log::Level level_of_end(bool spoke, const net::ByteStream& client,
                                             std::string_view reason) {
    const bool went = reason == name_of(errc::closed) || reason == name_of(errc::reset);
    return went && !spoke && !client.encrypted() ? log::Level::debug : log::Level::info;
}

// One [[listener]], read by sessions of every thread.
struct Listening {
    const config::Listener& settings;
    std::atomic<std::shared_ptr<const net::TlsContext>> tls;  // null where settings.tls is none; reloaded
    std::vector<IpPrefix> trusted_prefixes;
    bool trusts_unix = false;
    mutable std::atomic<std::uint64_t> waiting = 0;        // sessions that wait for a lookup
    using ListenerTallies = std::array<ListenerTally, 8>;  // of the threads, which seldom share one
    std::shared_ptr<ListenerTallies> tallies = std::make_shared<ListenerTallies>();

    [[nodiscard]] ListenerTally& tally_of(std::size_t thread) const {
        return (*tallies)[thread % tallies->size()];
    }

    [[nodiscard]] bool trusts(const net::Peer& peer) const {
        if (peer.anonymous) return false;
        if (peer.local) return trusts_unix;
        return net::trusts(trusted_prefixes, peer);
    }
};

// Owned by one thread of sessions and used on it alone.
struct ThreadContext {
    ThreadContext(std::size_t thread_number, net::Executor thread_executor, const config::Settings& all,
                  const pipeline::Annotator::Shared& shared, pipeline::Alerts& shared_alerts,
                  pipeline::Outbound* deciding, notice::Notices* telling)
        : number(thread_number),
          executor(std::move(thread_executor)),
          settings(all),
          annotator(shared),
          alerts(shared_alerts),
          outbound(deciding),
          notices(telling) {}

    std::size_t number;
    net::Executor executor;
    const config::Settings& settings;
    pipeline::Annotator annotator;
    pipeline::Alerts& alerts;      // of all threads
    pipeline::Outbound* outbound;  // shared by the threads; null: no listener's policy asks for it
    notice::Notices* notices;      // likewise; null: the gateway has no address of its own
    std::map<std::string, std::unique_ptr<UpstreamPool>> upstreams;  // of SMTP and LMTP, by name
    std::map<std::string, ImapUpstream::Options> imap_upstreams;     // by name
    std::uint32_t imap_epoch = 0;                                    // of what imap.annotate shows
    RecentAuthors recent_authors;
    std::optional<audit::Recorder> audit;  // nothing: nothing is recorded
    std::optional<ReadingRecord> reading;  // where audit is
    BufferPool buffers;
    std::uint64_t last_session = 0;

    // "2-1f": thread and running number.
    [[nodiscard]] std::string next_session_id();
};

}  // namespace decorum::session
