// Properties of the normaliser, for any octets, with the words of the shipped lexicon to reveal:
// - every character and every token stands for octets inside the text, on the boundaries of its characters,
// and
//   none runs backwards;
// - the line is valid UTF-8, holds exactly the tokens, each between single spaces, and no control;
// - credentials stand inside the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "gateway/base/utf8.hpp"
#include "gateway/conduct/lexicon.hpp"
#include "gateway/conduct/patterns.hpp"
#include "gateway/conduct/reading.hpp"

using namespace decorum;
using namespace decorum::conduct;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

const Lexicon& lexicon() {
    static const Lexicon instance = *Lexicon::load(DECORUM_SOURCE_DIR "/config/lexicon");
    return instance;
}

std::set<std::size_t> boundaries_of(std::string_view text) {
    std::set<std::size_t> out{text.size()};
    for (std::size_t at = 0; at < text.size(); at += first_code_point(text.substr(at)).octets) out.insert(at);
    return out;
}

void check(std::string_view text, const Revealer* revealer) {
    Reading reading;
    read(text, revealer, reading);
    const std::set<std::size_t> boundaries = boundaries_of(text);
    std::size_t last = 0;
    for (const Character& c : reading.characters) {
        require(last <= c.from && c.from < c.to && c.to <= text.size());
        require(boundaries.contains(c.from) && boundaries.contains(c.to));
        last = c.from;
    }
    require(is_valid_utf8(reading.line));
    require(reading.line.starts_with(' ') && reading.line.ends_with(' '));
    for (const char c : reading.line) require(static_cast<unsigned char>(c) >= 0x20);
    std::size_t at = 1;
    last = 0;
    for (const Token& token : reading.tokens) {
        require(token.begin == at && token.end > token.begin && reading.line[token.end] == ' ');
        require(reading.word(token).find(' ') == std::string_view::npos);
        at = token.end + 1;
        require(last <= token.from && token.from < token.to && token.to <= text.size());
        require(boundaries.contains(token.from) && boundaries.contains(token.to));
        last = token.from;
    }
    require(at == reading.line.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, nullptr);
    check(text, &lexicon().revealer());
    for (const Credential& found : find_credentials(text))
        require(found.from < found.to && found.to <= text.size());
    return 0;
}
