#include "gateway/worker/html/property_value.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/worker/html/classic_names.hpp"
#include "gateway/worker/html/html_text.hpp"
#include "gateway/worker/html/html_tree.hpp"

namespace decorum::worker {
namespace {

using TagAttribute = std::pair<GumboTag, const char*>;

// The attribute that stands for an element of one of these kinds; none where it isn't there.
std::optional<std::string> attribute_of(const GumboElement& element,
                                        std::initializer_list<TagAttribute> kinds) {
    for (const auto& [tag, name] : kinds)
        if (element.tag == tag && has_attribute(element, name))
            return std::string(ascii::trim(attribute(element, name)));
    return std::nullopt;
}

// What an element of class `value` says (microformats.org/wiki/value-class-pattern).
std::string part_of_value(const GumboNode& node, Prefix prefix) {
    const GumboElement& element = node.v.element;
    if (has_class(element, "value-title")) return std::string(attribute(element, "title"));
    auto written = attribute_of(element, {{GUMBO_TAG_IMG, "alt"},
                                          {GUMBO_TAG_AREA, "alt"},
                                          {GUMBO_TAG_DATA, "value"},
                                          {GUMBO_TAG_ABBR, "title"}});
    if (!written && prefix == Prefix::time)
        written = attribute_of(
            element,
            {{GUMBO_TAG_TIME, "datetime"}, {GUMBO_TAG_INS, "datetime"}, {GUMBO_TAG_DEL, "datetime"}});
    return written ? *written : text_content(node, max_value_octets);
}

bool has_value_class(const GumboElement& element) {
    return has_class(element, "value") || has_class(element, "value-title");
}

// Parts in document order, not within each other: texts joined, date and time with a space between. None
// where there is no part.
std::optional<std::string> by_value_class(const GumboNode& property, Prefix prefix) {
    std::optional<std::string> out;
    const auto enter = [&](const GumboNode& node) {
        const GumboElement* element = element_of(node);
        if (element == nullptr || (out && out->size() > max_value_octets)) return false;
        if (&node == &property) return true;
        if (is_item(*element)) return false;
        if (!has_value_class(*element)) return true;
        if (out && prefix == Prefix::time) *out += ' ';
        if (!out) out.emplace();
        *out += part_of_value(node, prefix);
        return false;
    };
    walk(property, enter, [](const GumboNode&) {});
    return out;
}

std::vector<const GumboNode*> element_children(const GumboNode& node) {
    auto children = children_of(node);
    std::erase_if(children, [](const GumboNode* child) { return element_of(*child) == nullptr; });
    return children;
}

// The only child element, if it is no item.
const GumboNode* only_child(const GumboNode& node) {
    const auto children = element_children(node);
    return children.size() == 1 && !is_item(children.front()->v.element) ? children.front() : nullptr;
}

// The only child of its kind with that attribute, if it is no item.
std::optional<std::string> only_of_type(const GumboNode& node, std::initializer_list<TagAttribute> kinds) {
    const auto children = element_children(node);
    for (const auto& [tag, name] : kinds) {
        const auto of_kind = [wanted = tag](const GumboNode* child) {
            return child->v.element.tag == wanted;
        };
        if (std::ranges::count_if(children, of_kind) != 1) continue;
        const GumboElement& element = (*std::ranges::find_if(children, of_kind))->v.element;
        if (has_attribute(element, name) && !is_item(element))
            return std::string(ascii::trim(attribute(element, name)));
    }
    return std::nullopt;
}

// Of the element itself, its only child of the kind, or the only child of its only child.
std::string implied(const GumboNode& item, std::initializer_list<TagAttribute> kinds) {
    if (auto own = attribute_of(item.v.element, kinds)) return *own;
    if (auto childs = only_of_type(item, kinds)) return *childs;
    const GumboNode* child = only_child(item);
    return child == nullptr ? std::string{} : only_of_type(*child, kinds).value_or("");
}

}  // namespace

bool is_root_class(std::string_view name) {
    // "h-" then words of a-z and 0-9 with hyphens between, such as h-card and h-x-thing
    if (!name.starts_with("h-") || name.size() < 3 || name.size() > 64 || name.ends_with('-')) return false;
    return std::ranges::all_of(name.substr(2),
                               [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '-'; }) &&
           ascii::is_lower(name[2]);
}

bool is_item(const GumboElement& element) {
    return std::ranges::any_of(words(attribute(element, "class")), [](std::string_view name) {
        return is_root_class(name) || classic_root(name) != nullptr;
    });
}

std::string property_value(const GumboNode& node, Prefix prefix) {
    const GumboElement& element = node.v.element;
    std::optional<std::string> written;
    switch (prefix) {
        case Prefix::text:
            written = by_value_class(node, prefix);
            if (!written)
                written = attribute_of(element, {{GUMBO_TAG_ABBR, "title"},
                                                 {GUMBO_TAG_LINK, "title"},
                                                 {GUMBO_TAG_DATA, "value"},
                                                 {GUMBO_TAG_INPUT, "value"},
                                                 {GUMBO_TAG_IMG, "alt"},
                                                 {GUMBO_TAG_AREA, "alt"}});
            break;
        case Prefix::url:
            written = attribute_of(element, {{GUMBO_TAG_A, "href"},
                                             {GUMBO_TAG_AREA, "href"},
                                             {GUMBO_TAG_LINK, "href"},
                                             {GUMBO_TAG_IMG, "src"},
                                             {GUMBO_TAG_AUDIO, "src"},
                                             {GUMBO_TAG_VIDEO, "src"},
                                             {GUMBO_TAG_SOURCE, "src"},
                                             {GUMBO_TAG_IFRAME, "src"},
                                             {GUMBO_TAG_VIDEO, "poster"},
                                             {GUMBO_TAG_OBJECT, "data"}});
            if (!written) written = by_value_class(node, prefix);
            if (!written)
                written = attribute_of(
                    element,
                    {{GUMBO_TAG_ABBR, "title"}, {GUMBO_TAG_DATA, "value"}, {GUMBO_TAG_INPUT, "value"}});
            break;
        case Prefix::time:
            written = by_value_class(node, prefix);
            if (!written)
                written = attribute_of(element, {{GUMBO_TAG_TIME, "datetime"},
                                                 {GUMBO_TAG_INS, "datetime"},
                                                 {GUMBO_TAG_DEL, "datetime"},
                                                 {GUMBO_TAG_ABBR, "title"},
                                                 {GUMBO_TAG_DATA, "value"},
                                                 {GUMBO_TAG_INPUT, "value"}});
            break;
        case Prefix::embedded: break;
    }
    return written ? *written : text_content(node, max_value_octets);
}

std::string implied_name(const GumboNode& item) {
    const std::string name =
        implied(item, {{GUMBO_TAG_IMG, "alt"}, {GUMBO_TAG_AREA, "alt"}, {GUMBO_TAG_ABBR, "title"}});
    return name.empty() ? text_content(item, max_value_octets) : name;
}

std::string implied_photo(const GumboNode& item) {
    return implied(item, {{GUMBO_TAG_IMG, "src"}, {GUMBO_TAG_OBJECT, "data"}});
}

std::string implied_url(const GumboNode& item) {
    return implied(item, {{GUMBO_TAG_A, "href"}, {GUMBO_TAG_AREA, "href"}});
}

}  // namespace decorum::worker
