// What a TLS handshake needs: role, certificate, verification. One TlsContext serves any number of streams
// on any threads; to reload, build a new one: streams keep what they were started with.
//
// TLS 1.2 and later; no renegotiation, no compression, no ALPN. A file that can't be read, or a key that
// does not belong to its certificate, is `invalid` with the file and the reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace decorum::net {

struct SslFree {
    void operator()(ssl_st* ssl) const noexcept;
};
using SslPtr = std::unique_ptr<ssl_st, SslFree>;

enum class TlsVerify : std::uint8_t {
    none,           // not looked at
    opportunistic,  // looked at, a failure is tolerated: ByteStream::verified() tells
    required,       // the handshake fails unless the chain and the name are proved
};

class TlsContext {
public:
    // `certificate_file`: PEM, the leaf first, then the chain.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> server(const std::string& certificate_file,
                                                                    const std::string& private_key_file);

    // `ca_file`: PEM, empty for the system's store. `name`: what the certificate must name, a host name
    // (also sent as SNI, RFC 6066 §3) or an IP address; empty only where nothing is verified.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> client(TlsVerify verify,
                                                                    const std::string& ca_file,
                                                                    const std::string& name);

    // For SocketStream: a session object on the descriptor, its role set. Null where memory is short.
    [[nodiscard]] SslPtr attach(int descriptor) const;
    // When the certificate (the leaf) ends; nothing: a client has none.
    [[nodiscard]] std::optional<Instant> expiry() const noexcept;
    // After a handshake: chain and name of the peer were proved.
    [[nodiscard]] bool proved(const ssl_st& ssl) const noexcept;

private:
    struct SslContextFree {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    TlsContext() = default;
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> make(bool server);

    std::unique_ptr<ssl_ctx_st, SslContextFree> context_;
    bool server_ = false;
    TlsVerify verify_ = TlsVerify::none;
    std::string name_;
    bool name_is_address_ = false;
};

// The faults in OpenSSL's queue of this thread, as text; empties the queue.
[[nodiscard]] std::string take_tls_faults();

}  // namespace decorum::net
