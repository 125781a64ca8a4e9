// Escapes of groff_char(7); a line that begins with a dot or a quote would be a request.
#include "gateway/base/roff.hpp"

#include <fmt/format.h>

#include "gateway/base/ascii.hpp"

namespace decorum {
namespace {

enum class Face : bool { prose, literal };

void append_escaped(std::string& out, std::string_view text, Face face) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        switch (c) {
            case '\\': out.append("\\e"); break;
            case '"': out.append("\\(dq"); break;
            case '`': out.append("\\(ga"); break;
            case '^': out.append("\\(ha"); break;
            case '~': out.append("\\(ti"); break;
            case '\'': out.append(face == Face::literal ? "\\(aq" : "'"); break;
            case '-': {
                // A hyphen between letters may become a typographical one, anything else is a minus to copy.
                const bool hyphen = face == Face::prose && i > 0 && i + 1 < text.size() &&
                                    ascii::is_alpha(text[i - 1]) && ascii::is_alpha(text[i + 1]);
                out.append(hyphen ? "-" : "\\-");
                break;
            }
            default: out.push_back(ascii::is_control(c) ? ' ' : c);
        }
    }
}

// On one line, which can't begin with a request.
std::string line_of(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t open = text.find('`');
        const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
        if (close == std::string_view::npos) {
            append_escaped(out, text, Face::prose);
            break;
        }
        append_escaped(out, text.substr(0, open), Face::prose);
        out.append("\\fB");
        append_escaped(out, text.substr(open + 1, close - open - 1), Face::literal);
        out.append("\\fP");
        text.remove_prefix(close + 1);
    }
    // The first blank of a line breaks it.
    const std::size_t start = out.find_first_not_of(' ');
    out.erase(0, start == std::string::npos ? out.size() : start);
    if (out.empty() || out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
    return out;
}

std::string literal_line(std::string_view text) {
    std::string out;
    append_escaped(out, text, Face::literal);
    if (out.starts_with('.')) out.insert(0, "\\&");
    return out;
}

}  // namespace

ManualPage::ManualPage(std::string_view name, int section, std::string_view summary,
                       std::string_view edition) {
    // No date: the same sources give the same page.
    text_ = fmt::format(".TH \"{}\" {} \"\" \"{}\" \"Decorum\"\n", line_of(name), section, line_of(edition));
    text_.append(fmt::format(".SH NAME\n{} \\- {}\n", line_of(name), line_of(summary)));
}

ManualPage& ManualPage::heading(std::string_view title) {
    text_.append(fmt::format(".SH \"{}\"\n", line_of(title)));
    return *this;
}

ManualPage& ManualPage::subheading(std::string_view title) {
    text_.append(fmt::format(".SS \"{}\"\n", line_of(title)));
    return *this;
}

ManualPage& ManualPage::paragraph(std::string_view prose) {
    text_.append(fmt::format(".PP\n{}\n", line_of(prose)));
    return *this;
}

ManualPage& ManualPage::item(std::string_view term, std::string_view prose) {
    text_.append(fmt::format(".TP\n{}\n{}\n", line_of(term), line_of(prose)));
    return *this;
}

ManualPage& ManualPage::more(std::string_view prose) {
    text_.append(fmt::format(".IP\n{}\n", line_of(prose)));
    return *this;
}

ManualPage& ManualPage::example(std::string_view lines) {
    text_.append(".PP\n.RS 4\n.EX\n");
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        text_.append(literal_line(lines.substr(0, end))).append("\n");
        lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    }
    text_.append(".EE\n.RE\n");
    return *this;
}

}  // namespace decorum
