// Two tasks of one session side by side, on its thread: what comes from either side of it.
//
// Returns when both have ended, so whatever they refer to may live in the awaiting frame; each sees to it
// that the other one ends when it does.
#pragma once

#include <exception>
#include <functional>

#include "gateway/net/task.hpp"

namespace decorum::net {

// What leaves a task as an exception goes to `on_throw`, at once, because that task ends nobody any more. It
// throws nothing itself.
using OnThrow = std::function<void(const std::exception_ptr&)>;

[[nodiscard]] Task<> both(Task<> first, Task<> second, OnThrow on_throw);

}  // namespace decorum::net
