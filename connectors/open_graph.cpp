// The mapping of og: and profile: properties. A title is a name with decoration ("Jane Martin | ACME"), and
// is used where no name is given.
#include "connectors/open_graph.hpp"

#include "connectors/joined.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

std::string_view undecorated(std::string_view title) {
    for (const std::string_view mark : {" | ", " - ", " – ", " — ", " · ", " (@"})
        title = title.substr(0, title.find(mark));
    return ascii::trim(title);
}

}  // namespace

PagePerson open_graph_person(std::span<const std::pair<std::string, std::string>> meta,
                             std::string_view page_url) {
    const auto content = [&](std::string_view name) -> std::string_view {
        for (const auto& [key, value] : meta)
            if (ascii::equals_nocase(key, name)) return ascii::trim(value);
        return {};
    };
    if (!ascii::equals_nocase(content("og:type"), "profile")) return {};
    PagePerson person{Persons::one, {}};
    profile::Profile& profile = person.profile;
    std::string name = joined(content("profile:first_name"), content("profile:last_name"), " ");
    if (name.empty()) name = undecorated(content("og:title"));
    // An account's name is not a person's.
    if (!ascii::equals_nocase(name, content("profile:username"))) profile.display_name.value = name;
    profile.summary.value = content("og:description");
    profile.photo_url.value = https_url(content("og:image"), page_url).value_or("");
    cap(profile);
    return person;
}

}  // namespace decorum::connectors
