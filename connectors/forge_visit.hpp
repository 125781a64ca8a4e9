// One lookup at a code forge, step after step: the search (by address), candidate after candidate until one
// gives the address in public, then what the account did. What the visits of all forges share.
//
// Derived says how a path is asked for (at), what the search calls a candidate (is_candidate), and takes the
// user's document (take_user), from which it calls next_candidate() where that is not the one. A candidate
// who is gone is passed over likewise.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "connectors/account_link.hpp"
#include "connectors/forge.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_visit.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::connectors {

inline constexpr std::size_t max_forge_candidates = 3;

template <class Derived>
class ForgeVisit : public JsonVisit<Derived> {
public:
    using typename JsonVisit<Derived>::Done;

    // One of `address` and `account` is empty.
    ForgeVisit(net::Fetcher& fetcher, const ForgeOptions& options, std::string address, std::string account,
               Done done)
        : JsonVisit<Derived>(fetcher, options.now, std::move(done)),
          options_(options),
          address_(std::move(address)),
          account_(std::move(account)) {}

protected:
    [[nodiscard]] bool by_address() const { return !address_.empty(); }
    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] const std::string& account() const { return account_; }
    [[nodiscard]] const ForgeOptions& options() const { return options_; }

    // `path` stands at the forge's place.
    [[nodiscard]] net::HttpRequest request(std::string_view path) const {
        net::HttpRequest request;
        request.url = options_.base_url;
        request.url.append(path);
        request.bearer = options_.token;
        request.limit = options_.timeout;
        request.allow_port = true;  // the configuration names the server, and whoever wrote it knows the port
        return request;
    }

    // The one candidate there is.
    void look_at(std::string candidate) {
        candidates_ = {std::move(candidate)};
        next_candidate();
    }

    // The search's list, each entry with the name or number that /users/ takes.
    void take_candidates(const boost::json::value& list, std::string_view name) {
        if (!list.is_array()) return this->end(failed("JSON, but no list of users"));
        loose_json::each(list, [&](const boost::json::value& user) {
            std::string candidate = loose_json::text(user, {name}, profile::max_handle_octets);
            if (candidates_.size() < max_forge_candidates && Derived::is_candidate(candidate))
                candidates_.push_back(std::move(candidate));
        });
        next_candidate();
    }

    void next_candidate() {
        if (looked_at_ == candidates_.size())
            return this->end(
                not_found(by_address() ? "nobody gives the address in public" : "no such account"));
        ++looked_at_;
        this->get_or(static_cast<Derived&>(*this).at("/users/" + candidate()), &Derived::take_user,
                     [](Derived& visit, Refusal& refused) {
                         // Gone since the search; the person may be the next one.
                         if (refused.answer.outcome == profile::Outcome::not_found)
                             return visit.next_candidate();
                         visit.end(std::move(refused.answer));
                     });
    }

    [[nodiscard]] const std::string& candidate() const { return candidates_[looked_at_ - 1]; }

    [[nodiscard]] bool is_the_address(std::string_view email) const {
        return ascii::equals_nocase(email, address_);
    }

    // What the user's document says under the names that all forges use.
    void read_person(const boost::json::value& user) {
        using loose_json::text;
        profile_.display_name.value = text(user, {"name"}, profile::max_name_octets);
        profile_.location.value = text(user, {"location"}, profile::max_name_octets);
        profile_.summary.value = text(user, {"bio"}, profile::max_summary_octets);
        profile_.photo_url.value =
            https_url(text(user, {"avatar_url"}, profile::max_url_octets)).value_or("");
    }

    void add_itself(std::string_view url, std::string_view email) {
        add_link(profile_, url, {},
                 {profile::Tier::a, by_address() ? "it gives the address in public" : "the account itself",
                  Derived::network});
        add_address(profile_, email);
    }

    void list(std::string_view url) { add_link(profile_, url, {}, {profile::Tier::c, Derived::listed, {}}); }
    void list_website(std::string_view website) {
        add_website(profile_, website, {profile::Tier::c, Derived::listed, {}});
    }

    [[nodiscard]] profile::Profile& profile() { return profile_; }

    void end_shown() {
        this->end_found(std::move(profile_), by_address() ? "the account gives the address in public" : "");
    }

private:
    const ForgeOptions options_;
    const std::string address_;
    const std::string account_;
    std::vector<std::string> candidates_;
    std::size_t looked_at_ = 0;  // of them
    profile::Profile profile_;
};

}  // namespace decorum::connectors
