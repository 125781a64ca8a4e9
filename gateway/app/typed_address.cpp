#include "gateway/app/typed_address.hpp"

#include <fmt/format.h>

#include "gateway/base/canonical.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::app {

std::optional<std::string> typed_address(std::string_view command, std::string_view text) {
    if (const auto mailbox = message::parse_address(text)) return canonical_address(mailbox->address());
    fmt::print(stderr, "decorum {}: not an address: {}\n", command, shown(text));
    return std::nullopt;
}

std::string as_utf8(std::string_view octets) {
    std::string out;
    append_as_utf8(out, octets);
    return out;
}

std::string shown(std::string_view text) {
    constexpr std::size_t max_characters = 400;
    return message::sanitize(text, max_characters);
}

}  // namespace decorum::app
