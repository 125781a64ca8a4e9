// The mapping of JSON Resume: see the header.
#include "connectors/json_resume.hpp"

#include "connectors/account_link.hpp"
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
using namespace profile;  // limits

constexpr std::size_t max_email_octets = 320;

// "Lyon, FR"
std::string resume_location(const json::value& location) {
    const std::string city = text(location, {"city", "region"}, max_name_octets);
    const std::string country = text(location, {"countryCode"}, max_name_octets);
    return joined(city, country, ", ");
}

Position position_of(const json::value& entry, std::string title, std::string organisation) {
    return {std::move(title),
            std::move(organisation),
            career_date(text(entry, {"startDate"}, max_token_octets)),
            career_date(text(entry, {"endDate"}, max_token_octets)),
            {}};
}

void read_basics(const json::value& basics, JsonResume& out) {
    Profile& profile = out.profile;
    profile.display_name.value = text(basics, {"name"}, max_name_octets);
    profile.headline.value = text(basics, {"label"}, max_headline_octets);
    profile.summary.value = text(basics, {"summary"}, max_summary_octets);
    profile.location.value = resume_location(member(basics, "location"));
    if (auto url = https_url(text(basics, {"image", "picture"}, max_url_octets)))
        profile.photo_url.value = std::move(*url);
    each(member(basics, "email"), [&](const json::value& entry) {
        if (std::string address = text(entry, max_email_octets); !address.empty())
            out.addresses.push_back(std::move(address));
    });
    add_link(profile, text(basics, {"url", "website"}, max_url_octets), {}, {});
    each(member(basics, "profiles"), [&](const json::value& entry) {
        const std::string network = text(entry, {"network"}, max_token_octets);
        const std::string url = text(entry, {"url"}, max_url_octets);
        const std::string username = text(entry, {"username"}, max_handle_octets);
        if (!url.empty())
            add_link(profile, url, {}, {.network = network});
        else if (!network.empty() && !username.empty())
            profile.links.push_back({network_named(network), username, {}, {}});
    });
}

void read_work(const json::value& work, Profile& profile) {
    each(work, [&](const json::value& entry) {
        Position position = position_of(entry, text(entry, {"position"}, max_name_octets),
                                        text(entry, {"name", "company"}, max_name_octets));
        add_position(profile, std::move(position));
    });
}

void read_education(const json::value& education, Profile& profile) {
    each(education, [&](const json::value& entry) {
        const std::string degree = text(entry, {"studyType"}, max_name_octets);
        const std::string area = text(entry, {"area"}, max_name_octets);
        Position position =
            position_of(entry, joined(degree, area, ", "), text(entry, {"institution"}, max_name_octets));
        add_position(profile, std::move(position));
    });
}

}  // namespace

bool is_json_resume(const json::value& root) {
    return member(root, "basics").is_object() || member(root, "work").is_array();
}

JsonResume read_json_resume(const json::value& root) {
    JsonResume out;
    read_basics(member(root, "basics"), out);
    read_work(member(root, "work"), out.profile);
    complete_from_career(out.profile);
    if (out.profile.positions.empty()) read_education(member(root, "education"), out.profile);
    each(member(root, "references"), [&](const json::value& entry) {
        Recommendation said{
            text(entry, {"name"}, max_name_octets), text(entry, {"reference"}, max_summary_octets), {}};
        add_recommendation(out.profile, std::move(said));
    });
    cap(out.profile);
    return out;
}

Result<JsonResume> parse_json_resume(std::string_view json) {
    const auto root = loose_json::parse(json);
    if (!root) return std::unexpected(root.error());
    if (!is_json_resume(*root)) return fail(errc::syntax, "JSON, but no JSON Resume");
    return read_json_resume(*root);
}

}  // namespace decorum::connectors
