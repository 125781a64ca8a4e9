// Facebook, Graph API: public Pages, and people who signed in for it (facebook_login.hpp).
//
// Asked by account only: search by address was closed in 2018, so a stranger is never found. A Page is asked
// for by its name; a person by the id that Facebook gave our app when they signed in, because it answers no
// question by a person's name. Two questions an account: the profile, then by the id in its answer the latest
// posts, of which only those that everybody may see are taken.
//
// The token is the app's own, made from its id and secret and renewed once where it has expired (error 190);
// without an app_id what token_file holds is the token, and there is nothing to renew it with.
//
// Errors come with a code in the body: 4, 17, 32 and 613 (and 80000 to 80014) throttled, 190 forbidden after
// the renewal, 10 and 200 to 299 forbidden, 803 not found; 100 not found with subcode 33, else forbidden: the
// app lacks a feature (Page Public Content Access). Posts that we may not read cost only themselves.
// X-App-Usage and X-Business-Use-Case-Usage tell of our allowance, in per cent.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/client_credentials.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

inline constexpr std::string_view facebook_api_version = "v19.0";

struct FacebookOptions {
    std::string graph = std::string("https://graph.facebook.com/").append(facebook_api_version);
    std::string app_id{};  // empty: `secret` is a token
    Secret secret{};
    // The id of whoever signed in as this account (its key, account_url.hpp); empty: nobody did.
    std::function<std::string(std::string_view account)> signed_in = [](std::string_view) {
        return std::string{};
    };
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class Facebook final : public profile::Connector {
public:
    // `fetcher` outlives it, and every question.
    Facebook(net::Fetcher& fetcher, FacebookOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    class Visit;
    class Graph;
    const std::shared_ptr<const Graph> graph_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
