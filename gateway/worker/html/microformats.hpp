// The microformats2 items of a page (microformats.org/wiki/microformats2-parsing), and classic ones under the
// names of their successors.
//
// Read are root classes (h-…), properties p-, u-, dt- and e- (as text), items within properties, the
// value-class pattern, and the implied name, photo and URL. URLs stay as written.
#pragma once

#include <gumbo.h>

#include <vector>

#include "gateway/worker/html/budget.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::worker {

[[nodiscard]] std::vector<MicroformatItem> microformats(const GumboNode& root, Budget& budget);

}  // namespace decorum::worker
