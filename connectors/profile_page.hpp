// The profile page: any public page that somebody declared to be theirs, or that a profile links to.
//
// Asked by account URL only. The page is visited as its site wants (page_visit.hpp), then what is on it is
// read: HTML is decoded in the worker process, JSON here. With the network "viadeo" the names of a Viadeo
// export or archived page are read too. LinkedIn is never fetched: its terms leave a link and nothing more.
#pragma once

#include <memory>
#include <string_view>

#include "connectors/html_source.hpp"
#include "connectors/robots_table.hpp"

namespace decorum::connectors {

inline constexpr std::string_view profile_page_source = "profile_page";

struct ProfilePageOptions {
    Milliseconds timeout{10'000};  // of one request
    std::uint64_t max_redirects = 3;
    WallClock now = wall_clock_now;
};

class ProfilePage final : public HtmlSource {
public:
    ProfilePage(net::Fetcher& fetcher, worker::Worker& worker, ProfilePageOptions options = {});

    [[nodiscard]] const profile::Traits& traits() const override;
    // True for any https URL that may be fetched: it stands last among the connectors that are asked.
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    const ProfilePageOptions options_;
    const std::shared_ptr<RobotsTable> robots_;
};

}  // namespace decorum::connectors
