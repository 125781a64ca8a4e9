// What a configuration makes of the gateway, from the start or a SIGHUP to the next one. A session keeps what
// it began with, so nothing changes under a client; the last session that ends takes the rest with it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "config/settings.hpp"
#include "gateway/net/task.hpp"
#include "gateway/pipeline/annotator.hpp"
#include "gateway/session/context.hpp"

namespace decorum::app {

// Read by every thread.
struct Generation {
    std::shared_ptr<const config::Settings> settings;
    pipeline::Annotator::Shared annotation;    // refers to the settings
    std::deque<session::Listening> listening;  // likewise; in the order of settings.listeners
};

// What one thread holds of it; made before the thread sees it, used and destroyed on that thread, or after
// it.
struct Serving {
    template <class... Shared>
    Serving(std::shared_ptr<Generation> its, std::size_t thread, net::Executor executor, Shared&&... shared)
        : generation(std::move(its)),
          context(thread, std::move(executor), *generation->settings, generation->annotation,
                  std::forward<Shared>(shared)...) {}

    const std::shared_ptr<Generation> generation;
    session::ThreadContext context;
};

// The way of a connection at the listener of that number: one session.
[[nodiscard]] net::Task<> serve(std::shared_ptr<Serving> serving, std::size_t listener, net::StreamPtr stream,
                                net::Admission admission);

// On its thread, once another has taken its place: the upstream connections that nobody uses are closed, and
// it stays until no task of theirs is left.
[[nodiscard]] net::Task<> retire(std::shared_ptr<Serving> serving);

}  // namespace decorum::app
