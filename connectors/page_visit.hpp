// One page of the web, fetched as its site wants it: robots.txt (RFC 9309) is asked before each request, the
// targets of redirects included.
//
// Redirects are followed to https only and within the registrable domain of the first URL:
// elsewhere the page has moved to somebody else.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "connectors/robots_table.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct PageVisitOptions {
    Milliseconds timeout{10'000};  // of one request
    std::uint64_t max_redirects = 3;
    WallClock now = wall_clock_now;
};

// The answer of status 2xx with the URL where the page stands, else what to say instead: not_found where it
// has moved, and hidden where robots.txt keeps us out.
using Visited = std::expected<net::HttpResponse, profile::Answer>;

// `url`: as https_url() gives it. `done` is called exactly once, on any thread, perhaps before this returns;
// `fetcher` lives until then.
void visit_page(net::Fetcher& fetcher, std::shared_ptr<RobotsTable> robots, std::string url,
                PageVisitOptions options, std::move_only_function<void(Visited)> done);

}  // namespace decorum::connectors
