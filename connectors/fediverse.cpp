// Invariant: URLs that come out of here are in the form of https_url(), so that they can be compared.
#include "connectors/fediverse.hpp"

#include <algorithm>
#include <array>

#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::is_false;
using loose_json::is_true;
using loose_json::member;
using loose_json::text;
using profile::max_handle_octets;
using profile::max_name_octets;

constexpr std::size_t max_read_url_octets = profile::max_url_octets + 1;  // one too long is dropped, not cut
constexpr std::size_t max_html_octets = std::size_t{64} << 10;            // markup included
constexpr std::size_t max_fields = 20;

std::string url_in(const json::value& object, std::initializer_list<std::string_view> names) {
    return https_url(text(object, names, max_read_url_octets)).value_or("");
}

// "acct:" userpart "@" host  RFC 7565 §7; in lower case
std::string acct_of(std::string_view uri) {
    constexpr std::string_view scheme = "acct:";
    return ascii::starts_with_nocase(uri, scheme) ? ascii::lower(uri.substr(scheme.size())) : std::string{};
}

// application/activity+json, and what it stands for (ActivityPub §3.2)
bool is_activity_type(std::string_view type) {
    return ascii::equals_nocase(type, "application/activity+json") ||
           (ascii::starts_with_nocase(type, "application/ld+json") &&
            type.contains("https://www.w3.org/ns/activitystreams"));
}

std::string_view why_hidden(const json::value& account) {
    if (is_true(member(account, "suspended"))) return "the account is suspended";
    if (is_true(member(account, "memorial"))) return "the account is a memorial";
    if (is_true(member(account, "noindex"))) return "the account asks not to be indexed";
    if (is_false(member(account, "discoverable"))) return "the account asks not to be discovered";
    return {};
}

bool is_public_collection(const json::value& target) {
    constexpr std::array<std::string_view, 3> names{"https://www.w3.org/ns/activitystreams#Public",
                                                    "as:Public", "Public"};
    return std::ranges::find(names, text(target, max_read_url_octets)) != names.end();
}

// In `to`, not only in `cc`, where servers put it for what is unlisted.
bool is_public(const json::value& object) {
    bool found = false;
    each(member(object, "to"),
         [&](const json::value& target) { found = found || is_public_collection(target); });
    return found;
}

// A member that may be the URL itself, an object with one, or a list of these.
std::string reference(const json::value& value, std::string_view name) {
    std::string found;
    each(value, [&](const json::value& entry) {
        if (!found.empty()) return;
        found = entry.is_object() ? url_in(entry, {name})
                                  : https_url(text(entry, max_read_url_octets)).value_or("");
    });
    return found;
}

// The word of a server that its person wrote it later than now is as good as now.
std::optional<Instant> time_in(const json::value& object, std::string_view name, Instant now) {
    constexpr std::size_t max_octets = 40;
    const auto time = from_rfc3339(text(object, {name}, max_octets));
    return time ? std::optional(std::min(*time, now)) : std::nullopt;
}

std::optional<FediversePost> post_of_status(const json::value& status, std::string_view account_id,
                                            Instant now) {
    const bool is_own = text(member(status, "account"), {"id"}, max_handle_octets) == account_id;
    const bool is_plain = member(status, "reblog").is_null() && member(status, "in_reply_to_id").is_null() &&
                          text(status, {"spoiler_text"}, max_name_octets).empty() &&
                          !is_true(member(status, "sensitive"));
    const auto time = time_in(status, "created_at", now);
    if (!is_own || !is_plain || !time || text(status, {"visibility"}, max_name_octets) != "public")
        return std::nullopt;
    return FediversePost{*time, text(status, {"content"}, max_html_octets), url_in(status, {"url", "uri"})};
}

std::optional<FediversePost> post_of_activity(const json::value& activity, std::string_view actor_id,
                                              Instant now) {
    const json::value& note = member(activity, "object");
    const bool is_own = text(activity, {"type"}, max_name_octets) == "Create" &&
                        reference(member(note, "attributedTo"), "id") == actor_id;
    const bool is_plain = member(note, "inReplyTo").is_null() &&
                          text(note, {"summary"}, max_name_octets).empty() &&
                          !is_true(member(note, "sensitive"));
    const auto time = time_in(note, "published", now);
    if (!is_own || !is_plain || !time || !is_public(note)) return std::nullopt;
    std::string url = reference(member(note, "url"), "href");
    if (url.empty()) url = url_in(note, {"id"});
    return FediversePost{*time, text(note, {"content"}, max_html_octets), std::move(url)};
}

