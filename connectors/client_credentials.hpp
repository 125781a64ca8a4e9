// Access tokens that expire: fetched with an application's id and secret (OAuth 2.0, RFC 6749 §4.4), kept
// until their time is over, and renewed once where a source says earlier that one has expired.
//
// However many questions wait, one token is fetched at a time. A token that was refused is never used again;
// a second refusal right after a renewal is the source's final word. Neither secret nor token is ever part of
// an Error.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"

namespace decorum::connectors {

struct ClientCredentialsOptions {
    std::string endpoint;  // https://orcid.org/oauth/token
    std::string id;
    Secret secret;
    std::string scope;  // may be empty
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class ClientCredentials {
public:
    using Answered = std::move_only_function<void(Result<net::HttpResponse>)>;
    using Expired = std::function<bool(const net::HttpResponse&)>;
    // Puts the token into a request: as bearer, or wherever the source wants it.
    using Prepare = std::function<net::HttpRequest(const Secret& token)>;

    // `fetcher` outlives it, and every question.
    ClientCredentials(net::Fetcher& fetcher, ClientCredentialsOptions options);
    ~ClientCredentials();

    // Asks with a token; where the answer says that the token has expired, once more with a new one. Where
    // none can be had the answer is what the token's endpoint said, or its Error: a refusal (400, 401) comes
    // as 401.
    void ask(Prepare prepare, Expired expired, Answered done);

private:
    class Desk;
    std::shared_ptr<Desk> desk_;
};

}  // namespace decorum::connectors
