// The mapping of Gravatar's answers: see the header. An answer without its required members is not a profile
// of the version that we know, and counts as a failure; whatever else is odd costs only itself.
#include "connectors/gravatar.hpp"

#include <fmt/format.h>

#include "connectors/account_link.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using namespace profile;

// A flag of the person's own: what is neither absent nor false hides.
bool is_set(const json::value& flag) {
    const bool* value = flag.if_bool();
    return value == nullptr ? !flag.is_null() : *value;
}

bool is_gravatar(std::string_view host) {
    return host == "gravatar.com" || host.ends_with(".gravatar.com");
}

// A picture on Gravatar's own hosts only, large enough for a face; none where the person has set none.
std::string photo_of(const json::value& root, std::string_view base_host) {
    const auto url = https_url(text(root, {"avatar_url"}, max_url_octets));
    if (!url) return {};
    const std::string host = host_of(*url);
    if (!is_gravatar(host) && host != base_host) return {};
    return url->substr(0, url->find_first_of("?#")) + "?s=96&d=404";
}

void add_links(const json::value& root, Profile& profile) {
    const auto add = [&](const json::value& entry, const LinkWorth& worth) {
        add_link(profile, text(entry, {"url"}, max_url_octets), {}, worth);
    };
    add_link(profile, text(root, {"profile_url"}, max_url_octets), {},
             {Tier::a, "the address's own profile at Gravatar", "gravatar"});
    const json::value& visibility = member(root, "section_visibility");
    if (!is_set(member(visibility, "hidden_verified_accounts")))
        each(member(root, "verified_accounts"), [&](const json::value& entry) {
            const std::string network = text(entry, {"service_type"}, max_token_octets);
            if (!is_set(member(entry, "is_hidden"))) add(entry, {Tier::a, "verified by Gravatar", network});
        });
    if (!is_set(member(visibility, "hidden_links")))
        each(member(root, "links"),
             [&](const json::value& entry) { add(entry, {Tier::c, "listed at Gravatar", {}}); });
}

Answer answer_of(const json::value& root, std::string_view base_host) {
    if (!member(root, "hash").is_string() || !member(root, "display_name").is_string())
        return failed("JSON, but no profile of Gravatar's API v3");
    Answer answer;
    answer.outcome = Outcome::found;
    answer.reason = "the address is verified at Gravatar";
    Profile& profile = answer.profile;
    profile.display_name.value = text(root, {"display_name"}, max_name_octets);
    profile.headline.value = text(root, {"job_title"}, max_headline_octets);
    profile.organisation.value = text(root, {"company"}, max_name_octets);
    profile.location.value = text(root, {"location"}, max_name_octets);
    profile.summary.value = text(root, {"description"}, max_summary_octets);
    profile.photo_url.value = photo_of(root, base_host);
    add_links(root, profile);
    cap(profile);
    return answer;
}

}  // namespace

Gravatar::Gravatar(net::Fetcher& fetcher, GravatarOptions options)
    : fetcher_(fetcher),
      options_(std::move(options)),
      server_(host_of(options_.base_url)),
      traits_{.name = "gravatar",
              .reach = Reach::outside,
              .by_address = true,
              .tier = Tier::a,
              .default_rate = options_.key.empty() ? "100/h" : "1000/h",
              .server = server_} {}

void Gravatar::find(const Query& query, Done done) {
    const std::string address = ascii::lower(ascii::trim(query.address));
    if (address.empty()) return done(not_found("asked without an address"));
    net::HttpRequest request;
    request.url = fmt::format("{}/v3/profiles/{}", options_.base_url, to_hex(view_of(sha256({address}))));
    request.accept = "application/json";
    request.bearer = options_.key;
    request.max_octets = loose_json::max_octets;
    request.limit = options_.timeout;
    request.allow_port = true;  // the configuration names the server, and whoever wrote it knows the port
    fetcher_.fetch(std::move(request), [now = options_.now, base_host = host_of(options_.base_url),
                                        done = std::move(done)](Result<net::HttpResponse> fetched) mutable {
        if (auto refused = refusal(fetched, now())) return done(std::move(*refused));
        const auto root = json_body(*fetched);
        Answer answer = root ? answer_of(*root, base_host) : failed(root.error().text());
        answer.quota = quota_of(*fetched, now());
        done(std::move(answer));
    });
}

}  // namespace decorum::connectors
