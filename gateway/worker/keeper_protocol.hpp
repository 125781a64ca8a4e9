// What pool and keeper say to each other: one datagram a message over a socket pair of type SEQPACKET.
//
// Pool to keeper: Start, with the far end of the job's own stream as a descriptor. Keeper to pool: Ended,
// once for each Start. Input and answer go through the job's stream and never through the keeper, which sees
// no hostile octet. Both sides are the same program, so that the messages are plain structs.
//
// The job's stream: the input of Start::input_octets; back comes the answer, one octet (0, or 1 + the errc)
// and then the result or the reason, and the end of the stream.
#pragma once

#include <cstdint>

#include "gateway/worker/worker.hpp"

namespace decorum::worker {

struct Start {
    std::uint64_t memory = 0;  // octets of address space beside what the program has mapped already
    std::uint64_t input_octets = 0;
    std::uint32_t id = 0;
    std::uint32_t deadline_ms = 0;
    std::uint32_t max_side = 0;  // pixels
    Job job{};
};

enum class End : std::uint8_t {
    answered,  // the whole answer was written
    out_of_memory,
    timed_out,
    signalled,   // `detail` says by which signal
    no_sandbox,  // the kernel refused a part of it: nothing was decoded
    no_process,  // fork failed
};

struct Ended {
    std::uint32_t id = 0;
    std::int32_t detail = 0;
    End end{};
};

// The descriptor that a keeper finds its socket at.
inline constexpr int keeper_socket = 0;

// The word on the command line that makes a program a keeper.
inline constexpr const char* keeper_argument = "worker-keeper";

}  // namespace decorum::worker
