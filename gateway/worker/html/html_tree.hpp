// HTML as a tree, by gumbo, within bounds: of memory, and of elements that stand within each other.
//
// Gumbo neither bounds its depth (its time grows with the square of it, and freeing recurses) nor survives an
// allocation that fails. So elements left open are counted beforehand, and the tree lives in an arena with a
// limit, beyond which parsing is broken off; the arena goes as a whole.
#pragma once

#include <gumbo.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace decorum::worker {

class HtmlTree {
public:
    // Any octets; see html_to_utf8. An Error (limit): nested too deeply, or too much memory.
    [[nodiscard]] static Result<HtmlTree> parse(std::string_view html);

    HtmlTree(HtmlTree&&) noexcept;
    HtmlTree& operator=(HtmlTree&&) noexcept;
    ~HtmlTree();

    [[nodiscard]] const GumboNode& root() const { return *root_; }  // the element html

private:
    class Arena;
    HtmlTree();

    std::string text_;  // which the tree points into
    std::unique_ptr<Arena> arena_;
    const GumboNode* root_ = nullptr;
};

// Elements deeper than this in the tree are passed over by every walk.
inline constexpr std::size_t max_html_depth = 100;

// Null where the node is no element.
[[nodiscard]] const GumboElement* element_of(const GumboNode& node);
[[nodiscard]] std::vector<const GumboNode*> children_of(const GumboNode& node);
// Empty where there is none; see has_attribute.
[[nodiscard]] std::string_view attribute(const GumboElement& element, const char* name);
[[nodiscard]] bool has_attribute(const GumboElement& element, const char* name);
// The words of an attribute that holds a list, such as class and rel.
[[nodiscard]] std::vector<std::string_view> words(std::string_view list);

[[nodiscard]] bool has_class(const GumboElement& element, std::string_view name);

// Calls enter(node, depth) for each node in document order, and leave(node) for each whose enter() said true,
// which makes its children follow. Needs no stack of the machine's.
template <class Enter, class Leave>
void walk(const GumboNode& top, Enter enter, Leave leave) {
    struct Step {
        const GumboNode* node;
        std::vector<const GumboNode*> children;
        std::size_t next = 0;
    };
    std::vector<Step> path;
    const auto visit = [&](const GumboNode* node) {
        if (path.size() < max_html_depth && enter(*node)) path.push_back({node, children_of(*node)});
    };
    visit(&top);
    while (!path.empty()) {
        Step& step = path.back();
        if (step.next < step.children.size()) {
            visit(step.children[step.next++]);
            continue;
        }
        leave(*step.node);
        path.pop_back();
    }
}

}  // namespace decorum::worker
