// HTML to facts and to text: whatever the page, the answer is within the limits that its readers count on, is
// UTF-8 JSON that reads back as the same facts, and text is one line after another without an empty one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/worker/html/html_text.hpp"
#include "gateway/worker/html/page.hpp"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace decorum::worker;
    const std::string_view html(reinterpret_cast<const char*>(data), size);

    const auto facts = read_page(html);
    const auto json = decode_page(html);
    require(facts.has_value() == json.has_value());
    if (json) {
        require(json->size() <= std::size_t{4} << 20);
        const auto read = page_facts_from_json(*json);
        require(read.has_value());
        require(to_json(*read) == *json);
        require(facts->text.size() <= std::size_t{64} << 10);
    }

    const auto text = decode_text(html);
    require(text.has_value() == json.has_value());
    if (text) {
        require(text->size() <= std::size_t{64} << 10);
        require(!text->contains("\n\n"));
    }
    return 0;
}
