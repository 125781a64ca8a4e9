// h-card and h-resume (microformats.org): who a page is about, in the classes of its markup.
//
// The representative h-card of a page is the first whose uid and url are the page, else one whose url the
// page calls its own (rel=me), else one whose url is the page, else the only one on the page. The page's
// resume is the only h-resume; its contact is the person, its experience the career, and reviews in it
// recommendations.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connectors/page_person.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::connectors {

[[nodiscard]] PagePerson h_resume_person(std::span<const worker::MicroformatItem> items,
                                         std::string_view page_url);

// `rel_me`: as written on the page.
[[nodiscard]] PagePerson h_card_person(std::span<const worker::MicroformatItem> items,
                                       std::span<const std::string> rel_me, std::string_view page_url);

}  // namespace decorum::connectors
