// vCards: whatever a file holds, a person has fit addresses, valid UTF-8 within the limits, and a picture no
// larger than the file; LF and CRLF line ends read the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/vcard.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/profile/limits.hpp"

using namespace decorum;
using connectors::Person;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_fit(const std::string& text, std::size_t max_octets) {
    require(text.size() <= max_octets && is_valid_utf8(text));
}

void check(const Person& person, std::size_t input_octets) {
    const profile::Profile& p = person.profile;
    require(!person.addresses.empty());
    for (const std::string& address : person.addresses)
        require(connectors::is_address(address) && address == ascii::lower(address));
    require_fit(p.display_name.value, profile::max_name_octets);
    require_fit(p.headline.value, profile::max_headline_octets);
    require_fit(p.organisation.value, profile::max_name_octets);
    require_fit(p.location.value, profile::max_name_octets);
    require_fit(p.summary.value, profile::max_summary_octets);
    require(p.links.size() <= profile::max_links);
    for (const profile::Link& link : p.links) require_fit(link.url, profile::max_url_octets);
    require(person.picture.size() <= input_octets);
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '\r') continue;
        if (c == '\n') out.push_back('\r');
        out.push_back(c);
    }
    return out;
}

std::string with_lf(std::string_view text) {
    std::string out;
    for (char c : text)
        if (c != '\r') out.push_back(c);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto people = connectors::parse_vcards(text, "people.vcf");
    if (people)
        for (const Person& person : *people) check(person, size);
    const auto crlf = connectors::parse_vcards(with_crlf(text), "people.vcf");
    const auto lf = connectors::parse_vcards(with_lf(text), "people.vcf");
    require(crlf.has_value() == lf.has_value());
    if (!crlf) {
        require(crlf.error().detail == lf.error().detail);
        return 0;
    }
    require(crlf->size() == lf->size());
    for (std::size_t i = 0; i < crlf->size(); ++i) {
        const Person& a = (*crlf)[i];
        const Person& b = (*lf)[i];
        require(a.addresses == b.addresses && a.picture == b.picture && a.line == b.line &&
                a.profile.display_name.value == b.profile.display_name.value &&
                a.profile.links.size() == b.profile.links.size());
    }
    return 0;
}
