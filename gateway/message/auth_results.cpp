// Authentication-Results (RFC 8601 §2.2) and what they prove of an author (DESIGN, trust gates identity).
//
// The field holds words of strangers (comments, envelope addresses): the reader knows quoting and comments,
// and whatever it doesn't understand fails the whole field, so that no piece of it counts. Linear; 64 KiB at
// most.
#include "gateway/message/auth_results.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/message/cfws.hpp"

namespace decorum::message {
namespace {

constexpr std::size_t max_results = 500;
constexpr std::size_t max_properties = 500;  // of one result

// Keyword = Let-dig / Ldh-str (RFC 5321 §4.1.2), with "_" and "." as ptypes and properties have them.
constexpr ascii::OctetSet keyword_octets = [] {
    ascii::OctetSet set("-_.");
    set.add_range('0', '9').add_range('A', 'Z').add_range('a', 'z');
    return set;
}();

// value = token / quoted-string (RFC 2045 §5.1); pvalue also has local parts, base64 and times: all visible
// octets but those that end or begin something else here.
constexpr ascii::OctetSet value_octets = [] {
    ascii::OctetSet set("!");
    set.add_range(35, 39).add_range(42, 58).add_range(60, 126).add_range(0x80, 0xFF);
    return set;
}();

class ResultsParser {
public:
    explicit ResultsParser(std::string_view text) : text_(text) {}

    // authres-payload = [CFWS] authserv-id [CFWS authres-version] (no-result / 1*resinfo) [CFWS]
    [[nodiscard]] Result<AuthenticationResults> payload() {
        AuthenticationResults out;
        if (auto read = skip(); !read) return std::unexpected(read.error());
        auto id = authserv_id();
        if (!id) return std::unexpected(id.error());
        out.authserv_id = ascii::lower(*id);
        if (auto read = skip(); !read) return std::unexpected(read.error());
        if (!ended() && !next_is(';')) {
            if (auto read = authres_version(); !read) return std::unexpected(read.error());
        }
        while (take(';')) {
            if (auto read = skip(); !read) return std::unexpected(read.error());
            if (ended() || next_is(';')) continue;
            if (auto read = resinfo(out.results); !read) return std::unexpected(read.error());
        }
        if (!ended()) return syntax_error("text after the results");
        return out;
    }

private:
    // authserv-id = value; "=" in it means that the field has none and begins with a result.
    Result<std::string> authserv_id() {
        if (next_is('"')) return quoted_string(text_, at_);
        const std::string id(run(value_octets));
        if (id.empty() || id.contains('=')) return syntax_error("authserv-id");
        return id;
    }

    // authres-version = 1*DIGIT [CFWS]
    Result<> authres_version() {
        const std::string_view digits = run(keyword_octets);
        if (digits != "1") return fail(errc::unsupported, "version of Authentication-Results");
        return skip();
    }

    // no-result = [CFWS] ";" [CFWS] "none"
    // resinfo = [CFWS] ";" methodspec [CFWS reasonspec] [CFWS 1*propspec]
    // methodspec = [CFWS] method [CFWS] "=" [CFWS] result; method = Keyword [[CFWS] "/" [CFWS]
    // method-version]
    Result<> resinfo(std::vector<MethodResult>& results) {
        MethodResult out;
        out.method = ascii::lower(run(keyword_octets));
        if (auto read = skip(); !read) return read;
        if (out.method == "none" && (ended() || next_is(';'))) return {};
        if (take('/')) {
            if (auto read = method_version(); !read) return read;
        }
        if (out.method.empty() || !take('=')) return syntax_error("method");
        if (auto read = skip(); !read) return read;
        out.result = ascii::lower(run(keyword_octets));
        if (out.result.empty()) return syntax_error("result");
        while (true) {
            const std::size_t before = at_;
            if (auto read = skip(); !read) return read;
            if (ended() || next_is(';')) break;
            if (at_ == before) return syntax_error("no white space before a property");
            if (out.properties.size() == max_properties) return fail(errc::limit, "too many properties");
            if (auto read = propspec(out); !read) return read;
        }
        if (results.size() == max_results) return fail(errc::limit, "too many results");
        results.push_back(std::move(out));
        return {};
    }

    // method-version = 1*DIGIT [CFWS]. Only 1 exists (RFC 8601 §2.2).
    Result<> method_version() {
        if (auto read = skip(); !read) return read;
        if (run(keyword_octets) != "1") return fail(errc::unsupported, "version of a method");
        return skip();
    }

    // reasonspec = "reason" [CFWS] "=" [CFWS] value
    // propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
    Result<> propspec(MethodResult& result) {
        std::string name = ascii::lower(run(keyword_octets));
        if (auto read = skip(); !read) return read;
        // White space around the dot: the name comes in pieces.
        while (!ended() && keyword_octets.contains(text_[at_]) && (name.ends_with('.') || next_is('.'))) {
            name += ascii::lower(run(keyword_octets));
            if (auto read = skip(); !read) return read;
        }
        if (name.empty() || !take('=')) return syntax_error("property");
        auto value = pvalue();
        if (!value) return std::unexpected(value.error());
        result.properties.emplace_back(std::move(name), std::move(*value));
        return {};
    }

