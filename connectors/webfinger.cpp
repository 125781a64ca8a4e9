// One visit, step after step: WebFinger, the actor, WebFinger in return, REST or the outbox, the worker. Each
// step hands the visit on to the next; whichever ends it answers once.
#include "connectors/webfinger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/account_link.hpp"
#include "connectors/fediverse.hpp"
#include "connectors/html_texts.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_visit.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/worker/page_facts.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;
using profile::Tier;

constexpr std::string_view activity_json = "application/activity+json";

std::string_view authority_of(std::string_view origin) {
    return origin.substr(origin.find("://") + 3);
}

class WebFingerVisit : public JsonVisit<WebFingerVisit> {
public:
    WebFingerVisit(net::Fetcher& fetcher, worker::Worker& worker, const WebFingerOptions& options,
                   std::string user, std::string host, bool by_address, Done done)
        : JsonVisit(fetcher, options.now, std::move(done)),
          worker_(worker),
          options_(options),
          user_(std::move(user)),
          host_(std::move(host)),
          by_address_(by_address) {}

    void start() { ask_webfinger("https://" + host_, user_, host_, &WebFingerVisit::take_discovered); }

private:
    friend JsonVisit;

    net::HttpRequest request(std::string url, std::string_view accept) const {
        net::HttpRequest request;
        request.url = std::move(url);
        request.accept = accept;
        request.limit = options_.timeout;
        return request;
    }

    // An ActivityPub document, signed for where the server insists on it.
    void get_document(const std::string& url, Step next) {
        auto signed_one = request(url, activity_json);
        signed_one.may_lead_to = on_the_site_of(signed_one.url);
        auto plain = signed_one;
        if (!options_.signer || !options_.signer->sign(signed_one, now())) return get(std::move(plain), next);
        get_or(std::move(plain), next,
               [next, again = std::move(signed_one)](WebFingerVisit& visit, Refusal& refused) mutable {
                   if (refused.status != unauthorized) return visit.end(std::move(refused.answer));
                   visit.get(std::move(again), next);
               });
    }

    void ask_webfinger(const std::string& origin, std::string_view user, std::string_view host, Step next) {
        get(request(fmt::format("{}/.well-known/webfinger?resource={}", origin,
                                url_escaped(fmt::format("acct:{}@{}", user, host))),
                    "application/jrd+json, application/json"),
            next);
    }

    void take_discovered(const JsonReply& reply) {
        const Discovered there = discovered(reply.root);
        if (there.actor.empty()) return end(not_found("WebFinger names no actor"));
        actor_url_ = there.actor;
        get_document(actor_url_, &WebFingerVisit::take_actor);
    }

    void take_actor(const JsonReply& reply) {
        auto actor = account_of_actor(reply.root);
        if (!actor) return end(failed("JSON, but no actor"));
        actor_ = std::move(*actor);
        if (actor_.id != actor_url_) return end(not_found("the actor names another one as itself"));
        origin_ = origin_of(actor_.id);
        identify(actor_.id);
        if (!may_be_shown(actor_)) return;
        const bool same_name = ascii::equals_nocase(actor_.user, user_);
        if (!by_address_) {
            if (!same_name) return end(not_found("the account has another name"));
            if (registrable_domain(host_of(actor_.id)) !=
                registrable_domain(host_of("https://" + host_ + "/")))
                return end(not_found("the account is kept elsewhere"));
            return ask_rest();
        }
        if (authority_of(origin_) != host_)
            return ask_webfinger(origin_, actor_.user, authority_of(origin_), &WebFingerVisit::take_reverse);
        if (!same_name) return end(not_found("the actor has another address"));
        ask_rest();
    }

    void take_reverse(const JsonReply& reply) {
        const Discovered there = discovered(reply.root);
        if (there.actor != actor_.id) return end(not_found("the actor's own account is another actor"));
        if (there.subject != user_ + "@" + host_) return end(not_found("the actor has another address"));
        ask_rest();
    }

    // Ends the visit where not.
    bool may_be_shown(const FediverseAccount& account) {
        if (account.hidden.empty() && !account.moved) return true;
        end(account.hidden.empty() ? not_found("the account has moved")
                                   : hidden(std::string(account.hidden)));
        return false;
    }

