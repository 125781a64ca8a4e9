// SASL exchanges: whatever a client sends, a login is of at most 512 octets without control characters, and
// mechanisms that don't pass give none. The input is a mechanism, then responses, a line each, taken once as
// base64 and once as what base64 would hold.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/smtp/sasl.hpp"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
}

void check(std::string_view input, bool encode) {
    const auto mechanism = take_line(input);
    decorum::smtp::SaslObserver observer(mechanism);
    while (!input.empty()) {
        const auto line = take_line(input);
        observer.client_response(encode ? decorum::to_base64(line) : std::string(line));
    }
    if (!observer.login()) return;
    require(decorum::smtp::SaslObserver::supports(mechanism));
    require(!observer.login()->empty() && observer.login()->size() <= 512);
    require(std::ranges::none_of(*observer.login(), decorum::ascii::is_control));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input, false);
    check(input, true);
    return 0;
}
