// WebFinger and the fediverse: from an address (or an account such as https://piaille.example/@jane) to the
// profile of an ActivityPub actor, Mastodon's above all.
//
// By address the sender's domain is asked (RFC 7033) which actor acct:ADDRESS is. That is one direction. The
// other is asked at the actor's own host: the account that the actor calls itself must lead to the same actor
// and be the address. So a domain can't put its people on somebody else's actor, nor an actor itself on
// somebody else's address: both must agree, which is tier B. The actor may stand on any public host: a domain
// that is listed is trusted to choose who else learns that mail arrived. By account the host must lead to an
// actor of its own that has that name.
//
// The profile comes from Mastodon's REST interface where there is one, else (other servers, limited
// federation) from the actor and its outbox. A server that answers 401 to an unsigned question is asked again
// with a signature, if we have an actor to sign as. An account that was deleted, suspended, moved or renamed,
// also between two of our requests, is not_found; one whose person asks not to be shown, not_found and
// hidden.
#pragma once

#include <memory>
#include <optional>

#include "connectors/html_source.hpp"
#include "connectors/request_signer.hpp"

namespace decorum::connectors {

struct WebFingerOptions {
    Milliseconds timeout{10'000};                   // of one request
    std::shared_ptr<const RequestSigner> signer{};  // null: nothing is signed
    WallClock now = wall_clock_now;
};

class WebFinger final : public HtmlSource {
public:
    WebFinger(net::Fetcher& fetcher, worker::Worker& worker, WebFingerOptions options = {});

    [[nodiscard]] const profile::Traits& traits() const override;
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    const WebFingerOptions options_;
};

}  // namespace decorum::connectors
