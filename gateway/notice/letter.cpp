// Styles stand inline, because mail clients drop others; the page's classes only serve dark mode, which
// clients that know it let a style sheet override.
#include "gateway/notice/letter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/message/compose.hpp"

namespace decorum::notice {
namespace {

using message::escape_html;

constexpr std::size_t max_words_characters = 1000;  // of a passage
constexpr std::size_t max_text_characters = 2000;   // of anything else
constexpr std::size_t max_url_octets = 500;

std::string seen(std::string_view text) {
    return message::visible_text(text, max_text_characters);
}

// A URL that may be followed by a click; others are shown as words.
bool is_web_url(std::string_view url) {
    return (ascii::starts_with_nocase(url, "https://") || ascii::starts_with_nocase(url, "http://")) &&
           url.size() <= max_url_octets && std::ranges::all_of(url, [](char c) {
               return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"';
           });
}

std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

// ------------------------------------------------------------------------------------------------ text

// Appends `text` wrapped at white space, with `first` before its first line and `rest` before the others.
void wrap(std::string& out, std::string_view text, std::string_view first, std::string_view rest) {
    std::string line(first);
    std::size_t column = columns_of(first);
    bool empty = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        const std::size_t width = columns_of(word);
        if (!empty && column + 1 + width > text_columns) {
            out.append(line).push_back('\n');
            line = rest;
            column = columns_of(rest);
            empty = true;
        }
        if (!empty) {
            line.push_back(' ');
            ++column;
        }
        line += word;
        column += width;
        empty = false;
    }
    out.append(line).push_back('\n');
}

void each_line(std::string_view text, auto use) {
    for (;;) {
        const std::size_t end = text.find('\n');
        use(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

class TextWriter {
public:
    void operator()(const Heading& heading) {
        gap();
        const std::string text = seen(heading.text);
        out_ += text + "\n" + std::string(std::min(columns_of(text), text_columns), '-') + "\n";
    }
    void operator()(const Paragraph& paragraph) {
        gap();
        each_line(seen(paragraph.text), [&](std::string_view line) { wrap(out_, line, "", ""); });
    }
    // As it stands, so no line of it is broken.
    void operator()(const Passage& passage) {
        gap();
        each_line(message::visible_text(passage.words, max_words_characters),
                  [&](std::string_view line) { out_.append("  | ").append(line).append("\n"); });
        out_.push_back('\n');
        wrap(out_, seen(passage.place), "  ", "  ");
        if (!passage.url.empty()) out_ += "  " + seen(passage.url) + "\n";
        for (const auto& [label, text] : passage.notes)
            wrap(out_, fmt::format("{}: {}", label, seen(text)), "  ", "    ");
    }
    void operator()(const Steps& steps) {
        gap();
        for (std::size_t i = 0; i < steps.texts.size(); ++i)
            wrap(out_, seen(steps.texts[i]), fmt::format("  {}. ", i + 1), "     ");
    }
    void operator()(const Facts& facts) {
        gap();
        for (const Fact& fact : facts.facts) write(fact);
    }
    void operator()(const Choices& choices) {
        gap();
        for (const auto& choice : choices.choices)
            wrap(out_, seen(choice.meaning), fmt::format("  {:<6} ", choice.word), "         ");
    }
    void write(const Fact& fact) {
        std::string text =
            fact.label.empty() ? seen(fact.text) : fmt::format("{}: {}", fact.label, seen(fact.text));
        std::ranges::replace(text, '\n', ' ');
        wrap(out_, text, "  ", fact.label.empty() ? "  " : "    ");
        if (!fact.url.empty() && fact.url != fact.text) out_ += "    " + seen(fact.url) + "\n";
    }
    void gap() {
        if (!out_.empty()) out_.push_back('\n');
    }
    std::string out_;
};

// ------------------------------------------------------------------------------------------------ HTML

std::string lines_in_html(std::string_view text) {
    std::string out;
    each_line(text, [&](std::string_view line) {
        if (!out.empty()) out += "<br>\n";
        // Two spaces are two.
        for (std::string escaped = escape_html(line); const char c : escaped) {
            if (c == ' ' && out.ends_with(' '))
                out += "&nbsp;";
            else
                out.push_back(c);
        }
    });
    return out;
}

std::string link(std::string_view url, std::string_view text) {
    if (!is_web_url(url)) return escape_html(text);
    return fmt::format(R"(<a href="{}" style="color:#1a5fb4;">{}</a>)", escape_html(url), escape_html(text));
}

// RFC 6068 leaves "+" as it is, but some clients read it as a space.
std::string in_mailto(std::string_view address) {
    std::string out;
    for (char c : address) {
        if (c == '+')
            out += "%2B";
        else
            out.push_back(c);
    }
    return escape_html(out);
}

class HtmlWriter {
public:
    void operator()(const Heading& heading) {
        out_ += fmt::format(
            R"(<h2 class="text" style="margin:28px 0 8px;font-size:16px;line-height:1.3;color:#22262b;">{}</h2>)"
            "\n",
            escape_html(seen(heading.text)));
    }
    void operator()(const Paragraph& paragraph) {
        out_ += fmt::format("<p style=\"margin:0 0 14px;\">{}</p>\n", lines_in_html(seen(paragraph.text)));
    }
    void operator()(const Passage& passage) {
        out_ +=
            "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
            "style=\"margin:0 0 18px;\">\n"
            "<tr><td class=\"quote\" style=\"padding:14px 18px;background:#fdf6ec;"
            "border-left:4px solid #d9902f;\">\n";
        out_ += fmt::format(
            "<div class=\"text\" dir=\"auto\" style=\"font-family:Georgia,'Times New "
            "Roman',serif;font-size:16px;"
            "line-height:1.45;color:#22262b;word-break:break-word;\">{}</div>\n",
            lines_in_html(message::visible_text(passage.words, max_words_characters)));
        std::string place = escape_html(seen(passage.place));
        if (!passage.url.empty()) place += "<br>\n" + link(passage.url, seen(passage.url));
        out_ += fmt::format(
            "<div class=\"dim\" style=\"margin-top:8px;font-size:13px;line-height:1.45;color:#6a7179;"
            "word-break:break-word;\">{}</div>\n",
            place);
        for (const auto& [label, text] : passage.notes)
            out_ += fmt::format(
                "<div class=\"text\" style=\"margin-top:8px;font-size:14px;line-height:1.45;color:#22262b;\">"
                "<b>{}:</b> {}</div>\n",
                escape_html(label), escape_html(seen(text)));
        out_ += "</td></tr></table>\n";
    }
    void operator()(const Steps& steps) {
        out_ += "<ol style=\"margin:0 0 14px;padding-left:22px;\">\n";
        for (const auto& text : steps.texts)
            out_ += fmt::format("<li style=\"margin:0 0 8px;\">{}</li>\n", escape_html(seen(text)));
        out_ += "</ol>\n";
    }
    void operator()(const Facts& facts) {
        out_ +=
            "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" "
            "style=\"margin:0 0 14px;\">\n";
        for (const Fact& fact : facts.facts) {
            out_ +=
                "<tr><td class=\"line\" style=\"padding:7px 0;border-bottom:1px solid #e4e6e9;"
                "word-break:break-word;\">";
            if (!fact.label.empty())
                out_ +=
                    fmt::format("<span class=\"dim\" style=\"font-size:13px;color:#6a7179;\">{}</span><br>\n",
                                escape_html(fact.label));
            out_ += written(fact) + "</td></tr>\n";
        }
        out_ += "</table>\n";
    }
    // Each word is a link that writes the answer.
    void operator()(const Choices& choices) {
        out_ +=
            "<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 6px;\">\n";
        for (const auto& choice : choices.choices)
            out_ += fmt::format(
                "<tr><td valign=\"top\" style=\"padding:4px 14px 4px 0;white-space:nowrap;\">"
                "<a href=\"mailto:{0}?subject={1}&amp;body={1}\" "
                "style=\"color:#1a5fb4;font-weight:bold;\">{1}</a>"
                "</td><td valign=\"top\" style=\"padding:4px 0;\">{2}</td></tr>\n",
                in_mailto(choices.reply_to), choice.word, escape_html(seen(choice.meaning)));
        out_ += "</table>\n";
    }
    [[nodiscard]] static std::string written(const Fact& fact) {
        std::string out = link(fact.url, seen(fact.text));
        if (!fact.url.empty() && fact.url != fact.text && !is_web_url(fact.url))
            out += "<br>\n" + escape_html(seen(fact.url));
        return out;
    }
    std::string out_;
};

}  // namespace

std::string to_text(const Letter& letter) {
    TextWriter writer;
    for (const Block& block : letter.blocks) std::visit(writer, block);
    writer.out_ += "\n-- \n";
    for (const Fact& fact : letter.footer) writer.write(fact);
    return std::move(writer.out_);
}

std::string to_html(const Letter& letter, std::string_view page) {
    HtmlWriter content;
    content.out_ = fmt::format(
        "<h1 class=\"text\" style=\"margin:0 0 "
        "18px;font-size:21px;line-height:1.3;color:#22262b;\">{}</h1>\n",
        escape_html(seen(letter.title)));
    for (const Block& block : letter.blocks) std::visit(content, block);
    std::string footer;
    for (const Fact& fact : letter.footer) {
        if (!footer.empty()) footer += "<br>\n";
        if (!fact.label.empty()) footer += escape_html(fact.label) + ": ";
        footer += HtmlWriter::written(fact);
    }

    std::string out;
    while (!page.empty()) {
        const std::size_t open = std::min(page.find('{'), page.size());
        out += page.substr(0, open);
        page.remove_prefix(open);
        if (page.empty()) break;
        const auto put = [&](std::string_view word, std::string_view text) {
            if (!page.starts_with(word)) return false;
            out += text;
            page.remove_prefix(word.size());
            return true;
        };
        if (put("{language}", escape_html(letter.language)) ||
            put("{title}", escape_html(seen(letter.title))) || put("{content}", content.out_) ||
            put("{footer}", footer))
            continue;
        out.push_back('{');  // of a style
        page.remove_prefix(1);
    }
    return out;
}

}  // namespace decorum::notice
