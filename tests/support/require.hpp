#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace decorum::test {

// What a test's own equipment can't do without: throws std::runtime_error with the step, and with what errno
// says where it says something.
inline void require(bool done, std::string_view step) {
    if (done) return;
    const int code = errno;
    std::string what = "test equipment: " + std::string(step);
    if (code != 0) what += " (errno: " + std::generic_category().message(code) + ")";
    throw std::runtime_error(what);
}

}  // namespace decorum::test
