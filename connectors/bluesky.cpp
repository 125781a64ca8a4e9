// One visit, step after step: the DID (by address), its document, the profile, the document (by account), the
// posts. Whichever step ends the visit answers once.
#include "connectors/bluesky.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/account_link.hpp"
#include "connectors/did.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_visit.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

namespace json = boost::json;
using loose_json::each;
using loose_json::member;
using loose_json::text;
using profile::Answer;
using profile::Tier;

constexpr std::size_t max_posts = 20;
constexpr std::size_t max_did_octets = 2048;

// Labels (com.atproto.label.defs) of one thing, those that were taken back left out.
template <class Read>
void each_label(const json::value& labelled, Read read) {
    each(member(labelled, "labels"), [&](const json::value& label) {
        if (!loose_json::is_true(member(label, "neg")))
            read(text(label, {"val"}, profile::max_handle_octets));
    });
}

std::string_view why_labels_hide(const json::value& account) {
    std::string_view why;
    each_label(account, [&](std::string_view label) {
        if (label == "!no-unauthenticated") why = "the account asks to be shown to members only";
        if (label == "!hide" || label == "!takedown") why = "the network hides the account";
    });
    return why;
}

// at://DID/app.bsky.feed.post/RKEY → the post's page
std::string page_of(std::string_view uri, std::string_view did, std::string_view handle) {
    const std::string place = fmt::format("at://{}/app.bsky.feed.post/", did);
    if (!uri.starts_with(place)) return {};
    const std::string_view key = uri.substr(place.size());
    const bool is_key = !key.empty() && std::ranges::all_of(key, [](char c) {
        return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~';
    });
    return is_key ? fmt::format("https://bsky.app/profile/{}/post/{}", handle, key) : std::string{};
}

// Nothing: somebody else's, a reply, or one that a label warns of. The time is the one the network knows
// where the author's own word is later.
std::optional<profile::Activity> post_of(const json::value& entry, std::string_view did,
                                         std::string_view handle) {
    const json::value& post = member(entry, "post");
    const json::value& record = member(post, "record");
    bool labelled = false;
    each_label(post, [&](std::string_view) { labelled = true; });
    const bool is_own = text(member(post, "author"), {"did"}, max_did_octets) == did;
    const bool is_repost =
        text(member(entry, "reason"), {"$type"}, profile::max_handle_octets).ends_with("reasonRepost");
    if (!is_own || is_repost || labelled || !member(record, "reply").is_null()) return std::nullopt;
    constexpr std::size_t max_time_octets = 40;
    const auto written = from_rfc3339(text(record, {"createdAt"}, max_time_octets));
    const auto seen = from_rfc3339(text(post, {"indexedAt"}, max_time_octets));
    if (!written || !seen) return std::nullopt;
    profile::Activity activity;
    activity.time = std::min(*written, *seen);
    activity.network = "bluesky";
    activity.text = text(record, {"text"}, profile::max_post_octets);
    activity.url = page_of(text(post, {"uri"}, profile::max_url_octets), did, handle);
    return activity.text.empty() ? std::nullopt : std::optional(std::move(activity));
}

class BlueskyVisit : public JsonVisit<BlueskyVisit> {
public:
    // Empty `domain`: by account.
    BlueskyVisit(net::Fetcher& fetcher, net::Dns* dns, const BlueskyOptions& options, std::string domain,
                 Done done)
        : JsonVisit(fetcher, options.now, std::move(done)),
          dns_(dns),
          options_(options),
          domain_(std::move(domain)) {}

    void start_with_account(const std::string& actor) { ask_profile(actor); }

    void start_with_domain() {
        dns_->texts("_atproto." + domain_, options_.timeout,
                    [self = shared_from_this()](const Result<net::TextRecords>& records) {
                        self->take_records(records);
                    });
    }

private:
    friend JsonVisit;

    // A refusal is the answer, in Bluesky's own reading of 400.
    void ask(std::string url, Step next) {
        net::HttpRequest request;
        request.url = std::move(url);
        request.limit = options_.timeout;
        request.allow_port = true;  // the configuration names the server, and whoever wrote it knows the port
        get_or(std::move(request), next,
               [](BlueskyVisit& visit, Refusal& refused) { visit.end(answer_of(std::move(refused))); });
    }

    [[nodiscard]] static Answer answer_of(Refusal refusal) {
        const bool is_absence = refusal.error_name == "InvalidRequest" ||
                                refusal.error_name == "AccountTakedown" ||
                                refusal.error_name == "AccountDeactivated";
        if (refusal.status == bad_request && is_absence) return not_found("HTTP 400, as nobody there");
        return std::move(refusal.answer);
    }

    void take_records(const Result<net::TextRecords>& records) {
        const auto named = did_in_records(records ? *records : net::TextRecords{});
        if (named.ambiguous) return end(not_found("the domain names several accounts"));
        if (!named.did.empty()) return ask_document(named.did);
        net::HttpRequest request;
        request.url = fmt::format("https://{}/.well-known/atproto-did", domain_);
        request.accept = "text/plain";
        request.max_octets = max_did_octets;
        request.limit = options_.timeout;
        request.may_lead_to = on_the_site_of(request.url);
        const bool unsure = !records && records.error().code != errc::not_found;
        fetcher().fetch(std::move(request),
                        [self = shared_from_this(), unsure](Result<net::HttpResponse> fetched) {
                            self->take_well_known(fetched, unsure);
                        });
    }

