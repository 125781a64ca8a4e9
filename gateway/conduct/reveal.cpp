#include "gateway/conduct/reveal.hpp"

#include <algorithm>
#include <array>

#include "gateway/base/utf8.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_nodes_visited = 1024;
constexpr std::size_t max_word_letters = 40;

struct Leet {
    char32_t sign;
    std::u32string_view letters;
};
// clang-format off
constexpr auto leet_table = std::to_array<Leet>({
    {U'0', U"o"}, {U'1', U"il"}, {U'2', U"z"}, {U'3', U"e"}, {U'4', U"a"}, {U'5', U"s"}, {U'6', U"gb"},
    {U'7', U"t"}, {U'8', U"b"}, {U'9', U"g"}, {U'@', U"a"}, {U'$', U"s"}, {U'!', U"il"}, {U'|', U"il"},
    {U'+', U"t"}, {U'€', U"e"}, {U'£', U"l"}, {U'¡', U"i"}, {U'¢', U"c"}, {U'¥', U"y"},
});
// clang-format on

std::u32string_view letters_of(char32_t sign) {
    for (const Leet& row : leet_table)
        if (row.sign == sign) return row.letters;
    return {};
}

bool fits(const Place& place, char32_t letter) {
    if (place.kind == Place::Kind::blank) return true;
    return place.value == letter || letters_of(place.value).contains(letter);
}

}  // namespace

bool is_leet(char32_t character) {
    return !letters_of(character).empty();
}

bool is_blank_sign(char32_t character) {
    return character == U'*' || character == U'#' || character == U'•' || character == U'·' ||
           character == U'×' || character == U'●' || character == U'■' || character == U'█' ||
           character == 0xFFFD;
}

// Depth first, nodes in the order of the lexicon. Of whole words the first sure one wins, of starts the
// longest.
struct Revealer::Search {
    const std::vector<Node>& nodes;
    const std::vector<Place>& pattern;
    bool whole;
    std::size_t min_letters;
    std::size_t visited = 0;
    std::u32string path{};
    std::u32string best{};
    std::size_t best_end = 0;
    bool found = false;

    // False: enough, one way or the other.
    bool visit(std::uint32_t at, std::size_t place) {
        if (++visited > max_nodes_visited || path.size() > max_word_letters) return false;
        const Node& node = nodes[at];
        if (whole ? place == pattern.size() && node.word : node.word && path.size() >= min_letters)
            if (!take(node, place)) return false;
        if (place == pattern.size()) return true;
        if (whole && node.prefix && rest_is_letters(place)) {
            for (std::size_t i = place; i < pattern.size(); ++i) path.push_back(pattern[i].value);
            const bool go_on = take(node, pattern.size());
            path.resize(path.size() - (pattern.size() - place));
            return go_on;
        }
        const Place& here = pattern[place];
        for (std::uint32_t next = node.child; next != 0; next = nodes[next].sibling) {
            const char32_t letter = nodes[next].letter;
            if (!fits(here, letter)) continue;
            path.push_back(letter);
            const bool go_on = visit(next, place + 1) &&
                               (here.kind != Place::Kind::repeated || visit_again(next, place, letter));
            path.pop_back();
            if (!go_on) return false;
        }
        return true;
    }

    // The repeated letter stands twice in the word.
    bool visit_again(std::uint32_t at, std::size_t place, char32_t letter) {
        for (std::uint32_t next = nodes[at].child; next != 0; next = nodes[next].sibling) {
            if (nodes[next].letter != letter) continue;
            path.push_back(letter);
            const bool go_on = visit(next, place + 1);
            path.pop_back();
            return go_on;
        }
        return true;
    }

    bool rest_is_letters(std::size_t place) const {
        return std::ranges::all_of(
            pattern.begin() + static_cast<std::ptrdiff_t>(place), pattern.end(),
            [](const Place& p) { return p.kind != Place::Kind::blank && !is_leet(p.value); });
    }

    bool take(const Node& node, std::size_t end) {
        if (!found || (whole ? node.sure : path.size() > best.size())) {
            best = path;
            best_end = end;
        }
        found = true;
        return !(whole && node.sure);
    }

    [[nodiscard]] std::optional<std::string> result() const {
        if (!found) return std::nullopt;
        std::string out;
        for (const char32_t c : best) append_utf8(out, c);
        return out;
    }
};

Revealer::Revealer() : nodes_(1) {}

void Revealer::add(std::string_view word, bool prefix, bool sure) {
    std::uint32_t at = 0;
    while (!word.empty()) {
        const CodePoint point = first_code_point(word);
        word.remove_prefix(point.octets);
        std::uint32_t next = nodes_[at].child;
        std::uint32_t last = 0;
        for (; next != 0 && nodes_[next].letter != point.value; next = nodes_[next].sibling) last = next;
        if (next == 0) {
            next = static_cast<std::uint32_t>(nodes_.size());
            nodes_.emplace_back().letter = point.value;
            (last == 0 ? nodes_[at].child : nodes_[last].sibling) = next;
        }
        at = next;
    }
    nodes_[at].word = true;
    nodes_[at].sure |= sure;
    nodes_[at].prefix |= prefix;
}

std::optional<std::string> Revealer::reveal(const std::vector<Place>& pattern) const {
    Search search{.nodes = nodes_, .pattern = pattern, .whole = true, .min_letters = 0};
    search.visit(0, 0);
    return search.result();
}

std::optional<std::string> Revealer::reveal_start(const std::vector<Place>& pattern, std::size_t from,
                                                  std::size_t min_letters, std::size_t& used) const {
    Search search{.nodes = nodes_, .pattern = pattern, .whole = false, .min_letters = min_letters};
    search.visit(0, from);
    used = search.best_end - from;
    return search.result();
}

}  // namespace decorum::conduct
