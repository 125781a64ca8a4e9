#include "gateway/app/serving.hpp"

#include <algorithm>

#include "gateway/net/event.hpp"
#include "gateway/session/imap_session.hpp"
#include "gateway/session/smtp_session.hpp"

namespace decorum::app {

net::Task<> serve(std::shared_ptr<Serving> serving, std::size_t listener, net::StreamPtr stream,
                  net::Admission admission) {
    const session::Listening& listening = serving->generation->listening[listener];
    if (listening.settings.protocol == config::Protocol::imap)
        co_await session::serve_imap(std::move(stream), std::move(admission), listening, serving->context);
    else
        co_await session::serve_smtp(std::move(stream), std::move(admission), listening, serving->context);
}

net::Task<> retire(std::shared_ptr<Serving> serving) {
    constexpr Milliseconds look_interval{500};
    auto& pools = serving->context.upstreams;
    for (auto& [name, pool] : pools) pool->stop();
    while (!std::ranges::all_of(pools, [](const auto& pool) { return pool.second->is_still(); }))
        co_await net::sleep_for(look_interval);
}

}  // namespace decorum::app
