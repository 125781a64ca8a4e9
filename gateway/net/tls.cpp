// Building contexts. A file's fault is told with its path and OpenSSL's reason; a private key that is
// encrypted is a fault too, since nobody is there to be asked for its pass phrase.
#include "gateway/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "gateway/base/ip.hpp"
#include "gateway/net/socket_address.hpp"

namespace decorum::net {
namespace {
int no_pass_phrase(char*, int, int, void*) {
    return 0;
}

std::unexpected<Error> bad_file(const std::string& file, const char* what) {
    return fail(errc::invalid, file + ": " + what + ": " + take_tls_faults());
}
}  // namespace

void SslFree::operator()(ssl_st* ssl) const noexcept {
    SSL_free(ssl);
}
void TlsContext::SslContextFree::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

std::string take_tls_faults() {
    std::string out;
    while (const unsigned long code = ERR_get_error()) {
        if (!out.empty()) out += "; ";
        if (ERR_SYSTEM_ERROR(code)) {
            out += text_of_errno(ERR_GET_REASON(code));
        } else if (const char* reason = ERR_reason_error_string(code)) {
            out += reason;
        } else {
            out += std::to_string(code);
        }
    }
    return out.empty() ? "no reason given" : out;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make(bool server) {
    ERR_clear_error();
    std::shared_ptr<TlsContext> out(new TlsContext);
    out->server_ = server;
    out->context_.reset(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
    ssl_ctx_st* const context = out->context_.get();
    if (!context) return fail(errc::tls_failed, take_tls_faults());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);  // one system call a record instead of two
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    return out;
}

Result<std::shared_ptr<TlsContext>> TlsContext::server(const std::string& certificate_file,
                                                       const std::string& private_key_file) {
    auto out = make(true);
    if (!out) return out;
    ssl_ctx_st* const context = (*out)->context_.get();
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
        return bad_file(certificate_file, "no certificate");
    if (SSL_CTX_use_PrivateKey_file(context, private_key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH ||
            ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_TYPE_MISMATCH) {
            ERR_clear_error();
            return fail(errc::invalid,
                        private_key_file + ": not the key of the certificate in " + certificate_file);
        }
        return bad_file(private_key_file, "no usable private key");
    }
    SSL_CTX_set_num_tickets(context, 1);
    return out;
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(TlsVerify verify, const std::string& ca_file,
                                                       const std::string& name) {
    auto out = make(false);
    if (!out) return out;
    TlsContext& self = **out;
    ssl_ctx_st* const context = self.context_.get();
    self.verify_ = verify;
    self.name_ = name;
    self.name_is_address_ = IpAddress::parse(name).has_value();
    if (verify == TlsVerify::none) {
        SSL_CTX_set_cert_verify_callback(context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
        return out;
    }
    if (name.empty()) return fail(errc::invalid, "a certificate can't be verified without a name");
    if (ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1)
            return fail(errc::invalid, "the system's certificates: " + take_tls_faults());
    } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
        return bad_file(ca_file, "no certificates");
    }
    // Without SSL_VERIFY_PEER the chain and the name are looked at all the same, and the handshake goes on.
    SSL_CTX_set_verify(context, verify == TlsVerify::required ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    return out;
}

SslPtr TlsContext::attach(int descriptor) const {
    SslPtr ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), descriptor) != 1) return nullptr;
    if (server_) {
        SSL_set_accept_state(ssl.get());
        return ssl;
    }
    SSL_set_connect_state(ssl.get());
    if (!name_.empty() && !name_is_address_) {
        // The macro casts in the old style.
        std::string name = name_;
        if (SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
            return nullptr;
    }
    if (verify_ != TlsVerify::none) {
        X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl.get());
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int set = name_is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name_.c_str())
                                         : SSL_set1_host(ssl.get(), name_.c_str());
        if (set != 1) return nullptr;
    }
    return ssl;
}

std::optional<Instant> TlsContext::expiry() const noexcept {
    const X509* certificate = SSL_CTX_get0_certificate(context_.get());
    std::tm time{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1)
        return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::from_time_t(::timegm(&time)));
}

bool TlsContext::proved(const ssl_st& ssl) const noexcept {
    return !server_ && verify_ != TlsVerify::none && SSL_get0_peer_certificate(&ssl) != nullptr &&
           SSL_get_verify_result(&ssl) == X509_V_OK;
}

}  // namespace decorum::net
