#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace decorum::test {

// What a test's own equipment can't do without: throws std::runtime_error with the step, and with what errno
// says.
inline void require(bool done, const std::string& step) {
    if (!done)
        throw std::runtime_error("test equipment: " + step + " (" + std::generic_category().message(errno) +
                                 ")");
}

}  // namespace decorum::test
