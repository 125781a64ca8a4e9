// Properties of mailbox lists, for any octets:
// - each address that was read is sane: a local part, a domain in lower case, valid UTF-8, no control octets;
// - rendered again and read again, the list is the same, and so is each address alone;
// - the display name is valid UTF-8; an address alone is a list of one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/message/sanitize.hpp"

using namespace decorum;
using namespace decorum::message;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool same_address(const Mailbox& a, const Mailbox& b) {
    return a.local_part == b.local_part && a.domain == b.domain;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);

    const auto list = parse_mailbox_list(body);
    if (list) {
        std::string rendered;
        for (const Mailbox& mailbox : *list) {
            require(!mailbox.local_part.empty() && !mailbox.domain.empty());
            require(mailbox.domain == ascii::lower(mailbox.domain));
            require(mailbox.domain.find_first_of("@,<>\"() ;:") == std::string::npos ||
                    mailbox.domain.starts_with('['));
            require(is_valid_utf8(mailbox.display_name));
            const std::string address = mailbox.address();
            require(is_valid_utf8(address));
            for (char c : address) require(!ascii::is_control(c) || c == '\t');
            const auto alone = parse_address(address);
            require(alone && same_address(*alone, mailbox) && alone->display_name.empty());
            if (!rendered.empty()) rendered += ',';
            rendered += address;
        }
        if (!list->empty()) {
            const auto again = parse_mailbox_list(rendered);
            require(again && again->size() == list->size());
            for (std::size_t i = 0; i < list->size(); ++i) require(same_address((*again)[i], (*list)[i]));
        }
    }

    if (const auto alone = parse_address(body)) {
        require(list && list->size() == 1 && same_address(list->front(), *alone));
    }
    return 0;
}
