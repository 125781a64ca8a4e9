// The lines that a reader is shown of a profile (DESIGN, the annotation; who says so).
//
// Only what is tied to the address at tier S, A or B is shown. Texts are kept short here, and freed of the
// characters that give a line its shape, so that no field can push the mark of a claim out of the line or
// imitate it; what is dangerous in a header field is removed by the message layer.
//
// Whose organisation owns the address's domain is known only where the domain is one of ours: then a profile
// that names us (one of our domains, or the first label of one) stands as a fact. An outsider who types his
// mail domain as organisation stays a claimant: at a provider of free mail anybody could.
#include "gateway/profile/presentation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::profile {
namespace {

constexpr std::size_t max_shown_octets = 200;  // of a name, headline, organisation
constexpr std::size_t max_location_octets = 100;
constexpr std::size_t max_post_shown_octets = 300;
constexpr std::size_t max_url_shown_octets = 500;
constexpr std::string_view ellipsis = "…";
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

// One line, cut at `max_octets` with "…"; `reserved` characters would be taken for the line's own.
std::string plain(std::string_view text, std::size_t max_octets, char reserved, char instead) {
    std::string line;
    for (char c : text) {
        const bool blank = ascii::is_control(c) || c == ' ';
        if (!blank)
            line.push_back(c == reserved ? instead : c);
        else if (!line.empty() && line.back() != ' ')
            line.push_back(' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    if (line.size() <= max_octets) return capped_utf8(line, max_octets);
    return capped_utf8(line, max_octets - ellipsis.size()).append(ellipsis);
}

std::string shown_text(const Text& text, std::size_t max_octets) {
    return is_shown(text.origin) ? plain(text.value, max_octets, ';', ',') : std::string{};
}

// An http(s) URL in the characters of RFC 3986 §2 without "," (which separates URLs in a list) and what would
// end it; anything else than ASCII is percent-encoded. Empty: not fit to be shown.
std::string shown_url(std::string_view url) {
    static constexpr auto allowed = [] {
        ascii::OctetSet set("-._~:/?#[]@!$&'()*+;=%");
        return set.add_range('a', 'z').add_range('A', 'Z').add_range('0', '9');
    }();
    if (!ascii::starts_with_nocase(url, "https://") && !ascii::starts_with_nocase(url, "http://")) return {};
    std::string out;
    for (char c : url) {
        if (allowed.contains(c)) {
            out.push_back(c);
        } else if (c == ',' || static_cast<unsigned char>(c) >= 0x80) {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        } else {
            return {};
        }
    }
    return out.size() <= max_url_shown_octets ? out : std::string{};
}

// The host of a URL that shown_url() gave, where it is a plain name.
std::string host_of(std::string_view url) {
    url.remove_prefix(url.find("//") + 2);
    const std::string_view host = url.substr(0, url.find_first_of("/?#:"));
    const bool is_plain =
        std::ranges::all_of(host, [](char c) { return ascii::is_alnum(c) || c == '.' || c == '-'; });
    return is_plain ? ascii::lower(host) : std::string{};
}

// Where a person finds what a source said: its site, else the host of the account it was read from.
std::string place_of(std::string_view source, const Profile& profile) {
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
    for (const auto& [name, site] : sites)
        if (name == source) return std::string(site);
    for (const Link& link : profile.links) {
        if (link.origin.source != source) continue;
        const std::string url = shown_url(link.url);
        std::string host = url.empty() ? std::string{} : host_of(url);
        if (!host.empty() && host.size() <= max_place_octets) return host;
    }
    return plain(source, max_place_octets, ';', ',');
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
    // Each once, best tier first; without those at tier S where only claims are asked for.
    [[nodiscard]] std::vector<std::string> sources(bool claims_only) const {
        auto ordered = origins_;
        sort_stably(ordered, std::less{}, &Origin::tier);
        std::vector<std::string> names;
        for (const Origin* origin : ordered) {
            if (claims_only && origin->tier == Tier::s) continue;
            if (std::ranges::find(names, origin->source) == names.end()) names.push_back(origin->source);
        }
        return names;
    }

private:
    std::vector<const Origin*> origins_;
    Instant as_of_{};
};

bool names_us(std::string_view organisation, std::string_view address,
              const std::vector<std::string>& own_domains) {
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return false;
    const std::string_view domain = address.substr(at + 1);
    const auto is_domain = [&](const std::string& own) { return ascii::equals_nocase(own, domain); };
    if (std::ranges::none_of(own_domains, is_domain)) return false;
    return std::ranges::any_of(own_domains, [&](std::string_view own) {
        return ascii::equals_nocase(own, organisation) ||
               ascii::equals_nocase(own.substr(0, own.find('.')), organisation);
    });
}

// Cut at a number of characters (code points) and of octets, with "…".
std::string shortened(std::string line, std::size_t max_characters, std::size_t max_octets) {
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; };
    std::size_t characters = 0;
    std::size_t end = 0;  // of the last character that leaves room for the ellipsis
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!begins_character(line[i])) continue;
        if (characters < max_characters && i + ellipsis.size() <= max_octets) end = i;
        ++characters;
    }
    if (characters <= max_characters && line.size() <= max_octets) return line;
    line.resize(end);
    return line.append(ellipsis);
}

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
std::string claim_mark(const Credits& line, const Profile& profile) {
    std::string places;
    auto claimants = line.sources(true);
    if (claimants.size() > max_claim_sources) claimants.resize(max_claim_sources);
    for (const std::string& source : claimants)
        places.append(places.empty() ? "" : ", ").append(place_of(source, profile));
    return places.empty() ? std::string{} : "; self-described at " + places;
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

// 2026-11-20 "Nous recrutons" <https://piaille.example/@jane/113>
std::string activity_of(const Profile& profile, Credits& credits) {
    const Activity* latest = nullptr;
    for (const Activity& activity : profile.activities) {
        if (!is_shown(activity.origin) || plain(activity.text, max_post_shown_octets, '"', '\'').empty())
            continue;
        if (latest == nullptr || activity.time > latest->time) latest = &activity;
    }
    if (latest == nullptr) return {};
    credits.add(latest->origin);
    std::string line = fmt::format("{} \"{}\"", to_date(latest->time),
                                   plain(latest->text, max_post_shown_octets, '"', '\''));
    if (const std::string url = shown_url(latest->url); !url.empty())
        line.append(" <").append(url).append(">");
    return line;
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
                        p.organisation, p.tier, p.said_by, p.sources);
    };
    return lines(*this) == lines(other);
}

Presentation present(const Profile& profile, std::string_view address, const PresentationOptions& options) {
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
    if (options.activity) shown.activity = activity_of(profile, others);
    if (is_shown(profile.photo_png.origin) && is_face(profile.photo_png.value)) {
        shown.face_png = profile.photo_png.value;
        others.add(profile.photo_png.origin);
    }

    const bool ours = names_us(shown.organisation, address, options.own_domains);
    if (!line.empty()) shown.profile = describe(shown, location, ours ? "" : claim_mark(line, profile));
    const bool nothing_said = line.empty() && career.empty();
    const bool facts = nothing_said ? others.all_facts() : line.all_facts() && career.all_facts();
    shown.said_by = ours || facts ? "own" : "self";

    Credits all = line;
    all.add_all(career);
    all.add_all(others);
    if (all.empty()) return {};
    shown.tier = name_of(all.tier());
    shown.sources = all.sources(false);
    shown.as_of = all.as_of();
    return shown;
}

}  // namespace decorum::profile
