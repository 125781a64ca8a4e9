// What the pipeline knows of a message besides its octets, whatever protocol brought it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"

namespace decorum::pipeline {

struct Envelope {
    std::optional<std::string> reverse_path;  // "" is the null path; nullopt: not known (a file, IMAP)
    std::vector<std::string> recipients;      // accepted ones, as paths
    Instant received{};                       // SMTP, LMTP: time of receipt; IMAP: INTERNALDATE
    bool keep_sealed = false;                 // the peer may hand us a block that we sealed
};

}  // namespace decorum::pipeline
