// setjmp and longjmp leave gumbo where the arena is spent: it has no other way out, and there is nothing in
// its frames that would have to be destroyed.
#include "gateway/worker/html/html_tree.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <map>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/worker/html/charset.hpp"

namespace decorum::worker {
namespace {

constexpr std::size_t max_tree_octets = std::size_t{128} << 20;
constexpr std::size_t max_open_elements = 1000;

// Never left open: they end by themselves, or with the next of their kind.
constexpr auto self_ending = std::to_array<std::string_view>(
    {"area", "base",   "br",    "caption", "col",   "colgroup", "dd",     "dt", "embed", "hr",
     "img",  "input",  "li",    "link",    "meta",  "optgroup", "option", "p",  "param", "rp",
     "rt",   "source", "tbody", "td",      "tfoot", "th",       "thead",  "tr", "track", "wbr"});
// What stands in them is text, whatever it looks like.
constexpr auto raw_text = std::to_array<std::string_view>(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"});

static_assert(std::ranges::is_sorted(self_ending));

// name = ALPHA *ALNUM-like octets, in lower case; what follows "<" or "</"
std::string tag_name(std::string_view text) {
    if (text.empty() || !ascii::is_alpha(text.front())) return {};
    return ascii::lower(text.substr(0, text.find_first_of(" \t\r\n\f/>")));
}

// Start tags without their end tag, at the most at any place. End tags count only for an element of their
// name: gumbo ignores the others too.
std::size_t open_elements(std::string_view html) {
    std::map<std::string, std::size_t, std::less<>> open;
    std::size_t now = 0;
    std::size_t most = 0;
    for (std::size_t at = 0; (at = html.find('<', at)) != std::string_view::npos;) {
        ++at;
        const bool ends = html.substr(at).starts_with('/');
        std::string name = tag_name(html.substr(at + (ends ? 1 : 0)));
        if (name.empty() || std::ranges::binary_search(self_ending, name)) continue;
        if (ends) {
            const auto known = open.find(name);
            if (known == open.end() || known->second == 0) continue;
            --known->second;
            --now;
        } else if (std::ranges::find(raw_text, name) != raw_text.end()) {
            for (const std::string end = "</" + name; at < html.size(); ++at)
                if (html[at] == '<' && ascii::starts_with_nocase(html.substr(at), end)) break;
        } else {
            ++open[std::move(name)];
            most = std::max(most, ++now);
        }
    }
    return most;
}

}  // namespace

// Blocks in a chain; nothing is freed before the end.
class HtmlTree::Arena {
public:
    ~Arena() {
        while (blocks_ != nullptr) std::free(std::exchange(blocks_, blocks_->next));
    }

    // Null: gumbo took too much.
    const GumboNode* parse(std::string_view text) {
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0;
        options.userdata = this;
        options.allocator = [](void* arena, std::size_t octets) {
            return static_cast<Arena*>(arena)->allocate(octets);
        };
        options.deallocator = [](void*, void*) {};
        if (setjmp(spent_) != 0) return nullptr;  // NOLINT(cert-err52-cpp)
        return gumbo_parse_with_options(&options, text.data(), text.size())->root;
    }

private:
    struct alignas(std::max_align_t) Block {
        Block* next;
    };
    static constexpr std::size_t block_octets = std::size_t{1} << 16;

    void* allocate(std::size_t octets) {
        octets = (octets + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
        if (octets > left_ && !add_block(std::max(octets, block_octets))) std::longjmp(spent_, 1);
        left_ -= octets;
        return std::exchange(free_, free_ + octets);
    }
    bool add_block(std::size_t octets) {
        taken_ += octets;
        if (taken_ > max_tree_octets) return false;
        void* memory = std::malloc(sizeof(Block) + octets);
        if (memory == nullptr) return false;
        blocks_ = new (memory) Block{blocks_};
        free_ = static_cast<char*>(memory) + sizeof(Block);
        left_ = octets;
        return true;
    }

    std::jmp_buf spent_{};
    Block* blocks_ = nullptr;
    char* free_ = nullptr;
    std::size_t left_ = 0;
    std::size_t taken_ = 0;
};

HtmlTree::HtmlTree() : arena_(std::make_unique<Arena>()) {}
HtmlTree::HtmlTree(HtmlTree&&) noexcept = default;
HtmlTree& HtmlTree::operator=(HtmlTree&&) noexcept = default;
HtmlTree::~HtmlTree() = default;

Result<HtmlTree> HtmlTree::parse(std::string_view html) {
    HtmlTree tree;
    tree.text_ = html_to_utf8(html);
    if (open_elements(tree.text_) > max_open_elements)
        return fail(errc::limit, "elements are nested too deeply");
    tree.root_ = tree.arena_->parse(tree.text_);
    if (tree.root_ == nullptr) return fail(errc::limit, "its tree takes too much memory");
    return tree;
}

const GumboElement* element_of(const GumboNode& node) {
    return node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE ? &node.v.element : nullptr;
}

std::vector<const GumboNode*> children_of(const GumboNode& node) {
    const GumboElement* element = element_of(node);
    if (element == nullptr) return {};
    const auto* first = reinterpret_cast<GumboNode* const*>(element->children.data);
    return {first, first + element->children.length};
}

std::string_view attribute(const GumboElement& element, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
    return found == nullptr ? std::string_view{} : std::string_view(found->value);
}

bool has_attribute(const GumboElement& element, const char* name) {
    return gumbo_get_attribute(&element.attributes, name) != nullptr;
}

std::vector<std::string_view> words(std::string_view list) {
    constexpr std::string_view spaces = " \t\r\n\f";
    std::vector<std::string_view> out;
    for (std::size_t at = 0; (at = list.find_first_not_of(spaces, at)) != std::string_view::npos;) {
        const std::size_t end = std::min(list.find_first_of(spaces, at), list.size());
        out.push_back(list.substr(at, end - at));
        at = end;
    }
    return out;
}

bool has_class(const GumboElement& element, std::string_view name) {
    const auto classes = words(attribute(element, "class"));
    return std::ranges::find(classes, name) != classes.end();
}

}  // namespace decorum::worker
