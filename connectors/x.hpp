// X, API v2: an account by its username, and its latest posts. Asked by account only, and only with a token:
// each read is paid for.
//
//   GET {base}/2/users/by/username/{u}?user.fields=…
//   GET {base}/2/users/{id}/tweets?exclude=replies,retweets&max_results=5&…
//
// Each answer tells what it cost; whoever asks keeps the account of a day, across restarts, and asks no more
// once spend_cap is reached. X charges for one thing once a day (UTC), so what was read already costs nothing
// more on that day; that memory is the process's own, and a restart errs on the dear side, as what broke off
// does: nobody knows whether it was served. Profiles hold for a day although they bring posts: half-hourly
// ones would cost forty times as much.
//
// Quirks: errors come inside of 200. "Not Found Error" is an account that is not there (deleted, renamed),
// "Forbidden" one that was suspended: neither is anybody to show. A protected account shows nothing. 429 says
// in x-rate-limit-reset when to go on; 401, 402 and 403 are about us, not about the account.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/secret.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

struct XOptions {
    std::string base_url = "https://api.x.com";
    Secret token{};
    std::uint64_t user_price = 10'000;  // microdollars, as the next
    std::uint64_t post_price = 5'000;
    Milliseconds timeout{10'000};
    WallClock now = wall_clock_now;
};

class X final : public profile::Connector {
public:
    // `fetcher` outlives it, and every question.
    X(net::Fetcher& fetcher, XOptions options);
    ~X() override;

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override;
    [[nodiscard]] std::uint64_t max_microdollars() const override;
    void find(const profile::Query& query, Done done) override;

private:
    class Desk;
    class Visit;
    const std::shared_ptr<Desk> desk_;
    const profile::Traits traits_;
};

}  // namespace decorum::connectors
