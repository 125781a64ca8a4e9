// From a document that was fetched to what it says of its person.
//
// Sources of facts, in the order in which each field believes them: JSON-LD, what a Viadeo page has of its
// own, h-resume, h-card, OpenGraph; a later one adds only where its name does not conflict with an earlier
// one's. Links are one-way (tier C), those with rel=me first and all of them: whoever checks the other
// direction needs them.
#pragma once

#include <string_view>

#include "gateway/profile/connector.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::connectors {

enum class Preset : std::uint8_t { any, viadeo };

// `url`: where the document was in the end, as https_url() gives it. not_found where it asks not to be
// indexed (hidden), where nobody is on it, or several persons and nothing says whose page it is.
[[nodiscard]] profile::Answer answer_from_page(const worker::PageFacts& facts, std::string_view url,
                                               Preset preset);

// JSON-LD, JSON Resume or a Viadeo export; failed where it is no JSON at all.
[[nodiscard]] profile::Answer answer_from_json(std::string_view document, std::string_view url);

// Words of a robots meta element or an X-Robots-Tag field, in lower case: noindex, noarchive or none.
[[nodiscard]] bool asks_to_be_left_out(std::string_view word);

}  // namespace decorum::connectors
