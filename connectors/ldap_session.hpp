// One bound connection to an LDAP server, over libldap: opened by steps that block within a limit, then asked
// by searches that don't. Used by one thread.
//
// The server's certificate is always verified, over TLS 1.2 or later; a server that refuses StartTLS is not
// spoken to. Neither ldap.conf nor the environment has a say, referrals are not followed, and no message of
// more than 8 MiB is read.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "connectors/ldap_entry.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/profile/connector.hpp"

struct ldap;

namespace decorum::connectors {

class LdapDeadline;

// Before its first use libldap would read ldap.conf, ldaprc in the working folder, and LDAP… variables: to be
// called by a program before it starts a thread, because the environment has no lock.
void ignore_ldap_surroundings();

struct LdapServer {
    std::string url;  // ldap://, ldaps:// or ldapi://
    bool starttls = false;
    std::filesystem::path ca_file{};        // PEM; empty: the system's
    std::string bind_dn{};                  // empty: anonymous
    std::filesystem::path password_file{};  // read at each connection, so that a new password is found
};

// The file's text without the line end. An empty password is an Error: a server takes it for an anonymous
// bind and says that all is well (RFC 4513 §5.1.2).
[[nodiscard]] Result<Secret> read_password(const std::filesystem::path& file);

// What a result code (RFC 4511 §4.1.9) or a failure of libldap's (negative) means to a question.
[[nodiscard]] profile::Outcome outcome_of(int code);

struct LdapFault {
    profile::Outcome outcome = profile::Outcome::failed;
    std::string detail{};
};

class LdapSession {
public:
    using MessageId = int;

    struct Search {
        std::string base_dn;
        std::string filter;
        std::span<const char* const> attributes;
        std::string cookie;  // of the page before; empty: the first
        Milliseconds limit{};
    };
    struct Message {
        MessageId id = 0;
        std::optional<LdapEntry> entry{};  // nothing: the result, and the search is over
        int code = 0;
        std::string cookie{};  // not empty: there are more pages
    };

    // Entries a page (RFC 2696): whether there is a second one is all that one must know.
    static constexpr int page_entries = 2;

    // Connects, starts TLS and binds; all of it within the limit, but for the resolver's own.
    [[nodiscard]] static std::expected<std::unique_ptr<LdapSession>, LdapFault> open(const LdapServer& server,
                                                                                     Milliseconds limit);

    ~LdapSession();
    [[nodiscard]] int descriptor() const;
    [[nodiscard]] std::expected<MessageId, LdapFault> search(const Search& search);
    void abandon(MessageId id);

    // What has arrived; nothing: no more for now. An error: the connection is lost.
    [[nodiscard]] std::expected<std::optional<Message>, LdapFault> next();

private:
    struct Unbind {
        void operator()(::ldap* handle) const;
    };
    explicit LdapSession(::ldap* handle);

    using Step = std::expected<void, LdapFault>;
    Step configure(const LdapServer& server, Milliseconds limit);
    Step connect(Milliseconds limit);
    Step start_tls(SteadyClock::time_point deadline);
    Step bind(const LdapServer& server, SteadyClock::time_point deadline);
    Step await_result(MessageId id, SteadyClock::time_point deadline, const char* step);
    [[nodiscard]] LdapFault fault(int code, const std::string& step) const;

    std::unique_ptr<LdapDeadline> deadline_;  // before the handle, which refers to it
    std::unique_ptr<::ldap, Unbind> handle_;
};

}  // namespace decorum::connectors
