// Replies and capabilities. See reply.hpp for the contract.
//
// A fault of the upstream is a ReplyFault with a static reason; nothing an upstream sends can make anything
// here fail otherwise, and what is kept of it is bounded by the parser's limits.
#include "gateway/smtp/reply.hpp"

#include <algorithm>
#include <charconv>

#include "gateway/base/ascii.hpp"
#include "gateway/smtp/sasl.hpp"

namespace decorum::smtp {
namespace {

constexpr std::string_view crlf = "\r\n";

// Reply-code = %x32-35 %x30-35 %x30-39  RFC 5321 §4.2; the second digit is taken as it comes.
// Returns 0 where there is none.
int reply_code(std::string_view line) {
    if (line.size() < 3) return 0;
    if (line[0] < '2' || line[0] > '5' || !ascii::is_digit(line[1]) || !ascii::is_digit(line[2])) return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

std::string_view reason_of(LineFault::Kind kind) {
    switch (kind) {
        case LineFault::Kind::too_long: return "reply line too long";
        case LineFault::Kind::bare_cr: return "bare CR in a reply";
        case LineFault::Kind::bare_lf: return "bare LF in a reply";
        case LineFault::Kind::nul: return "NUL in a reply";
    }
    return "malformed reply";
}

std::string_view trim_spaces(std::string_view text) {
    while (!text.empty() && ascii::is_wsp(text.front())) text.remove_prefix(1);
    while (!text.empty() && ascii::is_wsp(text.back())) text.remove_suffix(1);
    return text;
}

// Takes the next word of `rest`; empty when there is none.
std::string_view take_word(std::string_view& rest) {
    rest = trim_spaces(rest);
    const auto word = rest.substr(0, std::min(rest.find_first_of(" \t"), rest.size()));
    rest.remove_prefix(word.size());
    return word;
}

bool has_word(std::string_view words, std::string_view wanted) {
    for (auto word = take_word(words); !word.empty(); word = take_word(words))
        if (ascii::equals_nocase(word, wanted)) return true;
    return false;
}

// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")  RFC 5321 §4.1.1.1
bool is_ehlo_keyword(std::string_view text) {
    return !text.empty() && ascii::is_alnum(text.front()) &&
           std::ranges::all_of(text, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), ascii::to_upper);
    return out;
}

std::string with_parameters(std::string_view keyword, std::string_view parameters) {
    std::string line(keyword);
    if (!parameters.empty()) line.append(" ").append(parameters);
    return line;
}

}  // namespace

std::vector<std::string_view> Reply::texts() const {
    std::vector<std::string_view> texts;
    std::string_view rest = octets;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(crlf), rest.size());
        texts.push_back(rest.substr(std::min<std::size_t>(4, end), end - std::min<std::size_t>(4, end)));
        rest.remove_prefix(std::min(end + crlf.size(), rest.size()));
    }
    return texts;
}

Reply make_reply(int code, std::string_view enhanced_code, std::string_view text) {
    Reply reply{.code = code, .octets = std::to_string(code)};
    reply.octets += ' ';
    if (!enhanced_code.empty()) reply.octets.append(enhanced_code).append(" ");
    for (const char c : text) reply.octets += ascii::is_control(c) ? ' ' : c;
    reply.octets += crlf;
    return reply;
}

ReplyParser::ReplyParser(std::size_t max_line_octets, std::size_t max_lines)
    : lines_(max_line_octets), max_lines_(max_lines) {}

// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF  RFC 5321 §4.2
std::variant<NeedInput, Reply, ReplyFault> ReplyParser::next() {
    const auto failed = [this](std::string_view reason) {
        failed_ = true;
        lines_.clear();
        partial_ = {};
        return ReplyFault{reason};
    };
    if (failed_) return failed("a fault in an earlier reply");
    for (;;) {
        const auto event = lines_.next();
        if (std::holds_alternative<NeedInput>(event)) return NeedInput{};
        if (const auto* fault = std::get_if<LineFault>(&event)) return failed(reason_of(fault->kind));
        const std::string_view text = std::get<Line>(event).text;
        const int code = reply_code(text);
        if (code == 0) return failed("not a reply code");
        if (partial_.code != 0 && code != partial_.code) return failed("the code changes within a reply");
        if (++line_count_ > max_lines_) return failed("too many lines in a reply");
        const char separator = text.size() > 3 ? text[3] : ' ';
        if (separator != ' ' && separator != '-') return failed("neither space nor hyphen after a code");
        partial_.code = code;
        if (partial_.octets.empty()) partial_.octets.reserve(text.size() + crlf.size());
        partial_.octets.append(text).append(crlf);
        if (separator == '-') continue;
        line_count_ = 0;
        return std::exchange(partial_, {});
    }
}

