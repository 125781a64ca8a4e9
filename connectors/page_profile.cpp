// Whose page it is, and what it says: see the header.
#include "connectors/page_profile.hpp"

#include <algorithm>
#include <array>

#include "connectors/account_link.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_resume.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/microformats.hpp"
#include "connectors/open_graph.hpp"
#include "connectors/page_person.hpp"
#include "connectors/schema_org.hpp"
#include "connectors/viadeo.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using namespace profile;

constexpr std::string_view nobody = "no person on the page";
constexpr std::string_view several = "several persons on the page, and nothing says whose it is";

void take_missing(Text& have, Text& offered) {
    if (have.empty()) have = std::move(offered);
}

void take_missing(Profile& have, Profile offered) {
    if (names_conflict(have.display_name.value, offered.display_name.value)) return;
    take_missing(have.display_name, offered.display_name);
    take_missing(have.headline, offered.headline);
    take_missing(have.organisation, offered.organisation);
    take_missing(have.location, offered.location);
    take_missing(have.summary, offered.summary);
    take_missing(have.photo_url, offered.photo_url);
    if (have.positions.empty()) have.positions = std::move(offered.positions);
    if (have.recommendations.empty()) have.recommendations = std::move(offered.recommendations);
    for (Link& link : offered.links) {
        const bool known =
            std::ranges::any_of(have.links, [&](const Link& other) { return other.url == link.url; });
        if (!known) have.links.push_back(std::move(link));
    }
}

Answer found(Profile profile, std::string_view url) {
    std::erase_if(profile.links, [&](const Link& link) { return same_account(link.url, url); });
    if (profile.empty()) return not_found(std::string(nobody));
    cap(profile);
    Answer answer;
    answer.outcome = Outcome::found;
    answer.profile = std::move(profile);
    return answer;
}

Answer answer_of(PagePerson person, std::string_view url) {
    switch (person.persons) {
        case Persons::one: return found(std::move(person.profile), url);
        case Persons::several: return not_found(std::string(several));
        case Persons::none: break;
    }
    return not_found(std::string(nobody));
}

}  // namespace

bool asks_to_be_left_out(std::string_view word) {
    return word == "noindex" || word == "noarchive" || word == "none";
}

Answer answer_from_page(const worker::PageFacts& facts, std::string_view url, Preset preset) {
    if (std::ranges::any_of(facts.robots, asks_to_be_left_out))
        return hidden("the page asks not to be indexed");
    std::array persons{
        schema_org_person(facts.json_ld, url),
        preset == Preset::viadeo ? viadeo_person(facts.items) : PagePerson{},
        h_resume_person(facts.items, url),
        h_card_person(facts.items, facts.rel_me, url),
        open_graph_person(facts.meta, url),
    };
    Profile profile;
    for (const std::string& reference : facts.rel_me) {
        add_link(profile, reference, url, {Tier::c, "the page links to it (rel=me)", {}});
        add_address(profile, reference, {Tier::c, "the page names the address (rel=me)", {}});
    }
    bool any = !profile.links.empty();
    bool unclear = false;
    for (PagePerson& person : persons) {
        any = any || person.persons == Persons::one;
        unclear = unclear || person.persons == Persons::several;
        if (person.persons == Persons::one) take_missing(profile, std::move(person.profile));
    }
    if (!any) return not_found(std::string(unclear ? several : nobody));
    return found(std::move(profile), url);
}

Answer answer_from_json(std::string_view document, std::string_view url) {
    const auto root = loose_json::parse(document);
    if (!root) return failed(root.error().text());
    if (is_json_resume(*root)) {
        Profile profile = read_json_resume(*root).profile;
        for (Link& link : profile.links) {
            link.origin.tier = Tier::c;
            link.origin.reason = "the page names it (JSON Resume)";
        }
        return found(std::move(profile), url);
    }
    if (PagePerson person = viadeo_person(*root); person.persons != Persons::none)
        return answer_of(std::move(person), url);
    return answer_of(schema_org_person(std::array{std::string(document)}, url), url);
}

}  // namespace decorum::connectors
