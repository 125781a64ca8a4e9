// One of the several questions that make up a lookup at a network: a GET whose answer is JSON.
//
// What can't be used comes back as the whole Answer that the lookup then ends with, beside what the few
// networks need that say "nobody there" in their own way: the status, and the name of the error in the body.
// `done` is called exactly once, on any thread, perhaps before the call returns.
#pragma once

#include <boost/json/value.hpp>
#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct JsonReply {
    boost::json::value root;
    std::optional<profile::Quota> quota;
    std::string url;  // after redirects
};

struct Refusal {
    profile::Answer answer;
    int status = 0;          // 0: the transfer failed
    bool not_json = false;   // a 2xx of another media type: there is no such interface
    std::string error_name;  // `error` of a JSON body, as XRPC has it
};

using JsonDone = std::move_only_function<void(std::expected<JsonReply, Refusal>)>;

// Octets of the answer and port are seen to: the configuration, or a checked link, names the server.
void fetch_json(net::Fetcher& fetcher, net::HttpRequest request, WallClock now, JsonDone done);

// `text` as it may stand in a path segment or as a value in a query (RFC 3986 §2.3).
[[nodiscard]] std::string url_escaped(std::string_view text);

}  // namespace decorum::connectors
