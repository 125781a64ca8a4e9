#include "gateway/session/upstream_pool.hpp"

#include "gateway/base/log.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/io_threads.hpp"

namespace decorum::session {
namespace {
constexpr Milliseconds upkeep_interval{5000};  // of dead spares, and of an upstream that was down
net::Task<> say_goodbye(UpstreamPtr upstream) {
    co_await upstream->quit();
}
}  // namespace

UpstreamPool::UpstreamPool(SmtpUpstream::Options options, net::Executor executor)
    : options_(std::move(options)), executor_(std::move(executor)) {}

void UpstreamPool::start() {
    filling_ = true;
    net::detach(executor_, keep_filled(), "spare upstream connections");
}

void UpstreamPool::stop() {
    stopped_ = true;
    spares_.clear();
    idle_.clear();
    count_kept();
}

void UpstreamPool::count_kept() {
    const auto follow = [](Level& level, std::size_t& counted, std::size_t now) {
        level.add(static_cast<std::int64_t>(now) - static_cast<std::int64_t>(counted));
        counted = now;
    };
    follow(options_.tally->spares, counted_spares_, spares_.size());
    follow(options_.tally->idle, counted_idle_, idle_.size());
}

net::Task<Result<Acquired>> UpstreamPool::open(const ClientIdentity* client) {
    auto upstream = co_await SmtpUpstream::open(options_, client);
    if (!upstream) {
        if (!failing_)
            log::warning("upstream_down",
                         {{"upstream", options_.settings.name}, {"error", upstream.error().text()}});
        failing_ = true;
        co_return upstream;
    }
    if (failing_) log::info("upstream_up", {{"upstream", options_.settings.name}});
    failing_ = false;
    if (const auto* ready = std::get_if<UpstreamPtr>(&*upstream)) {
        remembered_ = (*ready)->capabilities();
        verified_tls_ = (*ready)->verified_tls();
    }
    co_return upstream;
}

// Spares that the upstream closed are dropped, missing ones opened. The first look is made at once, so that
// the first client finds capabilities and spares.
net::Task<> UpstreamPool::keep_filled() {
    while (!stopped_) {
        look_for_shortage();
        const bool keep_none = options_.tally->is_short();
        part_with(idle_, keep_none);
        part_with(spares_, keep_none);
        count_kept();
        if (used_lately_) {
            std::erase_if(spares_, [](const UpstreamPtr& spare) { return !spare->quiet(); });
            count_kept();
            for (auto missing = spares_.size() + opening_; missing < options_.settings.spares; ++missing)
                refill_one();
        }
        used_lately_ = failing_ || !remembered_;
        co_await net::sleep_for(upkeep_interval);
    }
    filling_ = false;
}

void UpstreamPool::refill_one() {
    // A PROXY header names the client, so nothing can be opened before there is one.
    // One that is down is asked all the same whether it is back.
    const bool keeps_none = options_.tally->is_short() && !failing_;
    if (stopped_ || keeps_none || options_.settings.send_proxy != config::SendProxy::none) return;
    ++opening_;
    net::detach(executor_, open_spare(), "spare upstream connection");
}

net::Task<> UpstreamPool::open_spare() {
    auto spare = co_await open(nullptr);
    --opening_;
    if (!spare || stopped_ || options_.tally->is_short() || spares_.size() >= options_.settings.spares)
        co_return;
    // It speaks for no client yet, so none was refused.
    spares_.push_back(std::get<UpstreamPtr>(std::move(*spare)));
    count_kept();
}

// A server that pauses before its greeting is not meant, but one that has no process left for us.
void UpstreamPool::look_for_shortage() {
    if (asked_.empty() || SteadyClock::now() - asked_.front() < options_.timeouts.greeting / 3) return;
    if (!options_.tally->is_short())
        log::warning("upstream_short",
                     {{"upstream", options_.settings.name},
                      {"reason", "a client waits for a connection: none is kept ready for a minute"}});
    options_.tally->note_waiting();
}

// All of them, or those that are too old to be given to a client.
void UpstreamPool::part_with(std::vector<UpstreamPtr>& kept, bool all) {
    std::erase_if(kept, [&](UpstreamPtr& upstream) {
        if (!all && upstream->age() < max_age_) return false;
        net::detach(executor_, say_goodbye(std::move(upstream)), "upstream QUIT");
        return true;
    });
}

UpstreamPtr UpstreamPool::take_quiet(std::vector<UpstreamPtr>& from) {
    while (!from.empty()) {
        UpstreamPtr upstream = std::move(from.back());
        from.pop_back();
        if (upstream->quiet()) return upstream;
    }
    return nullptr;
}

bool UpstreamPool::grants_xclient(const SmtpUpstream& upstream) const {
    return options_.settings.protocol == config::Protocol::smtp && upstream.capabilities().has("XCLIENT");
}

// The connection, once it speaks for the client.
net::Task<Result<Acquired>> UpstreamPool::identified(UpstreamPtr upstream, const ClientIdentity& client) {
    if (grants_xclient(*upstream)) {
        auto refusal = co_await upstream->identify(client);
        if (!refusal) co_return std::unexpected(refusal.error());
        if (*refusal) co_return std::move(**refusal);
    }
    co_return upstream;
}

net::Task<Result<Acquired>> UpstreamPool::acquire(const ClientIdentity& client, bool fresh) {
    used_lately_ = true;
    UpstreamPtr upstream;
    if (!fresh) {
        part_with(idle_, false);
        part_with(spares_, false);
        upstream = take_quiet(idle_);
        if (upstream) options_.tally->idle_taken.add();
        if (!upstream && (upstream = take_quiet(spares_))) {
            options_.tally->spares_taken.add();
            refill_one();
        }
        count_kept();
        // One that died, or that the upstream ended by 421, while nobody looked is found out here at the
        // latest where it has to be told a name.
        if (upstream) {
            auto acquired = co_await identified(std::move(upstream), client);
            const auto* refusal = acquired ? std::get_if<smtp::Reply>(&*acquired) : nullptr;
            if (acquired && (refusal == nullptr || refusal->code != 421)) co_return acquired;
        }
    }
    auto acquired = co_await acquire_fresh(client);
    // That may be a fault of the configuration, too.
    const auto* refusal = acquired ? std::get_if<smtp::Reply>(&*acquired) : nullptr;
    if (refusal != nullptr && log_rejects_())
        log::info("upstream_rejects", {{"upstream", options_.settings.name}, {"reply", refusal->code}});
    co_return acquired;
}

net::Task<Result<Acquired>> UpstreamPool::acquire_fresh(const ClientIdentity& client) {
    const auto asked = asked_.insert(asked_.end(), SteadyClock::now());
    Result<Acquired> opened = fail(errc::unavailable);
    try {
        opened = co_await open(&client);
    } catch (...) {
        asked_.erase(asked);
        throw;
    }
    asked_.erase(asked);
    if (!opened || std::holds_alternative<smtp::Reply>(*opened)) co_return opened;
    auto acquired = co_await identified(std::get<UpstreamPtr>(std::move(*opened)), client);
    if (!acquired)
        log::warning("upstream_xclient",
                     {{"upstream", options_.settings.name}, {"error", acquired.error().text()}});
    co_return acquired;
}

void UpstreamPool::warn_of_identity() {
    if (tells_of_clients() || !log_identity_()) return;
    log::warning("upstream_identity",
                 {{"upstream", options_.settings.name},
                  {"reason", "told of no client by XCLIENT or PROXY, it takes each for this gateway"}});
}

// Where nobody logs in that is as it should be.
void UpstreamPool::tell_of_missing_auth() {
    if (!log_missing_auth_()) return;
    log::info("upstream_without_auth",
              {{"upstream", options_.settings.name},
               {"reason", tells_of_clients() ? "it offers no AUTH to a client: nobody can log in"
                                             : "it offers no AUTH to this gateway: nobody can log in"}});
}

void UpstreamPool::release(UpstreamPtr upstream) {
    const bool reusable = options_.settings.send_proxy == config::SendProxy::none &&
                          (options_.settings.protocol == config::Protocol::lmtp || grants_xclient(*upstream));
    if (reusable && !options_.tally->is_short() && upstream->age() < max_age_ && !stopped_ &&
        idle_.size() < options_.settings.max_idle) {
        idle_.push_back(std::move(upstream));
        count_kept();
    } else {
        net::detach(executor_, say_goodbye(std::move(upstream)), "upstream QUIT");
    }
}

}  // namespace decorum::session
