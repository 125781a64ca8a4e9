// The mapping of microformats2 items: see the header. Property names of the classic formats are taken too,
// where they differ from their successors'.
#include "connectors/microformats.hpp"

#include <algorithm>
#include <vector>

#include "connectors/account_link.hpp"
#include "connectors/career.hpp"
#include "connectors/joined.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using worker::MicroformatItem;
using Names = std::initializer_list<std::string_view>;
using namespace profile;

constexpr std::size_t max_cards = 500;
constexpr int max_nesting = 8;

bool is_a(const MicroformatItem& item, std::string_view type) {
    return std::ranges::find(item.types, type) != item.types.end();
}

// The first value under the first of these names that has one.
std::string value_of(const MicroformatItem& item, Names names, std::size_t max_octets) {
    for (const std::string_view name : names)
        for (const auto& property : item.properties) {
            if (property.name != name) continue;
            std::string value = capped_utf8(ascii::trim(property.value), max_octets);
            if (value.empty() && !property.items.empty())
                value = value_of(property.items.front(), {"name", "fn"}, max_octets);
            if (!value.empty()) return value;
        }
    return {};
}

template <class Read>
void each_value(const MicroformatItem& item, Names names, Read read) {
    for (const auto& property : item.properties)
        if (std::ranges::find(names, property.name) != names.end()) read(property);
}

bool has_url(const MicroformatItem& item, std::string_view name, std::string_view wanted,
             std::string_view page) {
    bool found = false;
    each_value(item, {name}, [&](const MicroformatItem::Property& property) {
        const auto url = https_url(property.value, page);
        found = found || (url && same_account(*url, wanted));
    });
    return found;
}

// Items of a type, wherever they stand.
void collect(std::span<const MicroformatItem> items, std::string_view type,
             std::vector<const MicroformatItem*>& into, int nesting = 0) {
    for (const MicroformatItem& item : items) {
        if (is_a(item, type) && into.size() < max_cards) into.push_back(&item);
        if (nesting == max_nesting) continue;
        for (const auto& property : item.properties) collect(property.items, type, into, nesting + 1);
    }
}

// "Lyon, FR"
std::string location_of(const MicroformatItem& card) {
    const auto in = [](const MicroformatItem& item) {
        const std::string city = value_of(item, {"locality"}, max_name_octets);
        const std::string country = value_of(item, {"country-name"}, max_name_octets);
        return joined(city, country, ", ");
    };
    std::string found = in(card);
    each_value(card, {"adr", "location"}, [&](const MicroformatItem::Property& property) {
        for (const MicroformatItem& item : property.items)
            if (found.empty()) found = in(item);
        if (found.empty()) found = capped_utf8(ascii::trim(property.value), max_name_octets);
    });
    return found.empty() ? value_of(card, {"label"}, max_name_octets) : found;
}

// hCard §organization contact info: the card of an organisation has its name for a person's.
bool is_organisation(const MicroformatItem& card) {
    const std::string name = value_of(card, {"name", "fn"}, max_name_octets);
    return !name.empty() && name == value_of(card, {"org", "organization-name"}, max_name_octets);
}

void read_card(const MicroformatItem& card, std::string_view page_url, Profile& profile) {
    profile.display_name.value = value_of(card, {"name", "fn"}, max_name_octets);
    if (profile.display_name.empty()) {
        const std::string given = value_of(card, {"given-name"}, max_name_octets);
        const std::string family = value_of(card, {"family-name"}, max_name_octets);
        profile.display_name.value = joined(given, family, " ");
    }
    profile.headline.value = value_of(card, {"job-title", "title", "role"}, max_headline_octets);
    profile.organisation.value = value_of(card, {"org", "organization-name"}, max_name_octets);
    profile.summary.value = value_of(card, {"note"}, max_summary_octets);
    profile.location.value = location_of(card);
    each_value(card, {"photo"}, [&](const MicroformatItem::Property& property) {
        if (profile.photo_url.empty())
            profile.photo_url.value = https_url(property.value, page_url).value_or("");
    });
    each_value(card, {"url"}, [&](const MicroformatItem::Property& property) {
        add_link(profile, property.value, page_url, {Tier::c, "the page names it (h-card)", {}});
    });
}

