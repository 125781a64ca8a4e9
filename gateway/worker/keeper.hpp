// The keeper: a process of one thread that starts one child for each job, enforces its deadline and reports
// how it ended. The child has no rights (sandbox.hpp), decodes one input, writes one answer and is gone: what
// one picture does to its decoder, the next never sees.
//
// The keeper lives as long as the other end of its socket: when the gateway ends, however it does, the keeper
// ends its children and itself.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::worker {

struct DecodeLimits {
    std::uint32_t max_side = 0;  // pixels
};

struct Decoder {
    Job job;
    // Errors: syntax, limit. May throw std::bad_alloc.
    Result<std::string> (*decode)(std::string_view input, const DecodeLimits& limits);
};

// What this program can decode.
[[nodiscard]] std::span<const Decoder> decoders();

// Was this program started by a pool, as its keeper?
[[nodiscard]] bool is_keeper(int argc, const char* const* argv);

// The whole life of a keeper; the exit status. Call it before anything else is initialised.
[[nodiscard]] int keep(std::span<const Decoder> decoders);

}  // namespace decorum::worker