template <class Read>
std::vector<FediversePost> posts_of(const json::value& list, Read read) {
    std::vector<FediversePost> posts;
    each(list, [&](const json::value& entry) {
        if (posts.size() == max_fediverse_posts) return;
        if (auto post = read(entry); post && !post->html.empty()) posts.push_back(std::move(*post));
    });
    return posts;
}

}  // namespace

Discovered discovered(const json::value& descriptor) {
    Discovered out;
    out.subject = acct_of(text(descriptor, {"subject"}, max_read_url_octets));
    each(member(descriptor, "links"), [&](const json::value& link) {
        if (out.actor.empty() && text(link, {"rel"}, max_name_octets) == "self" &&
            is_activity_type(text(link, {"type"}, max_name_octets)))
            out.actor = url_in(link, {"href"});
    });
    return out;
}

std::optional<FediverseAccount> account_of_actor(const json::value& actor) {
    FediverseAccount out;
    out.id = url_in(actor, {"id"});
    out.user = text(actor, {"preferredUsername"}, max_handle_octets);
    if (out.id.empty() || out.user.empty()) return std::nullopt;
    out.name = text(actor, {"name"}, max_name_octets);
    out.note = text(actor, {"summary"}, max_html_octets);
    out.photo_url = reference(member(actor, "icon"), "url");
    out.page = reference(member(actor, "url"), "href");
    out.outbox = url_in(actor, {"outbox"});
    each(member(actor, "attachment"), [&](const json::value& field) {
        if (out.fields.size() < max_fields && text(field, {"type"}, max_name_octets) == "PropertyValue")
            out.fields.push_back({text(field, {"value"}, max_html_octets), false});
    });
    out.hidden = why_hidden(actor);
    out.moved = !member(actor, "movedTo").is_null();
    out.posts_may_be_shown = !is_false(member(actor, "indexable"));
    return out;
}

std::optional<FediverseAccount> account_of_rest(const json::value& account) {
    FediverseAccount out;
    out.id = text(account, {"id"}, max_handle_octets);
    // It goes into a path.
    if (out.id.empty() || !std::ranges::all_of(out.id, ascii::is_alnum)) return std::nullopt;
    out.user = text(account, {"acct"}, max_handle_octets);
    if (out.user.empty()) return std::nullopt;
    out.uri = url_in(account, {"uri"});
    out.name = text(account, {"display_name"}, max_name_octets);
    out.note = text(account, {"note"}, max_html_octets);
    out.photo_url = url_in(account, {"avatar_static", "avatar"});
    // What stands there for those who have set none.
    if (out.photo_url.ends_with("/missing.png")) out.photo_url.clear();
    out.page = url_in(account, {"url"});
    each(member(account, "fields"), [&](const json::value& field) {
        const bool verified = from_rfc3339(text(field, {"verified_at"}, max_name_octets)).has_value();
        if (out.fields.size() < max_fields)
            out.fields.push_back({text(field, {"value"}, max_html_octets), verified});
    });
    out.hidden = why_hidden(account);
    out.moved = !member(account, "moved").is_null();
    out.posts_may_be_shown = !is_false(member(account, "indexable"));
    return out;
}

std::vector<FediversePost> posts_of_statuses(const json::value& statuses, std::string_view account_id,
                                             Instant now) {
    return posts_of(statuses,
                    [&](const json::value& status) { return post_of_status(status, account_id, now); });
}

std::vector<FediversePost> posts_of_outbox(const json::value& page, std::string_view actor_id, Instant now) {
    const json::value& ordered = member(page, "orderedItems");
    return posts_of(ordered.is_null() ? member(page, "items") : ordered,
                    [&](const json::value& activity) { return post_of_activity(activity, actor_id, now); });
}

std::string first_page_of(const json::value& collection) {
    return reference(member(collection, "first"), "id");
}

}  // namespace decorum::connectors
