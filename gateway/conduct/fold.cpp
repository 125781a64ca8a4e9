#include "gateway/conduct/fold.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <array>
#include <span>
#include <stdexcept>

#include "gateway/base/utf8.hpp"

namespace decorum::conduct {
namespace {

// Characters below U+0300 never combine with one that stands before them, so they fold one by one.
constexpr char32_t first_combining = 0x300;
constexpr std::size_t max_marks = 30;

const icu::Normalizer2& normalizer() {
    static const icu::Normalizer2& instance = [&]() -> const icu::Normalizer2& {
        UErrorCode error = U_ZERO_ERROR;
        const icu::Normalizer2* found = icu::Normalizer2::getNFKCCasefoldInstance(error);
        if (U_FAILURE(error)) throw std::runtime_error("ICU has no NFKC_Casefold data");
        return *found;
    }();
    return instance;
}

// A mark that is left after composition stands on no letter of ours: it is there to disguise.
bool is_loose_mark(UChar32 c) {
    const auto type = u_charType(c);
    return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

std::u32string folded(const icu::UnicodeString& piece) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::UnicodeString normal = normalizer().normalize(piece, error);
    std::u32string out;
    if (U_FAILURE(error)) return out;
    for (std::int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1)) {
        const UChar32 c = normal.char32At(i);
        if (!is_loose_mark(c)) out.push_back(static_cast<char32_t>(c));
    }
    return out;
}

// What each character below U+0300 folds to: nothing, one character, or up to three.
struct SmallTable {
    std::array<std::u32string, first_combining> to;

    SmallTable() {
        for (char32_t c = 0; c < first_combining; ++c)
            to[c] = folded(icu::UnicodeString(static_cast<UChar32>(c)));
    }
};

const SmallTable& small_table() {
    static const SmallTable table;
    return table;
}

class Folding {
public:
    Folding(std::string_view text, std::vector<Character>& out) : text_(text), out_(out) {}

    void run() {
        const SmallTable& small = small_table();
        while (at_ < text_.size() && out_.size() < max_characters) {
            fold_ascii();
            if (at_ == text_.size() || out_.size() >= max_characters) break;
            const CodePoint point = first_code_point(text_.substr(at_));
            const std::size_t next = at_ + point.octets;
            if (point.value < first_combining && value_at(next) < first_combining) {
                for (const char32_t c : small.to[point.value]) put(c, at_, next);
                at_ = next;
            } else {
                fold_piece(point);
            }
        }
    }

private:
    // Nothing combines with an octet of ASCII that another one follows, or the end.
    void fold_ascii() {
        std::size_t end = at_;
        while (end < text_.size() && static_cast<unsigned char>(text_[end]) < 0x80) ++end;
        if (end > at_ && end < text_.size()) --end;
        const std::size_t have = out_.size();
        out_.resize(have + (end - at_));
        for (Character& c : std::span(out_).subspan(have)) {
            const auto octet = static_cast<unsigned char>(text_[at_]);
            c.value = octet >= 'A' && octet <= 'Z' ? octet | 0x20u : octet;
            c.from = static_cast<std::uint32_t>(at_++);
            c.to = static_cast<std::uint32_t>(at_);
        }
    }

    char32_t value_at(std::size_t at) const {
        return at < text_.size() ? first_code_point(text_.substr(at)).value : 0;
    }

    // A character and those that may combine with it.
    void fold_piece(CodePoint point) {
        const std::size_t from = at_;
        icu::UnicodeString piece(static_cast<UChar32>(point.value));
        at_ += point.octets;
        for (std::size_t marks = 0; at_ < text_.size(); ++marks) {
            const CodePoint next = first_code_point(text_.substr(at_));
            if (normalizer().hasBoundaryBefore(static_cast<UChar32>(next.value))) break;
            if (marks < max_marks) piece.append(static_cast<UChar32>(next.value));
            at_ += next.octets;
        }
        for (const char32_t c : folded(piece)) put(c, from, at_);
    }

    void put(char32_t c, std::size_t from, std::size_t to) {
        out_.emplace_back(c, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
    }

    std::string_view text_;
    std::vector<Character>& out_;
    std::size_t at_ = 0;
};

}  // namespace

std::string_view assessed_part(std::string_view text) {
    if (text.size() <= max_text_octets) return text;
    std::size_t end = max_text_octets;
    // At most three octets of a character can stand before the cut.
    for (int i = 0; i < 3 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u; ++i) --end;
    return text.substr(0, end);
}

void fold(std::string_view text, std::vector<Character>& out) {
    out.clear();
    Folding(text, out).run();
    if (out.size() > max_characters) out.resize(max_characters);
}

}  // namespace decorum::conduct
