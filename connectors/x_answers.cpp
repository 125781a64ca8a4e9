#include "connectors/x_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/account_link.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/post.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors::x {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;

constexpr std::size_t max_id_digits = 20;
constexpr std::size_t max_username_octets = 15;

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= max_id_digits && std::ranges::all_of(id, ascii::is_digit);
}

bool is_username(std::string_view name) {
    return !name.empty() && name.size() <= max_username_octets &&
           std::ranges::all_of(name, [](char c) { return ascii::is_alnum(c) || c == '_'; });
}

// No longer text is made than the limit and one replacement: what stands for a link may hold further links.
void replace_all(std::string& text, std::string_view what, std::string_view with, std::size_t max_octets) {
    for (auto at = text.find(what); at != std::string::npos && text.size() <= max_octets;
         at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// X escapes three characters, and writes each link as one of its own host: what it stands for is told beside.
std::string readable(const json::value& of, std::string_view name, const json::value& entities,
                     std::size_t max_octets) {
    std::string out = text(of, {name}, max_octets);
    std::size_t links = 0;
    each(member(entities, "urls"), [&](const json::value& link) {
        constexpr std::size_t max_links = 20;
        const std::string shorthand = text(link, {"url"}, profile::max_url_octets);
        const std::string display = text(link, {"display_url"}, profile::max_url_octets);
        if (shorthand.starts_with("https://t.co/") && !display.empty() && links++ < max_links)
            replace_all(out, shorthand, display, max_octets);
    });
    for (const auto& [escape, plain] : std::to_array<std::pair<std::string_view, std::string_view>>(
             {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}))
        replace_all(out, escape, plain, max_octets);
    return profile::capped_utf8(out, max_octets);
}

// One that the person has set, on X's own hosts, large enough for a face.
std::string picture_in(const json::value& data, std::string_view own_host) {
    auto url = https_url(text(data, {"profile_image_url"}, profile::max_url_octets));
    if (!url || url->contains("/default_profile_images/")) return {};
    const std::string host = host_of(*url);
    if (registrable_domain(host) != "twimg.com" && host != own_host) return {};
    constexpr std::string_view small = "_normal.";
    if (const auto at = url->rfind(small); at != std::string::npos)
        url->replace(at, small.size(), "_bigger.");
    return *url;
}

}  // namespace

std::optional<Account> account_in(const json::value& root, std::string_view host) {
    const json::value& data = member(root, "data");
    Account account;
    account.id = text(data, {"id"}, max_id_digits + 1);
    account.username = text(data, {"username"}, max_username_octets + 1);
    if (!is_id(account.id) || !is_username(account.username)) return std::nullopt;
    const json::value& locked = member(data, "protected");
    // What is neither absent nor false hides.
    account.is_protected = locked.is_bool() ? locked.get_bool() : !locked.is_null();
    const json::value& entities = member(data, "entities");
    profile::Profile& profile = account.profile;
    profile.display_name.value = text(data, {"name"}, profile::max_name_octets);
    profile.location.value = text(data, {"location"}, profile::max_name_octets);
    profile.summary.value =
        readable(data, "description", member(entities, "description"), profile::max_summary_octets);
    profile.photo_url.value = picture_in(data, host);
    each(member(member(entities, "url"), "urls"), [&](const json::value& link) {
        add_link(profile, text(link, {"expanded_url"}, profile::max_url_octets), {},
                 {profile::Tier::c, "listed at X", {}});
    });
    return account;
}

std::optional<profile::Answer> errors_in(const json::value& root) {
    std::string title;
    each(member(root, "errors"), [&](const json::value& error) {
        if (title.empty()) title = text(error, {"title"}, profile::max_token_octets);
    });
    if (title.empty()) return std::nullopt;
    if (title == "Not Found Error") return not_found("there is no such account");
    if (title == "Forbidden") return not_found("the account is suspended");
    profile::Answer answer = failed("an error inside of the answer");
    // "Authorization Error": our plan does not hold this.
    if (title == "Authorization Error" || title == "Client Forbidden" || title == "Unauthorized")
        answer.outcome = profile::Outcome::forbidden;
    return answer;
}

std::vector<std::string> add_posts(const json::value& root, std::string_view username,
                                   profile::Profile& profile) {
    std::vector<std::string> ids;
    each(member(root, "data"), [&](const json::value& post) {
        std::string id = text(post, {"id"}, max_id_digits + 1);
        if (!is_id(id)) return;
        if (ids.size() < max_posts_asked)
            add_post(profile, "x", post_time(text(post, {"created_at"}, profile::max_token_octets)),
                     readable(post, "text", member(post, "entities"), profile::max_post_octets),
                     fmt::format("https://x.com/{}/status/{}", username, id));
        ids.push_back(std::move(id));
    });
    return ids;
}

}  // namespace decorum::connectors::x
