// What the parts that all listeners share count: cache, sources, store, notices, what is decided of outbound
// mail.
#pragma once

#include "gateway/app/engine.hpp"
#include "gateway/app/metrics.hpp"

namespace decorum::app {

void collect_engine(Families& out, Engine& engine);

}  // namespace decorum::app
