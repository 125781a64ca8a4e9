// Several sources' answers become one profile.
//
// A single text comes from the answer with the best tier, then the latest fetch, then the earlier place.
// Links, activities and recommendations are joined, each once; a career is taken whole from one source,
// because two tellings of one career would show every position twice.
//
// An answer at tier B or below whose name conflicts with that of an answer of its own tier or a better one
// says something about another person: all of it is dropped. Two conflicting ones of the same tier fall
// together. Names agree where the words of one are all among the other's ("Jane" and "Martin, Jane"), ASCII
// case apart.
#include <algorithm>
#include <ranges>
#include <tuple>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/profile.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::profile {
namespace {

std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words;
    std::string word;
    for (char c : name) {
        if (ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80) {
            word.push_back(ascii::to_lower(c));
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    std::ranges::sort(words);
    return words;
}

}  // namespace

bool names_conflict(std::string_view a, std::string_view b) {
    const auto left = words_of(a);
    const auto right = words_of(b);
    if (left.empty() || right.empty()) return false;
    return !std::ranges::includes(left, right) && !std::ranges::includes(right, left);
}

namespace {

// Better first: a lower tier value, then a later fetch.
auto rank(const Origin& origin) {
    return std::tuple(origin.tier, -origin.fetched.time_since_epoch().count());
}

void take_better(Text& have, Text& offered) {
    if (offered.empty()) return;
    if (have.empty() || rank(offered.origin) < rank(have.origin)) have = std::move(offered);
}

// Joins a list, keeping of entries with the same identity the better one.
template <class T, class Identity>
void join(std::vector<T>& have, std::vector<T>& offered, Identity identity) {
    for (T& entry : offered) {
        const auto same =
            std::ranges::find_if(have, [&](const T& other) { return identity(other) == identity(entry); });
        if (same == have.end())
            have.push_back(std::move(entry));
        else if (rank(entry.origin) < rank(same->origin))
            *same = std::move(entry);
    }
}

void take_better_career(std::vector<Position>& have, std::vector<Position>& offered) {
    if (offered.empty()) return;
    const auto best = [](const std::vector<Position>& list) {
        return std::ranges::min(list |
                                std::views::transform([](const Position& p) { return rank(p.origin); }));
    };
    if (have.empty() || best(offered) < best(have)) have = std::move(offered);
}

}  // namespace

std::vector<bool> conflicting_names(const std::vector<Profile>& answers) {
    std::vector<bool> dropped(answers.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Text& name = answers[i].display_name;
        if (name.empty() || name.origin.tier < Tier::b) continue;
        for (std::size_t j = 0; j < answers.size() && !dropped[i]; ++j) {
            const Text& other = answers[j].display_name;
            dropped[i] = i != j && !other.empty() && other.origin.tier <= name.origin.tier &&
                         names_conflict(name.value, other.value);
        }
    }
    return dropped;
}

Profile merge(std::vector<Profile> answers) {
    for (Profile& answer : answers) cap(answer);
    const std::vector<bool> dropped = conflicting_names(answers);
    std::size_t next = 0;
    std::erase_if(answers, [&](const Profile&) { return dropped[next++]; });
    Profile out;
    for (Profile& answer : answers) {
        take_better(out.display_name, answer.display_name);
        take_better(out.headline, answer.headline);
        take_better(out.organisation, answer.organisation);
        take_better(out.location, answer.location);
        take_better(out.summary, answer.summary);
        take_better(out.photo_url, answer.photo_url);
        take_better(out.photo_png, answer.photo_png);
        join(out.links, answer.links, [](const Link& link) {
            return link.url.empty() ? std::tie(link.network, link.handle) : std::tie(link.url, link.url);
        });
        join(out.activities, answer.activities, [](const Activity& activity) {
            return std::tuple(activity.time, std::string_view(activity.url), std::string_view(activity.text));
        });
        join(out.recommendations, answer.recommendations, [](const Recommendation& recommendation) {
            return std::tie(recommendation.author, recommendation.text);
        });
        take_better_career(out.positions, answer.positions);
    }
    sort_stably(out.links, std::less{}, [](const Link& link) { return link.origin.tier; });
    sort_stably(out.activities, std::greater{}, &Activity::time);
    cap(out);
    return out;
}

}  // namespace decorum::profile
