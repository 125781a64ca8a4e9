// A moment after which libldap's reads and writes on one connection fail. libldap has limits of its own for
// most steps, but none for a TLS handshake: with GnuTLS it tries again for ever, without a pause (OpenLDAP
// ITS#8650). So a layer between TLS and the socket waits in its place, and ends the waiting.
#pragma once

#include <lber.h>
#include <ldap.h>

#include "gateway/base/clock.hpp"

namespace decorum::connectors {

class LdapDeadline {
public:
    LdapDeadline();
    LdapDeadline(const LdapDeadline&) = delete;  // libldap holds its place
    LdapDeadline& operator=(const LdapDeadline&) = delete;

    // For every connection that the handle makes from now on. This must outlive the handle.
    [[nodiscard]] bool attach(LDAP* handle);

    void arm(SteadyClock::time_point moment) {
        moment_ = moment;
        is_armed_ = true;
    }
    void disarm() { is_armed_ = false; }

private:
    static int add(LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* callback);
    static void remove(LDAP*, Sockbuf*, ldap_conncb*) {}
    static ber_slen_t read(Sockbuf_IO_Desc* layer, void* octets, ber_len_t count);
    static ber_slen_t write(Sockbuf_IO_Desc* layer, void* octets, ber_len_t count);

    // False: too late, and errno says so.
    [[nodiscard]] bool wait_for(Sockbuf_IO_Desc* layer, short event) const;

    ldap_conncb callback_;
    Sockbuf_IO io_;
    SteadyClock::time_point moment_;
    bool is_armed_ = false;
};

}  // namespace decorum::connectors
