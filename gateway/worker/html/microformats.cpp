// One walk down the tree: outside an item roots are looked for, within one its properties. Recursion is
// bounded by max_html_depth, items within items by max_item_depth, names by counts, all text by the budget.
#include "gateway/worker/html/microformats.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/worker/html/classic_names.hpp"
#include "gateway/worker/html/html_tree.hpp"
#include "gateway/worker/html/property_value.hpp"

namespace decorum::worker {
namespace {

constexpr std::size_t max_items = 300;       // of a page, nested ones too
constexpr std::size_t max_properties = 200;  // of an item
constexpr std::size_t max_names = 8;         // an element may have, as root and as property
constexpr std::size_t max_name_octets = 64;

struct Name {
    Prefix prefix;
    std::string_view name;
};

// property = ("p-" / "u-" / "dt-" / "e-") name
std::optional<Name> property_name(std::string_view word) {
    constexpr std::pair<std::string_view, Prefix> prefixes[] = {
        {"p-", Prefix::text}, {"u-", Prefix::url}, {"dt-", Prefix::time}, {"e-", Prefix::embedded}};
    for (const auto& [text, prefix] : prefixes) {
        if (!word.starts_with(text)) continue;
        const std::string_view name = word.substr(text.size());
        const bool good = !name.empty() && name.size() <= max_name_octets && ascii::is_lower(name.front()) &&
                          std::ranges::all_of(name, [](char c) {
                              return ascii::is_lower(c) || ascii::is_digit(c) || c == '-';
                          });
        if (good) return Name{prefix, name};
    }
    return std::nullopt;
}

bool has(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Null where there is none of that name.
const MicroformatItem::Property* property_of(const MicroformatItem& item, std::string_view name) {
    const auto found = std::ranges::find(item.properties, name, &MicroformatItem::Property::name);
    return found == item.properties.end() ? nullptr : &*found;
}

// What makes an element an item. New root classes win over classic ones.
struct Roots {
    std::vector<std::string_view> types;
    std::vector<const ClassicRoot*> classic;  // empty: a new item
};

Roots roots_of(const GumboElement& element) {
    Roots roots;
    const auto classes = words(attribute(element, "class"));
    for (const auto name : classes)
        if (roots.types.size() < max_names && is_root_class(name) && !has(roots.types, name))
            roots.types.push_back(name);
    if (!roots.types.empty()) return roots;
    for (const auto name : classes) {
        const ClassicRoot* root = classic_root(name);
        if (root == nullptr || has(roots.types, root->type)) continue;
        roots.types.push_back(root->type);
        roots.classic.push_back(root);
    }
    return roots;
}

class Reader {
public:
    explicit Reader(Budget& budget) : budget_(budget) {}

    // Looks for items from here down.
    void search(const GumboNode& node, std::size_t depth) {
        const GumboElement* element = element_of(node);
        if (element == nullptr || depth >= max_html_depth || full()) return;
        if (const Roots roots = roots_of(*element); !roots.types.empty()) {
            const std::size_t place = items.size();
            items.emplace_back();
            MicroformatItem item = read_item(node, roots, depth, 1);
            items[place] = std::move(item);
            return;
        }
        for (const GumboNode* child : children_of(node)) search(*child, depth + 1);
    }

    std::vector<MicroformatItem> items;

private:
    struct Open {
        MicroformatItem item;
        std::vector<const ClassicRoot*> classic;
        std::size_t level;      // of items within items, from 1
        bool has_text = false;  // p- or e-
        bool has_url = false;   // u-
        bool has_items = false;
    };

    [[nodiscard]] bool full() const { return count_ >= max_items || budget_.spent(); }

    static std::vector<Name> names_of(const GumboElement& element, const Open& open) {
        std::vector<Name> names;
        const auto add = [&](std::optional<Name> name) {
            if (name && names.size() < max_names &&
                std::ranges::find(names, name->name, &Name::name) == names.end())
                names.push_back(*name);
        };
        for (const auto word : words(attribute(element, "class"))) {
            if (open.classic.empty()) add(property_name(word));
            for (const ClassicRoot* root : open.classic) {
                const auto known = std::ranges::find(root->properties, word, &ClassicName::name);
                if (known != root->properties.end()) add(property_name(known->property));
            }
        }
        return names;
    }

    void add(Open& open, const Name& name, std::string_view value, std::vector<MicroformatItem> inner = {}) {
        if (open.item.properties.size() >= max_properties || budget_.spent()) return;
        auto& property = open.item.properties.emplace_back();
        property.name = budget_.take(name.name, max_name_octets);
        property.value = budget_.take(value, max_value_octets);
        property.items = std::move(inner);
        open.has_text |= name.prefix == Prefix::text || name.prefix == Prefix::embedded;
        open.has_url |= name.prefix == Prefix::url;
    }

    MicroformatItem read_item(const GumboNode& node, const Roots& roots, std::size_t depth,
                              std::size_t level) {
        ++count_;
        Open open{.item = {}, .classic = roots.classic, .level = level};
        for (const auto type : roots.types) open.item.types.emplace_back(budget_.take(type, max_name_octets));
        for (const GumboNode* child : children_of(node)) read_properties(open, *child, depth + 1);
        if (roots.classic.empty()) add_implied(open, node);
        return std::move(open.item);
    }

    void read_properties(Open& open, const GumboNode& node, std::size_t depth) {
        const GumboElement* element = element_of(node);
        if (element == nullptr || depth >= max_html_depth || full()) return;
        const auto names = names_of(*element, open);
        const Roots roots = roots_of(*element);
        if (!roots.types.empty()) {
            open.has_items = true;
            if (names.empty() || open.level >= max_item_depth) return search(node, depth);
            std::vector<MicroformatItem> inner;
            inner.push_back(read_item(node, roots, depth, open.level + 1));
            // Under its first name alone: copies would multiply from level to level.
            std::vector<std::string> values;
            for (const Name& name : names) values.push_back(value_of(inner.front(), node, name.prefix));
            for (std::size_t i = 0; i < names.size(); ++i)
                add(open, names[i], values[i], std::exchange(inner, {}));
            return;
        }
        for (const Name& name : names) add(open, name, property_value(node, name.prefix));
        for (const GumboNode* child : children_of(node)) read_properties(open, *child, depth + 1);
    }

    // What an item says where a text is due: its name, its URL, else as any element.
    static std::string value_of(const MicroformatItem& item, const GumboNode& node, Prefix prefix) {
        if (prefix == Prefix::text || prefix == Prefix::url) {
            const std::string_view wanted = prefix == Prefix::text ? "name" : "url";
            if (const auto* found = property_of(item, wanted)) return found->value;
        }
        return property_value(node, prefix);
    }

    void add_implied(Open& open, const GumboNode& node) {
        const bool name = !open.has_text && !open.has_items;
        const bool url = !open.has_url && !open.has_items;
        const auto lacks = [&](std::string_view property) {
            return property_of(open.item, property) == nullptr;
        };
        if (name && lacks("name"))
            if (const auto text = implied_name(node); !text.empty()) add(open, {Prefix::text, "name"}, text);
        if (!url) return;
        if (lacks("photo"))
            if (const auto photo = implied_photo(node); !photo.empty())
                add(open, {Prefix::url, "photo"}, photo);
        if (lacks("url"))
            if (const auto link = implied_url(node); !link.empty()) add(open, {Prefix::url, "url"}, link);
    }

    Budget& budget_;
    std::size_t count_ = 0;
};

}  // namespace

std::vector<MicroformatItem> microformats(const GumboNode& root, Budget& budget) {
    Reader reader(budget);
    reader.search(root, 0);
    return std::move(reader.items);
}

}  // namespace decorum::worker
