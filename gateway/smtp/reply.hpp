// SMTP replies (RFC 5321 §4.2) and what an EHLO reply says (§4.1.1.1).
//
// A reply is kept as it came, so that it can be mirrored octet by octet; only its code is read. Lines end
// with CRLF only, here too: a server that sends bare LF, NUL or a code that changes within a reply can't be
// followed safely, and the connection to it is given up (ReplyFault).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/smtp/line_splitter.hpp"

namespace decorum::smtp {

struct Reply {
    int code = 0;        // 200–599
    std::string octets;  // all lines as they came, each with its CRLF

    [[nodiscard]] bool positive() const { return code >= 200 && code < 300; }      // 2yz
    [[nodiscard]] bool intermediate() const { return code >= 300 && code < 400; }  // 3yz
    [[nodiscard]] bool transient() const { return code >= 400 && code < 500; }
    [[nodiscard]] bool permanent() const { return code >= 500; }
    [[nodiscard]] std::vector<std::string_view> texts() const;  // after code and separator, without CRLF
};

// "250 2.1.0 Ok\r\n"; the text is one line (control characters in it become spaces), the enhanced code may be
// empty.
[[nodiscard]] Reply make_reply(int code, std::string_view enhanced_code, std::string_view text);

struct ReplyFault {
    std::string_view reason;  // static text
};

// Octets in, replies out. A fault is final: after one the upstream can't be understood any more. A reply
// holds at most max_lines lines of at most max_line_octets octets, CRLF counted.
class ReplyParser {
public:
    ReplyParser(std::size_t max_line_octets, std::size_t max_lines);

    void feed(std::string_view octets) { lines_.feed(octets); }
    [[nodiscard]] std::variant<NeedInput, Reply, ReplyFault> next();
    [[nodiscard]] bool buffered() const { return !lines_.buffered().empty() || partial_.code != 0; }
    void clear();

private:
    LineSplitter lines_;
    std::size_t max_lines_;
    std::size_t line_count_ = 0;
    Reply partial_;
    bool failed_ = false;
};

// The extensions of an EHLO or LHLO reply.
class Capabilities {
public:
    // The first line is the greeting and names no extension.
    [[nodiscard]] static Capabilities parse(const Reply& ehlo);

    // Keywords and parameters are compared without case. "AUTH=LOGIN", the form before RFC 2554, counts as
    // AUTH.
    [[nodiscard]] bool has(std::string_view keyword) const;
    [[nodiscard]] std::optional<std::string_view> parameters(std::string_view keyword) const;
    [[nodiscard]] std::uint64_t size_octets() const;  // 0: no limit was told
    [[nodiscard]] bool has_parameter(std::string_view keyword, std::string_view parameter) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return entries_; }
    bool operator==(const Capabilities&) const = default;

private:
    std::vector<std::pair<std::string, std::string>> entries_;  // keyword in upper case, parameters as told
};

// What we tell a client, from what the upstream told us. RFC numbers: PIPELINING 2920, SIZE 1870,
// 8BITMIME 6152, SMTPUTF8 6531, DSN 3461, ENHANCEDSTATUSCODES 2034, REQUIRETLS 8689, AUTH 4954,
// STARTTLS 3207. CHUNKING and BINARYMIME are never offered.
struct OfferPolicy {
    bool starttls = false;    // ours, and not yet encrypted
    bool auth = false;        // AUTH may be told now
    bool requiretls = false;  // the way to the upstream is TLS with a verified name
    bool xclient = false;     // to this client, where the upstream has it
    bool xforward = false;
    std::uint64_t size_reserve_octets = 0;  // what we may add to a message
    std::uint64_t max_size_octets = 0;      // ours; 0: none
};
// Lines without code: {"PIPELINING", "SIZE 10240000", …} in a fixed order: what both sides know, by this list
// and no other. SIZE is the smaller of our limit and theirs less the reserve.
[[nodiscard]] std::vector<std::string> offered_extensions(const Capabilities& upstream,
                                                          const OfferPolicy& policy);

}  // namespace decorum::smtp
