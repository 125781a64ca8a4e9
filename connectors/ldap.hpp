// The LDAP / Active Directory connector: our own people as the organisation's server knows them. What it says
// are facts (tier S); whoever is asked for learns nothing of it.
//
// One thread owns the connection: it connects, binds and has many searches in flight; find() only hands over.
// Not exactly one entry is no answer: none is not_found, several are not_found with the detail "ambiguous".
// While the server can't be reached or doesn't let us in, questions fail at once and the thread tries again
// by itself, after pauses that grow; what it comes to is logged, as ldap_down and ldap_up.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "connectors/ldap_session.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

class Ldap final : public profile::Connector {
public:
    struct Options {
        LdapServer server;
        std::string base_dn;
        std::string filter;                // with {address} in it
        Milliseconds timeout{10'000};      // of one question, and of connecting
        worker::Worker* worker = nullptr;  // outlives the connector; null: no faces
        std::size_t max_picture_octets = std::size_t{1} << 20;
        Milliseconds first_pause{1'000};     // before connecting again; doubles up to a minute
        Milliseconds refused_pause{60'000};  // the same where the password was wrong: accounts get locked
    };

    explicit Ldap(Options options);
    ~Ldap() override;  // answers all questions, then waits for a step of connecting to reach its limit

    [[nodiscard]] const profile::Traits& traits() const override;
    void find(const profile::Query& query, Done done) override;

private:
    class Desk;
    std::unique_ptr<Desk> desk_;
};

}  // namespace decorum::connectors
