// What Facebook's Graph API answers, read: errors and their codes, our allowance, profiles, posts.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors::facebook {

// `code` of the error in the body; nothing: there is none.
[[nodiscard]] std::optional<std::int64_t> error_code(const net::HttpResponse& response);

[[nodiscard]] bool token_has_expired(const net::HttpResponse& response);  // code 190

// The whole answer where nothing was found; nullopt: read the body.
[[nodiscard]] std::optional<profile::Answer> refusal(const Result<net::HttpResponse>& fetched, Instant now);

// In per cent of what one hour grants; nullopt: the answer does not tell.
[[nodiscard]] std::optional<profile::Quota> usage(const net::HttpResponse& response, Instant now);

struct Account {
    std::string id;  // digits
    profile::Profile profile;
};

// nullopt: no account that we know to read. `graph_host`: pictures may stand there too.
[[nodiscard]] std::optional<Account> account_in(const boost::json::value& root, std::string_view graph_host);

// Adds the posts in `root` that everybody may see: of a Page all but those that say otherwise, of a person
// those alone that say so.
enum class Kind : std::uint8_t { page, person };
void add_posts(const boost::json::value& root, Kind kind, profile::Profile& profile);

}  // namespace decorum::connectors::facebook
