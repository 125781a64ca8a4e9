// HTML that a network gives as the text of a profile or of its posts, made plain in the worker process: one
// job a text, one after the other, so that a person with many posts doesn't fill the worker's queue.
//
// A text that can't be decoded becomes empty and costs only itself; where the worker itself is not to be had,
// the whole is the Error (unavailable, cancelled), because half a profile would be taken for all of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

// It says nothing of the text that was to be decoded.
[[nodiscard]] inline bool is_absence(const Error& error) {
    return error.code == errc::unavailable || error.code == errc::cancelled;
}

using TextsDone = std::move_only_function<void(Result<std::vector<std::string>>)>;

// `worker` outlives it; `done` is called exactly once, on any thread, perhaps before this returns.
void html_to_texts(worker::Worker& worker, std::vector<std::string> html, TextsDone done);

}  // namespace decorum::connectors
