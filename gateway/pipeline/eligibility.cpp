#include "gateway/pipeline/eligibility.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/message/mime_tree.hpp"

namespace decorum::pipeline {
namespace {

using message::Status;

// The first word of a field's body: "auto-replied; owner-email=…" → "auto-replied".
std::string first_token(const message::Field& field) {
    const std::string body = message::unfold(field.body);
    return ascii::lower(ascii::trim(std::string_view(body).substr(0, body.find_first_of("; \t("))));
}

// pct-encoded = "%" HEXDIG HEXDIG  RFC 3986 §2.1; what is none stays.
std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool whole = text[i] == '%' && i + 2 < text.size();
        const auto high = whole ? ascii::hex_value(text[i + 1]) : std::nullopt;
        const auto low = high ? ascii::hex_value(text[i + 2]) : std::nullopt;
        out.push_back(low ? static_cast<char>(*high * 16 + *low) : text[i]);
        if (low) i += 2;
    }
    return out;
}

// List-Post: <mailto:list@example.org>, …  RFC 2369 §3.4. Domains beyond ASCII stand in either spelling, and
// in percent-encoding (RFC 6068 §2).
bool posts_to(const message::Field& list_post, const message::Mailbox& author) {
    constexpr std::string_view mailto = "mailto:";
    constexpr std::size_t max_urls = 20;
    constexpr std::size_t max_url_octets = 1024;
    const std::string body = message::unfold(list_post.body);
    const std::string lower = ascii::lower(body);
    const std::string address = canonical_address(author.address());
    std::size_t at = 0;
    for (std::size_t urls = 0; urls < max_urls; ++urls) {
        at = lower.find(mailto, at);
        if (at == std::string::npos) return false;
        at += mailto.size();
        const std::string_view rest = std::string_view(body).substr(at, max_url_octets);
        const std::string_view to = rest.substr(0, rest.find_first_of(">?, \t"));
        if (canonical_address(percent_decoded(to)) == address) return true;
    }
    return false;
}

// A delivery or disposition report (RFC 6522).
bool is_report(const message::HeaderSection& header) {
    const message::Field* field = header.first("Content-Type");
    // Most mail is text, which is soon seen.
    if (field == nullptr || ascii::starts_with_nocase(ascii::trim(field->body), "text/")) return false;
    const auto type = message::media_type(field->body);
    return type && ascii::equals_nocase(type->type, "multipart") &&
           ascii::equals_nocase(type->subtype, "report");
}

// Why nobody wrote this in person; empty where somebody may have.
std::string_view impersonal_reason(const message::HeaderSection& header, const message::Mailbox& author) {
    if (header.first("List-Id") != nullptr) return "list";
    if (const auto* field = header.first("List-Post"); field != nullptr && posts_to(*field, author))
        return "list";
    if (const auto* field = header.first("Precedence")) {
        const std::string precedence = first_token(*field);
        if (precedence == "list") return "list";
        if (precedence == "bulk" || precedence == "junk" || precedence == "auto_reply") return "auto";
    }
    // RFC 3834 §5: anything but "no" was made by a machine.
    if (const auto* field = header.first("Auto-Submitted"); field != nullptr && first_token(*field) != "no")
        return "auto";
    if (is_report(header)) return "bounce";
    return {};
}

}  // namespace

EligibilityRules::EligibilityRules(const config::Annotate& settings) {
    for (const auto& recipient : settings.exclude_recipients) excluded_.insert(canonical_address(recipient));
    for (const auto& local_part : settings.role_addresses) roles_.insert(ascii::lower(local_part));
}

bool EligibilityRules::excludes(const Envelope& envelope) const {
    if (excluded_.empty()) return false;
    for (const auto& path : envelope.recipients) {
        const std::string address = canonical_address(path);
        if (excluded_.contains(address)) return true;
        const std::size_t at = address.rfind('@');
        if (at != std::string::npos && excluded_.contains(address.substr(at))) return true;
    }
    return false;
}

bool EligibilityRules::is_role(std::string_view local_part) const {
    // "noreply+4711" is as little a person as "noreply" (RFC 5233 subaddress).
    const std::string folded = ascii::lower(local_part);
    return roles_.contains(folded) || roles_.contains(folded.substr(0, folded.find('+')));
}

Eligibility EligibilityRules::judge(const message::HeaderSection& header, const Envelope& envelope) const {
    if (excludes(envelope)) return {std::nullopt, Status::excluded, {}};
    if (envelope.reverse_path && envelope.reverse_path->empty())
        return {std::nullopt, Status::none, "bounce"};

    const message::Field* from = header.only("From");
    if (from == nullptr) return {std::nullopt, Status::unauthenticated, "from"};
    auto mailboxes = message::parse_mailbox_list(from->body);
    if (!mailboxes || mailboxes->size() != 1) return {std::nullopt, Status::unauthenticated, "from"};
    message::Mailbox& author = mailboxes->front();

    if (const std::string_view reason = impersonal_reason(header, author); !reason.empty())
        return {std::nullopt, Status::none, reason};
    if (is_role(author.local_part)) return {std::nullopt, Status::none, "role"};
    return {std::move(author), Status::found, {}};
}

}  // namespace decorum::pipeline
