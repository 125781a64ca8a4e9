// Names of tiers and outcomes, the limits that every profile is brought within, and the stamp of its source.
//
// Everything here is total: hostile input is cut, never refused.
#include "gateway/profile/profile.hpp"

#include <algorithm>

#include "gateway/base/utf8.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::profile {
namespace {

void cap(std::string& text, std::size_t max_octets) {
    text = capped_utf8(text, max_octets);
}

void cap(Instant& time) {
    time = std::clamp(time, earliest_time, latest_time);
}

void cap(Origin& origin) {
    cap(origin.source, max_token_octets);
    cap(origin.reason, max_handle_octets);
    cap(origin.place, max_handle_octets);
    cap(origin.fetched);
}

void cap(Text& text, std::size_t max_octets) {
    cap(text.value, max_octets);
    cap(text.origin);
}

template <class T>
void cap_list(std::vector<T>& list, std::size_t max_entries) {
    if (list.size() > max_entries)
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(max_entries), list.end());
    for (T& entry : list) cap(entry.origin);
}

void stamp(Origin& field, const Origin& origin) {
    field.source = origin.source;
    field.fetched = origin.fetched;
    field.place = origin.place;
    field.tier = field.tier == Tier::d ? origin.tier : std::max(field.tier, origin.tier);
    if (field.reason.empty()) field.reason = origin.reason;
}

}  // namespace

std::string_view name_of(Tier tier) {
    switch (tier) {
        case Tier::s: return "S";
        case Tier::a: return "A";
        case Tier::b: return "B";
        case Tier::c: return "C";
        case Tier::d: break;
    }
    return "D";
}

std::optional<Tier> tier_from(std::string_view name) {
    for (Tier tier : {Tier::s, Tier::a, Tier::b, Tier::c, Tier::d})
        if (name == name_of(tier)) return tier;
    return std::nullopt;
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::found: return "found";
        case Outcome::not_found: return "not_found";
        case Outcome::throttled: return "throttled";
        case Outcome::forbidden: return "forbidden";
        case Outcome::failed: break;
    }
    return "failed";
}

std::optional<Outcome> outcome_from(std::string_view name) {
    for (Outcome outcome :
         {Outcome::found, Outcome::not_found, Outcome::throttled, Outcome::forbidden, Outcome::failed})
        if (name == name_of(outcome)) return outcome;
    return std::nullopt;
}

bool Profile::empty() const {
    return display_name.empty() && headline.empty() && organisation.empty() && location.empty() &&
           summary.empty() && photo_url.empty() && photo_png.empty() && links.empty() && activities.empty() &&
           positions.empty() && recommendations.empty();
}

std::string capped_utf8(std::string_view text, std::size_t max_octets) {
    std::string out;
    out.reserve(std::min(text.size(), max_octets));
    while (!text.empty()) {
        const CodePoint point = first_code_point(text);
        std::string piece;
        append_utf8(piece, point.value);
        if (out.size() + piece.size() > max_octets) break;
        out.append(piece);
        text.remove_prefix(point.octets);
    }
    return out;
}

void cap(Profile& profile) {
    cap(profile.display_name, max_name_octets);
    cap(profile.headline, max_headline_octets);
    cap(profile.organisation, max_name_octets);
    cap(profile.location, max_name_octets);
    cap(profile.summary, max_summary_octets);
    cap(profile.photo_url, max_url_octets);
    if (profile.photo_png.value.size() > max_photo_octets) profile.photo_png = {};
    cap(profile.photo_png.origin);
    cap_list(profile.links, max_links);
    for (Link& link : profile.links) {
        cap(link.network, max_token_octets);
        cap(link.handle, max_handle_octets);
        cap(link.url, max_url_octets);
    }
    cap_list(profile.activities, max_activities);
    for (Activity& activity : profile.activities) {
        cap(activity.time);
        cap(activity.network, max_token_octets);
        cap(activity.text, max_post_octets);
        cap(activity.url, max_url_octets);
    }
    cap_list(profile.positions, max_positions);
    for (Position& position : profile.positions) {
        cap(position.title, max_name_octets);
        cap(position.organisation, max_name_octets);
        cap(position.start, max_token_octets);
        cap(position.end, max_token_octets);
    }
    cap_list(profile.recommendations, max_recommendations);
    for (Recommendation& recommendation : profile.recommendations) {
        cap(recommendation.author, max_name_octets);
        cap(recommendation.text, max_summary_octets);
    }
}

void stamp(Profile& profile, const Origin& origin) {
    for (Text* text : {&profile.display_name, &profile.headline, &profile.organisation, &profile.location,
                       &profile.summary, &profile.photo_url, &profile.photo_png})
        stamp(text->origin, origin);
    const auto stamp_all = [&](auto& entries) {
        for (auto& entry : entries) stamp(entry.origin, origin);
    };
    stamp_all(profile.links);
    stamp_all(profile.activities);
    stamp_all(profile.positions);
    stamp_all(profile.recommendations);
}

}  // namespace decorum::profile
