// What servers of the fediverse say of an account, in either of two forms: the ActivityPub actor with its
// outbox (W3C ActivityPub §4.1, §5.1), which all have, and Mastodon's REST interface, which says more.
//
// Pure readings of JSON; who may be believed is the connector's to decide (webfinger.hpp). The person's own
// wishes and the moderators' word come out as `hidden`: `discoverable` false, `noindex`, `suspended`,
// `memorial`. `indexable` false hides the posts alone. A wish that is not stated is none. A locked account
// asks who may follow it; its public profile and posts are public all the same.
//
// Posts are those that anybody may read: no replies, no reblogs, nothing unlisted or for followers, and
// nothing behind a content warning, which asks to be shown only to those who agree to it.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"

namespace decorum::connectors {

inline constexpr std::size_t max_fediverse_posts = 20;

struct FediverseField {
    std::string html;
    bool verified = false;  // the server saw a link back (rel=me)
};

struct FediverseAccount {
    std::string id;    // actor: its URL; REST: a number
    std::string uri;   // REST: the actor's URL, where the server is new enough to say so
    std::string user;  // the part before "@"
    std::string name;
    std::string note;  // HTML
    std::string photo_url;
    std::string page;    // where people read it
    std::string outbox;  // of an actor
    std::vector<FediverseField> fields;
    std::string_view hidden{};  // why it is not to be shown; empty: it may be
    bool moved = false;         // to another account
    bool posts_may_be_shown = true;
};

struct FediversePost {
    Instant time{};
    std::string html;
    std::string url;
};

// Where WebFinger (RFC 7033) leads to.
struct Discovered {
    std::string subject;  // "jane@piaille.example", in lower case, of an acct URI; else empty
    std::string actor;    // https; empty: there is none
};
[[nodiscard]] Discovered discovered(const boost::json::value& descriptor);

// nullopt: not an actor with a name and an id.
[[nodiscard]] std::optional<FediverseAccount> account_of_actor(const boost::json::value& actor);
// nullopt: not an account of Mastodon's.
[[nodiscard]] std::optional<FediverseAccount> account_of_rest(const boost::json::value& account);

// Of a list of statuses, those by the account of that id.
[[nodiscard]] std::vector<FediversePost> posts_of_statuses(const boost::json::value& statuses,
                                                           std::string_view account_id, Instant now);
// Of a collection or a page of it, the notes that the actor made.
[[nodiscard]] std::vector<FediversePost> posts_of_outbox(const boost::json::value& page,
                                                         std::string_view actor_id, Instant now);
// Where the first page of a collection is; empty: its items are in it, or there are none.
[[nodiscard]] std::string first_page_of(const boost::json::value& collection);

}  // namespace decorum::connectors
