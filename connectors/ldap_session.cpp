// libldap, wrapped. What it would do behind our back (wait in read or write without a limit, follow
// referrals, read its own configuration) is switched off here.
#include "connectors/ldap_session.hpp"

#include <fmt/format.h>
#include <ldap.h>
#include <sys/socket.h>

#include <cstdlib>

#include "connectors/ldap_deadline.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::connectors {
namespace {

using profile::Outcome;

constexpr std::size_t max_password_octets = 4096;
constexpr ber_len_t max_message_octets = ber_len_t{8} << 20;
constexpr std::size_t max_values = 100;  // of one attribute
constexpr std::size_t max_diagnostic_octets = 200;
constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr Milliseconds goodbye{500};
constexpr int keepalive_idle_seconds = 60;
constexpr int keepalive_probes = 3;
constexpr int keepalive_interval_seconds = 10;

timeval timeval_of(Milliseconds duration) {
    const auto ms = std::max<std::int64_t>(duration.count(), 1);
    return {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

Milliseconds until(SteadyClock::time_point deadline) {
    return std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
}

struct FreeMessage {
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using MessagePtr = std::unique_ptr<LDAPMessage, FreeMessage>;

struct FreeControl {
    void operator()(LDAPControl* control) const { ldap_control_free(control); }
};

// What a server says in its own words, fit for a line of the log.
std::string printable(const char* text) {
    std::string out;
    for (; text != nullptr && *text != '\0' && out.size() < max_diagnostic_octets; ++text)
        out.push_back(ascii::is_control(*text) || static_cast<unsigned char>(*text) > 0x7e ? '?' : *text);
    return out;
}

LdapEntry entry_of(LDAP* handle, LDAPMessage* message) {
    LdapEntry entry;
    BerElement* position = nullptr;
    for (char* name = ldap_first_attribute(handle, message, &position); name != nullptr;
         name = ldap_next_attribute(handle, message, position)) {
        std::vector<std::string>& values = entry[ascii::lower(name)];
        if (berval** list = ldap_get_values_len(handle, message, name); list != nullptr) {
            for (berval** value = list; *value != nullptr && values.size() < max_values; ++value)
                values.emplace_back((*value)->bv_val, (*value)->bv_len);
            ldap_value_free_len(list);
        }
        ldap_memfree(name);
    }
    if (position != nullptr) ber_free(position, 0);
    return entry;
}

std::string cookie_of(LDAP* handle, LDAPControl** controls) {
    LDAPControl* const paged = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
    ber_int_t estimate = 0;
    berval cookie{};
    if (paged == nullptr ||
        ldap_parse_pageresponse_control(handle, paged, &estimate, &cookie) != LDAP_SUCCESS)
        return {};
    std::string out(cookie.bv_val, cookie.bv_len);
    ber_memfree(cookie.bv_val);
    return out;
}

}  // namespace

void ignore_ldap_surroundings() {
    ::setenv("LDAPNOINIT", "1", 1);
}

Result<Secret> read_password(const std::filesystem::path& file) {
    auto octets = read_file(file, max_password_octets);
    if (!octets) return std::unexpected(std::move(octets.error()));
    while (octets->ends_with('\n') || octets->ends_with('\r')) octets->pop_back();
    if (octets->empty()) return fail(errc::invalid, fmt::format("{}: holds no password", file.native()));
    return Secret(std::move(*octets));
}

Outcome outcome_of(int code) {
    switch (code) {
        case LDAP_INVALID_CREDENTIALS:
        case LDAP_INSUFFICIENT_ACCESS:
        case LDAP_INAPPROPRIATE_AUTH:
        case LDAP_STRONG_AUTH_REQUIRED:
        case LDAP_CONFIDENTIALITY_REQUIRED: return Outcome::forbidden;
        case LDAP_ADMINLIMIT_EXCEEDED: return Outcome::throttled;
        default: return Outcome::failed;
    }
}

LdapSession::LdapSession(::ldap* handle) : deadline_(std::make_unique<LdapDeadline>()), handle_(handle) {}

// To say goodbye must not take long either.
LdapSession::~LdapSession() {
    deadline_->arm(SteadyClock::now() + goodbye);
}

void LdapSession::Unbind::operator()(::ldap* handle) const {
    ldap_unbind_ext(handle, nullptr, nullptr);
}

std::expected<std::unique_ptr<LdapSession>, LdapFault> LdapSession::open(const LdapServer& server,
                                                                         Milliseconds limit) {
    const auto deadline = SteadyClock::now() + limit;
    ::ldap* handle = nullptr;
    if (const int code = ldap_initialize(&handle, server.url.c_str()); code != LDAP_SUCCESS)
        return std::unexpected(LdapFault{.detail = fmt::format("base_url: {}", ldap_err2string(code))});
    std::unique_ptr<LdapSession> session(new LdapSession(handle));
    session->deadline_->arm(deadline);
    if (auto done = session->configure(server, limit); !done) return std::unexpected(done.error());
    if (auto done = session->connect(limit); !done) return std::unexpected(done.error());
    if (server.starttls)
        if (auto done = session->start_tls(deadline); !done) return std::unexpected(done.error());
    if (auto done = session->bind(server, deadline); !done) return std::unexpected(done.error());
    session->deadline_->disarm();
    return session;
}

LdapFault LdapSession::fault(int code, const std::string& step) const {
    char* said = nullptr;
    ldap_get_option(handle_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&said));
    std::string detail = fmt::format("{}: {}", step, ldap_err2string(code));
    std::string words = printable(said);
    // All that libldap says of a certificate that didn't verify.
    if (words == "(unknown error code)")
        words = "is the certificate for this host, and its authority among those to believe?";
    if (!words.empty()) detail.append(" (" + words + ")");
    ldap_memfree(said);
    return {.outcome = outcome_of(code), .detail = std::move(detail)};
}

LdapSession::Step LdapSession::configure(const LdapServer& server, Milliseconds limit) {
    const timeval time = timeval_of(limit);
    const int version = LDAP_VERSION3;
    const int never = LDAP_DEREF_NEVER;
    const int demand = LDAP_OPT_X_TLS_DEMAND;
    const int tls_1_2 = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int client = 0;
    if (!deadline_->attach(handle_.get()))
        return std::unexpected(LdapFault{.detail = "libldap takes no callback"});
    const std::string authorities = server.ca_file.empty() ? system_authorities : server.ca_file.native();
    const std::pair<int, const void*> options[] = {
        {LDAP_OPT_PROTOCOL_VERSION, &version},
        {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
        {LDAP_OPT_RESTART, LDAP_OPT_ON},
        {LDAP_OPT_DEREF, &never},
        {LDAP_OPT_NETWORK_TIMEOUT, &time},
        {LDAP_OPT_TIMEOUT, &time},
        {LDAP_OPT_X_KEEPALIVE_IDLE, &keepalive_idle_seconds},
        {LDAP_OPT_X_KEEPALIVE_PROBES, &keepalive_probes},
        {LDAP_OPT_X_KEEPALIVE_INTERVAL, &keepalive_interval_seconds},
        {LDAP_OPT_X_TLS_REQUIRE_CERT, &demand},
        {LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls_1_2},
        {LDAP_OPT_X_TLS_CACERTFILE, authorities.c_str()},
        {LDAP_OPT_X_TLS_NEWCTX, &client},  // after all that shape it
    };
    const bool uses_tls = server.starttls || ascii::starts_with_nocase(server.url, "ldaps:");
    for (const auto& [option, value] : options) {
        if (option == LDAP_OPT_X_TLS_NEWCTX && !uses_tls) continue;
        if (ldap_set_option(handle_.get(), option, value) != LDAP_OPT_SUCCESS)
            return std::unexpected(
                LdapFault{.detail = option == LDAP_OPT_X_TLS_NEWCTX
                                        ? fmt::format("TLS can't be set up with {}", authorities)
                                        : fmt::format("libldap takes no option {:#x}", option)});
    }
    return {};
}

LdapSession::Step LdapSession::connect(Milliseconds limit) {
    if (const int code = ldap_connect(handle_.get()); code != LDAP_SUCCESS)
        return std::unexpected(fault(code, "connecting"));
    // libldap's own reads and writes block: half a message must not hold the thread.
    const timeval time = timeval_of(limit);
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
        (void)::setsockopt(descriptor(), SOL_SOCKET, option, &time, sizeof time);
    Sockbuf* buffer = nullptr;
    ber_len_t octets = max_message_octets;
    if (ldap_get_option(handle_.get(), LDAP_OPT_SOCKBUF, static_cast<void*>(&buffer)) == LDAP_OPT_SUCCESS)
        ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &octets);
    return {};
}

LdapSession::Step LdapSession::await_result(MessageId id, SteadyClock::time_point deadline,
                                            const char* step) {
    timeval time = timeval_of(until(deadline));
    LDAPMessage* message = nullptr;
    const int type = ldap_result(handle_.get(), id, LDAP_MSG_ALL, &time, &message);
    const MessagePtr owner(message);
    if (type == 0) return std::unexpected(LdapFault{.detail = fmt::format("{}: no answer in time", step)});
    int code = LDAP_SERVER_DOWN;
    if (type < 0)
        ldap_get_option(handle_.get(), LDAP_OPT_RESULT_CODE, &code);
    else if (const int parsed =
                 ldap_parse_result(handle_.get(), message, &code, nullptr, nullptr, nullptr, nullptr, 0);
             parsed != LDAP_SUCCESS)
        code = parsed;
    if (code != LDAP_SUCCESS) return std::unexpected(fault(code, step));
    return {};
}

LdapSession::Step LdapSession::start_tls(SteadyClock::time_point deadline) {
    MessageId id = 0;
    if (const int code = ldap_start_tls(handle_.get(), nullptr, nullptr, &id); code != LDAP_SUCCESS)
        return std::unexpected(fault(code, "StartTLS"));
    if (auto done = await_result(id, deadline, "StartTLS"); !done) return done;
    if (const int code = ldap_install_tls(handle_.get()); code != LDAP_SUCCESS)
        return std::unexpected(fault(code, "TLS"));
    return {};
}

// An anonymous one too: it shows that the server answers.
LdapSession::Step LdapSession::bind(const LdapServer& server, SteadyClock::time_point deadline) {
    Secret password;
    if (!server.bind_dn.empty()) {
        auto read = read_password(server.password_file);
        if (!read) return std::unexpected(LdapFault{.detail = read.error().detail});
        password = std::move(*read);
    }
    const std::string_view octets = password.reveal();
    berval credentials{.bv_len = octets.size(), .bv_val = const_cast<char*>(octets.data())};
    MessageId id = 0;
    const int code = ldap_sasl_bind(handle_.get(), server.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials,
                                    nullptr, nullptr, &id);
    if (code != LDAP_SUCCESS) return std::unexpected(fault(code, "binding"));
    return await_result(id, deadline, "binding");
}

int LdapSession::descriptor() const {
    int number = -1;
    ldap_get_option(handle_.get(), LDAP_OPT_DESC, &number);
    return number;
}

std::expected<LdapSession::MessageId, LdapFault> LdapSession::search(const Search& search) {
    berval cookie{.bv_len = search.cookie.size(), .bv_val = const_cast<char*>(search.cookie.data())};
    LDAPControl* made = nullptr;
    // Not critical: a server without pages answers all the same.
    if (const int code = ldap_create_page_control(handle_.get(), page_entries,
                                                  search.cookie.empty() ? nullptr : &cookie, 0, &made);
        code != LDAP_SUCCESS)
        return std::unexpected(fault(code, "searching"));
    const std::unique_ptr<LDAPControl, FreeControl> paged(made);
    LDAPControl* controls[] = {paged.get(), nullptr};
    std::vector<char*> attributes;
    for (const char* name : search.attributes) attributes.push_back(const_cast<char*>(name));
    attributes.push_back(nullptr);
    timeval time = timeval_of(search.limit);
    MessageId id = 0;
    const int code =
        ldap_search_ext(handle_.get(), search.base_dn.c_str(), LDAP_SCOPE_SUBTREE, search.filter.c_str(),
                        attributes.data(), 0, controls, nullptr, &time, LDAP_NO_LIMIT, &id);
    if (code != LDAP_SUCCESS) return std::unexpected(fault(code, "searching"));
    return id;
}

void LdapSession::abandon(MessageId id) {
    ldap_abandon_ext(handle_.get(), id, nullptr, nullptr);
}

std::expected<std::optional<LdapSession::Message>, LdapFault> LdapSession::next() {
    for (;;) {
        timeval now{};
        LDAPMessage* raw = nullptr;
        const int type = ldap_result(handle_.get(), LDAP_RES_ANY, LDAP_MSG_ONE, &now, &raw);
        const MessagePtr message(raw);
        if (type == 0) return std::nullopt;
        if (type < 0) {
            int code = LDAP_SERVER_DOWN;
            ldap_get_option(handle_.get(), LDAP_OPT_RESULT_CODE, &code);
            return std::unexpected(fault(code, "reading"));
        }
        Message out{.id = ldap_msgid(raw)};
        if (type == LDAP_RES_SEARCH_ENTRY) {
            out.entry = entry_of(handle_.get(), raw);
            return out;
        }
        if (type != LDAP_RES_SEARCH_RESULT) continue;  // references to other servers
        LDAPControl** controls = nullptr;
        const int parsed =
            ldap_parse_result(handle_.get(), raw, &out.code, nullptr, nullptr, nullptr, &controls, 0);
        if (parsed != LDAP_SUCCESS) return std::unexpected(fault(parsed, "reading"));
        out.cookie = cookie_of(handle_.get(), controls);
        ldap_controls_free(controls);
        return out;
    }
}

}  // namespace decorum::connectors
