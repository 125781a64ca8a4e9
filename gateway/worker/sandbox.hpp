// Takes every right from the calling process but to compute, to use its memory, and to read and write the one
// descriptor that it was given.
//
// Whatever else it tries - open a file, make a socket, start a process, map memory as executable - ends it
// with SIGSYS. Irrevocable. In builds with a sanitizer the limit of memory is left out, which their shadow
// needs.
#pragma once

#include <cstdint>

#include "gateway/base/clock.hpp"

namespace decorum::worker {

struct SandboxLimits {
    std::uint64_t memory = 0;  // octets of address space beside what is mapped already
    Milliseconds processor{};  // time on the processor, rounded up to seconds; then SIGXCPU
};

// False where the kernel refuses any part of it: the caller must not go on then.
[[nodiscard]] bool enter_sandbox(const SandboxLimits& limits, int descriptor);

}  // namespace decorum::worker
