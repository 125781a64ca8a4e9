// Properties of Authentication-Results, for any octets:
// - methods, results and property names of a field that was read are keywords in lower case;
// - rendered again with quoted values and read again, the field says the same;
// - a comment, whatever it says, put where white space may stand changes nothing;
// - an untrusted authserv-id never gives trust, nor does a trusted field that can't be read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/message/auth_results.hpp"
#include "gateway/message/cfws.hpp"

using namespace decorum;
using namespace decorum::message;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_keyword(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return ascii::is_lower(c) || ascii::is_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

// `space` is white space or a comment.
std::string render(const AuthenticationResults& results, std::string_view space) {
    std::string out = quoted(results.authserv_id);
    for (const MethodResult& result : results.results) {
        out.append(";").append(space).append(result.method).append(space).append("=").append(result.result);
        for (const auto& [name, value] : result.properties) {
            out.append(space).append(name).append(space).append("=").append(space).append(quoted(value));
        }
    }
    return out;
}

bool same(const AuthenticationResults& a, const AuthenticationResults& b) {
    return a.authserv_id == b.authserv_id &&
           std::ranges::equal(a.results, b.results, [](const MethodResult& x, const MethodResult& y) {
               return x.method == y.method && x.result == y.result && x.properties == y.properties;
           });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const std::vector<std::string> trusted = {"mx.example.org"};
    const Mailbox author{.display_name = {}, .local_part = "jane", .domain = "acme.example"};

    const auto results = parse_authentication_results(body);
    if (results) {
        for (const MethodResult& result : results->results) {
            require(is_keyword(result.method) && is_keyword(result.result));
            for (const auto& [name, value] : result.properties) require(is_keyword(name));
        }
        for (std::string_view space : {" ", " (; dmarc=pass (\\)) header.from=acme.example)\t"}) {
            const std::string rendered = render(*results, space);
            if (rendered.size() > max_structured_octets) continue;
            const auto again = parse_authentication_results(rendered);
            require(again && same(*again, *results));
        }
    }

    const std::string header = "Authentication-Results:" + std::string(body) + "\r\n\r\n";
    const auto trust = trust_of(scan_header(header), author, trusted);
    require(!trust_of(scan_header(header), author, {}));
    const bool one_field = !body.contains('\n');
    if (trust && one_field) {
        require(results && results->authserv_id == trusted.front());
        require(std::ranges::any_of(results->results, [&](const MethodResult& result) {
            return result.method == name_of(*trust) && result.result == "pass";
        }));
    }
    return 0;
}
