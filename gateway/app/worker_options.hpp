// From the settings to what the pool of worker processes may do.
#pragma once

#include "config/settings.hpp"
#include "gateway/worker/worker_pool.hpp"

namespace decorum::app {

[[nodiscard]] worker::WorkerPool::Options worker_options(const config::Settings& settings);

}  // namespace decorum::app
