// A server of the fediverse with one person on it, in the shapes of Mastodon's answers; tests bend it.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/connectors/web.hpp"

namespace decorum::test {

class FediverseServer {
public:
    FediverseServer(Web& web, std::string host, std::string user)
        : host_(std::move(host)), user_(std::move(user)), web_(&web) {
        subject = fmt::format("acct:{}@{}", user_, host_);
        actor = {
            {"@context", {"https://www.w3.org/ns/activitystreams"}},
            {"id", actor_url()},
            {"type", "Person"},
            {"preferredUsername", user_},
            {"name", "Noor Haddad"},
            {"summary", "<p>Ward sister, Nantes.</p>"},
            {"url", page_url()},
            {"icon", {{"type", "Image"}, {"url", "https://files.haddad.example/noor.png"}}},
            {"outbox", outbox_url()},
            {"attachment",
             {{{"type", "PropertyValue"}, {"name", "site"}, {"value", field_html("https://noor.example")}},
              {{"type", "PropertyValue"},
               {"name", "code"},
               {"value", field_html("https://github.com/noorh")}}}}};
        account = {{"id", "1142"},
                   {"username", user_},
                   {"acct", user_},
                   {"display_name", "Noor Haddad"},
                   {"note", "<p>Ward sister, Nantes.</p>"},
                   {"url", page_url()},
                   {"uri", actor_url()},
                   {"avatar_static", "https://files.haddad.example/noor.png"},
                   {"fields",
                    {{{"name", "site"},
                      {"value", field_html("https://noor.example")},
                      {"verified_at", "2024-05-01T10:00:00.000+00:00"}},
                     {{"name", "code"},
                      {"value", field_html("https://github.com/noorh")},
                      {"verified_at", nullptr}}}}};
        statuses = {status("<p>We are hiring <b>nurses</b></p>")};
        activities = {activity("<p>We are hiring <b>nurses</b></p>")};
        outbox = {
            {"id", outbox_url()}, {"type", "OrderedCollection"}, {"first", outbox_url() + "?page=true"}};
    }

    [[nodiscard]] boost::json::object status(const std::string& html) const {
        return {{"id", "113"},
                {"created_at", "2026-11-20T08:00:00.000Z"},
                {"visibility", "public"},
                {"spoiler_text", ""},
                {"sensitive", false},
                {"in_reply_to_id", nullptr},
                {"reblog", nullptr},
                {"content", html},
                {"url", page_url() + "/113"},
                {"account", {{"id", "1142"}, {"acct", user_}}}};
    }
    [[nodiscard]] boost::json::object activity(const std::string& html) const {
        return {{"type", "Create"},
                {"actor", actor_url()},
                {"object",
                 {{"type", "Note"},
                  {"id", actor_url() + "/statuses/113"},
                  {"attributedTo", actor_url()},
                  {"published", "2026-11-20T08:00:00Z"},
                  {"to", {"https://www.w3.org/ns/activitystreams#Public"}},
                  {"cc", {actor_url() + "/followers"}},
                  {"inReplyTo", nullptr},
                  {"summary", nullptr},
                  {"content", html},
                  {"url", page_url() + "/113"}}}};
    }
    [[nodiscard]] boost::json::object descriptor() const {
        return {
            {"subject", subject},
            {"aliases", {page_url()}},
            {"links",
             {{{"rel", "http://webfinger.net/rel/profile-page"}, {"type", "text/html"}, {"href", page_url()}},
              {{"rel", "self"}, {"type", "application/activity+json"}, {"href", actor_url()}}}}};
    }

    // Puts everything where it belongs.
    void publish() const {
        const auto put = [&](const std::string& url, std::string type, const boost::json::value& body) {
            web_->put(url, 200, std::move(type), boost::json::serialize(body));
        };
        put(webfinger_url(), "application/jrd+json; charset=utf-8", descriptor());
        put(actor_url(), "application/activity+json; charset=utf-8", actor);
        put(lookup_url(), "application/json; charset=utf-8", account);
        put(statuses_url(), "application/json; charset=utf-8", statuses);
        put(outbox_url(), "application/activity+json", outbox);
        put(outbox_url() + "?page=true", "application/activity+json",
            {{"type", "OrderedCollectionPage"}, {"orderedItems", activities}});
    }

    [[nodiscard]] std::string webfinger_url() const {
        return fmt::format("https://{0}/.well-known/webfinger?resource=acct%3A{1}%40{0}", host_, user_);
    }
    [[nodiscard]] std::string actor_url() const { return fmt::format("https://{}/users/{}", host_, user_); }
    [[nodiscard]] std::string page_url() const { return fmt::format("https://{}/@{}", host_, user_); }
    [[nodiscard]] std::string lookup_url() const {
        return fmt::format("https://{}/api/v1/accounts/lookup?acct={}", host_, user_);
    }
    [[nodiscard]] std::string statuses_url() const {
        return fmt::format(
            "https://{}/api/v1/accounts/1142/statuses?exclude_replies=1&exclude_reblogs=1&limit=20", host_);
    }
    [[nodiscard]] std::string outbox_url() const { return actor_url() + "/outbox"; }
    // Of what a lookup with REST asks for, in its order.
    [[nodiscard]] std::vector<std::string> all_urls() const {
        return {webfinger_url(), actor_url(), lookup_url(), statuses_url()};
    }

    std::string subject;
    boost::json::object actor;
    boost::json::object account;
    boost::json::object outbox;
    boost::json::array statuses;
    boost::json::array activities;

private:
    // As Mastodon writes a link in a field.
    static std::string field_html(std::string_view url) {
        return fmt::format(
            "<a href=\"{0}\" target=\"_blank\" rel=\"nofollow noopener me\"><span "
            "class=\"invisible\">https://</span><span class=\"\">{0}</span></a>",
            url);
    }

    std::string host_;
    std::string user_;
    Web* web_;
};

}  // namespace decorum::test
