// The job `page`: HTML → PageFacts as JSON.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::worker {

// An Error (limit): nested too deeply, or too much memory. There is no HTML that is wrong otherwise.
[[nodiscard]] Result<PageFacts> read_page(std::string_view html);
[[nodiscard]] Result<std::string> decode_page(std::string_view html);

}  // namespace decorum::worker
