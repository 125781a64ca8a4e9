// Reads logins out of SASL exchanges. See sasl.hpp for the contract.
//
// What can't be read gives no login, never a wrong one and never a fault: the server decides whether the
// exchange succeeds. Decoded octets are wiped before the function that decoded them returns.
#include "gateway/smtp/sasl.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::smtp {
namespace {

constexpr std::size_t max_login_octets = 512;

using Login = std::optional<std::string>;

Login checked(std::string_view login) {
    return is_login(login) ? Login(login) : std::nullopt;
}

// Servers differ in whom they take for the user where the client names another identity to act as: Exim, for
// one, ignores it. So only where both are the same, or one is given, it is known who logged in.
Login agreed(std::string_view authzid, const Login& authcid) {
    return authzid.empty() || authcid == authzid ? authcid : std::nullopt;
}

// message = [authzid] UTF8NUL authcid UTF8NUL passwd  RFC 4616 §2
Login plain_login(std::string_view message) {
    const auto first = message.find('\0');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = message.find('\0', first + 1);
    if (second == std::string_view::npos || message.find('\0', second + 1) != std::string_view::npos)
        return std::nullopt;
    return agreed(message.substr(0, first), checked(message.substr(first + 1, second - first - 1)));
}

// saslname = 1*(value-safe-char / "=2C" / "=3D")  RFC 5801 §4
Login saslname(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        if (text.front() != '=') {
            name += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto escape = text.substr(0, 3);
        if (escape != "=2C" && escape != "=3D") return std::nullopt;
        name += escape == "=2C" ? ',' : '=';
        text.remove_prefix(3);
    }
    return checked(name);
}

struct Gs2Header {
    std::string_view authzid;  // as saslname
    std::string_view rest;     // what follows the header
};

// gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","  RFC 5801 §4, as RFC 5802 §7 and RFC 7628 §3.1 use
// it. The flag "p=" binds the channel, which ends at us.
std::optional<Gs2Header> gs2_header(std::string_view message) {
    if (!message.starts_with("n,") && !message.starts_with("y,")) return std::nullopt;
    message.remove_prefix(2);
    const auto end = message.find(',');
    if (end == std::string_view::npos) return std::nullopt;
    auto authzid = message.substr(0, end);
    if (!authzid.empty()) {
        if (!authzid.starts_with("a=")) return std::nullopt;
        authzid.remove_prefix(2);
    }
    return Gs2Header{.authzid = authzid, .rest = message.substr(end + 1)};
}

// client-first-message = gs2-header username "," nonce ["," extensions]; username = "n=" saslname  RFC 5802
// §7
Login scram_login(std::string_view message) {
    const auto header = gs2_header(message);
    if (!header || !header->rest.starts_with("n=")) return std::nullopt;
    const auto end = header->rest.find(',');
    if (end == std::string_view::npos) return std::nullopt;
    const auto authcid = saslname(header->rest.substr(2, end - 2));
    if (header->authzid.empty()) return authcid;
    const auto authzid = saslname(header->authzid);
    return authzid ? agreed(*authzid, authcid) : std::nullopt;
}

// XOAUTH2: "user=" login %x01 "auth=Bearer " token %x01 %x01, in any order; two users are no login.
// OAUTHBEARER (RFC 7628 §3.1): gs2-header kvsep *kvpair kvsep, the login is the authzid.
Login bearer_login(std::string_view message) {
    if (const auto header = gs2_header(message)) {
        if (!header->rest.starts_with('\x01')) return std::nullopt;
        return saslname(header->authzid);
    }
    constexpr std::string_view user = "user=";
    Login login;
    while (!message.empty()) {
        const auto field = message.substr(0, message.find('\x01'));
        message.remove_prefix(std::min(field.size() + 1, message.size()));
        if (!field.starts_with(user)) continue;
        if (login) return std::nullopt;
        login = checked(field.substr(user.size()));
        if (!login) return std::nullopt;
    }
    return login;
}

// username SP digest (32 hexadecimal digits)  RFC 2195 §2
Login cram_login(std::string_view message) {
    const auto space = message.rfind(' ');
    if (space == std::string_view::npos || message.size() - space - 1 != 32) return std::nullopt;
    return checked(message.substr(0, space));
}

}  // namespace

bool is_login(std::string_view text) {
    return !text.empty() && text.size() <= max_login_octets && std::ranges::none_of(text, ascii::is_control);
}

SaslObserver::Kind SaslObserver::kind_of(std::string_view mechanism) {
    using Entry = std::pair<std::string_view, Kind>;
    static constexpr auto known = std::to_array<Entry>({{"PLAIN", Kind::plain},
                                                        {"LOGIN", Kind::login},
                                                        {"XOAUTH2", Kind::bearer},
                                                        {"OAUTHBEARER", Kind::bearer},
                                                        {"CRAM-MD5", Kind::cram},
                                                        {"SCRAM-SHA-1", Kind::scram},
                                                        {"SCRAM-SHA-256", Kind::scram},
                                                        {"SCRAM-SHA-512", Kind::scram}});
    for (const auto& [name, kind] : known)
        if (ascii::equals_nocase(name, mechanism)) return kind;
    return Kind::other;
}

bool SaslObserver::supports(std::string_view mechanism) {
    return kind_of(mechanism) != Kind::other;
}

SaslObserver::SaslObserver(std::string_view mechanism) : kind_(kind_of(mechanism)) {}

void SaslObserver::client_response(std::string_view base64) {
    // A server that asks for the user name again after an empty response gets it in the next one.
    if (responded_ || base64.empty() || base64 == "=") return;
    responded_ = true;
    auto decoded = from_base64(base64);
    if (!decoded) return;
    switch (kind_) {
        case Kind::plain: login_ = plain_login(*decoded); break;
        case Kind::login: login_ = checked(*decoded); break;
        case Kind::bearer: login_ = bearer_login(*decoded); break;
        case Kind::cram: login_ = cram_login(*decoded); break;
        case Kind::scram: login_ = scram_login(*decoded); break;
        case Kind::other: break;
    }
    OPENSSL_cleanse(decoded->data(), decoded->size());
}

}  // namespace decorum::smtp
