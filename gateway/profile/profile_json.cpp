// The form of profiles that the store keeps. Empty members are left out; times are seconds since the epoch;
// the photo is base64.
//
// What is written is capped first, so that reading back what was written never fails; what is read is checked
// member by member, and a fault is an Error that names the member.
#include "gateway/profile/profile_json.hpp"

#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/profile.hpp"

namespace decorum::profile {
namespace {

namespace json = boost::json;
using profile::put;

void put(json::object& out, const Origin& origin) {
    put(out, "source", origin.source);
    put(out, "tier", name_of(origin.tier));
    put(out, "reason", origin.reason);
    out["fetched"] = origin.fetched.time_since_epoch().count();
}

void put(json::object& out, std::string_view name, const Text& text) {
    if (text.empty()) return;
    json::object member;
    put(member, "value", text.value);
    put(member, text.origin);
    out[{name.data(), name.size()}] = std::move(member);
}

template <class T, class Write>
void put_list(json::object& out, std::string_view name, const std::vector<T>& list, Write write) {
    if (list.empty()) return;
    json::array entries;
    entries.reserve(list.size());
    for (const T& entry : list) {
        json::object object;
        write(object, entry);
        put(object, entry.origin);
        entries.push_back(std::move(object));
    }
    out[{name.data(), name.size()}] = std::move(entries);
}

Origin read_origin(JsonMembers& members) {
    Origin origin;
    origin.source = members.text("source", max_token_octets);
    const auto tier = tier_from(members.text("tier", 1));
    if (tier)
        origin.tier = *tier;
    else
        members.refuse("tier", "not one of S, A, B, C, D");
    origin.reason = members.text("reason", max_handle_octets);
    origin.fetched = members.time("fetched");
    return origin;
}

Text read_text(JsonMembers& members, std::string_view name, std::size_t max_octets) {
    Text text;
    members.object(name, [&](JsonMembers& member) {
        text.value = member.text("value", max_octets);
        text.origin = read_origin(member);
    });
    return text;
}

}  // namespace

json::object object_of(Profile profile) {
    cap(profile);
    profile.photo_png.value = to_base64(profile.photo_png.value);
    json::object out;
    put(out, "display_name", profile.display_name);
    put(out, "headline", profile.headline);
    put(out, "organisation", profile.organisation);
    put(out, "location", profile.location);
    put(out, "summary", profile.summary);
    put(out, "photo_url", profile.photo_url);
    put(out, "photo_png", profile.photo_png);
    put_list(out, "links", profile.links, [](json::object& object, const Link& link) {
        put(object, "network", link.network);
        put(object, "handle", link.handle);
        put(object, "url", link.url);
    });
    put_list(out, "activities", profile.activities, [](json::object& object, const Activity& activity) {
        object["time"] = activity.time.time_since_epoch().count();
        put(object, "network", activity.network);
        put(object, "text", activity.text);
        put(object, "url", activity.url);
    });
    put_list(out, "positions", profile.positions, [](json::object& object, const Position& position) {
        put(object, "title", position.title);
        put(object, "organisation", position.organisation);
        put(object, "start", position.start);
        put(object, "end", position.end);
    });
    put_list(out, "recommendations", profile.recommendations,
             [](json::object& object, const Recommendation& recommendation) {
                 put(object, "author", recommendation.author);
                 put(object, "text", recommendation.text);
             });
    return out;
}

Profile read_profile(JsonMembers& members) {
    Profile profile;
    profile.display_name = read_text(members, "display_name", max_name_octets);
    profile.headline = read_text(members, "headline", max_headline_octets);
    profile.organisation = read_text(members, "organisation", max_name_octets);
    profile.location = read_text(members, "location", max_name_octets);
    profile.summary = read_text(members, "summary", max_summary_octets);
    profile.photo_url = read_text(members, "photo_url", max_url_octets);
    members.object("photo_png", [&](JsonMembers& member) {
        profile.photo_png.value = member.octets("value", max_photo_octets);
        profile.photo_png.origin = read_origin(member);
    });
    members.objects("links", max_links, [&](JsonMembers& entry) {
        profile.links.push_back({entry.text("network", max_token_octets),
                                 entry.text("handle", max_handle_octets), entry.text("url", max_url_octets),
                                 read_origin(entry)});
    });
    members.objects("activities", max_activities, [&](JsonMembers& entry) {
        profile.activities.push_back({entry.time("time"), entry.text("network", max_token_octets),
                                      entry.text("text", max_post_octets), entry.text("url", max_url_octets),
                                      read_origin(entry)});
    });
    members.objects("positions", max_positions, [&](JsonMembers& entry) {
        profile.positions.push_back(
            {entry.text("title", max_name_octets), entry.text("organisation", max_name_octets),
             entry.text("start", max_token_octets), entry.text("end", max_token_octets), read_origin(entry)});
    });
    members.objects("recommendations", max_recommendations, [&](JsonMembers& entry) {
        profile.recommendations.push_back({entry.text("author", max_name_octets),
                                           entry.text("text", max_summary_octets), read_origin(entry)});
    });
    return profile;
}

std::string to_json(const Profile& profile) {
    return json::serialize(object_of(profile));
}

Result<Profile> profile_from_json(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) return std::unexpected(value.error());
    if (!value->is_object()) return fail(errc::corrupt, "JSON: a profile is not an object");
    JsonMembers::Fault fault;
    JsonMembers members(value->get_object(), fault);
    Profile profile = read_profile(members);
    if (fault) return std::unexpected(std::move(*fault));
    return profile;
}

}  // namespace decorum::profile
