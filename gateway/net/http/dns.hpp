// Questions to the DNS beside those that every request asks, for connectors: where a service is (SRV) and
// what a domain says of itself (TXT).
//
// As with Fetcher, `done` is called exactly once, on any thread, perhaps before the call returns. Answers are
// as hostile as any profile, and bounded: 32 records, 4 096 octets each. Errors: not_found (no such name, or
// no such record), timed_out, refused (the servers failed or can't be reached), invalid (not a name),
// unavailable (too much under way), cancelled (shutting down).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::net {

// RFC 2782. A target of "." says that there is no such service; it is given as it came.
struct ServiceRecord {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    std::string target;  // lower case, without a final dot

    bool operator==(const ServiceRecord&) const = default;
};

using ServiceRecords = std::vector<ServiceRecord>;  // by priority, then by weight, the heaviest first
using TextRecords = std::vector<std::string>;       // each with its character-strings joined

class Dns {
public:
    using ServicesDone = std::move_only_function<void(Result<ServiceRecords>)>;
    using TextsDone = std::move_only_function<void(Result<TextRecords>)>;

    virtual ~Dns() = default;
    virtual void services(std::string name, Milliseconds limit,
                          ServicesDone done) = 0;  // "_avatars-sec._tcp.…"
    virtual void texts(std::string name, Milliseconds limit, TextsDone done) = 0;
};

}  // namespace decorum::net
