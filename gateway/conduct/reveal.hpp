// Words in disguise: which word of the lexicon a pattern of letters, look-alike signs and blanks stands for.
//
// A pattern is matched against a trie of the lexicon's single words: a digit or sign stands for the letters
// it is used for (1: i, l), a blank (*, #) for any letter, and a letter that is repeated three times or more
// for one or more of itself. Nothing but words of the lexicon is ever revealed. Each search visits a bounded
// number of nodes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::conduct {

// One place of a pattern.
struct Place {
    enum class Kind : std::uint8_t {
        letter,    // `value`, or what it is used for where it is no letter
        blank,     // any letter
        repeated,  // `value`, three times or more
    };
    Kind kind;
    char32_t value;
};

// Digits and signs that are read as letters.
[[nodiscard]] bool is_leet(char32_t character);
[[nodiscard]] bool is_blank_sign(char32_t character);

class Revealer {
public:
    Revealer();

    // `word` is folded, in UTF-8. A prefix stands for all words that begin with it. A word that is never an
    // ordinary one is `sure`.
    void add(std::string_view word, bool prefix, bool sure);

    // The word that the whole pattern stands for: a sure one where there is one, else the first that was
    // added.
    [[nodiscard]] std::optional<std::string> reveal(const std::vector<Place>& pattern) const;
    // The longest word, of at least `min_letters`, that a beginning of the pattern stands for; `used` is how
    // many places it takes.
    [[nodiscard]] std::optional<std::string> reveal_start(const std::vector<Place>& pattern, std::size_t from,
                                                          std::size_t min_letters, std::size_t& used) const;

private:
    struct Node {
        char32_t letter = 0;
        std::uint32_t child = 0;    // first
        std::uint32_t sibling = 0;  // next
        bool word = false;
        bool prefix = false;
        bool sure = false;
    };
    struct Search;

    std::vector<Node> nodes_;
};

}  // namespace decorum::conduct
