// Reads the login out of an AUTH exchange that passes through us (RFC 4954). We answer nothing and keep no
// password: the server behind us decides, and the login counts only after its 235.
//
// PLAIN (RFC 4616), LOGIN, XOAUTH2, OAUTHBEARER (RFC 7628), CRAM-MD5 (RFC 2195), SCRAM-* (RFC 5802) are read;
// any other mechanism is refused by supports().
//
// Only the first response that isn't empty is looked at: in each of these mechanisms it is the one that names
// the user, and what follows (a LOGIN password, a proof) is never decoded. An exchange that can be read in
// two ways gives no login.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace decorum::smtp {

// One to 512 octets, none of them a control character.
[[nodiscard]] bool is_login(std::string_view text);

class SaslObserver {
public:
    // Mechanisms that may pass: never *-PLUS (channel binding: we stand in the channel), GSSAPI, EXTERNAL.
    [[nodiscard]] static bool supports(std::string_view mechanism);

    explicit SaslObserver(std::string_view mechanism);

    // A client's response line or initial response, base64 ("=" is an empty one); decoded octets that are
    // not a login are wiped at once.
    void client_response(std::string_view base64);

    // The authentication identity; none where an authorization identity was sent that is another. Of
    // OAUTHBEARER, which has no other, the authorization identity. As is_login() says. Not to be logged
    // before the 235: from a client that keeps to no protocol it may be anything.
    [[nodiscard]] const std::optional<std::string>& login() const { return login_; }

private:
    enum class Kind : std::uint8_t { plain, login, bearer, cram, scram, other };
    [[nodiscard]] static Kind kind_of(std::string_view mechanism);

    Kind kind_;
    bool responded_ = false;
    std::optional<std::string> login_;
};

}  // namespace decorum::smtp