    void ask_rest() {
        auto lookup =
            request(fmt::format("{}/api/v1/accounts/lookup?acct={}", origin_, url_escaped(actor_.user)),
                    "application/json");
        lookup.may_lead_to = on_the_site_of(lookup.url);
        get_or(std::move(lookup), &WebFingerVisit::take_rest, [](WebFingerVisit& visit, Refusal& refused) {
            const Outcome outcome = refused.answer.outcome;
            const bool absent = outcome == Outcome::not_found || outcome == Outcome::forbidden ||
                                refused.status == unprocessable || refused.not_json ||
                                (refused.status >= 300 && refused.status <= 399);
            if (!absent) return visit.end(std::move(refused.answer));
            visit.ask_outbox();
        });
    }

    void take_rest(const JsonReply& reply) {
        auto account = account_of_rest(reply.root);
        if (!account) return end(failed("JSON, but no account"));
        if (!ascii::equals_nocase(account->user, actor_.user) ||
            (!account->uri.empty() && account->uri != actor_.id))
            return end(not_found("the account has another name"));
        if (!may_be_shown(*account)) return;
        account_ = std::move(*account);
        if (!account_.posts_may_be_shown || !actor_.posts_may_be_shown) return read_texts();
        auto statuses =
            request(fmt::format("{}/api/v1/accounts/{}/statuses?exclude_replies=1&exclude_reblogs=1&limit={}",
                                origin_, account_.id, max_fediverse_posts),
                    "application/json");
        statuses.may_lead_to = on_the_site_of(statuses.url);
        get_or(std::move(statuses), &WebFingerVisit::take_statuses,
               [](WebFingerVisit& visit, Refusal& refused) {
                   // Who may not read the posts has read the profile all the same.
                   if (refused.answer.outcome == Outcome::forbidden || refused.status == unprocessable)
                       return visit.read_texts();
                   visit.end(std::move(refused.answer));
               });
    }

    void take_statuses(const JsonReply& reply) {
        if (!reply.root.is_array()) return end(failed("JSON, but no list of posts"));
        posts_ = posts_of_statuses(reply.root, account_.id, now());
        read_texts();
    }

    void ask_outbox() {
        account_ = actor_;
        if (actor_.outbox.empty() || origin_of(actor_.outbox) != origin_ || !actor_.posts_may_be_shown)
            return read_texts();
        get_document(actor_.outbox, &WebFingerVisit::take_outbox);
    }

    void take_outbox(const JsonReply& reply) {
        if (!reply.root.is_object()) return end(failed("JSON, but no outbox"));
        posts_ = posts_of_outbox(reply.root, actor_.id, now());
        const std::string first = first_page_of(reply.root);
        if (posts_.empty() && !first.empty() && origin_of(first) == origin_)
            return get_document(first, &WebFingerVisit::take_page);
        if (posts_.empty())
            if (const auto* page = reply.root.as_object().if_contains("first"))
                posts_ = posts_of_outbox(*page, actor_.id, now());
        read_texts();
    }

    void take_page(const JsonReply& reply) {
        posts_ = posts_of_outbox(reply.root, actor_.id, now());
        read_texts();
    }

    // The note first, then the posts.
    void read_texts() {
        std::vector<std::string> html{account_.note};
        for (FediversePost& post : posts_) html.push_back(std::move(post.html));
        html_to_texts(worker_, std::move(html),
                      [self = shared_from_this()](Result<std::vector<std::string>> texts) {
                          if (!texts) return self->end_without_worker(texts.error());
                          self->texts_ = std::move(*texts);
                          self->add_own_page();
                          self->read_fields(true);
                      });
    }

