// For threads that may wait: the answer of what answers on another thread.
#pragma once

#include <future>
#include <memory>
#include <utility>

#include "gateway/base/result.hpp"

namespace decorum::app {

// `start` is given what takes the answer, to be called once from any thread.
template <class T, class Start>
[[nodiscard]] Result<T> wait_for(Start start) {
    const auto promise = std::make_shared<std::promise<Result<T>>>();
    auto answer = promise->get_future();
    start([promise](Result<T> result) { promise->set_value(std::move(result)); });
    return answer.get();
}

}  // namespace decorum::app
