// The form in which the facts of a page leave the worker process. Reading back trusts nothing: what wrote it
// had hostile HTML in its hands.
#include "gateway/worker/page_facts.hpp"

#include <boost/json.hpp>

namespace decorum::worker {
namespace {

namespace json = boost::json;

constexpr std::size_t max_facts_json_octets = std::size_t{4} << 20;
// Four levels an item: its object, its properties, one of them, the items in it; beside the two of the page.
constexpr std::size_t max_json_depth = 2 + 4 * max_item_depth;

json::array list_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

json::object object_of(const MicroformatItem& item) {
    json::array properties;
    for (const auto& property : item.properties) {
        json::array items;
        for (const auto& inner : property.items) items.emplace_back(object_of(inner));
        properties.emplace_back(
            json::object{{"name", property.name}, {"value", property.value}, {"items", std::move(items)}});
    }
    return {{"types", list_of(item.types)}, {"properties", std::move(properties)}};
}

const json::value& member(const json::object& object, std::string_view name) {
    static const json::value none;
    const json::value* found = object.if_contains(name);
    return found == nullptr ? none : *found;
}

std::string text_of(const json::value& value) {
    const json::string* text = value.if_string();
    return text == nullptr ? std::string{} : std::string(*text);
}

template <class Read>
void each(const json::value& value, Read read) {
    if (const json::array* list = value.if_array())
        for (const json::value& entry : *list) read(entry);
}

std::vector<std::string> texts_of(const json::value& value) {
    std::vector<std::string> out;
    each(value, [&](const json::value& entry) { out.push_back(text_of(entry)); });
    return out;
}

MicroformatItem item_of(const json::value& value, std::size_t depth) {
    MicroformatItem item;
    const json::object* object = value.if_object();
    if (object == nullptr || depth >= max_item_depth) return item;
    item.types = texts_of(member(*object, "types"));
    each(member(*object, "properties"), [&](const json::value& entry) {
        const json::object* property = entry.if_object();
        if (property == nullptr) return;
        auto& added = item.properties.emplace_back();
        added.name = text_of(member(*property, "name"));
        added.value = text_of(member(*property, "value"));
        each(member(*property, "items"),
             [&](const json::value& inner) { added.items.push_back(item_of(inner, depth + 1)); });
    });
    return item;
}

}  // namespace

std::string to_json(const PageFacts& facts) {
    json::array meta;
    for (const auto& [name, content] : facts.meta) meta.emplace_back(json::array{name, content});
    json::array items;
    for (const auto& item : facts.items) items.emplace_back(object_of(item));
    return json::serialize(json::object{{"title", facts.title},
                                        {"canonical", facts.canonical},
                                        {"robots", list_of(facts.robots)},
                                        {"meta", std::move(meta)},
                                        {"json_ld", list_of(facts.json_ld)},
                                        {"rel_me", list_of(facts.rel_me)},
                                        {"links", list_of(facts.links)},
                                        {"text", facts.text},
                                        {"items", std::move(items)}});
}

Result<PageFacts> page_facts_from_json(std::string_view text) {
    if (text.size() > max_facts_json_octets) return fail(errc::limit, "the facts of a page are too long");
    json::parse_options options;
    options.max_depth = max_json_depth;
    boost::system::error_code error;
    const json::value root = json::parse(text, error, {}, options);
    const json::object* object = root.if_object();
    if (error || object == nullptr) return fail(errc::syntax, "the facts of a page are no JSON object");
    PageFacts facts;
    facts.title = text_of(member(*object, "title"));
    facts.canonical = text_of(member(*object, "canonical"));
    facts.robots = texts_of(member(*object, "robots"));
    each(member(*object, "meta"), [&](const json::value& entry) {
        const json::array* pair = entry.if_array();
        if (pair != nullptr && pair->size() == 2)
            facts.meta.emplace_back(text_of((*pair)[0]), text_of((*pair)[1]));
    });
    facts.json_ld = texts_of(member(*object, "json_ld"));
    facts.rel_me = texts_of(member(*object, "rel_me"));
    facts.links = texts_of(member(*object, "links"));
    facts.text = text_of(member(*object, "text"));
    each(member(*object, "items"),
         [&](const json::value& entry) { facts.items.push_back(item_of(entry, 0)); });
    return facts;
}

}  // namespace decorum::worker
