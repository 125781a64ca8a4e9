// Double quotes and white space are taken out of texts and URLs before the line is made, so that no text can
// end its post or begin another.
#include "gateway/profile/activity_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/shown_text.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::profile {
namespace {

constexpr std::size_t max_activity_characters = 240;  // of all texts together
constexpr std::size_t least_text_characters = 40;
constexpr std::size_t octets_a_character = 3;
constexpr std::size_t max_url_octets_shown = 200;  // what the message layer takes
constexpr std::size_t max_link_octets = 40;        // of a URL within a text

// A long URL keeps its host and the beginning of its path: "example.org/2026/how-we-…".
std::string shortened_link(std::string_view url) {
    if (url.size() <= max_link_octets) return std::string(url);
    url.remove_prefix(url.find("//") + 2);
    if (ascii::starts_with_nocase(url, "www.")) url.remove_prefix(4);
    return shortened(std::string(url), max_link_octets, max_link_octets);
}

std::string with_short_links(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        const bool link =
            ascii::starts_with_nocase(word, "https://") || ascii::starts_with_nocase(word, "http://");
        out += link ? shortened_link(word) : std::string(word);
        text.remove_prefix(word.size());
        if (!text.empty()) {
            out.push_back(' ');
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string url_shown(std::string_view url) {
    std::string shown = shown_url(url);
    return shown.size() <= max_url_octets_shown ? shown : std::string{};
}

}  // namespace

ActivityLine activity_line(const Profile& profile, std::size_t count) {
    struct Post {
        const Activity* activity;
        std::string text;
    };
    std::vector<Post> posts;
    std::vector<const Activity*> newest_first;
    for (const Activity& activity : profile.activities)
        if (activity.origin.tier <= Tier::b) newest_first.push_back(&activity);
    sort_stably(newest_first, std::greater{}, [](const Activity* activity) { return activity->time; });
    for (const Activity* activity : newest_first) {
        if (posts.size() == count) break;
        std::string text = with_short_links(plain(activity->text, max_post_octets, '"', '\''));
        const auto said = [&](const Post& other) { return other.text == text; };
        if (text.empty() || std::ranges::any_of(posts, said)) continue;
        posts.push_back({activity, std::move(text)});
    }
    ActivityLine line;
    if (posts.empty()) return line;
    const std::size_t characters = std::max(max_activity_characters / posts.size(), least_text_characters);
    for (const Post& post : posts) {
        line.origins.push_back(&post.activity->origin);
        line.text.append(line.text.empty() ? "" : "; ")
            .append(fmt::format("{} \"{}\"", to_date(post.activity->time),
                                shortened_at_word(post.text, characters, characters * octets_a_character)));
        if (const std::string url = url_shown(post.activity->url); !url.empty())
            line.text.append(" <").append(url).append(">");
    }
    return line;
}

}  // namespace decorum::profile
