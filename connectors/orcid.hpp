// ORCID, public API v3.0: the researcher whose record shows exactly this address, and the career there.
//
//   GET {api}/v3.0/expanded-search/?q=email:"…"   then   GET {api}/v3.0/{id}/record
//
// ORCID learns the address, so it is off until asked for. People prove each address of theirs to ORCID, and
// only those that they made public are found: where the record shows the very address, both are tied
// (tier A). An account at orcid.org that a person is linked to is asked by its id.
//
// Only what is public is taken: name, biography, employments and educations, links (one-way, tier C).
//
// Quirks: nobody is 200 with "num-found" 0; too many questions (24 a second, 40 at once) are 503; a record
// that was deactivated or locked is 409. The token comes by client credentials and is renewed once on 401.
#pragma once

#include <memory>
#include <string>

#include "connectors/client_credentials.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct OrcidOptions {
    std::string api = "https://pub.orcid.org";
    std::string token_endpoint = "https://orcid.org/oauth/token";
    std::string app_id{};
    Secret secret{};
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class Orcid final : public profile::Connector {
public:
    // `fetcher` outlives it, and every question.
    Orcid(net::Fetcher& fetcher, OrcidOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    class Desk;
    class Visit;
    const std::string server_;
    const profile::Traits traits_;
    const std::shared_ptr<Desk> desk_;
};

}  // namespace decorum::connectors
