// Properties of what pages and JSON documents say of a person, for any octets:
// - nothing is found without an answer that has something in it, and what was found is within the limits: the
//   store takes it back as it is;
// - links and pictures are https URLs in ASCII, without controls; links are one-way;
// - texts are valid UTF-8; a fault never quotes the document.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/page_profile.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

using namespace decorum;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_plain_https(std::string_view url) {
    return url.starts_with("https://") && ascii::is_ascii(url) &&
           std::ranges::none_of(url, [](char c) { return ascii::is_control(c) || c == ' '; });
}

void check(const profile::Answer& answer) {
    const profile::Profile& p = answer.profile;
    require((answer.outcome == profile::Outcome::found) == !p.empty());
    require(p.photo_url.empty() || is_plain_https(p.photo_url.value));
    for (const auto& link : p.links) {
        require(link.url.empty() || is_plain_https(link.url));
        require(link.origin.tier == profile::Tier::c && !link.origin.reason.empty());
    }
    for (const profile::Text* text : {&p.display_name, &p.headline, &p.organisation, &p.location, &p.summary})
        require(is_valid_utf8(text->value));
    const std::string stored = profile::to_json(p);
    const auto read = profile::profile_from_json(stored);
    require(read && profile::to_json(*read) == stored);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string document(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view url = "https://jane.example/about";
    check(connectors::answer_from_json(document, url));
    worker::PageFacts facts;
    facts.json_ld = {document};
    check(connectors::answer_from_page(facts, url, connectors::Preset::any));
    if (auto page = worker::page_facts_from_json(document))
        check(connectors::answer_from_page(*page, url, connectors::Preset::viadeo));
    return 0;
}
