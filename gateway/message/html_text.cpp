#include "gateway/message/html_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::message {
namespace {

constexpr auto line_breaking = std::to_array<std::string_view>(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "hr", "blockquote", "body"});
// Their content is none of the text.
constexpr auto unseen = std::to_array<std::string_view>({"style", "script", "head", "title"});

struct Entity {
    std::string_view name;
    char32_t value;
};
constexpr auto entities = std::to_array<Entity>({
    {"amp", U'&'},
    {"lt", U'<'},
    {"gt", U'>'},
    {"quot", U'"'},
    {"apos", U'\''},
    {"nbsp", U' '},
    {"eacute", U'é'},
    {"ecirc", U'ê'},
    {"ccedil", U'ç'},
});

class Reader {
public:
    explicit Reader(std::string_view html) : html_(html) {}

    std::string read() {
        while (at_ < html_.size()) {
            const char c = html_[at_];
            if (c == '<')
                tag();
            else if (c == '&')
                entity();
            else if (ascii::is_wsp(c) || c == '\n' || c == '\r')
                space();
            else
                put(html_.substr(at_++, 1));
        }
        return std::move(out_);
    }

private:
    void put(std::string_view octets) {
        if (!hidden_.empty()) return;
        if (line_start_)
            for (std::size_t i = 0; i < std::min(quotes_, max_quotes); ++i) out_ += "> ";
        line_start_ = false;
        out_ += octets;
    }
    void space() {
        ++at_;
        if (hidden_.empty() && !line_start_ && !out_.ends_with(' ')) out_.push_back(' ');
    }
    void end_line() {
        if (!line_start_) out_.push_back('\n');
        line_start_ = true;
    }

    // "<" ["/"] name …  ">"; a comment ends with "-->". Without an end it is text that nobody sees.
    void tag() {
        if (html_.substr(at_).starts_with("<!--")) {
            const std::size_t end = html_.find("-->", at_ + 4);
            at_ = end == std::string_view::npos ? html_.size() : end + 3;
            return;
        }
        const bool closing = html_.substr(at_ + 1).starts_with('/');
        std::size_t end = at_ + 1 + (closing ? 1 : 0);
        const std::size_t begin = end;
        while (end < html_.size() && ascii::is_alnum(html_[end])) ++end;
        const std::string name = ascii::lower(html_.substr(begin, end - begin));
        if (name.empty() && html_.substr(begin, 1) != "!") return put(html_.substr(at_++, 1));
        const std::size_t close = html_.find('>', end);
        at_ = close == std::string_view::npos ? html_.size() : close + 1;
        if (!hidden_.empty()) {
            if (closing && name == hidden_) hidden_.clear();
            return;
        }
        if (std::ranges::find(line_breaking, name) != line_breaking.end()) end_line();
        if (name == "blockquote")
            quotes_ = closing ? quotes_ - std::min<std::size_t>(quotes_, 1) : quotes_ + 1;
        if (!closing && std::ranges::find(unseen, name) != unseen.end()) hidden_ = name;
    }

    // "&" (name / "#" 1*DIGIT / "#x" 1*HEXDIG) ";"
    void entity() {
        constexpr std::size_t longest = 10;
        const std::size_t end = html_.substr(at_, longest).find(';');
        if (end == std::string_view::npos) return put(html_.substr(at_++, 1));
        const std::string_view name = html_.substr(at_ + 1, end - 1);
        char32_t value = 0;
        if (name.starts_with('#')) {
            const bool hex = name.size() > 1 && ascii::to_lower(name[1]) == 'x';
            const std::string_view digits = name.substr(hex ? 2 : 1);
            std::uint32_t number = 0;
            const auto [last, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
            const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
            if (error == std::errc{} && last == digits.data() + digits.size() && number <= 0x10FFFF &&
                !surrogate)
                value = number;
        } else if (const auto* known = std::ranges::find(entities, name, &Entity::name);
                   known != entities.end()) {
            value = known->value;
        }
        if (value == 0) return put(html_.substr(at_++, 1));
        at_ += end + 1;
        if (value == U' ' || value == 0xA0) {
            --at_;
            return space();
        }
        std::string octets;
        append_utf8(octets, value);
        put(octets);
    }

    static constexpr std::size_t max_quotes = 5;

    std::string_view html_;
    std::size_t at_ = 0;
    std::size_t quotes_ = 0;
    bool line_start_ = true;
    std::string hidden_;  // the element whose content is left out
    std::string out_;
};

}  // namespace

std::string text_of_html(std::string_view html) {
    return Reader(html).read();
}

}  // namespace decorum::message
