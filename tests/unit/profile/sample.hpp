// An invented person, as several sources might describe her.
#pragma once

#include <string>

#include "gateway/profile/profile.hpp"

namespace decorum::profile::sample {

inline Instant at(std::string_view text) {
    return from_rfc3339(text).value();
}

inline Origin origin(std::string source, Tier tier, std::string_view fetched = "2026-11-23T06:00:00Z") {
    return {std::move(source), tier, "for the test", at(fetched)};
}

inline Profile jane(const Origin& from) {
    Profile profile;
    profile.display_name = {"Jane Martin", from};
    profile.headline = {"HR Director", from};
    profile.organisation = {"ACME", from};
    profile.location = {"Lyon, FR", from};
    profile.summary = {"Hires \"people\".\nLikes them.", from};
    profile.photo_url = {"https://piaille.example/jane.png", from};
    profile.photo_png = {std::string("\x89PNG\r\n\x1a\n\0\xff", 10), from};
    profile.links = {{"github", "janem", "https://github.com/janem", from},
                     {"mastodon", "@jane@piaille.example", "https://piaille.example/@jane", from}};
    profile.activities = {{at("2026-11-20T08:00:00Z"), "mastodon", "Nous recrutons",
                           "https://piaille.example/@jane/113", from}};
    profile.positions = {{"HR Manager", "Foo", "2012", "2019", from},
                         {"HR Director", "ACME", "2019-03", "", from}};
    profile.recommendations = {
        {"Paul Petit", "A rare listener.", from}, {"Ann Onyme", "Fair.", from}, {"Jo Doe", "Quick.", from}};
    return profile;
}

// A PNG of the given size in pixels and at least `octets` octets: a chain of chunks, without an image in it.
inline std::string png(unsigned width, unsigned height, std::size_t padding = 0) {
    const auto number = [](std::size_t value) {
        std::string out;
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
        return out;
    };
    const auto chunk = [&](const std::string& type, const std::string& data) {
        return number(data.size()) + type + data + "CRC!";
    };
    return std::string("\x89PNG\r\n\x1a\n", 8) +
           chunk("IHDR", number(width) + number(height) + std::string("\x08\x06\0\0\0", 5)) +
           chunk("IDAT", std::string(padding, 'x')) + chunk("IEND", "");
}

}  // namespace decorum::profile::sample
