#include "gateway/worker/html/classic_names.hpp"

#include <algorithm>
#include <array>

namespace decorum::worker {
namespace {

constexpr auto card = std::to_array<ClassicName>({{"fn", "p-name"},
                                                  {"given-name", "p-given-name"},
                                                  {"family-name", "p-family-name"},
                                                  {"nickname", "p-nickname"},
                                                  {"photo", "u-photo"},
                                                  {"logo", "u-logo"},
                                                  {"url", "u-url"},
                                                  {"uid", "u-uid"},
                                                  {"email", "u-email"},
                                                  {"tel", "p-tel"},
                                                  {"org", "p-org"},
                                                  {"organization-name", "p-organization-name"},
                                                  {"organization-unit", "p-organization-unit"},
                                                  {"title", "p-job-title"},
                                                  {"role", "p-role"},
                                                  {"note", "p-note"},
                                                  {"category", "p-category"},
                                                  {"bday", "dt-bday"},
                                                  {"adr", "p-adr"},
                                                  {"label", "p-label"},
                                                  {"locality", "p-locality"},
                                                  {"region", "p-region"},
                                                  {"country-name", "p-country-name"}});

constexpr auto address = std::to_array<ClassicName>({{"street-address", "p-street-address"},
                                                     {"locality", "p-locality"},
                                                     {"region", "p-region"},
                                                     {"postal-code", "p-postal-code"},
                                                     {"country-name", "p-country-name"}});

constexpr auto resume = std::to_array<ClassicName>({{"contact", "p-contact"},
                                                    {"summary", "p-summary"},
                                                    {"experience", "p-experience"},
                                                    {"education", "p-education"},
                                                    {"affiliation", "p-affiliation"},
                                                    {"skill", "p-skill"}});

constexpr auto event = std::to_array<ClassicName>({{"summary", "p-name"},
                                                   {"dtstart", "dt-start"},
                                                   {"dtend", "dt-end"},
                                                   {"duration", "dt-duration"},
                                                   {"description", "p-description"},
                                                   {"location", "p-location"},
                                                   {"category", "p-category"},
                                                   {"organizer", "p-organizer"},
                                                   {"attendee", "p-attendee"},
                                                   {"url", "u-url"}});

constexpr auto review = std::to_array<ClassicName>({{"summary", "p-name"},
                                                    {"item", "p-item"},
                                                    {"reviewer", "p-author"},
                                                    {"dtreviewed", "dt-published"},
                                                    {"rating", "p-rating"},
                                                    {"best", "p-best"},
                                                    {"worst", "p-worst"},
                                                    {"description", "e-content"}});

constexpr auto entry = std::to_array<ClassicName>({{"entry-title", "p-name"},
                                                   {"entry-summary", "p-summary"},
                                                   {"entry-content", "e-content"},
                                                   {"published", "dt-published"},
                                                   {"updated", "dt-updated"},
                                                   {"author", "p-author"},
                                                   {"category", "p-category"}});

constexpr auto roots = std::to_array<ClassicRoot>({{"vcard", "h-card", card},
                                                   {"adr", "h-adr", address},
                                                   {"hresume", "h-resume", resume},
                                                   {"vevent", "h-event", event},
                                                   {"hreview", "h-review", review},
                                                   {"hentry", "h-entry", entry}});

}  // namespace

const ClassicRoot* classic_root(std::string_view name) {
    const auto* at = std::ranges::find(roots, name, &ClassicRoot::name);
    return at == roots.end() ? nullptr : at;
}

}  // namespace decorum::worker
