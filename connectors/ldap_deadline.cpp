// The layer: what isn't armed passes through.
#include "connectors/ldap_deadline.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace decorum::connectors {
namespace {

constexpr int between_socket_and_tls = (LBER_SBIOD_LEVEL_PROVIDER + LBER_SBIOD_LEVEL_TRANSPORT) / 2;

int setup(Sockbuf_IO_Desc* layer, void* deadline) {
    layer->sbiod_pvt = deadline;
    return 0;
}

int remove(Sockbuf_IO_Desc*) {
    return 0;
}

int control(Sockbuf_IO_Desc* layer, int option, void* value) {
    return LBER_SBIOD_CTRL_NEXT(layer, option, value);
}

int close(Sockbuf_IO_Desc*) {
    return 0;
}

LdapDeadline& deadline_of(Sockbuf_IO_Desc* layer) {
    return *static_cast<LdapDeadline*>(layer->sbiod_pvt);
}

bool would_block(ber_slen_t result) {
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

LdapDeadline::LdapDeadline()
    : callback_{.lc_add = add, .lc_del = remove, .lc_arg = this},
      io_{.sbi_setup = setup,
          .sbi_remove = connectors::remove,
          .sbi_ctrl = control,
          .sbi_read = read,
          .sbi_write = write,
          .sbi_close = close} {}

bool LdapDeadline::attach(LDAP* handle) {
    return ldap_set_option(handle, LDAP_OPT_CONNECT_CB, &callback_) == LDAP_OPT_SUCCESS;
}

int LdapDeadline::add(LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* callback) {
    auto* deadline = static_cast<LdapDeadline*>(callback->lc_arg);
    return ber_sockbuf_add_io(buffer, &deadline->io_, between_socket_and_tls, deadline);
}

ber_slen_t LdapDeadline::read(Sockbuf_IO_Desc* layer, void* octets, ber_len_t count) {
    const LdapDeadline& deadline = deadline_of(layer);
    for (;;) {
        const bool held = LBER_SBIOD_CTRL_NEXT(layer, LBER_SB_OPT_DATA_READY, nullptr) > 0;
        if (!held && !deadline.wait_for(layer, POLLIN)) return -1;
        const ber_slen_t result = LBER_SBIOD_READ_NEXT(layer, octets, count);
        if (!deadline.is_armed_ || !would_block(result)) return result;
    }
}

ber_slen_t LdapDeadline::write(Sockbuf_IO_Desc* layer, void* octets, ber_len_t count) {
    const LdapDeadline& deadline = deadline_of(layer);
    for (;;) {
        if (!deadline.wait_for(layer, POLLOUT)) return -1;
        const ber_slen_t result = LBER_SBIOD_WRITE_NEXT(layer, octets, count);
        if (!deadline.is_armed_ || !would_block(result)) return result;
    }
}

bool LdapDeadline::wait_for(Sockbuf_IO_Desc* layer, short event) const {
    while (is_armed_) {
        const auto left = std::chrono::ceil<Milliseconds>(moment_ - SteadyClock::now()).count();
        if (left <= 0) {
            errno = ETIMEDOUT;
            return false;
        }
        pollfd ready{.fd = -1, .events = event, .revents = 0};
        ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &ready.fd);
        constexpr std::int64_t longest = std::numeric_limits<int>::max();
        if (::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, longest))) > 0) return true;
    }
    return true;
}

}  // namespace decorum::connectors