    // All fields of one worth are one page to the worker: what they link to is all that counts. The verified
    // ones first, so that a link in both is the better one.
    void read_fields(bool verified) {
        std::string html;
        for (const FediverseField& field : account_.fields)
            if (field.verified == verified) html.append("<p>").append(field.html).append("</p>\n");
        if (html.empty()) return fields_read(verified);
        worker_.run(worker::Job::page, std::move(html),
                    [self = shared_from_this(), verified](const Result<std::string>& decoded) {
                        if (!decoded && is_absence(decoded.error()))
                            return self->end_without_worker(decoded.error());
                        if (decoded)
                            if (const auto facts = worker::page_facts_from_json(*decoded))
                                self->add_links(facts->links, verified);
                        self->fields_read(verified);
                    });
    }

    void fields_read(bool verified) {
        if (verified) return read_fields(false);
        finish();
    }

    void add_links(const std::vector<std::string>& urls, bool verified) {
        const std::string reason =
            fmt::format("{} at {}", verified ? "verified" : "listed", authority_of(origin_));
        for (const std::string& url : urls)
            add_link(profile_, url, {}, {verified ? Tier::b : Tier::c, reason, {}});
    }

    // At the account's own site; a page elsewhere may be anybody's.
    void add_own_page() {
        const std::string& page = account_.page.empty() ? actor_.page : account_.page;
        if (registrable_domain(host_of(page)) != registrable_domain(host_of(actor_.id))) return;
        add_link(
            profile_, page, {},
            {Tier::b, by_address_ ? "the domain names it, and it names the address" : "the account itself",
             "mastodon"});
    }

    void finish() {
        profile_.display_name.value = std::move(account_.name);
        profile_.summary.value = std::move(texts_.front());
        profile_.photo_url.value = std::move(account_.photo_url);
        for (std::size_t i = 0; i < posts_.size(); ++i) {
            std::string& text = texts_[i + 1];
            if (ascii::trim(text).empty()) continue;
            std::string url = origin_of(posts_[i].url) == origin_ ? std::move(posts_[i].url) : std::string{};
            profile_.activities.push_back({posts_[i].time, "mastodon", std::move(text), std::move(url), {}});
        }
        end_found(std::move(profile_),
                  by_address_ ? fmt::format("{} and the account name each other", host_) : std::string{});
    }

    void end_without_worker(const Error& error) {
        end(failed(fmt::format("worker: {}", name_of(error.code))));
    }

    worker::Worker& worker_;
    const WebFingerOptions options_;
    const std::string user_;
    const std::string host_;  // and port, as in an account's URL
    const bool by_address_;
    std::string actor_url_;
    std::string origin_;  // of the actor
    FediverseAccount actor_;
    FediverseAccount account_;  // the same one, by REST where there is that
    std::vector<FediversePost> posts_;
    std::vector<std::string> texts_;
    profile::Profile profile_;
};

}  // namespace

WebFinger::WebFinger(net::Fetcher& fetcher, worker::Worker& worker, WebFingerOptions options)
    : HtmlSource(fetcher, worker), options_(std::move(options)) {}

const profile::Traits& WebFinger::traits() const {
    static constexpr profile::Traits traits{.name = "webfinger",
                                            .reach = profile::Reach::outside,
                                            .by_address = true,
                                            .tier = Tier::b,
                                            .default_rate = "60/min",
                                            .many_servers = true,
                                            .gives_activities = true,
                                            .at_senders_domain = true};
    return traits;
}

bool WebFinger::answers(const profile::Handle& handle) const {
    const auto url = https_url(handle.url);
    const std::string host = handle.name.substr(handle.name.rfind('@') + 1);
    return handle.network == "mastodon" && handle.name.contains('@') && url &&
           registrable_domain(host_of(*url)) == registrable_domain(host_of("https://" + host + "/"));
}

void WebFinger::find(const profile::Query& query, Done done) {
    const bool by_address = !query.handle;
    if (!by_address && !answers(*query.handle)) return done(not_found("not an account of the fediverse"));
    const std::string account = ascii::lower(by_address ? query.address : query.handle->name);
    const auto at = account.rfind('@');
    if (at == std::string::npos || at == 0 || !https_url("https://" + account.substr(at + 1) + "/"))
        return done(not_found("no account to ask for"));
    std::make_shared<WebFingerVisit>(fetcher(), worker(), options_, account.substr(0, at),
                                     account.substr(at + 1), by_address, std::move(done))
        ->start();
}

}  // namespace decorum::connectors
