#include "gateway/app/metrics_request.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"

namespace decorum::app {
namespace {

using Parsed = std::expected<MetricsRequest, RefusedRequest>;

std::unexpected<RefusedRequest> refuse(int status) {
    return std::unexpected(RefusedRequest{status});
}

// tchar, RFC 9110 §5.6.2
bool is_token(std::string_view text) {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return ascii::is_alnum(c) || others.find(c) != std::string_view::npos;
    });
}

// The line without its CRLF, which is taken off `rest`. Whoever calls knows that there is one.
std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line;
}

// A CR that belongs to no CRLF, a LF likewise, NUL and other controls: who sends them tries something.
bool has_stray_controls(std::string_view octets) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const char c = octets[i];
        if (c == '\r') {
            if (i + 1 == octets.size()) return false;  // its LF may come
            if (octets[i + 1] != '\n') return true;
            ++i;
        } else if (ascii::is_control(c) && c != '\t') {
            return true;
        }
    }
    return false;
}

// request-target = origin-form / absolute-form  RFC 9112 §3.2; nothing: neither.
std::optional<std::string> path_of(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (ascii::starts_with_nocase(target, scheme)) {
        target.remove_prefix(scheme.size());
        const std::size_t end = target.find_first_of("/?");
        if (end == 0) return std::nullopt;
        if (end == std::string_view::npos || target[end] == '?') return "/";
        target.remove_prefix(end);
    }
    if (!target.starts_with('/')) return std::nullopt;
    return std::string(target.substr(0, target.find_first_of("?#")));
}

// request-line = method SP request-target SP HTTP-version  RFC 9112 §3
Parsed parse_request_line(std::string_view line, bool& needs_host) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return refuse(400);
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(method) || target.find(' ') != std::string_view::npos) return refuse(400);
    if (!version.starts_with("HTTP/")) return refuse(400);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(505);
    if (method != "GET" && method != "HEAD") return refuse(405);
    auto path = path_of(target);
    if (!path) return refuse(400);
    needs_host = version == "HTTP/1.1";
    return MetricsRequest{std::move(*path), method == "HEAD"};
}

// 0: the fields may stand; else why not. `rest` begins with the first of them and ends with the empty line.
int fault_of_fields(std::string_view rest, bool needs_host) {
    int hosts = 0;
    while (!rest.starts_with("\r\n")) {
        const std::string_view line = take_line(rest);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = ascii::trim(line.substr(colon + 1));
        if (ascii::equals_nocase(name, "Host")) ++hosts;
        // Content of a GET has no meaning, and is how requests are smuggled (RFC 9110 §9.3.1).
        if (ascii::equals_nocase(name, "Transfer-Encoding")) return 400;
        if (ascii::equals_nocase(name, "Content-Length") && value != "0") return 400;
    }
    return hosts > 1 || (needs_host && hosts == 0) ? 400 : 0;
}

}  // namespace

std::optional<std::expected<MetricsRequest, RefusedRequest>> parse_metrics_request(std::string_view octets) {
    if (has_stray_controls(octets)) return refuse(400);
    const std::size_t line_end = octets.find("\r\n");
    const std::size_t end = octets.find("\r\n\r\n");
    if (std::min(end, octets.size()) > max_request_octets)
        return refuse(line_end == std::string_view::npos ? 414 : 431);
    if (line_end == std::string_view::npos) return std::nullopt;
    bool needs_host = false;
    std::string_view rest = octets;
    auto request = parse_request_line(take_line(rest), needs_host);
    if (!request) return request;
    if (end == std::string_view::npos) return std::nullopt;
    if (end + 4 != octets.size()) return refuse(400);
    if (const int fault = fault_of_fields(rest, needs_host); fault != 0) return refuse(fault);
    return request;
}

}  // namespace decorum::app
