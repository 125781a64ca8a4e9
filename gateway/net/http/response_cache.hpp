// Answers kept for their lifetime, and beyond it for their validators (RFC 9111): a cache of our own
// questions, so "private" doesn't forbid and s-maxage says nothing.
//
// Only an answer of 200 to GET is kept, and only with an explicit lifetime or a validator: nothing is
// guessed, and nothing is served stale. The key holds all of a request that varies, so that any Vary but "*"
// is met by it; it is a hash, and neither URLs nor tokens are found in the table. The least recently used go
// first. One thread.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "gateway/base/clock.hpp"
#include "gateway/net/http/fetcher.hpp"

namespace decorum::net {

struct KeptResponse {
    HttpResponse response;
    SteadyClock::time_point fresh_until;

    [[nodiscard]] std::string_view etag() const { return response.field("etag"); }
    [[nodiscard]] std::string_view last_modified() const { return response.field("last-modified"); }
};

class ResponseCache {
public:
    using Time = SteadyClock::time_point;

    explicit ResponseCache(std::size_t max_octets) : max_octets_(max_octets) {}

    // Of a GET for this URL (which a redirect may have changed).
    [[nodiscard]] static std::string key_of(const HttpRequest& request, std::string_view url);

    // Null where nothing is kept. What was found stays valid whatever happens here.
    [[nodiscard]] std::shared_ptr<const KeptResponse> find(const std::string& key);

    // Keeps an answer, or forgets what was kept where this one may not be.
    void put(const std::string& key, const HttpResponse& response, Time now);

    // A 304 came: the kept answer with the fields that it renews (RFC 9111 §4.3.4), to be put again.
    [[nodiscard]] static HttpResponse renewed(const KeptResponse& kept, const HttpResponse& not_modified);

    void clear();

    [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const KeptResponse> kept;
        std::size_t octets;
    };

    void drop(const std::string& key);

    std::size_t max_octets_;
    std::size_t octets_ = 0;
    std::list<Entry> by_use_;  // the last used first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace decorum::net
