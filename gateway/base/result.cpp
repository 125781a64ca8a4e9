// The names of error codes, as logs show them.
#include "gateway/base/result.hpp"

namespace decorum {

std::string_view name_of(errc code) noexcept {
    switch (code) {
        case errc::closed: return "closed";
        case errc::timed_out: return "timed_out";
        case errc::reset: return "reset";
        case errc::refused: return "refused";
        case errc::tls_failed: return "tls_failed";
        case errc::cancelled: return "cancelled";
        case errc::syntax: return "syntax";
        case errc::limit: return "limit";
        case errc::unsupported: return "unsupported";
        case errc::not_found: return "not_found";
        case errc::io: return "io";
        case errc::corrupt: return "corrupt";
        case errc::unavailable: return "unavailable";
        case errc::invalid: return "invalid";
    }
    return "unknown";
}

std::string Error::text() const {
    std::string out{name_of(code)};
    if (!detail.empty()) out.append(": ").append(detail);
    return out;
}

}  // namespace decorum
