// The connections of one thread to one upstream: spares that are greeted and unused, and connections that may
// serve another client (SMTP.md rule 11), and what the upstream last said of its capabilities.
//
// A spare is given out once. Reuse across clients happens over LMTP, and over SMTP only where the upstream
// grants us XCLIENT, which resets the session, and has just taken a message, which ends its count of errors:
// nothing of one client is ever seen by another. Both are kept for a minute at most: an upstream whose
// settings have changed judges all mail by them, and what lies between (a balancer, a firewall) has not
// forgotten the connection without a word, so that a client waits for nothing.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/base/once_a_minute.hpp"
#include "gateway/net/task.hpp"
#include "gateway/session/smtp_upstream.hpp"

namespace decorum::session {

class UpstreamPool {
public:
    UpstreamPool(SmtpUpstream::Options options, net::Executor executor);

    // Keeps the spares filled until stop(); call once.
    void start();
    void stop();
    // After stop(), and on the same thread: no task of its own is under way, so it may go once the sessions
    // that use it have.
    [[nodiscard]] bool is_still() const { return !filling_ && opening_ == 0; }

    // `fresh` leaves pooled connections aside (the last one turned out dead). Over SMTP the connection speaks
    // for `client` where the upstream offers XCLIENT. `client` must stay until the task is done.
    [[nodiscard]] net::Task<Result<Acquired>> acquire(const ClientIdentity& client, bool fresh);

    // A connection that holds nothing of one client: no transaction, no login, no errors that are counted.
    void release(UpstreamPtr upstream);

    // The upstream is told who the client is, by XCLIENT or PROXY; as far as it has been asked yet.
    [[nodiscard]] bool tells_of_clients() const {
        // As it was offered at first: whoever has taken XCLIENT may offer it no more.
        return options_.settings.send_proxy != config::SendProxy::none ||
               (remembered_ && remembered_->has_parameter("XCLIENT", "ADDR"));
    }
    // Says in the log that the upstream takes clients for us, where nothing tells it better. After acquire().
    void warn_of_identity();
    // Says in the log that clients who may have to log in can't. After acquire().
    void tell_of_missing_auth();

    // How old a connection may be that a client is given.
    void set_max_age(SteadyClock::duration age) { max_age_ = age; }

    // What the upstream said last; null before it ever answered.
    [[nodiscard]] const smtp::Capabilities* remembered() const {
        return remembered_ ? &*remembered_ : nullptr;
    }
    // The way to the upstream was TLS with a verified name when it last answered.
    [[nodiscard]] bool verified_tls() const { return verified_tls_; }
    [[nodiscard]] const config::Upstream& settings() const { return options_.settings; }
    [[nodiscard]] UpstreamTally& tally() const { return *options_.tally; }

private:
    [[nodiscard]] net::Task<Result<Acquired>> open(const ClientIdentity* client);
    [[nodiscard]] net::Task<> keep_filled();
    void refill_one();
    [[nodiscard]] net::Task<Result<Acquired>> acquire_fresh(const ClientIdentity& client);
    [[nodiscard]] net::Task<Result<Acquired>> identified(UpstreamPtr upstream, const ClientIdentity& client);
    [[nodiscard]] bool grants_xclient(const SmtpUpstream& upstream) const;
    [[nodiscard]] net::Task<> open_spare();
    void look_for_shortage();
    void part_with(std::vector<UpstreamPtr>& kept, bool all);
    [[nodiscard]] static UpstreamPtr take_quiet(std::vector<UpstreamPtr>& from);

    SmtpUpstream::Options options_;
    net::Executor executor_;
    std::optional<smtp::Capabilities> remembered_;
    bool verified_tls_ = false;
    SteadyClock::duration max_age_ = std::chrono::minutes{1};
    // The lists have changed: the tally, which other threads' pools share, follows.
    void count_kept();

    std::vector<UpstreamPtr> spares_;
    std::vector<UpstreamPtr> idle_;
    bool filling_ = false;
    std::size_t counted_spares_ = 0, counted_idle_ = 0;  // in the tally
    std::uint64_t opening_ = 0;                          // spares on their way
    std::list<SteadyClock::time_point> asked_;  // since when clients wait for a connection of their own
    bool used_lately_ = true;  // since the last look: an idle gateway keeps no connections warm
    bool failing_ = false;     // reported; the next success is reported too
    bool stopped_ = false;
    OnceAMinute log_identity_, log_missing_auth_, log_rejects_;
};

}  // namespace decorum::session
