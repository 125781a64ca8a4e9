// nghttpd (of nghttp2), a server that speaks HTTP/2 and nothing else, with the files of a folder.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <thread>

#include "gateway/base/descriptor.hpp"
#include "tests/support/certificates.hpp"

namespace decorum::net {

// Throws std::runtime_error where it doesn't start.
class Nghttpd {
public:
    Nghttpd(const std::string& folder, const test::CertificateFiles& files);
    ~Nghttpd();
    Nghttpd(const Nghttpd&) = delete;
    Nghttpd& operator=(const Nghttpd&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    // Ends it; what it said, with a line "[id=N]" for each step of connection N.
    [[nodiscard]] std::string stop();

private:
    void read_until_listening();

    pid_t process_ = -1;
    Descriptor output_;
    std::string said_;
    std::uint16_t port_ = 0;
    std::thread reader_;
};

}  // namespace decorum::net
