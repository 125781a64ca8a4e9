// Careers: see the header. Total: any text gives a date or none.
#include "connectors/career.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"

namespace decorum::connectors {
namespace {

// date = 4DIGIT ["-" 2DIGIT ["-" 2DIGIT]]
bool is_date(std::string_view text) {
    if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 4 || i == 7 ? text[i] != '-' : !ascii::is_digit(text[i])) return false;
    return true;
}

bool is_year(std::string_view digits) {
    return digits.size() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
}

bool contains_nocase(std::string_view text, std::string_view part) {
    return ascii::lower(text).contains(ascii::lower(part));
}

}  // namespace

std::string career_date(std::string_view text) {
    text = ascii::trim(text);
    if (is_date(text)) return std::string(text);
    // A time of day may follow a full date: 2019-03-31T00:00:00Z.
    if (text.size() > 10 && ascii::to_upper(text[10]) == 'T' && is_date(text.substr(0, 10)))
        return std::string(text.substr(0, 10));
    std::string_view year;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && ascii::is_digit(text[end])) ++end;
        if (const std::string_view digits = text.substr(i, end - i); is_year(digits)) {
            if (!year.empty() && year != digits) return {};
            year = digits;
        }
        i = end + 1;
    }
    return std::string(year);
}

void add_position(profile::Profile& profile, profile::Position position) {
    if (position.title.empty() && position.organisation.empty()) return;
    profile.positions.push_back(std::move(position));
}

void add_recommendation(profile::Profile& profile, profile::Recommendation recommendation) {
    if (recommendation.text.empty()) return;
    profile.recommendations.push_back(std::move(recommendation));
}

void complete_from_career(profile::Profile& profile) {
    const profile::Position* present = nullptr;
    for (const profile::Position& position : profile.positions)
        if (position.end.empty() && (present == nullptr || position.start > present->start))
            present = &position;
    if (present == nullptr) return;
    if (profile.headline.empty()) profile.headline.value = present->title;
    if (profile.organisation.empty() && !contains_nocase(profile.headline.value, present->organisation))
        profile.organisation.value = present->organisation;
}

}  // namespace decorum::connectors
