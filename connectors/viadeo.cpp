// The mapping of Viadeo's names: see the header. Items of a page are turned into the JSON of the API first,
// so that there is one mapping.
#include "connectors/viadeo.hpp"

#include "connectors/career.hpp"
#include "connectors/joined.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using namespace profile;

constexpr int max_item_nesting = 4;

// [ … ], or { "count": 2, "data": [ … ] }
template <class Read>
void each_of(const json::value& list, Read read) {
    const json::value& data = member(list, "data");
    each(data.is_null() ? list : data, read);
}

std::string name_of(const json::value& root) {
    std::string whole = text(root, {"name"}, max_name_octets);
    if (!whole.empty()) return whole;
    const std::string first = text(root, {"first_name"}, max_name_octets);
    const std::string last = text(root, {"last_name"}, max_name_octets);
    return joined(first, last, " ");
}

// "Lyon, FR"
std::string viadeo_location(const json::value& location) {
    if (!location.is_object()) return text(location, max_name_octets);
    const std::string city = text(location, {"city"}, max_name_octets);
    const json::value& country = member(location, "country");
    const std::string land =
        country.is_object() ? text(country, {"name"}, max_name_octets) : text(country, max_name_octets);
    return joined(city, land, ", ");
}

std::string summary_of(const json::value& root) {
    const std::string interests = text(root, {"interests"}, max_summary_octets);
    return joined(text(root, {"introduction"}, max_summary_octets),
                  interests.empty() ? "" : "Interests: " + interests, "\n");
}

// The first member of an item by that name; its value where it has no items, else those as objects.
json::object object_of(const worker::MicroformatItem& item, int nesting);

json::value value_of(const worker::MicroformatItem::Property& property, int nesting) {
    if (property.items.empty() || nesting == max_item_nesting) return json::value(property.value);
    return object_of(property.items.front(), nesting + 1);
}

json::object object_of(const worker::MicroformatItem& item, int nesting) {
    json::object object;
    for (const auto& property : item.properties) {
        json::value value = value_of(property, nesting);
        json::value* earlier = object.if_contains(property.name);
        if (earlier == nullptr)
            object.emplace(property.name, std::move(value));
        else if (earlier->is_array())
            earlier->get_array().push_back(std::move(value));
        else
            *earlier = json::array{std::move(*earlier), std::move(value)};
    }
    return object;
}

}  // namespace

PagePerson viadeo_person(const json::value& root) {
    const bool is_profile = !member(root, "career").is_null() || !member(root, "headline").is_null() ||
                            !member(root, "recommendations").is_null();
    if (!is_profile) return {};
    PagePerson person{Persons::one, {}};
    Profile& profile = person.profile;
    profile.display_name.value = name_of(root);
    profile.headline.value = text(root, {"headline"}, max_headline_octets);
    profile.summary.value = summary_of(root);
    profile.location.value = viadeo_location(member(root, "location"));
    if (auto url = https_url(text(root, {"picture_large", "picture_medium", "picture"}, max_url_octets)))
        profile.photo_url.value = std::move(*url);
    each_of(member(root, "career"), [&](const json::value& entry) {
        Position position{text(entry, {"position"}, max_name_octets),
                          text(entry, {"company_name"}, max_name_octets),
                          career_date(text(entry, {"begin"}, max_token_octets)),
                          career_date(text(entry, {"end"}, max_token_octets)),
                          {}};
        add_position(profile, std::move(position));
    });
    each_of(member(root, "recommendations"), [&](const json::value& entry) {
        Recommendation said{text(member(entry, "from"), {"name"}, max_name_octets),
                            text(entry, {"message", "text", "recommendation", "content"}, max_summary_octets),
                            {}};
        if (said.author.empty()) said.author = text(entry, {"author", "name"}, max_name_octets);
        add_recommendation(profile, std::move(said));
    });
    complete_from_career(profile);
    cap(profile);
    return person;
}

PagePerson viadeo_person(std::span<const worker::MicroformatItem> items) {
    PagePerson found;
    for (const worker::MicroformatItem& item : items) {
        PagePerson person = viadeo_person(json::value(object_of(item, 0)));
        if (person.persons == Persons::none) continue;
        if (found.persons != Persons::none) return {Persons::several, {}};
        found = std::move(person);
    }
    return found;
}

}  // namespace decorum::connectors
