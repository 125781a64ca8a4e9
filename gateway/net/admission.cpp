// A connection's record, and who is let in. The record is counted by its shard before it exists (see
// Core::deal), is taken out by its destructor, and leaves the silent list with the first command.
#include "gateway/net/admission.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/net/listener_core.hpp"
#include "gateway/net/proxy_protocol.hpp"

namespace decorum::net {
namespace {
Task<> serve_proxied(std::shared_ptr<Listener::Core> core, std::unique_ptr<SocketStream> stream,
                     std::unique_ptr<Admission::Record> record) {
    const Peer proxy = stream->peer();
    const auto header = co_await read_proxy_header(*stream, record->terms->proxy_limit);
    if (!header) {
        // Closed without a word, as the specification wants.
        core->proxy_faults.fetch_add(1, std::memory_order_relaxed);
        if (header.error().code == errc::syntax && core->log_proxy_fault())
            log::warning("proxy_header", {{"listener", core->options.name},
                                          {"peer", proxy.text()},
                                          {"reason", header.error().detail}});
        co_return;
    }
    const Peer client = stream->peer();
    if (!client.local && !trusts(record->terms->trusted_peers, client) &&
        !record->slot.count_for(client.address)) {
        core->refused_by_address.fetch_add(1, std::memory_order_relaxed);
        core->refuse(*stream, client, "address");
        co_return;
    }
    co_await core->handler(std::move(stream), Admission(std::move(record)));
}
}  // namespace

Admission::Admission() noexcept = default;
Admission::Admission(Admission&&) noexcept = default;
Admission& Admission::operator=(Admission&&) noexcept = default;
Admission::~Admission() = default;
Admission::Admission(std::unique_ptr<Record> record) noexcept : record_(std::move(record)) {}

void Admission::spoke() noexcept {
    if (record_) record_->spoke();
}

void Admission::set_between_commands(bool between) noexcept {
    if (record_) record_->between_commands = between;
}

void Admission::set_new(bool is_new) noexcept {
    if (record_) record_->is_new = is_new;
}

bool Admission::draining() const noexcept {
    if (!record_ || !record_->core->draining.load(std::memory_order_relaxed)) return false;
    return !record_->is_new || record_->core->grace_is_over.load(std::memory_order_relaxed);
}

std::size_t Admission::thread() const noexcept {
    return record_ ? record_->thread : 0;
}

Admission::Record::Record(std::shared_ptr<Listener::Core> core_, std::size_t thread_)
    : core(std::move(core_)), thread(thread_), terms(core->terms.load()) {}

Admission::Record::~Record() {
    spoke();
    in_all.unlink();
    if (stream) stream->set_owner(nullptr);
    slot.release();
    core->count_out(thread);
}

void Admission::Record::attach(SocketStream& stream_) {
    stream = &stream_;
    stream_.set_owner(this);
    Listener::Core::Shard& shard = *core->shards[thread];
    shard.all.push_back(*this);
    shard.silent.push_back(*this);
    shard.silent_count.fetch_add(1, std::memory_order_relaxed);
}

void Admission::Record::spoke() noexcept {
    if (!in_silent.is_linked()) return;
    in_silent.unlink();
    core->shards[thread]->silent_count.fetch_sub(1, std::memory_order_relaxed);
}

void Admission::Record::evict() {
    spoke();
    const auto count = core->evicted.fetch_add(1, std::memory_order_relaxed) + 1;
    if (stream) {
        stream->refuse(terms->refusal);
        if (core->log_eviction()) core->tell_refusal(stream->peer(), "silent", count);
    }
    slot.release();
}

bool Listener::Core::evict_one(std::size_t thread) {
    Shard& own = *shards[thread];
    if (!own.silent.empty()) {
        own.silent.front().evict();
        return true;
    }
    for (std::size_t i = 0; i < shards.size(); ++i) {
        if (shards[i]->silent_count.load(std::memory_order_relaxed) == 0) continue;
        boost::asio::post(shards[i]->executor, [core = shared_from_this(), i] {
            // Another may have ended by itself in the meantime; then nobody has to go.
            Shard& shard = *core->shards[i];
            if (core->options.limits->exceeded() && !shard.silent.empty()) shard.silent.front().evict();
        });
        return true;
    }
    return false;
}

void Listener::Core::admit(std::unique_ptr<Record> record, Descriptor descriptor, int family,
                           const Peer& peer) {
    auto stream =
        std::make_unique<SocketStream>(shards[record->thread]->executor, std::move(descriptor), family, peer);
    if (refuses()) return stream->refuse(record->terms->refusal);
    if (options.limits) {
        if (auto slot = options.limits->take()) {
            record->slot = std::move(*slot);
        } else {
            record->slot = options.limits->take_beyond_total();
            if (!evict_one(record->thread)) return refuse(*stream, peer, "total");
        }
    }
    const bool trusted = peer.local || trusts(record->terms->trusted_peers, peer);
    if (!trusted && !record->slot.count_for(peer.address)) {
        refused_by_address.fetch_add(1, std::memory_order_relaxed);
        return refuse(*stream, peer, "address");
    }
    record->attach(*stream);
    accepted.fetch_add(1, std::memory_order_relaxed);
    const Executor executor = shards[record->thread]->executor;
    if (record->terms->proxy_protocol && trusted)
        detach(executor, serve_proxied(shared_from_this(), std::move(stream), std::move(record)), "proxy");
    else
        detach(executor, handler(std::move(stream), Admission(std::move(record))), "session");
}

void Listener::Core::refuse(SocketStream& stream, const Peer& peer, std::string_view why) {
    const auto count = refused.fetch_add(1, std::memory_order_relaxed) + 1;
    stream.refuse(terms.load()->refusal);
    if (log_refusal()) tell_refusal(peer, why, count);
}

void Listener::Core::tell_refusal(const Peer& peer, std::string_view why, std::uint64_t so_far) const {
    log::warning(
        "refused",
        {{"listener", options.name}, {"peer", peer.text()}, {"limit", why}, {"refused_so_far", so_far}});
}

void Listener::Core::count_out(std::size_t thread) noexcept {
    shards[thread]->connections.fetch_sub(1, std::memory_order_relaxed);
    if (open.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const std::scoped_lock lock(mutex);
    emptied.notify_all();
}

}  // namespace decorum::net
