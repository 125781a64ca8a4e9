// Decodes hostile formats in processes that can do nothing else: no network, no files, little memory, a
// deadline (DESIGN, safety). A job that crashes or takes too long costs itself and nothing more.
//
// `done` is called exactly once, on any thread. Errors: syntax (not what it should be), limit (too large in
// octets, pixels, memory or depth), timed_out, unavailable (no process, or too many jobs wait), cancelled.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::worker {

enum class Job : char {
    face = 'f',  // a PNG, JPEG or WebP picture → a PNG of 48x48 pixels and at most 725 octets
    page = 'p',  // HTML → the facts of the page as JSON (page_facts.hpp)
    text = 't',  // HTML → plain text in UTF-8, block elements as line ends
};

class Worker {
public:
    using Done = std::move_only_function<void(Result<std::string>)>;

    virtual ~Worker() = default;
    virtual void run(Job job, std::string input, Done done) = 0;
};

}  // namespace decorum::worker
