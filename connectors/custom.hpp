// A source that the configuration alone describes ([connector.custom.NAME]): one GET for JSON, and JSON
// pointers (RFC 6901) to where in it the fields of a profile stand.
//
// Asked by address, the answer must name that very address, else nobody was found: only that proves whom it
// is about, and it counts at tier A at most, for it is a web server's word. Asked by handle, the account is
// one whose URL matches the form of accounts there, and is tied as well as the link that led to it. Links
// that it lists are one-way ones (tier C).
//
// A server on the sender's own domain is asked only where that is on the source's list of domains.
//
// Nobody is 404 or 410, or an answer in which no pointer finds anything; other statuses are read as for every
// source (http_answers.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct CustomOptions {
    std::string name;             // "staff"
    config::CustomSource source;  // checked by the configuration's loader
    Secret token{};
    WallClock now = wall_clock_now;
};

class Custom final : public profile::Connector {
public:
    // `fetcher` outlives it.
    Custom(net::Fetcher& fetcher, CustomOptions options);

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    void find(const profile::Query& query, Done done) override;

private:
    [[nodiscard]] std::optional<std::string> handle_in(std::string_view account_url) const;

    net::Fetcher& fetcher_;
    const std::shared_ptr<const CustomOptions> options_;
    const std::string name_;  // "custom.staff"
    const std::string server_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
