#include "gateway/worker/html/html_text.hpp"

#include <algorithm>

#include "gateway/worker/html/html_tree.hpp"

namespace decorum::worker {
namespace {

constexpr std::size_t max_text_octets = std::size_t{64} << 10;
constexpr std::string_view ellipsis = "…";

bool is_never_shown(GumboTag tag) {
    switch (tag) {
        case GUMBO_TAG_HEAD:
        case GUMBO_TAG_TITLE:
        case GUMBO_TAG_SCRIPT:
        case GUMBO_TAG_STYLE:
        case GUMBO_TAG_TEMPLATE:
        case GUMBO_TAG_NOSCRIPT:
        case GUMBO_TAG_IFRAME:
        case GUMBO_TAG_OBJECT:
        case GUMBO_TAG_NOEMBED:
        case GUMBO_TAG_NOFRAMES:
        case GUMBO_TAG_DATALIST: return true;
        default: return false;
    }
}

bool is_block(GumboTag tag) {
    switch (tag) {
        case GUMBO_TAG_ADDRESS:
        case GUMBO_TAG_ARTICLE:
        case GUMBO_TAG_ASIDE:
        case GUMBO_TAG_BLOCKQUOTE:
        case GUMBO_TAG_BODY:
        case GUMBO_TAG_CAPTION:
        case GUMBO_TAG_CENTER:
        case GUMBO_TAG_DD:
        case GUMBO_TAG_DETAILS:
        case GUMBO_TAG_DIV:
        case GUMBO_TAG_DL:
        case GUMBO_TAG_DT:
        case GUMBO_TAG_FIELDSET:
        case GUMBO_TAG_FIGCAPTION:
        case GUMBO_TAG_FIGURE:
        case GUMBO_TAG_FOOTER:
        case GUMBO_TAG_FORM:
        case GUMBO_TAG_H1:
        case GUMBO_TAG_H2:
        case GUMBO_TAG_H3:
        case GUMBO_TAG_H4:
        case GUMBO_TAG_H5:
        case GUMBO_TAG_H6:
        case GUMBO_TAG_HEADER:
        case GUMBO_TAG_HR:
        case GUMBO_TAG_LI:
        case GUMBO_TAG_MAIN:
        case GUMBO_TAG_NAV:
        case GUMBO_TAG_OL:
        case GUMBO_TAG_OPTION:
        case GUMBO_TAG_P:
        case GUMBO_TAG_PRE:
        case GUMBO_TAG_SECTION:
        case GUMBO_TAG_SUMMARY:
        case GUMBO_TAG_TABLE:
        case GUMBO_TAG_TR:
        case GUMBO_TAG_UL: return true;
        default: return false;
    }
}

// Text with white space collapsed: a gap is written when something follows it.
class Collapsed {
public:
    explicit Collapsed(std::size_t max_octets) : max_octets_(max_octets) {}

    void add(std::string_view text) {
        for (const char c : text) {
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f') {
                if (gap_ == '\0') gap_ = ' ';
                continue;
            }
            if (full()) return;
            if (gap_ != '\0' && !out_.empty()) out_.push_back(gap_);
            gap_ = '\0';
            out_.push_back(c);
        }
    }
    // Right behind what stands there.
    void attach(std::string_view text) { out_.append(text); }
    void space() {
        if (gap_ == '\0') gap_ = ' ';
    }
    void end_line() { gap_ = '\n'; }

    // A little may have been written beyond the limit, so that no character is cut in two.
    [[nodiscard]] bool full() const { return out_.size() > max_octets_; }
    [[nodiscard]] std::string take() && { return std::string(cut(out_, max_octets_)); }

private:
    std::string out_;
    std::size_t max_octets_;
    char gap_ = '\0';
};

bool is_text(const GumboNode& node) {
    return node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE ||
           node.type == GUMBO_NODE_CDATA;
}

}  // namespace

std::string_view cut(std::string_view text, std::size_t max_octets) {
    if (text.size() <= max_octets) return text;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    while (max_octets > 0 && continues(max_octets)) --max_octets;
    return text.substr(0, max_octets);
}

std::string visible_text(const GumboNode& top, std::size_t max_octets) {
    Collapsed out(max_octets);
    const auto enter = [&](const GumboNode& node) {
        if (out.full()) return false;
        if (is_text(node)) out.add(node.v.text.text);
        const GumboElement* element = element_of(node);
        if (element == nullptr || is_never_shown(element->tag) || has_attribute(*element, "hidden") ||
            (element->tag == GUMBO_TAG_SPAN && has_class(*element, "invisible")))
            return false;
        if (element->tag == GUMBO_TAG_BR || is_block(element->tag)) out.end_line();
        if (element->tag == GUMBO_TAG_TD || element->tag == GUMBO_TAG_TH) out.space();
        return true;
    };
    const auto leave = [&](const GumboNode& node) {
        const GumboElement& element = node.v.element;
        if (is_block(element.tag)) out.end_line();
        if (element.tag == GUMBO_TAG_SPAN && has_class(element, "ellipsis")) out.attach(ellipsis);
    };
    walk(top, enter, leave);
    return std::move(out).take();
}

std::string text_content(const GumboNode& top, std::size_t max_octets) {
    Collapsed out(max_octets);
    const auto enter = [&](const GumboNode& node) {
        if (out.full()) return false;
        if (is_text(node)) out.add(node.v.text.text);
        const GumboElement* element = element_of(node);
        if (element == nullptr || element->tag == GUMBO_TAG_SCRIPT || element->tag == GUMBO_TAG_STYLE ||
            element->tag == GUMBO_TAG_TEMPLATE)
            return false;
        if (element->tag == GUMBO_TAG_IMG) {
            out.space();
            out.add(attribute(*element, "alt"));
            out.space();
        }
        if (element->tag == GUMBO_TAG_BR || is_block(element->tag)) out.space();
        return true;
    };
    const auto leave = [&](const GumboNode& node) {
        if (is_block(node.v.element.tag)) out.space();
    };
    walk(top, enter, leave);
    return std::move(out).take();
}

Result<std::string> decode_text(std::string_view html) {
    const auto tree = HtmlTree::parse(html);
    if (!tree) return std::unexpected(tree.error());
    return visible_text(tree->root(), max_text_octets);
}

}  // namespace decorum::worker
