// What a web page says of itself, without its markup: the answer of the job `page`.
//
// All texts are UTF-8 from outside and hostile. Lists are bounded by the worker.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"

namespace decorum::worker {

// An item of microformats2 (h-card, h-resume, h-event, h-entry …): its types, and its properties in order.
// Classic class names (vcard, hresume, vevent, hreview) arrive as their successors.
// Items nest in properties at most max_item_depth levels; those that stand within another item without being
// a property of it follow it in the list of all.
inline constexpr std::size_t max_item_depth = 6;

struct MicroformatItem {
    struct Property {
        std::string name;                    // "name", "org", "url" - without the prefix p-, u-, dt-, e-
        std::string value;                   // text, URL or time, as written
        std::vector<MicroformatItem> items;  // one where the property is an item itself, else none
    };
    std::vector<std::string> types;  // "h-card"
    std::vector<Property> properties;
};

struct PageFacts {
    std::string title;
    std::string canonical;                                  // link rel=canonical; as written
    std::vector<std::string> robots;                        // meta name=robots, in lower case, word by word
    std::vector<std::pair<std::string, std::string>> meta;  // property or name → content (og:…, profile:…)
    std::vector<std::string> json_ld;                       // texts of script type=application/ld+json
    std::vector<std::string> rel_me;                        // href of a and link with rel=me; as written
    std::vector<std::string> links;                         // href of every a; as written
    std::string text;                                       // visible text, cut at 64 KiB
    std::vector<MicroformatItem> items;
};

[[nodiscard]] std::string to_json(const PageFacts& facts);
[[nodiscard]] Result<PageFacts> page_facts_from_json(std::string_view text);

}  // namespace decorum::worker