// In the item itself, else in what is nested in it: an experience is an event with the card of an employer.
std::string deep_value(const MicroformatItem& item, Names names, std::size_t max_octets, int nesting = 0) {
    std::string found = value_of(item, names, max_octets);
    if (nesting == max_nesting) return found;
    for (const auto& property : item.properties)
        for (const MicroformatItem& inner : property.items)
            if (found.empty()) found = deep_value(inner, names, max_octets, nesting + 1);
    return found;
}

Position position_of(const MicroformatItem& experience) {
    Position position;
    position.title = deep_value(experience, {"job-title", "title", "role"}, max_name_octets);
    position.organisation = deep_value(experience, {"org", "organization-name"}, max_name_octets);
    // The event's own name is the work done; where its card names no title it is all there is.
    if (position.title.empty()) position.title = value_of(experience, {"name", "summary"}, max_name_octets);
    position.start = career_date(value_of(experience, {"start", "dtstart"}, max_token_octets));
    position.end = career_date(value_of(experience, {"end", "dtend"}, max_token_octets));
    return position;
}

Recommendation recommendation_of(const MicroformatItem& review) {
    return {value_of(review, {"author", "reviewer"}, max_name_octets),
            value_of(review, {"content", "description", "summary", "name"}, max_summary_octets),
            {}};
}

void read_resume(const MicroformatItem& resume, Profile& profile) {
    each_value(resume, {"experience"}, [&](const MicroformatItem::Property& property) {
        Position position;
        if (property.items.empty())
            position.title = capped_utf8(ascii::trim(property.value), max_name_octets);
        else
            position = position_of(property.items.front());
        add_position(profile, std::move(position));
    });
    for (const auto& property : resume.properties)
        for (const MicroformatItem& item : property.items) {
            if (property.name != "recommendation" && !is_a(item, "h-review")) continue;
            Recommendation said = recommendation_of(item);
            add_recommendation(profile, std::move(said));
        }
}

}  // namespace

PagePerson h_resume_person(std::span<const MicroformatItem> items, std::string_view page_url) {
    std::vector<const MicroformatItem*> resumes;
    collect(items, "h-resume", resumes);
    if (resumes.empty()) return {};
    if (resumes.size() > 1) return {Persons::several, {}};
    const MicroformatItem& resume = *resumes.front();
    PagePerson person{Persons::one, {}};
    each_value(resume, {"contact"}, [&](const MicroformatItem::Property& property) {
        if (!property.items.empty() && person.profile.display_name.empty())
            read_card(property.items.front(), page_url, person.profile);
    });
    read_resume(resume, person.profile);
    // What a resume is called is a name only where its contact has none: "Résumé of …" is what people write.
    if (std::string summary = value_of(resume, {"summary"}, max_summary_octets); !summary.empty())
        person.profile.summary.value = std::move(summary);
    complete_from_career(person.profile);
    cap(person.profile);
    return person;
}

PagePerson h_card_person(std::span<const MicroformatItem> items, std::span<const std::string> rel_me,
                         std::string_view page_url) {
    std::vector<const MicroformatItem*> cards;
    collect(items, "h-card", cards);
    std::erase_if(cards, [](const MicroformatItem* card) { return is_organisation(*card); });
    if (cards.empty()) return {};
    const auto is_own = [&](const MicroformatItem& card) {
        return has_url(card, "uid", page_url, page_url) && has_url(card, "url", page_url, page_url);
    };
    const auto is_me = [&](const MicroformatItem& card) {
        return std::ranges::any_of(rel_me, [&](const std::string& reference) {
            const auto url = https_url(reference, page_url);
            return url && has_url(card, "url", *url, page_url);
        });
    };
    const auto is_here = [&](const MicroformatItem& card) {
        return has_url(card, "url", page_url, page_url);
    };
    const MicroformatItem* chosen = nullptr;
    const auto choose = [&](const auto& rule) {
        for (const MicroformatItem* card : cards)
            if (chosen == nullptr && rule(*card)) chosen = card;
    };
    choose(is_own);
    choose(is_me);
    choose(is_here);
    if (chosen == nullptr && cards.size() == 1) chosen = cards.front();
    if (chosen == nullptr) return {Persons::several, {}};
    PagePerson person{Persons::one, {}};
    read_card(*chosen, page_url, person.profile);
    cap(person.profile);
    return person;
}

}  // namespace decorum::connectors
