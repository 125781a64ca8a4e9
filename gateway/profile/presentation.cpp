// The lines that a reader is shown of a profile (DESIGN, the annotation; who says so).
//
// Only what is tied to the address at tier S, A or B is shown. Texts are kept short here, and freed of the
// characters that give a line its shape, so that no field can push the mark of a claim out of the line or
// imitate it; what is dangerous in a header field is removed by the message layer.
//
// What a person typed at an outside source is a claim, whatever it says and whoever the person is: a
// colleague can type any title there, and our own name as organisation. That an organisation owns the
// address's domain is known only where our own records (tier S) name it, and those stand as facts anyway; so
// the tier of each field decides alone.
#include "gateway/profile/presentation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/profile/activity_line.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/shown_text.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::profile {
namespace {

constexpr std::size_t max_shown_octets = 200;  // of a name, headline, organisation
constexpr std::size_t max_location_octets = 100;
constexpr std::size_t max_networks_shown = 10;
constexpr std::size_t max_positions_shown = 6;
constexpr std::size_t max_claim_sources = 2;
constexpr std::size_t max_place_octets = 60;

// The message layer cuts a profile line at 240 characters and at what 900 octets of encoded words hold; the
// line stays below that, so that the mark of a claim at its end is never cut off.
constexpr std::size_t max_line_characters = 236;
constexpr std::size_t max_description_octets = 320;

bool is_shown(const Origin& origin) {
    return origin.tier <= Tier::b;
}

std::string shown_text(const Text& text, std::size_t max_octets) {
    return is_shown(text.origin) ? plain(text.value, max_octets, ';', ',') : std::string{};
}

// Where a person finds what a source said: the host where it was read, else the source's public site.
std::string place_of(const Origin& origin) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> sites{{
        {"gravatar", "gravatar.com"},
        {"libravatar", "libravatar.org"},
        {"github", "github.com"},
        {"gitlab", "gitlab.com"},
        {"orcid", "orcid.org"},
        {"bluesky", "bsky.app"},
        {"x", "x.com"},
        {"facebook", "facebook.com"},
        {"linkedin", "linkedin.com"},
        {"viadeo", "viadeo.com"},
    }};
    if (!origin.place.empty() && origin.place.size() <= max_place_octets && is_web_host_name(origin.place))
        return ascii::lower(origin.place);
    for (const auto& [name, site] : sites)
        if (name == origin.source) return std::string(site);
    return plain(origin.source, max_place_octets, ';', ',');
}

// Which origins stand behind what is shown.
class Credits {
public:
    void add(const Origin& origin) {
        if (origins_.empty() || origin.fetched < as_of_) as_of_ = origin.fetched;
        origins_.push_back(&origin);
    }
    void add_all(const Credits& other) {
        for (const Origin* origin : other.origins_) add(*origin);
    }
    [[nodiscard]] bool empty() const { return origins_.empty(); }
    [[nodiscard]] Tier tier() const { return (*std::ranges::min_element(origins_, {}, &Origin::tier))->tier; }
    [[nodiscard]] bool all_facts() const {
        return std::ranges::all_of(origins_, [](const Origin* origin) { return origin->tier == Tier::s; });
    }
    [[nodiscard]] Instant as_of() const { return as_of_; }
    // Each once, best tier first.
    [[nodiscard]] std::vector<std::string> sources() const {
        return ordered(Tier::s, [](const Origin& origin) { return origin.source; });
    }
    // The same of the places of claims: two accounts at one source are two places.
    [[nodiscard]] std::vector<std::string> claimed_at() const { return ordered(Tier::a, place_of); }

private:
    template <class Name>
    [[nodiscard]] std::vector<std::string> ordered(Tier best, Name name) const {
        auto origins = origins_;
        sort_stably(origins, std::less{}, &Origin::tier);
        std::vector<std::string> names;
        for (const Origin* origin : origins) {
            if (origin->tier < best) continue;
            std::string called = name(*origin);
            if (std::ranges::find(names, called) == names.end()) names.push_back(std::move(called));
        }
        return names;
    }

    std::vector<const Origin*> origins_;
    Instant as_of_{};
};

// name, then headline, "at" organisation, "(location)", each left out where unknown; `mark` ends the line.
std::string describe(const Presentation& shown, std::string_view location, std::string_view mark) {
    std::string line = shown.display_name;
    if (!shown.headline.empty()) line.append(line.empty() ? "" : ", ").append(shown.headline);
    if (!shown.organisation.empty()) line.append(line.empty() ? "" : " at ").append(shown.organisation);
    if (!location.empty()) {
        if (line.empty())
            line = location;
        else
            line.append(" (").append(location).append(")");
    }
    return shortened(std::move(line), max_line_characters - mark.size(), max_description_octets).append(mark);
}

// "; self-described at gravatar.com"; empty where the line states facts.
std::string claim_mark(const Credits& line) {
    auto places = line.claimed_at();
    if (places.size() > max_claim_sources) places.resize(max_claim_sources);
    return places.empty() ? std::string{} : fmt::format("; self-described at {}", fmt::join(places, ", "));
}

