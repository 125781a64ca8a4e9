// Sanitising of hostile text (DESIGN, the annotation: text from a profile is hostile).
//
// One pass, code point by code point: invisible, reordering and control characters go, white space of any
// kind becomes one space, the length is capped. Applying it twice changes nothing. It never fails.
#include "gateway/message/sanitize.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/utf8.hpp"

namespace decorum::message {
namespace {

struct Span {
    char32_t first;
    char32_t last;
};

// White space of Unicode, line ends included, and U+2800 (an empty Braille cell, blank in every font).
constexpr std::array white_space = std::to_array<Span>({
    {0x09, 0x0D},
    {0x20, 0x20},
    {0x85, 0x85},
    {0xA0, 0xA0},
    {0x1680, 0x1680},
    {0x2000, 0x200A},
    {0x2028, 0x2029},
    {0x202F, 0x202F},
    {0x205F, 0x205F},
    {0x2800, 0x2800},
    {0x3000, 0x3000},
});

// Controls (Cc), format characters (Cf: bidi controls, zero-width, tags), default-ignorable ones (fillers,
// variation selectors), private use and noncharacters, in order. White space is looked up first.
constexpr std::array removed = std::to_array<Span>({
    {0x00, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x600, 0x605},
    {0x61C, 0x61C},      {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},
    {0x115F, 0x1160},    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},    {0x3164, 0x3164},   {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD},  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    {0xF0000, 0x10FFFF},
});

template <std::size_t N>
constexpr bool in(const std::array<Span, N>& spans, char32_t value) {
    const auto after = std::ranges::upper_bound(spans, value, {}, &Span::first);
    return after != spans.begin() && value <= std::prev(after)->last;
}

// Every plane ends with two noncharacters.
constexpr bool is_plane_end(char32_t value) {
    return (value & 0xFFFE) == 0xFFFE;
}

// What has been kept so far, and where it may be cut.
class Kept {
public:
    explicit Kept(std::size_t max_characters) : max_(max_characters) {}

    // False: there is no room left.
    bool put(char32_t value) {
        if (count_ == max_) return false;
        if (count_ + 1 == max_) cut_ = octets_.size();
        if (value == ' ' && count_ >= max_ - max_ / 3) word_cut_ = octets_.size();
        append_utf8(octets_, value);
        last_ = value;
        ++count_;
        return true;
    }
    [[nodiscard]] bool empty() const { return octets_.empty(); }
    [[nodiscard]] char32_t last() const { return last_; }
    [[nodiscard]] std::string take() { return std::move(octets_); }
    [[nodiscard]] std::string take_cut() {
        octets_.resize(word_cut_ != 0 ? word_cut_ : cut_);
        if (octets_.ends_with(' ')) octets_.pop_back();
        octets_ += "…";
        return std::move(octets_);
    }

private:
    std::size_t max_;
    std::size_t count_ = 0;
    std::size_t cut_ = 0;       // where the last character but one ends
    std::size_t word_cut_ = 0;  // where a word of the last third ends
    char32_t last_ = 0;
    std::string octets_;
};

}  // namespace

bool is_white_space(char32_t value) {
    return in(white_space, value);
}

bool is_shown(char32_t value) {
    return !in(white_space, value) && !in(removed, value) && !is_plane_end(value);
}

std::string sanitize(std::string_view text, std::size_t max_characters) {
    if (max_characters == 0) return {};
    Kept kept(max_characters);
    bool space = false;
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        text.remove_prefix(point.octets);
        if (!point.valid) continue;
        if (is_white_space(point.value)) {
            space = true;
            continue;
        }
        if (!is_shown(point.value)) continue;
        const bool begins_encoded_word = point.value == '?' && kept.last() == '=';
        bool room = true;
        if ((space && !kept.empty()) || begins_encoded_word) room = kept.put(' ');
        if (!room || !kept.put(point.value)) return kept.take_cut();
        space = false;
    }
    return kept.take();
}

}  // namespace decorum::message
