// What a letter says, apart from how it looks; and its two looks, text and HTML.
//
// All texts are UTF-8 and may be hostile: rendering removes what can't be seen, escapes, and makes a link of
// a URL only where it is a plain http or https one. The HTML loads nothing and runs nothing.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace decorum::notice {

struct Heading {
    std::string text;
};
struct Paragraph {
    std::string text;
};
// Words of somebody's, exactly as they stand.
struct Passage {
    std::string words;
    std::string place;
    std::string url;                                         // may be empty
    std::vector<std::pair<std::string, std::string>> notes;  // label, text
};
struct Steps {
    std::vector<std::string> texts;
};
struct Fact {
    std::string label;  // may be empty
    std::string text;
    std::string url;  // may be empty: then `text` is no link
};
struct Facts {
    std::vector<Fact> facts;
};
// What to answer with.
struct Choices {
    struct Choice {
        std::string word;
        std::string meaning;
    };
    std::vector<Choice> choices;
    std::string reply_to;
};
using Block = std::variant<Heading, Paragraph, Passage, Steps, Facts, Choices>;

struct Letter {
    std::string language;
    std::string subject;
    std::string title;
    std::vector<Block> blocks;
    std::vector<Fact> footer;
};

inline constexpr std::size_t text_columns = 72;

[[nodiscard]] std::string to_text(const Letter& letter);
// `page` is Stationery::page().
[[nodiscard]] std::string to_html(const Letter& letter, std::string_view page);

}  // namespace decorum::notice
