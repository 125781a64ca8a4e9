// Properties of the charter's reader, for any octets:
// - a fault names the file and a line, on one line without controls;
// - a charter that was read holds what the rest relies on: a language, rules with a sentence in each of the
//   languages, limits within their range; and reading it again gives the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/conduct/charter.hpp"

using namespace decorum;
using namespace decorum::conduct;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check_fault(const Error& error) {
    const std::string_view detail = error.detail;
    require(detail.starts_with("charter.toml:"));
    const std::string_view line = detail.substr(detail.find(':') + 1);
    require(!line.empty() && line.front() >= '1' && line.front() <= '9');
    require(std::ranges::none_of(detail, ascii::is_control));
}

void check_text(std::string_view text) {
    require(std::ranges::none_of(text, ascii::is_control));
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        require(point.valid);
        text.remove_prefix(point.octets);
    }
}

void check_charter(const Charter& charter) {
    require(!charter.languages.empty() && !charter.rules.empty());
    require(charter.weekly_notices >= 1 && charter.weekly_notices <= max_weekly_notices);
    require(!charter.version.empty());
    for (const CharterRule& rule : charter.rules) {
        require(charter.rule(rule.id) == &rule);
        require(rule.severity >= 1 && rule.severity <= 3);
        require(std::ranges::find(rule.categories, true) != rule.categories.end());
        require(rule.action <= charter.gravest());
        for (const Language language : charter.languages) {
            require(!rule.sentence.in(language).empty());
            check_text(rule.sentence.in(language));
        }
    }
    for (const Language language : charter.languages) {
        require(!charter.title.in(language).empty());
        check_text(charter.title.in(language));
        check_text(charter.url.in(language));
    }
    for (const std::string& entry : charter.exclude)
        require(entry == ascii::lower(entry) && (entry.starts_with('@') || charter.excludes(entry)));
    for (const std::string& mailbox : charter.shared_mailboxes) require(charter.is_shared(mailbox));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view toml(reinterpret_cast<const char*>(data), size);
    const auto charter = Charter::parse(toml, "charter.toml");
    if (!charter) {
        check_fault(charter.error());
        return 0;
    }
    check_charter(*charter);
    const auto again = Charter::parse(toml, "charter.toml");
    require(again && again->version == charter->version && again->rules.size() == charter->rules.size());
    return 0;
}