void ReplyParser::clear() {
    lines_.clear();
    partial_ = {};
    line_count_ = 0;
    failed_ = false;
}

// ehlo-line = ehlo-keyword *( SP ehlo-param )  RFC 5321 §4.1.1.1. A line that isn't one is left out, and so
// is a keyword's second line; but AUTH, which servers tell twice for old clients, is the sum of both.
Capabilities Capabilities::parse(const Reply& ehlo) {
    Capabilities capabilities;
    const auto texts = ehlo.texts();
    for (std::size_t i = 1; i < texts.size(); ++i) {
        std::string_view rest = texts[i];
        std::string_view keyword = take_word(rest);
        std::string parameters(trim_spaces(rest));
        if (ascii::starts_with_nocase(keyword, "AUTH=")) {
            parameters = with_parameters(keyword.substr(5), parameters);
            keyword = keyword.substr(0, 4);
        }
        if (!is_ehlo_keyword(keyword)) continue;
        const auto known = std::ranges::find_if(capabilities.entries_, [keyword](const auto& entry) {
            return ascii::equals_nocase(entry.first, keyword);
        });
        if (known == capabilities.entries_.end()) {
            capabilities.entries_.emplace_back(upper(keyword), trim_spaces(parameters));
        } else if (known->first == "AUTH") {
            std::string_view mechanisms = parameters;
            for (auto word = take_word(mechanisms); !word.empty(); word = take_word(mechanisms))
                if (!has_word(known->second, word)) known->second = with_parameters(known->second, word);
        }
    }
    return capabilities;
}

bool Capabilities::has(std::string_view keyword) const {
    return parameters(keyword).has_value();
}

std::optional<std::string_view> Capabilities::parameters(std::string_view keyword) const {
    for (const auto& [known, parameters] : entries_)
        if (ascii::equals_nocase(known, keyword)) return parameters;
    return std::nullopt;
}

// size-param = *20DIGIT  RFC 1870 §3. What is no number of 64 bits tells no limit.
std::uint64_t Capabilities::size_octets() const {
    std::string_view rest = parameters("SIZE").value_or("");
    const auto word = take_word(rest);
    std::uint64_t octets = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), octets);
    return error == std::errc{} && end == word.data() + word.size() ? octets : 0;
}

bool Capabilities::has_parameter(std::string_view keyword, std::string_view parameter) const {
    return has_word(parameters(keyword).value_or(""), parameter);
}

std::vector<std::string> offered_extensions(const Capabilities& upstream, const OfferPolicy& policy) {
    std::vector<std::string> offered;
    const auto offer_as_told = [&](std::string_view keyword) {
        if (const auto told = upstream.parameters(keyword))
            offered.push_back(with_parameters(keyword, *told));
    };
    const auto offer_if_told = [&](std::string_view keyword) {
        if (upstream.has(keyword)) offered.emplace_back(keyword);
    };
    offer_if_told("PIPELINING");
    if (upstream.has("SIZE")) {
        constexpr std::uint64_t none = 0;
        std::uint64_t theirs = upstream.size_octets();
        // What we add counts for them, not for us; "SIZE 0" would say that there is no limit.
        if (theirs != none)
            theirs = theirs > policy.size_reserve_octets ? theirs - policy.size_reserve_octets : 1;
        const std::uint64_t ours = policy.max_size_octets;
        const std::uint64_t limit =
            theirs == none || ours == none ? std::max(theirs, ours) : std::min(theirs, ours);
        offered.push_back(limit == none ? "SIZE" : "SIZE " + std::to_string(limit));
    }
    for (const std::string_view keyword : {"8BITMIME", "SMTPUTF8", "DSN"}) offer_if_told(keyword);
    offer_if_told("ENHANCEDSTATUSCODES");
    if (policy.requiretls) offer_if_told("REQUIRETLS");
    if (policy.auth) {
        std::string line = "AUTH";
        std::string_view mechanisms = upstream.parameters("AUTH").value_or("");
        for (auto word = take_word(mechanisms); !word.empty(); word = take_word(mechanisms))
            if (SaslObserver::supports(word)) line = with_parameters(line, upper(word));
        if (line != "AUTH") offered.push_back(std::move(line));
    }
    if (policy.starttls) offered.emplace_back("STARTTLS");
    if (policy.xclient && upstream.has("XCLIENT")) {
        std::string line = "XCLIENT";
        for (const std::string_view attribute : {"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN"})
            if (upstream.has_parameter("XCLIENT", attribute)) line = with_parameters(line, attribute);
        offered.push_back(std::move(line));
    }
    if (policy.xforward) offer_as_told("XFORWARD");
    return offered;
}

}  // namespace decorum::smtp