    // `unsure`: DNS could not say, so that nothing here is no answer either.
    void take_well_known(const Result<net::HttpResponse>& fetched, bool unsure) {
        auto refused = refusal(fetched, now());
        const std::string did = refused ? std::string{} : did_in_text(fetched->body);
        if (!did.empty()) return ask_document(did);
        if (unsure) return end(failed("the domain's name server does not answer"));
        if (refused) return end(std::move(*refused));
        end(not_found("the domain names no account"));
    }

    void ask_document(const std::string& did) {
        did_ = did;
        const auto url = did_document_url(did, options_.plc_url);
        if (!url) return end(not_found("a DID of a method that is not known"));
        ask(*url, &BlueskyVisit::take_document);
    }

    void take_document(const JsonReply& reply) {
        const std::string& handle = handle_.empty() ? domain_ : handle_;
        if (!document_names(reply.root, did_, handle))
            return end(not_found("the DID document does not name the handle"));
        if (!domain_.empty()) return ask_profile(did_);
        ask_posts();
    }

    void ask_profile(const std::string& actor) {
        ask(fmt::format("{}/xrpc/app.bsky.actor.getProfile?actor={}", options_.base_url, url_escaped(actor)),
            &BlueskyVisit::take_profile);
    }

    void take_profile(const JsonReply& reply) {
        const json::value& account = reply.root;
        const std::string did = text(account, {"did"}, max_did_octets);
        handle_ = ascii::lower(text(account, {"handle"}, profile::max_handle_octets));
        if (!is_did(did) || !is_handle(handle_)) return end(failed("JSON, but no profile"));
        // "handle.invalid": the domain and the account don't name each other any more.
        if (handle_ == "handle.invalid" || (!domain_.empty() && (did != did_ || handle_ != domain_)))
            return end(not_found("the account has another handle"));
        if (const auto why = why_labels_hide(account); !why.empty()) return end(hidden(std::string(why)));
        did_ = did;
        identify(did);
        read_profile(account);
        if (domain_.empty() && is_plc(did)) return ask_document(did);
        ask_posts();
    }

    void read_profile(const json::value& account) {
        profile_.display_name.value = text(account, {"displayName"}, profile::max_name_octets);
        profile_.summary.value = text(account, {"description"}, profile::max_summary_octets);
        profile_.photo_url.value = https_url(text(account, {"avatar"}, profile::max_url_octets)).value_or("");
        add_link(
            profile_, "https://bsky.app/profile/" + handle_, {},
            {Tier::b, domain_.empty() ? "the account itself" : "the domain and the account name each other",
             "bluesky"});
        add_link(profile_, text(account, {"website"}, profile::max_url_octets), {},
                 {Tier::c, "listed at Bluesky", {}});
    }

    void ask_posts() {
        ask(fmt::format("{}/xrpc/app.bsky.feed.getAuthorFeed?actor={}&filter=posts_no_replies&limit={}",
                        options_.base_url, url_escaped(did_), max_posts),
            &BlueskyVisit::take_posts);
    }

    void take_posts(const JsonReply& reply) {
        const json::value& feed = member(reply.root, "feed");
        if (!feed.is_array()) return end(failed("JSON, but no feed"));
        each(feed, [this](const json::value& entry) {
            if (auto post = post_of(entry, did_, handle_)) profile_.activities.push_back(std::move(*post));
        });
        end_found(std::move(profile_), domain_.empty()
                                           ? std::string{}
                                           : fmt::format("{} and the account name each other", domain_));
    }

    net::Dns* const dns_;
    const BlueskyOptions options_;
    const std::string domain_;
    std::string did_;
    std::string handle_;
    profile::Profile profile_;
};

}  // namespace

Bluesky::Bluesky(net::Fetcher& fetcher, net::Dns* dns, BlueskyOptions options)
    : fetcher_(fetcher),
      dns_(dns),
      options_(std::move(options)),
      server_(host_of(options_.base_url)),
      traits_{.name = "bluesky",
              .reach = profile::Reach::outside,
              .by_address = dns != nullptr && !options_.personal_domains.empty(),
              .tier = Tier::b,
              .default_rate = "200/min",
              .gives_activities = true,
              .at_senders_domain = true,
              .server = server_} {}

bool Bluesky::answers(const profile::Handle& handle) const {
    return handle.network == "bluesky" && (is_did(handle.name) || is_handle(handle.name));
}

void Bluesky::find(const profile::Query& query, Done done) {
    const auto visit = [&](std::string domain) {
        return std::make_shared<BlueskyVisit>(fetcher_, dns_, options_, std::move(domain), std::move(done));
    };
    if (query.handle) {
        if (!answers(*query.handle)) return done(not_found("not an account of Bluesky's"));
        return visit({})->start_with_account(query.handle->name);
    }
    const std::string domain = ascii::lower(query.address.substr(query.address.rfind('@') + 1));
    const auto& personal = options_.personal_domains;
    if (!traits_.by_address || std::ranges::find(personal, domain) == personal.end() || !is_handle(domain))
        return done(not_found("not a domain of one person"));
    visit(domain)->start_with_domain();
}

}  // namespace decorum::connectors
