// Proof of a Facebook account by signing in there (OAuth 2.0, RFC 6749 §4.1): the person opens an address,
// agrees, and brings back a code; we exchange it and learn which account it was. Bios there can't be read any
// more, so a code published on the page would prove nothing.
//
// Three permissions are asked for: public_profile, user_posts, and user_link, without which Facebook does not
// tell the account's address. That may be one of the application's own (app_scoped_user_id).
//
// Kept are the account's id and link; the token is used for one question and dropped, the name never asked
// for keeping. Needed: connector.facebook.app_id, redirect_uri, and the app's secret in token_file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"

namespace decorum::connectors {

struct FacebookApp {
    std::string id;
    std::string redirect_uri;
    Secret secret;
    std::string dialog;  // where the person signs in
    std::string graph;   // where we ask
};

// An Error names the key that is missing.
[[nodiscard]] Result<FacebookApp> facebook_app(const config::Settings& settings);

// token_file holds a token, not an app's secret (app_id is empty): nobody can sign in, Pages can be asked
// for.
[[nodiscard]] bool has_fixed_facebook_token(const config::Settings& settings);

// What the person opens; `state` comes back with the code and ties both together.
[[nodiscard]] std::string sign_in_address(const FacebookApp& app, std::string_view state);

// What the owner of a public Page, who can't sign in as the Page, publishes in its description instead. It
// stands where everybody can read it, and tells nothing of the state.
[[nodiscard]] std::string page_code(std::string_view state);

// The code in the whole address of the page that the person landed on, whose state must be ours: a code alone
// might be that of somebody else's sign-in.
[[nodiscard]] Result<std::string> pasted_code(std::string_view pasted, std::string_view state);

struct SignedIn {
    std::string id;
    std::string link;  // canonical; empty: Facebook does not tell
};

// `done` is called exactly once. Errors: invalid (Facebook refuses the code), unavailable, and the fetcher's.
void redeem(net::Fetcher& fetcher, const FacebookApp& app, std::string_view code,
            std::move_only_function<void(Result<SignedIn>)> done);

}  // namespace decorum::connectors
