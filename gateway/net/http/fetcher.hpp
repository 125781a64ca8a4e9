// A request to a web server and its answer, as connectors see them.
//
// The interface knows no thread: `done` is called exactly once, on any thread, perhaps before fetch() returns
// (but never with a lock held). It must not block: all other requests wait for it meanwhile. Whatever is
// wrong with the destination, the transfer or the size is an Error; an answer with any status is a Response.
// Nothing is tried twice.
//
// Where you may ask: https on port 443 of a public address, whoever named it. Redirects of a GET are
// followed, each checked like the first URL, and what you put into `fields` and `bearer` goes to the first
// origin only. A redirect that answers a POST is handed to you as it came. Fields and body of an answer are
// as hostile as any peer: they may hold any octet but CR and LF in a field. Of a `from_cache` answer the
// fields may be old; do not read quotas there.
//
// Errors: timed_out, refused (not reached, or its name not resolved), tls_failed, reset (broke off, or was no
// HTTP), limit (too long, or too many redirects), invalid (the request, or an address that may not be
// reached: loopback, private, link-local, metadata), unavailable (too much under way), cancelled (shutting
// down).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::net {

struct HttpField {
    std::string name;
    std::string value;
};

struct HttpRequest {
    std::string url;                // https (RFC 9110 §4.2.2); http where private destinations are allowed
    std::string method = "GET";     // or POST
    std::string body;               // of a POST, with a Content-Type among `fields`
    std::string accept;             // the Accept field; empty: */*
    std::vector<HttpField> fields;  // beside User-Agent, Accept and what caching needs
    Secret bearer;                  // Authorization: Bearer; never sent on to another host by a redirect
    std::uint64_t max_octets = 0;   // of the body, decoded; 0, or more than that: http.max_body
    Milliseconds limit{10'000};     // for all of it, redirects included
    // To which hosts a redirect may lead; one to another host is the answer, and not followed. Empty: to any.
    std::function<bool(std::string_view host)> may_lead_to{};
    bool cacheable = true;    // GET only: may be answered, or revalidated, from the cache
    bool allow_port = false;  // any port, because an SRV record named it; else 443 alone
};

struct HttpResponse {
    int status = 0;
    std::vector<HttpField> fields;  // of the last answer; names in lower case
    std::string body;
    std::string url;          // after redirects
    bool from_cache = false;  // nobody was asked, or a 304 said that nothing changed

    // The first field of that name (lower case); empty where there is none.
    [[nodiscard]] std::string_view field(std::string_view name) const;
};

class Fetcher {
public:
    using Done = std::move_only_function<void(Result<HttpResponse>)>;

    virtual ~Fetcher() = default;
    virtual void fetch(HttpRequest request, Done done) = 0;
    // Somebody was erased: answers that are kept for later may speak of them, and go. What is under way comes
    // to who asked for it, and is not kept.
    virtual void forget() {}
};

}  // namespace decorum::net
