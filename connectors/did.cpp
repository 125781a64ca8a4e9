#include "connectors/did.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/loose_json.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

constexpr std::string_view plc = "did:plc:";
constexpr std::string_view web = "did:web:";

// label = (alnum) *(alnum / "-") (alnum), at most 63 octets  RFC 1123 §2.1
bool is_label(std::string_view label) {
    constexpr std::size_t max_octets = 63;
    return !label.empty() && label.size() <= max_octets && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

}  // namespace

bool is_plc(std::string_view did) {
    constexpr std::size_t key_octets = 24;
    return did.starts_with(plc) && did.size() == plc.size() + key_octets &&
           std::ranges::all_of(did.substr(plc.size()),
                               [](char c) { return ascii::is_lower(c) || (c >= '2' && c <= '7'); });
}

bool is_did(std::string_view text) {
    return is_plc(text) || (text.starts_with(web) && is_handle(text.substr(web.size())));
}

// The last label begins with a letter, so that no address of a machine is one.
bool is_handle(std::string_view text) {
    constexpr std::size_t max_octets = 253;
    if (text.size() > max_octets || !text.contains('.')) return false;
    for (std::string_view rest = text;;) {
        const auto dot = rest.find('.');
        const std::string_view label = rest.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos) return ascii::is_alpha(label.front());
        rest.remove_prefix(dot + 1);
    }
}

NamedDid did_in_records(const net::TextRecords& records) {
    NamedDid out;
    for (std::string_view record : records) {
        constexpr std::string_view prefix = "did=";
        record = ascii::trim(record);
        if (!record.starts_with(prefix)) continue;
        const std::string did = did_in_text(record.substr(prefix.size()));
        if (did.empty() || did == out.did) continue;
        out.ambiguous = out.ambiguous || !out.did.empty();
        out.did = did;
    }
    return out;
}

std::string did_in_text(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    text = ascii::trim(text);
    return is_did(text) ? std::string(text) : std::string{};
}

std::optional<std::string> did_document_url(std::string_view did, std::string_view plc_url) {
    if (is_plc(did)) return fmt::format("{}/{}", plc_url, did);
    if (is_did(did)) return fmt::format("https://{}/.well-known/did.json", did.substr(web.size()));
    return std::nullopt;
}

bool document_names(const boost::json::value& document, std::string_view did, std::string_view handle) {
    constexpr std::string_view scheme = "at://";
    constexpr std::size_t max_octets = 2048;
    if (loose_json::text(document, {"id"}, max_octets) != did) return false;
    std::string first;
    loose_json::each(loose_json::member(document, "alsoKnownAs"), [&](const boost::json::value& name) {
        const std::string text = loose_json::text(name, profile::max_handle_octets + scheme.size());
        if (first.empty() && text.starts_with(scheme)) first = text.substr(scheme.size());
    });
    return !first.empty() && ascii::equals_nocase(first, handle);
}

}  // namespace decorum::connectors
