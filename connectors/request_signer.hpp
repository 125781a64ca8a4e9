// Signed GETs for servers of the fediverse that answer nobody whom they don't know ("authorized fetch").
//
// HTTP Signatures as the fediverse speaks them (draft-cavage-http-signatures-12, RSA with SHA-256 over the
// request target, Host and Date). Whoever checks one fetches the actor that we name and takes the public key
// from it, so that actor must be published: its document is written beside the key, ready to be served as
// application/activity+json at its own id. The key is made in the state folder at the first start (RSA, 2048
// bits, PEM, mode 0600); gateways that share an actor share it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/net/http/fetcher.hpp"

struct evp_pkey_st;

namespace decorum::connectors {

class RequestSigner {
public:
    struct Options {
        std::filesystem::path key_file;
        std::filesystem::path actor_file;  // where the document to be published is written
        std::string actor_id;              // "https://mx.example.org/decorum/actor"
        std::string key_id;                // empty: "#main-key" of the actor
    };
    // Errors name a file: those of edit_file(), and corrupt (no such key).
    [[nodiscard]] static Result<RequestSigner> open(Options options);

    // Adds Date and Signature. Errors: invalid (not an https URL), corrupt (the key can't sign).
    [[nodiscard]] Result<> sign(net::HttpRequest& request, Instant now) const;

private:
    struct Free {
        void operator()(evp_pkey_st* key) const;
    };
    using Key = std::unique_ptr<evp_pkey_st, Free>;

    RequestSigner(Key key, std::string key_id) : key_(std::move(key)), key_id_(std::move(key_id)) {}
    [[nodiscard]] static Result<Key> load_or_make(const std::filesystem::path& file);
    [[nodiscard]] static Result<> publish(const Options& options, const Key& key);

    Key key_;
    std::string key_id_;
};

}  // namespace decorum::connectors
