// The reading of JSON-LD: see the header. It is read as the JSON that people copy from examples, not as
// linked data: no context is fetched or expanded, and terms count with or without schema.org's prefix.
#include "connectors/schema_org.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "connectors/account_link.hpp"
#include "connectors/career.hpp"
#include "connectors/joined.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using namespace profile;

constexpr std::size_t max_nodes = 2000;  // that stand for themselves
constexpr int max_wrapping = 4;          // of what a single value is wrapped in

std::string_view local_name(std::string_view term) {
    for (const std::string_view prefix : {"https://schema.org/", "http://schema.org/", "schema:"})
        if (term.starts_with(prefix)) return term.substr(prefix.size());
    return term;
}

bool is_a(const json::value& node, std::initializer_list<std::string_view> types) {
    bool found = false;
    each(member(node, "@type"), [&](const json::value& type) {
        const std::string name = text(type, max_token_octets);
        found = found || std::ranges::find(types, local_name(name)) != types.end();
    });
    return found;
}

bool is_person(const json::value& node) {
    return is_a(node, {"Person"});
}

bool is_role(const json::value& node) {
    return is_a(node, {"Role", "OrganizationRole", "EmployeeRole"});
}

// A text, a value with its language, a thing by its name, or the first of several.
std::string text_in(const json::value& value, std::size_t max_octets, int nesting = 0) {
    if (nesting == max_wrapping) return {};
    if (const json::array* list = value.if_array()) {
        for (const json::value& entry : *list)
            if (std::string found = text_in(entry, max_octets, nesting + 1); !found.empty()) return found;
        return {};
    }
    if (value.is_object()) {
        std::string found = text_in(member(value, "@value"), max_octets, nesting + 1);
        return found.empty() ? text_in(member(value, "name"), max_octets, nesting + 1) : found;
    }
    return text(value, max_octets);
}

// All nodes that stand for themselves, and those that others refer to.
class Graph {
public:
    explicit Graph(std::span<const std::string> documents) {
        roots_.reserve(documents.size());
        for (const std::string& document : documents)
            if (auto root = loose_json::parse(document)) roots_.push_back(std::move(*root));
        for (const json::value& root : roots_) add(root, 0);
    }

    [[nodiscard]] const std::vector<const json::value*>& nodes() const { return nodes_; }

    // The node that a reference means; any other value is meant itself.
    [[nodiscard]] const json::value& resolved(const json::value& value) const {
        const json::object* object = value.if_object();
        if (object == nullptr || object->size() != 1) return value;
        const auto node = by_id_.find(text(value, {"@id"}, max_url_octets));
        return node == by_id_.end() ? value : *node->second;
    }

private:
    void add(const json::value& value, int nesting) {
        if (nesting == max_wrapping) return;
        if (value.is_array()) {
            each(value, [&](const json::value& entry) { add(entry, nesting + 1); });
        } else if (value.is_object() && nodes_.size() < max_nodes) {
            nodes_.push_back(&value);
            if (const std::string id = text(value, {"@id"}, max_url_octets); !id.empty())
                by_id_.try_emplace(id, &value);
            add(member(value, "@graph"), nesting + 1);
        }
    }

    std::vector<json::value> roots_;
    std::vector<const json::value*> nodes_;
    std::map<std::string, const json::value*, std::less<>> by_id_;
};

// A URL, or that of an object; a number is none.
std::string reference_in(const json::value& value, std::initializer_list<std::string_view> names) {
    if (value.is_object()) return text(value, names, max_url_octets);
    return value.is_string() ? text(value, max_url_octets) : std::string{};
}

bool is_of_page(const json::value& person, std::string_view page_url) {
    bool found = false;
    for (const std::string_view name : {"url", "@id", "mainEntityOfPage"})
        each(member(person, name), [&](const json::value& value) {
            if (const auto url = https_url(reference_in(value, {"@id", "url"}), page_url))
                found = found || same_account(*url, page_url);
        });
    return found;
}

struct Candidates {
    std::vector<const json::value*> persons;
    void add(const json::value& person) {
        if (std::ranges::find(persons, &person) == persons.end()) persons.push_back(&person);
    }
};

// The main entities of the page, else the persons that stand for themselves.
Candidates candidates_of(const Graph& graph) {
    Candidates main;
    for (const json::value* node : graph.nodes())
        each(member(*node, "mainEntity"), [&](const json::value& entity) {
            const json::value& person = graph.resolved(entity);
            if (is_person(person)) main.add(person);
        });
    if (!main.persons.empty()) return main;
    Candidates all;
    for (const json::value* node : graph.nodes())
        if (is_person(*node)) all.add(*node);
    return all;
}

// One person's members, read into a profile.
class PersonReading {
public:
    PersonReading(const Graph& graph, const json::value& person, std::string_view page_url)
        : graph_(graph), person_(person), page_url_(page_url) {}

