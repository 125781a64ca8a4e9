// Two tasks of one session side by side, on its thread: what comes from either side of it.
//
// Returns when both have ended, so whatever they refer to may live in the awaiting frame; each sees to it that
// the other one ends when it does. What leaves one as an exception is thrown again once both have ended.
#pragma once

#include "gateway/net/task.hpp"

namespace decorum::net {

[[nodiscard]] Task<> both(Task<> first, Task<> second);

}  // namespace decorum::net
