#include "gateway/app/serving.hpp"

#include <algorithm>

#include "gateway/net/event.hpp"
#include "gateway/session/imap_session.hpp"
#include "gateway/session/smtp_session.hpp"

namespace decorum::app {
namespace {

net::Task<> serve_smtp(std::shared_ptr<Serving> serving, const session::Listening& listening,
                       net::StreamPtr stream, net::Admission admission) {
    co_await session::serve_smtp(std::move(stream), std::move(admission), listening, serving->context);
}

}  // namespace

net::Task<> serve(std::shared_ptr<Serving> serving, std::size_t listener, net::StreamPtr stream,
                  net::Admission admission) {
    const session::Listening& listening = serving->generation->listening[listener];
    session::ThreadContext& context = serving->context;
    // IMAP sessions are many and idle for hours: no frame more than they need.
    if (listening.settings.protocol == config::Protocol::imap)
        return session::serve_imap(std::move(stream), std::move(admission), listening, context,
                                   std::move(serving));
    return serve_smtp(std::move(serving), listening, std::move(stream), std::move(admission));
}

net::Task<> retire(std::shared_ptr<Serving> serving) {
    constexpr Milliseconds look_interval{500};
    auto& pools = serving->context.upstreams;
    for (auto& [name, pool] : pools) pool->stop();
    while (!std::ranges::all_of(pools, [](const auto& pool) { return pool.second->is_still(); }))
        co_await net::sleep_for(look_interval);
}

}  // namespace decorum::app
