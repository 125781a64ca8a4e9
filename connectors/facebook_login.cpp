// Two questions to the Graph API: the code for a token, the token for the account.
#include "connectors/facebook_login.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <iterator>

#include "connectors/facebook.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_secret_octets = 4096;
constexpr std::size_t max_opaque_octets = 2048;
constexpr std::size_t max_id_digits = 20;
constexpr int ok_status = 200;

using SignInDone = std::move_only_function<void(Result<SignedIn>)>;

std::string without_slash(std::string_view url) {
    return std::string(url.ends_with('/') ? url.substr(0, url.size() - 1) : url);
}

// Codes and tokens are opaque, and of characters that need no escaping in a URL.
bool is_code_or_token(std::string_view text) {
    return !text.empty() && text.size() <= max_opaque_octets && std::ranges::all_of(text, [](char c) {
        return ascii::is_alnum(c) || std::string_view("-._~|#=").contains(c);
    });
}

// A member of the answer as text; empty: it is absent, or something else.
std::string text_member(const boost::json::value& answer, std::string_view name) {
    const auto* object = answer.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(name);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string{} : std::string(*text);
}

Result<boost::json::value> answer_of(const Result<net::HttpResponse>& fetched) {
    if (!fetched) return std::unexpected(fetched.error());
    if (fetched->status >= bad_request && fetched->status < bad_request + 100)
        return fail(errc::invalid, fmt::format("Facebook refuses it with status {}", fetched->status));
    if (fetched->status != ok_status)
        return fail(errc::unavailable, fmt::format("Facebook answers with status {}", fetched->status));
    return json_body(*fetched);
}

Result<SignedIn> account_in(const Result<net::HttpResponse>& fetched) {
    const auto answer = answer_of(fetched);
    if (!answer) return std::unexpected(answer.error());
    SignedIn account{text_member(*answer, "id"), {}};
    if (account.id.empty() || account.id.size() > max_id_digits ||
        !std::ranges::all_of(account.id, ascii::is_digit))
        return fail(errc::syntax, "Facebook's answer names no account");
    // Nothing but a place at Facebook is an account there, whatever the answer says.
    if (const auto link = profile::account_of(text_member(*answer, "link")))
        if (link->key.starts_with("https://facebook.com/")) account.link = link->url;
    return account;
}

}  // namespace

Result<FacebookApp> facebook_app(const config::Settings& settings) {
    const auto found = settings.connectors.find("facebook");
    const config::Connector none;
    const config::Connector& keys = found == settings.connectors.end() ? none : found->second;
    const auto missing = [](std::string_view key) {
        return fail(errc::invalid, fmt::format("connector.facebook.{} is needed to sign in there", key));
    };
    if (keys.app_id.empty()) return missing("app_id");
    if (keys.redirect_uri.empty()) return missing("redirect_uri");
    if (keys.token_file.empty()) return missing("token_file");
    auto secret = read_file(keys.token_file, max_secret_octets);
    if (!secret) return std::unexpected(std::move(secret.error()));
    FacebookApp app;
    app.id = keys.app_id;
    app.redirect_uri = keys.redirect_uri;
    app.secret = Secret(std::string(ascii::trim(*secret)));
    const bool public_place = keys.base_url.empty();
    app.dialog = fmt::format("{}/{}/dialog/oauth",
                             public_place ? "https://www.facebook.com" : without_slash(keys.base_url),
                             facebook_api_version);
    app.graph =
        fmt::format("{}/{}", public_place ? "https://graph.facebook.com" : without_slash(keys.base_url),
                    facebook_api_version);
    return app;
}

bool has_fixed_facebook_token(const config::Settings& settings) {
    const auto found = settings.connectors.find("facebook");
    return found != settings.connectors.end() && found->second.app_id.empty() &&
           !found->second.token_file.empty();
}

std::string sign_in_address(const FacebookApp& app, std::string_view state) {
    return fmt::format(
        "{}?client_id={}&redirect_uri={}&state={}&scope=public_profile%2Cuser_link%2Cuser_posts"
        "&response_type=code",
        app.dialog, url_escaped(app.id), url_escaped(app.redirect_uri), url_escaped(state));
}

std::string page_code(std::string_view state) {
    constexpr std::size_t digits = 16;
    return "decorum-" + to_hex(view_of(sha256({"page ", state}))).substr(0, digits);
}

Result<std::string> pasted_code(std::string_view pasted, std::string_view state) {
    const auto url = boost::urls::parse_uri(ascii::trim(pasted));
    if (!url)
        return fail(errc::syntax, "this is not the whole address of the page that the person landed on");
    const auto parameter = [&](std::string_view name) {
        const auto params = url->params();
        const auto at = params.find(name);
        return at == params.end() ? std::string{} : std::string((*at).value);
    };
    if (!equal_in_constant_time(parameter("state"), state))
        return fail(errc::invalid,
                    "this address comes from another sign-in: its state is not the one we gave");
    std::string code = parameter("code");
    if (!is_code_or_token(code)) return fail(errc::syntax, "there is no code in it");
    return code;
}

void redeem(net::Fetcher& fetcher, const FacebookApp& app, std::string_view code, SignInDone done) {
    net::HttpRequest request;
    request.url = app.graph + "/oauth/access_token";
    request.method = "POST";
    request.accept = "application/json";
    request.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body =
        fmt::format("client_id={}&redirect_uri={}&client_secret={}&code={}", url_escaped(app.id),
                    url_escaped(app.redirect_uri), url_escaped(app.secret.reveal()), url_escaped(code));
    request.cacheable = false;
    fetcher.fetch(std::move(request),
                  [&fetcher, graph = app.graph, secret = app.secret,
                   done = std::move(done)](const Result<net::HttpResponse>& fetched) mutable {
                      const auto answer = answer_of(fetched);
                      if (!answer) return done(std::unexpected(answer.error()));
                      std::string token = text_member(*answer, "access_token");
                      if (!is_code_or_token(token))
                          return done(fail(errc::syntax, "Facebook's answer holds no token"));
                      net::HttpRequest question;
                      // Graph's own guard against stolen tokens: the proof shows that we know the app's
                      // secret.
                      question.url = fmt::format("{}/me?fields=id,link&appsecret_proof={}", graph,
                                                 to_hex(view_of(hmac_sha256(secret.reveal(), {token}))));
                      question.accept = "application/json";
                      question.bearer = Secret(std::move(token));
                      question.cacheable = false;
                      fetcher.fetch(std::move(question),
                                    [done = std::move(done)](const Result<net::HttpResponse>& me) mutable {
                                        done(account_in(me));
                                    });
                  });
}

}  // namespace decorum::connectors
