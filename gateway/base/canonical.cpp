#include "gateway/base/canonical.hpp"

#include <unicode/uidna.h>

#include <array>
#include <memory>

namespace decorum {
namespace {

// More than any domain has (RFC 1035 §2.3.4), however written.
constexpr std::size_t max_domain_octets = 1024;

// Never changed once it is open, and used on any thread.
const UIDNA* uts46() {
    struct Close {
        void operator()(UIDNA* idna) const { uidna_close(idna); }
    };
    static const std::unique_ptr<UIDNA, Close> opened = [] {
        UErrorCode error = U_ZERO_ERROR;
        UIDNA* const idna = uidna_openUTS46(
            UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_CHECK_BIDI |
                UIDNA_USE_STD3_RULES,  // else a wide "@", ">" or space would become that of ASCII
            &error);
        return std::unique_ptr<UIDNA, Close>(U_SUCCESS(error) ? idna : nullptr);
    }();
    return opened.get();
}

// Empty: it can't be converted.
template <class Convert>
std::string converted(std::string_view domain, Convert convert) {
    if (domain.size() > max_domain_octets || uts46() == nullptr) return {};
    std::array<char, 4 * max_domain_octets> out;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const auto octets = convert(uts46(), domain.data(), static_cast<std::int32_t>(domain.size()), out.data(),
                                static_cast<std::int32_t>(out.size()), &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || static_cast<std::size_t>(octets) > out.size()) return {};
    return {out.data(), static_cast<std::size_t>(octets)};
}

}  // namespace

std::string canonical_domain(std::string_view domain) {
    std::string lower = ascii::lower(domain);
    if (ascii::is_ascii(lower)) return lower;
    std::string labels = converted(lower, uidna_nameToASCII_UTF8);
    return labels.empty() ? lower : labels;
}

std::string canonical_address(std::string_view address) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || ascii::is_ascii(address)) return ascii::lower(address);
    return ascii::lower(address.substr(0, at + 1)) + canonical_domain(address.substr(at + 1));
}

bool same_domain(std::string_view a, std::string_view b) {
    if (ascii::equals_nocase(a, b)) return true;
    if (ascii::is_ascii(a) && ascii::is_ascii(b)) return false;
    return canonical_domain(a) == canonical_domain(b);
}

std::string readable_domain(std::string_view domain) {
    if (std::string lower = ascii::lower(domain); lower.contains("xn--"))
        if (std::string readable = converted(lower, uidna_nameToUnicodeUTF8); !readable.empty())
            return readable;
    return std::string(domain);
}

}  // namespace decorum
