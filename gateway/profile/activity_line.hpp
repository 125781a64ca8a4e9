// The line of recent posts: each one time, one text, one URL.
//
//   2026-11-20 "Nous recrutons" <https://piaille.example/@jane/113>; 2026-11-18 "…" <https://…>
//
// Newest first, whatever their sources. A text says itself once, however many networks it was posted to. The
// room of the line is shared by the posts shown; texts are cut at a word, links in them to their beginning,
// and a URL too long for a header field is left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/profile/profile.hpp"

namespace decorum::profile {

struct ActivityLine {
    std::string text;                    // empty: there is none to show
    std::vector<const Origin*> origins;  // of the posts shown; they live as long as the profile
};

// At most `count` posts, of those tied at tier S, A or B.
[[nodiscard]] ActivityLine activity_line(const Profile& profile, std::size_t count);

}  // namespace decorum::profile