    // pvalue = [CFWS] ((value / [[local-part] "@"] domain-name)) [CFWS]
    // A quoted local part before "@" makes one value of quoted and plain pieces.
    Result<std::string> pvalue() {
        if (auto read = skip(); !read) return std::unexpected(read.error());
        std::string out;
        while (!ended()) {
            if (next_is('"')) {
                auto piece = quoted_string(text_, at_);
                if (!piece) return piece;
                out += *piece;
            } else if (value_octets.contains(text_[at_])) {
                out += run(value_octets);
            } else {
                break;
            }
        }
        return out;
    }

    [[nodiscard]] bool ended() const { return at_ == text_.size(); }
    [[nodiscard]] bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) {
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }
    std::string_view run(const ascii::OctetSet& set) {
        const std::size_t begin = at_;
        while (!ended() && set.contains(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }
    Result<> skip() {
        const auto skipped = skip_cfws(text_, at_);
        if (!skipped) return std::unexpected(skipped.error());
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// -------------------------------------------------------------------------------------------------- trust

constexpr std::string_view field_name = "Authentication-Results";

// The domain of "local@domain", "@domain", "<local@domain>" or "domain".
std::string_view domain_of(std::string_view pvalue) {
    if (pvalue.starts_with('<') && pvalue.ends_with('>')) pvalue = pvalue.substr(1, pvalue.size() - 2);
    return pvalue.substr(pvalue.rfind('@') + 1);  // npos + 1 == 0
}

// The results of one method in the field that decides about it.
using Deciding = std::vector<MethodResult>;

enum class Dmarc : std::uint8_t { pass, open, fail };

Dmarc dmarc_of(const Deciding& results, const Mailbox& author) {
    Dmarc out = Dmarc::open;
    for (const MethodResult& result : results) {
        if (result.result == "pass") {
            const auto from = result.property("header.from");
            if (from && same_domain(domain_of(*from), author.domain)) out = Dmarc::pass;
        } else if (result.result != "none" && result.result != "temperror") {
            return Dmarc::fail;
        }
    }
    return out;
}

bool aligned(std::optional<std::string_view> pvalue, std::string_view author_domain) {
    if (!pvalue) return false;
    const std::string_view domain = domain_of(*pvalue);
    return !domain.empty() && registrable_domain(domain) == registrable_domain(author_domain);
}

bool is_author(std::optional<std::string_view> pvalue, const Mailbox& author) {
    return pvalue && canonical_address(*pvalue) == canonical_address(author.local_part + '@' + author.domain);
}

bool proves(const MethodResult& result, Trust trust, const Mailbox& author) {
    if (result.result != "pass") return false;
    switch (trust) {
        case Trust::dkim: {
            const bool has_d = std::ranges::any_of(
                result.properties, [](const auto& property) { return property.first == "header.d"; });
            return aligned(result.property(has_d ? "header.d" : "header.i"), author.domain);
        }
        case Trust::spf: return aligned(result.property("smtp.mailfrom"), author.domain);
        case Trust::auth:
            return is_author(result.property("smtp.auth"), author) ||
                   is_author(result.property("smtp.mailfrom"), author);
        case Trust::dmarc: break;  // see dmarc_of
    }
    return false;
}

}  // namespace

std::optional<std::string_view> MethodResult::property(std::string_view name) const {
    std::optional<std::string_view> found;
    for (const auto& [key, value] : properties) {
        if (key != name) continue;
        if (found && *found != value) return std::nullopt;
        found = value;
    }
    return found;
}

std::string_view name_of(Trust trust) {
    switch (trust) {
        case Trust::dmarc: return "dmarc";
        case Trust::dkim: return "dkim";
        case Trust::spf: return "spf";
        case Trust::auth: return "auth";
    }
    return {};
}

Result<AuthenticationResults> parse_authentication_results(std::string_view body) {
    const auto text = plain_field_text(body);
    if (!text) return std::unexpected(text.error());
    return ResultsParser(*text).payload();
}

std::optional<Trust> trust_of(const HeaderSection& header, const Mailbox& author,
                              std::span<const std::string> trusted_authserv_ids) {
    constexpr std::array<Trust, 4> methods = {Trust::dmarc, Trust::dkim, Trust::spf, Trust::auth};
    std::array<Deciding, methods.size()> deciding;

    for (const Field& field : header.fields) {
        if (!field.is(field_name)) continue;
        const auto results = parse_authentication_results(field.body);
        if (!results) continue;
        const auto is_trusted = [&](const std::string& id) {
            return ascii::equals_nocase(id, results->authserv_id);
        };
        if (std::ranges::none_of(trusted_authserv_ids, is_trusted)) continue;
        for (std::size_t i = 0; i < methods.size(); ++i) {
            if (!deciding[i].empty()) continue;  // a field further up has decided
            std::ranges::copy_if(results->results, std::back_inserter(deciding[i]),
                                 [&](const MethodResult& r) { return r.method == name_of(methods[i]); });
        }
    }

    switch (dmarc_of(deciding[0], author)) {
        case Dmarc::pass: return Trust::dmarc;
        case Dmarc::fail: return std::nullopt;
        case Dmarc::open: break;
    }
    for (std::size_t i = 1; i < methods.size(); ++i) {
        const auto proof = [&](const MethodResult& result) { return proves(result, methods[i], author); };
        if (std::ranges::any_of(deciding[i], proof)) return methods[i];
    }
    return std::nullopt;
}

}  // namespace decorum::message