std::vector<std::string> networks_of(const Profile& profile, Credits& credits) {
    std::vector<const Link*> links;
    for (const Link& link : profile.links)
        if (is_shown(link.origin)) links.push_back(&link);
    sort_stably(links, std::less{}, [](const Link* link) { return link->origin.tier; });
    std::vector<std::string> urls;
    for (const Link* link : links) {
        if (urls.size() == max_networks_shown) break;
        std::string url = shown_url(link->url);
        if (url.empty() || std::ranges::find(urls, url) != urls.end()) continue;
        credits.add(link->origin);
        urls.push_back(std::move(url));
    }
    return urls;
}

// "2019-03" and "2019" are shown as 2019; what is no year, not at all.
std::string year_of(std::string_view date) {
    if (date.size() < 4 || (date.size() > 4 && date[4] != '-')) return {};
    const std::string_view year = date.substr(0, 4);
    return std::ranges::all_of(year, ascii::is_digit) ? std::string(year) : std::string{};
}

std::string position_text(const Position& position) {
    std::string text = plain(position.title, max_shown_octets, ';', ',');
    const std::string organisation = plain(position.organisation, max_shown_octets, ';', ',');
    if (!organisation.empty()) text.append(text.empty() ? "" : ", ").append(organisation);
    const std::string start = year_of(position.start);
    const std::string end = year_of(position.end);
    if (!text.empty() && (!start.empty() || !end.empty())) text.append(fmt::format(" ({}-{})", start, end));
    return text;
}

// HR Director, ACME (2019-); HR Manager, Foo (2012-2019); 3 recommendations
std::string career_of(const Profile& profile, Credits& credits) {
    std::vector<const Position*> positions;
    for (const Position& position : profile.positions)
        if (is_shown(position.origin) && !position_text(position).empty()) positions.push_back(&position);
    // Newest first: those still held, then by their end, then by their start (ISO dates sort as text).
    sort_stably(positions, std::greater{}, [](const Position* position) {
        return std::tuple(position->end.empty() && !position->start.empty(), position->end, position->start);
    });
    if (positions.size() > max_positions_shown) positions.resize(max_positions_shown);
    std::string line;
    for (const Position* position : positions) {
        line.append(line.empty() ? "" : "; ").append(position_text(*position));
        credits.add(position->origin);
    }
    std::size_t recommendations = 0;
    for (const Recommendation& recommendation : profile.recommendations) {
        if (!is_shown(recommendation.origin)) continue;
        if (recommendations++ == 0) credits.add(recommendation.origin);
    }
    if (recommendations != 0)
        line.append(fmt::format("{}{} recommendation{}", line.empty() ? "" : "; ", recommendations,
                                recommendations == 1 ? "" : "s"));
    return line;
}

}  // namespace

bool Presentation::empty() const {
    return profile.empty() && networks.empty() && activity.empty() && career.empty() && face_png.empty();
}

bool Presentation::same_lines(const Presentation& other) const {
    const auto lines = [](const Presentation& p) {
        return std::tie(p.profile, p.networks, p.activity, p.career, p.face_png, p.display_name, p.headline,
                        p.organisation, p.tier, p.said_by, p.sources, p.name_is_fact, p.organisation_is_fact);
    };
    return lines(*this) == lines(other);
}

Presentation present(const Profile& profile, const PresentationOptions& options) {
    Presentation shown;
    shown.display_name = shown_text(profile.display_name, max_shown_octets);
    shown.headline = shown_text(profile.headline, max_shown_octets);
    shown.organisation = shown_text(profile.organisation, max_shown_octets);
    const std::string location = shown_text(profile.location, max_location_octets);

    // Claims in the two lines that describe the person decide who says so; a link or a post speaks for
    // itself.
    Credits line;
    if (!shown.display_name.empty()) line.add(profile.display_name.origin);
    if (!shown.headline.empty()) line.add(profile.headline.origin);
    if (!shown.organisation.empty()) line.add(profile.organisation.origin);
    if (!location.empty()) line.add(profile.location.origin);
    Credits career;
    shown.career = career_of(profile, career);
    Credits others;
    shown.networks = networks_of(profile, others);
    if (options.activity) {
        ActivityLine posts = activity_line(profile, options.activities);
        shown.activity = std::move(posts.text);
        for (const Origin* origin : posts.origins) others.add(*origin);
    }
    if (is_shown(profile.photo_png.origin) && is_face(profile.photo_png.value)) {
        shown.face_png = profile.photo_png.value;
        others.add(profile.photo_png.origin);
    }

    if (!line.empty()) shown.profile = describe(shown, location, claim_mark(line));
    const bool nothing_said = line.empty() && career.empty();
    const bool facts = nothing_said ? others.all_facts() : line.all_facts() && career.all_facts();
    shown.said_by = facts ? "own" : "self";
    shown.name_is_fact = profile.display_name.origin.tier == Tier::s;
    shown.organisation_is_fact = profile.organisation.origin.tier == Tier::s;

    Credits all = line;
    all.add_all(career);
    all.add_all(others);
    if (all.empty()) return {};
    shown.tier = name_of(all.tier());
    shown.sources = all.sources();
    shown.as_of = all.as_of();
    return shown;
}

}  // namespace decorum::profile
