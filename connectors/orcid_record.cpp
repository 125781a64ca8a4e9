// Everything in a record says how far it may be seen. The public API gives nothing else than what is public,
// and we take nothing that doesn't say so.
#include "connectors/orcid_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/account_link.hpp"
#include "connectors/career.hpp"
#include "connectors/joined.hpp"
#include "connectors/loose_json.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors::orcid {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;

constexpr std::size_t id_octets = 19;

// With its check digit.
std::optional<std::string> id_in(const json::value& value) {
    const auto account = profile::account_of("https://orcid.org/" + text(value, id_octets + 1));
    if (!account || account->network != "orcid") return std::nullopt;
    return account->handle;
}

bool is_public(const json::value& entry) {
    return ascii::equals_nocase(text(entry, {"visibility"}, profile::max_token_octets), "public");
}

// {"value": "…"}
std::string value_of(const json::value& parent, std::string_view name, std::size_t max_octets) {
    return text(member(parent, name), {"value"}, max_octets);
}

std::string display_name(const json::value& name) {
    if (!is_public(name)) return {};
    std::string credit = value_of(name, "credit-name", profile::max_name_octets);
    if (!credit.empty()) return credit;
    return joined(value_of(name, "given-names", profile::max_name_octets),
                  value_of(name, "family-name", profile::max_name_octets), " ");
}

// {"year":{"value":"2019"},"month":{"value":"03"},"day":null}
std::string date_of(const json::value& date) {
    const std::string year = value_of(date, "year", profile::max_token_octets);
    const std::string month = value_of(date, "month", profile::max_token_octets);
    return career_date(month.size() == 2 ? fmt::format("{}-{}", year, month) : year);
}

void add_affiliations(const json::value& section, std::string_view summary_name, profile::Profile& profile) {
    each(member(section, "affiliation-group"), [&](const json::value& group) {
        // Sources may tell of one affiliation in several ways; the first is the one that its owner prefers.
        bool taken = false;
        each(member(group, "summaries"), [&](const json::value& entry) {
            const json::value& summary = member(entry, summary_name);
            if (taken || !is_public(summary)) return;
            taken = true;
            add_position(profile, {.title = text(summary, {"role-title"}, profile::max_name_octets),
                                   .organisation = text(member(summary, "organization"), {"name"},
                                                        profile::max_name_octets),
                                   .start = date_of(member(summary, "start-date")),
                                   .end = date_of(member(summary, "end-date")),
                                   .origin = {}});
        });
    });
}

}  // namespace

std::optional<std::vector<std::string>> matches(const json::value& search, std::string_view address) {
    if (text(search, {"num-found"}, profile::max_token_octets).empty()) return std::nullopt;
    std::vector<std::string> ids;
    each(member(search, "expanded-result"), [&](const json::value& result) {
        bool exact = false;
        each(member(result, "email"), [&](const json::value& email) {
            exact = exact || ascii::equals_nocase(text(email, profile::max_name_octets), address);
        });
        const auto id = exact ? id_in(member(result, "orcid-id")) : std::nullopt;
        if (id && std::ranges::find(ids, *id) == ids.end()) ids.push_back(*id);
    });
    return ids;
}

std::optional<Record> record_in(const json::value& root) {
    const auto id = id_in(member(member(root, "orcid-identifier"), "path"));
    if (!id) return std::nullopt;
    Record record{.id = *id, .deactivated = false, .addresses = {}, .profile = {}};
    record.deactivated = !member(member(root, "history"), "deactivation-date").is_null();
    const json::value& person = member(root, "person");
    profile::Profile& profile = record.profile;
    each(member(member(person, "emails"), "email"), [&](const json::value& email) {
        if (is_public(email))
            record.addresses.push_back(ascii::lower(text(email, {"email"}, profile::max_name_octets)));
    });
    profile.display_name.value = display_name(member(person, "name"));
    const json::value& biography = member(person, "biography");
    if (is_public(biography))
        profile.summary.value = text(biography, {"content"}, profile::max_summary_octets);

    const json::value& activities = member(root, "activities-summary");
    add_affiliations(member(activities, "employments"), "employment-summary", profile);
    complete_from_career(profile);  // of the employments: what somebody studied is not what they do
    add_affiliations(member(activities, "educations"), "education-summary", profile);

    add_link(profile, "https://orcid.org/" + record.id, {},
             {profile::Tier::a, "the address is public there", "orcid"});
    each(member(member(person, "researcher-urls"), "researcher-url"), [&](const json::value& url) {
        if (is_public(url))
            add_link(profile, value_of(url, "url", profile::max_url_octets), {},
                     {profile::Tier::c, "listed at ORCID", {}});
    });
    return record;
}

}  // namespace decorum::connectors::orcid
