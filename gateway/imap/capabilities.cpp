// See capabilities.hpp.
#include "gateway/imap/capabilities.hpp"

#include <algorithm>
#include <array>

#include "gateway/imap/status.hpp"

namespace decorum::imap {
namespace {

// COMPRESS, CATENATE, MULTIAPPEND, REPLACE, URLAUTH, NOTIFY, FILTERS, CONVERT, UIDONLY, CONTEXT, referrals
// and JMAPACCESS are absent on purpose.
constexpr auto allowed = std::to_array<std::string_view>({
    "IMAP4rev1",   "IMAP4rev2",   "IDLE",        "NAMESPACE",       "ID",
    "ENABLE",      "CONDSTORE",   "QRESYNC",     "UIDPLUS",         "MOVE",
    "ESEARCH",     "SEARCHRES",   "SORT",        "LIST-EXTENDED",   "BINARY",
    "LIST-STATUS", "SPECIAL-USE", "STATUS=SIZE", "UTF8=ACCEPT",     "LITERAL+",
    "LITERAL-",    "UNSELECT",    "CHILDREN",    "WITHIN",          "OBJECTID",
    "SAVEDATE",    "PREVIEW",     "QUOTA",       "QUOTASET",        "ACL",
    "METADATA",    "SASL-IR",     "APPENDLIMIT", "METADATA-SERVER",
});
constexpr auto allowed_beginnings =
    std::to_array<std::string_view>({"THREAD=", "QUOTA=RES-", "RIGHTS=", "APPENDLIMIT="});
constexpr auto mechanisms = std::to_array<std::string_view>({"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"});

constexpr std::string_view auth = "AUTH=";

// SCRAM passes through; its -PLUS forms bind to the TLS channel, which ends here.
bool is_allowed_mechanism(std::string_view mechanism) {
    if (ascii::starts_with_nocase(mechanism, "SCRAM-"))
        return mechanism.size() < 5 || !ascii::equals_nocase(mechanism.substr(mechanism.size() - 5), "-PLUS");
    return std::ranges::any_of(
        mechanisms, [mechanism](std::string_view known) { return ascii::equals_nocase(mechanism, known); });
}

// capability = ("AUTH=" auth-type) / atom  RFC 9051 §9. A word with the announcement of a literal in it would
// announce another one once its neighbours are gone.
bool is_atom(std::string_view word) {
    return std::ranges::all_of(word, [](char octet) { return atom_octets.contains(octet); });
}

bool is_allowed(std::string_view capability, const CapabilityPolicy& policy) {
    if (!is_atom(capability)) return false;
    if (ascii::starts_with_nocase(capability, auth))
        return policy.may_log_in && !policy.authenticated &&
               is_allowed_mechanism(capability.substr(auth.size()));
    if (ascii::equals_nocase(capability, "SASL-IR")) return policy.may_log_in && !policy.authenticated;
    const auto equals = [capability](std::string_view known) {
        return ascii::equals_nocase(capability, known);
    };
    const auto begins = [capability](std::string_view known) {
        return capability.size() > known.size() && ascii::starts_with_nocase(capability, known);
    };
    return std::ranges::any_of(allowed, equals) || std::ranges::any_of(allowed_beginnings, begins);
}

template <class Visit>
void for_each_word(std::string_view list, Visit visit) {
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (end > 0) visit(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

}  // namespace

std::string filter_capabilities(std::string_view list, const CapabilityPolicy& policy) {
    std::string out;
    const auto add = [&out](std::string_view capability) {
        if (!out.empty()) out += ' ';
        out += capability;
    };
    for_each_word(list, [&](std::string_view capability) {
        if (is_allowed(capability, policy)) add(capability);
    });
    if (policy.authenticated) return out;
    if (policy.offers_starttls) add("STARTTLS");
    if (!policy.may_log_in || has_capability(list, "LOGINDISABLED")) add("LOGINDISABLED");
    return out;
}

bool has_capability(std::string_view list, std::string_view capability) {
    bool found = false;
    for_each_word(list, [&](std::string_view word) { found |= ascii::equals_nocase(word, capability); });
    return found;
}

std::string_view capability_list(const Response& response) {
    if (response.kind == Response::Kind::untagged && response.is("CAPABILITY")) return response.text;
    const auto code = response_code(response);
    return code && code->is("CAPABILITY") ? code->arguments : std::string_view{};
}

// Of the capabilities shown these are enabled by name (RFC 9051 §6.3.1, RFC 7162, RFC 6855).
bool may_enable(std::string_view capability) {
    constexpr std::array<std::string_view, 5> known{"CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4rev2",
                                                    "IMAP4rev1"};
    return std::ranges::any_of(
        known, [capability](std::string_view name) { return ascii::equals_nocase(capability, name); });
}

}  // namespace decorum::imap
