// The head first, then links, text and microformats, under one budget: what matters most to a profile comes
// before a page can have spent it.
#include "gateway/worker/html/page.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/worker/html/budget.hpp"
#include "gateway/worker/html/html_text.hpp"
#include "gateway/worker/html/html_tree.hpp"
#include "gateway/worker/html/microformats.hpp"

namespace decorum::worker {
namespace {

// An octet of a fact takes at most six of JSON (\u0001), and page_facts_from_json() reads 4 MiB.
constexpr std::size_t max_facts_octets = std::size_t{640} << 10;
constexpr std::size_t max_page_text_octets = std::size_t{64} << 10;
constexpr std::size_t max_script_octets = std::size_t{128} << 10;
constexpr std::size_t max_line_octets = std::size_t{2} << 10;
constexpr std::size_t max_meta = 200;
constexpr std::size_t max_scripts = 16;
constexpr std::size_t max_robots_words = 100;
constexpr std::size_t max_robots_word_octets = 64;
constexpr std::size_t max_links = 1000;

bool has_word(std::string_view list, std::string_view wanted) {
    return std::ranges::any_of(
        words(list), [wanted](std::string_view word) { return ascii::equals_nocase(word, wanted); });
}

class Collector {
public:
    explicit Collector(Budget& budget) : budget_(budget) {}

    // Title, meta, link, scripts.
    bool enter_head(const GumboNode& node) {
        const GumboElement* element = element_of(node);
        if (element == nullptr) return false;
        switch (element->tag) {
            case GUMBO_TAG_TITLE:
                if (facts.title.empty() && element->tag_namespace == GUMBO_NAMESPACE_HTML)
                    facts.title = line(text_content(node, max_line_octets));
                return false;
            case GUMBO_TAG_META: add_meta(*element); return false;
            case GUMBO_TAG_LINK:
                if (has_word(attribute(*element, "rel"), "canonical") && facts.canonical.empty())
                    facts.canonical = line(attribute(*element, "href"));
                add_rel_me(*element);
                return false;
            case GUMBO_TAG_SCRIPT: add_script(node); return false;
            default: return true;
        }
    }

    bool enter_body(const GumboNode& node) {
        const GumboElement* element = element_of(node);
        if (element == nullptr || element->tag == GUMBO_TAG_TEMPLATE) return false;
        if (element->tag == GUMBO_TAG_A && has_attribute(*element, "href")) {
            add_rel_me(*element);
            if (facts.links.size() < max_links && !budget_.spent())
                facts.links.emplace_back(line(attribute(*element, "href")));
        }
        return true;
    }

    PageFacts facts;

private:
    std::string_view line(std::string_view text) { return budget_.take(ascii::trim(text), max_line_octets); }

    void add_meta(const GumboElement& element) {
        std::string_view name = attribute(element, "property");
        if (name.empty()) name = attribute(element, "name");
        const std::string_view content = attribute(element, "content");
        // What forbids to show a page counts wherever it stands, after any number of others.
        if (ascii::equals_nocase(name, "robots")) add_robots(content);
        if (name.empty() || facts.meta.size() >= max_meta || budget_.spent()) return;
        const std::string_view kept = line(name);
        facts.meta.emplace_back(kept, line(content));
    }

    // content = directive *( "," directive ), each of words such as "noindex" and "max-snippet:-1"
    void add_robots(std::string_view content) {
        std::string list = ascii::lower(content);
        std::ranges::replace(list, ',', ' ');
        for (const auto word : words(list))
            if (word.size() <= max_robots_word_octets && facts.robots.size() < max_robots_words &&
                std::ranges::find(facts.robots, word) == facts.robots.end())
                facts.robots.emplace_back(word);
    }

    void add_rel_me(const GumboElement& element) {
        if (has_word(attribute(element, "rel"), "me") && has_attribute(element, "href") &&
            facts.rel_me.size() < max_links && !budget_.spent())
            facts.rel_me.emplace_back(line(attribute(element, "href")));
    }

    void add_script(const GumboNode& node) {
        const std::string_view type = attribute(node.v.element, "type");
        if (!ascii::equals_nocase(ascii::trim(type.substr(0, type.find(';'))), "application/ld+json") ||
            facts.json_ld.size() >= max_scripts)
            return;
        std::string text;
        for (const GumboNode* child : children_of(node))
            if (child->type == GUMBO_NODE_TEXT || child->type == GUMBO_NODE_WHITESPACE)
                text += child->v.text.text;
        // Half of it would be no JSON.
        const std::string_view script = ascii::trim(text);
        if (script.size() > max_script_octets) return;
        if (const auto kept = budget_.take(script, max_script_octets); kept.size() == script.size())
            facts.json_ld.emplace_back(kept);
    }

    Budget& budget_;
};

}  // namespace

Result<PageFacts> read_page(std::string_view html) {
    const auto tree = HtmlTree::parse(html);
    if (!tree) return std::unexpected(tree.error());
    Budget budget(max_facts_octets);
    Collector collector(budget);
    const auto leave = [](const GumboNode&) {};
    walk(tree->root(), [&](const GumboNode& node) { return collector.enter_head(node); }, leave);
    collector.facts.items = microformats(tree->root(), budget);
    collector.facts.text =
        budget.take(visible_text(tree->root(), max_page_text_octets), max_page_text_octets);
    walk(tree->root(), [&](const GumboNode& node) { return collector.enter_body(node); }, leave);
    return std::move(collector.facts);
}

Result<std::string> decode_page(std::string_view html) {
    const auto facts = read_page(html);
    if (!facts) return std::unexpected(facts.error());
    return to_json(*facts);
}

}  // namespace decorum::worker