    Profile profile() {
        profile_.display_name.value = name();
        profile_.headline.value = text_in(member(person_, "jobTitle"), max_headline_octets);
        profile_.summary.value = text_in(member(person_, "description"), max_summary_octets);
        profile_.location.value = location();
        profile_.photo_url.value = photo();
        work();
        complete_from_career(profile_);
        if (profile_.positions.empty()) studies();
        links();
        cap(profile_);
        return std::move(profile_);
    }

private:
    [[nodiscard]] std::string name() const {
        std::string whole = text_in(member(person_, "name"), max_name_octets);
        if (!whole.empty()) return whole;
        const std::string given = text_in(member(person_, "givenName"), max_name_octets);
        const std::string family = text_in(member(person_, "familyName"), max_name_octets);
        return joined(given, family, " ");
    }

    // "Lyon, FR"
    [[nodiscard]] std::string location_in(const json::value& value, int nesting = 0) const {
        std::string found;
        if (nesting == max_wrapping) return found;
        each(value, [&](const json::value& entry) {
            if (!found.empty()) return;
            const json::value& place = graph_.resolved(entry);
            if (!place.is_object()) {
                found = text(place, max_name_octets);
                return;
            }
            const std::string city = text_in(member(place, "addressLocality"), max_name_octets);
            const std::string country = text_in(member(place, "addressCountry"), max_name_octets);
            found = joined(city, country, ", ");
            if (found.empty()) found = location_in(member(place, "address"), nesting + 1);
            if (found.empty()) found = text_in(member(place, "name"), max_name_octets);
        });
        return found;
    }

    [[nodiscard]] std::string location() const {
        for (const std::string_view member_name : {"address", "homeLocation", "workLocation"})
            if (std::string found = location_in(member(person_, member_name)); !found.empty()) return found;
        return {};
    }

    [[nodiscard]] std::string photo() const {
        std::string found;
        each(member(person_, "image"), [&](const json::value& entry) {
            const std::string reference = reference_in(graph_.resolved(entry), {"contentUrl", "url", "@id"});
            if (found.empty()) found = https_url(reference, page_url_).value_or("");
        });
        return found;
    }

    [[nodiscard]] Position position(const json::value& role, std::string_view thing) const {
        Position out;
        out.title = text_in(member(role, "roleName"), max_name_octets);
        if (out.title.empty()) out.title = text_in(member(role, "jobTitle"), max_name_octets);
        out.organisation = text_in(graph_.resolved(member(role, thing)), max_name_octets);
        out.start = career_date(text(role, {"startDate"}, max_token_octets));
        out.end = career_date(text(role, {"endDate"}, max_token_octets));
        return out;
    }

    void work() {
        each(member(person_, "worksFor"), [&](const json::value& entry) {
            const json::value& employer = graph_.resolved(entry);
            if (is_role(employer))
                add_position(profile_, position(employer, "worksFor"));
            else if (profile_.organisation.empty())
                profile_.organisation.value = text_in(employer, max_name_octets);
        });
        each(member(person_, "hasOccupation"), [&](const json::value& entry) {
            const json::value& occupation = graph_.resolved(entry);
            if (is_role(occupation)) {
                Position held = position(occupation, "memberOf");
                if (held.title.empty())
                    held.title = text_in(member(occupation, "hasOccupation"), max_name_octets);
                add_position(profile_, std::move(held));
            } else if (profile_.headline.empty()) {
                profile_.headline.value = text_in(occupation, max_headline_octets);
            }
        });
    }

    void studies() {
        each(member(person_, "alumniOf"), [&](const json::value& entry) {
            const json::value& school = graph_.resolved(entry);
            Position studied = is_role(school) ? position(school, "alumniOf")
                                               : Position{{}, text_in(school, max_name_octets), {}, {}, {}};
            if (studied.title.empty()) studied.title = "Studies";
            if (!studied.organisation.empty()) profile_.positions.push_back(std::move(studied));
        });
    }

    void links() {
        for (const std::string_view member_name : {"sameAs", "url"})
            each(member(person_, member_name), [&](const json::value& entry) {
                add_link(profile_, reference_in(entry, {"@id", "url"}), page_url_,
                         {Tier::c, "the page names it (schema.org)", {}});
            });
    }

    const Graph& graph_;
    const json::value& person_;
    std::string_view page_url_;
    Profile profile_;
};

}  // namespace

PagePerson schema_org_person(std::span<const std::string> documents, std::string_view page_url) {
    const Graph graph(documents);
    const auto [persons] = candidates_of(graph);
    if (persons.empty()) return {};
    const json::value* chosen = persons.size() == 1 ? persons.front() : nullptr;
    for (const json::value* person : persons)
        if (chosen == nullptr && is_of_page(*person, page_url)) chosen = person;
    if (chosen == nullptr) return {Persons::several, {}};
    return {Persons::one, PersonReading(graph, *chosen, page_url).profile()};
}

}  // namespace decorum::connectors
