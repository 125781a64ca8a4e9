// The form of a shown version that the store keeps for ever: what a message has shown must read back the
// same. Empty members are left out; reading checks every member, and a fault is an Error that names it.
#include "gateway/base/digest.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/json_members.hpp"
#include "gateway/profile/presentation.hpp"

namespace decorum::profile {
namespace {

namespace json = boost::json;
using profile::put;

// Wider than what present() makes, so that a later one may make longer lines.
constexpr std::size_t max_line_octets = 16384;
constexpr std::size_t max_entries = 100;

void put(json::object& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json::array entries;
    for (const std::string& text : texts) entries.emplace_back(text);
    out[{name.data(), name.size()}] = std::move(entries);
}

}  // namespace

std::string to_json(const Presentation& presentation) {
    json::object out;
    put(out, "profile", presentation.profile);
    put(out, "networks", presentation.networks);
    put(out, "activity", presentation.activity);
    put(out, "career", presentation.career);
    put(out, "face", to_base64(presentation.face_png));
    put(out, "display_name", presentation.display_name);
    put(out, "headline", presentation.headline);
    put(out, "organisation", presentation.organisation);
    put(out, "tier", presentation.tier);
    put(out, "said_by", presentation.said_by);
    out["name_is_fact"] = presentation.name_is_fact;
    out["organisation_is_fact"] = presentation.organisation_is_fact;
    put(out, "sources", presentation.sources);
    out["as_of"] = presentation.as_of.time_since_epoch().count();
    return json::serialize(out);
}

Result<Presentation> presentation_from_json(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) return std::unexpected(value.error());
    if (!value->is_object()) return fail(errc::corrupt, "JSON: a presentation is not an object");
    JsonMembers::Fault fault;
    JsonMembers members(value->get_object(), fault);
    Presentation out;
    out.profile = members.text("profile", max_line_octets);
    out.networks = members.texts("networks", max_entries, max_line_octets);
    out.activity = members.text("activity", max_line_octets);
    out.career = members.text("career", max_line_octets);
    out.face_png = members.octets("face", max_face_octets);
    out.display_name = members.text("display_name", max_line_octets);
    out.headline = members.text("headline", max_line_octets);
    out.organisation = members.text("organisation", max_line_octets);
    out.tier = members.text("tier", 1);
    // Somebody of whom nothing is shown any more says nothing himself either.
    const bool is_nobody = out.empty() && out.tier.empty() && value->get_object().contains("as_of");
    if (!is_nobody && !tier_from(out.tier)) members.refuse("tier", "not one of S, A, B, C, D");
    out.said_by = members.text("said_by", max_line_octets);
    if (!is_nobody && out.said_by != "own" && out.said_by != "self")
        members.refuse("said_by", "neither own nor self");
    out.name_is_fact = members.flag("name_is_fact");
    out.organisation_is_fact = members.flag("organisation_is_fact");
    out.sources = members.texts("sources", max_entries, max_line_octets);
    out.as_of = members.time("as_of");
    if (fault) return std::unexpected(std::move(*fault));
    return out;
}

}  // namespace decorum::profile
