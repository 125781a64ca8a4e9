// A network's connector that holds to who an account was when it was confirmed.
//
// Names are given up and taken by others; what the network calls the account for ever (a number, a DID, the
// URL of an actor) stays. Where the registry knows that of a declared account, and the network answers with
// another, the account is somebody else's: nobody is found, and its link is shown no more.
#pragma once

#include <memory>

#include "connectors/registry.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

class Pinned final : public profile::Connector {
public:
    Pinned(std::shared_ptr<profile::Connector> network, std::shared_ptr<const Registry> registry)
        : network_(std::move(network)), registry_(std::move(registry)) {}

    [[nodiscard]] const profile::Traits& traits() const override { return network_->traits(); }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override {
        return network_->answers(handle);
    }
    [[nodiscard]] bool asks_senders_domain(std::string_view address) const override {
        return network_->asks_senders_domain(address);
    }
    [[nodiscard]] std::uint64_t max_microdollars() const override { return network_->max_microdollars(); }
    [[nodiscard]] std::uint64_t generation() const override { return network_->generation(); }
    void find(const profile::Query& query, Done done) override;

private:
    const std::shared_ptr<profile::Connector> network_;
    const std::shared_ptr<const Registry> registry_;
};

}  // namespace decorum::connectors
