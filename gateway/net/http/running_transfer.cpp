// Options of libcurl that matter for safety stand together in set_route(); whatever isn't set there and could
// come from the environment or a file (cookies, .netrc, HSTS, Alt-Svc) is off by libcurl's default.
#include "gateway/net/http/running_transfer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "gateway/base/ascii.hpp"
#include "gateway/net/socket_address.hpp"

namespace decorum::net {
namespace {

constexpr std::size_t max_header_octets = std::size_t{64}
                                          << 10;  // of all answers of one transfer, 1xx and trailers too
constexpr long dns_cache_seconds = 600;           // how long a pin holds; transfers are shorter

std::string bracketed(const std::string& host) {
    return host.contains(':') ? "[" + host + "]" : host;
}

// CURLOPT_RESOLVE: "+HOST:PORT:ADDRESS,ADDRESS"; the sign lets the entry age.
std::string resolve_entry(const Pinned& pinned) {
    std::string out = "+" + pinned.where.host + ":" + std::to_string(pinned.where.port) + ":";
    for (const IpAddress& address : pinned.addresses)
        out += (out.ends_with(':') ? "" : ",") + bracketed(address.text());
    return out;
}

// Proxies are asked for one address. Of both kinds IPv4 it is, which more proxies reach.
const IpAddress& preferred(const std::vector<IpAddress>& addresses) {
    const auto v4 = std::ranges::find_if(addresses, &IpAddress::is_v4);
    return v4 != addresses.end() ? *v4 : addresses.front();
}

template <class Body>
bool contained(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return false;
    }
}

RunningTransfer& self_of(void* argument) {
    return *static_cast<RunningTransfer*>(argument);
}

}  // namespace

RunningTransfer::RunningTransfer(Transfer transfer, const HttpOptions& options, const AddressGuard& guard,
                                 Event finished, Milliseconds limit)
    : transfer_(std::move(transfer)), guard_(guard), finished_(std::move(finished)), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    response_.url = transfer_.server.where.url();
    set_callbacks();
    set_request();
    set_route(options);
    // Shares the time among several addresses.
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
}

template <class T>
void RunningTransfer::set(CURLoption option, T value) {
    static_assert(std::is_pointer_v<T> || std::is_same_v<T, long> || std::is_same_v<T, curl_off_t>);
    if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
        fail({errc::unavailable, "libcurl refuses option " + std::to_string(option)});
}

void RunningTransfer::append(List& list, const std::string& text) {
    curl_slist* const longer = curl_slist_append(list.get(), text.c_str());
    if (!longer) throw std::bad_alloc();
    if (!list) list.reset(longer);  // else the list's head stays where it was
}

void RunningTransfer::set_request() {
    set(CURLOPT_URL, response_.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    if (transfer_.post) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer_.body.size()));
        set(CURLOPT_POSTFIELDS, transfer_.body.data());
        append(field_lines_, "Expect:");  // never waits for 100 Continue
    }
    for (const std::string& line : transfer_.field_lines) append(field_lines_, line);
    set(CURLOPT_HTTPHEADER, field_lines_.get());
    set(CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can unpack
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    // Ends a transfer whose Content-Length says that it is too long; take_body() counts what really comes.
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(transfer_.max_octets));
}

void RunningTransfer::set_route(const HttpOptions& options) {
    set(CURLOPT_PROTOCOLS_STR, options.allow_private ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.ca_file.empty()) {
        set(CURLOPT_CAINFO, options.ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    const Pinned& next = transfer_.proxy ? *transfer_.proxy : transfer_.server;
    set(CURLOPT_PROXY, transfer_.proxy ? next.where.origin().c_str() : "");
    set(CURLOPT_NOPROXY, "");
    set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (transfer_.proxy) {
        const Pinned& server = transfer_.server;
        append(connect_to_, "::" + bracketed(preferred(server.addresses).text()) + ":" +
                                std::to_string(server.where.port));
        set(CURLOPT_CONNECT_TO, connect_to_.get());
    }
    if (!next.where.address) {
        append(resolve_, resolve_entry(next));
        set(CURLOPT_RESOLVE, resolve_.get());
        // libcurl would ask the system where it had forgotten the pin: it must not.
        set(CURLOPT_RESOLVER_START_FUNCTION, +[](void*, void*, void*) { return 1; });
    }
    set(CURLOPT_DNS_CACHE_TIMEOUT, dns_cache_seconds);
}

void RunningTransfer::set_callbacks() {
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_OPENSOCKETDATA, this);
    set(
        CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) {
            return self_of(self).open_socket(*address);
        });
    set(CURLOPT_HEADERDATA, this);
    set(
        CURLOPT_HEADERFUNCTION, +[](char* octets, std::size_t size, std::size_t count, void* self) {
            const std::string_view line(octets, size * count);
            return contained([&] { return self_of(self).take_header_line(line); }) ? line.size() : 0;
        });
    set(CURLOPT_WRITEDATA, this);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* octets, std::size_t size, std::size_t count, void* self) {
            const std::string_view piece(octets, size * count);
            return contained([&] { return self_of(self).take_body(piece); }) ? piece.size() : std::size_t{0};
        });
}

bool RunningTransfer::may_connect(const IpAddress& address) const {
    if (transfer_.proxy)
        return std::ranges::find(transfer_.proxy->addresses, address) != transfer_.proxy->addresses.end();
    return guard_.admits(address);
}

curl_socket_t RunningTransfer::open_socket(const curl_sockaddr& address) {
    SocketAddress there;
    if (address.addrlen > sizeof there.storage || (address.family != AF_INET && address.family != AF_INET6))
        return CURL_SOCKET_BAD;
    std::memcpy(&there.storage, &address.addr, address.addrlen);
    if (!may_connect(peer_of(there).address)) {
        address_refused_ = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.protocol);
}

// status-line *( field-line CRLF ) CRLF, once more for each 1xx answer: RFC 9112 §2.1, RFC 9110 §15.2
bool RunningTransfer::take_header_line(std::string_view line) {
    header_octets_ += line.size();
    if (header_octets_ > max_header_octets) {
        fault_ = {errc::limit, host() + ": the header section is too long"};
        return false;
    }
    if (header_complete_) return true;
    if (section_begins_) {
        section_begins_ = false;
        response_.fields.clear();
        return true;
    }
    const std::string_view text = ascii::trim(line);
    if (text.empty()) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        header_complete_ = status >= 200;
        section_begins_ = true;
    } else if (ascii::is_wsp(line.front()) && !response_.fields.empty()) {
        response_.fields.back().value.append(" ").append(text);  // obs-fold, RFC 9112 §5.2
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        response_.fields.push_back({ascii::lower(ascii::trim(text.substr(0, colon))),
                                    std::string(ascii::trim(text.substr(colon + 1)))});
    }
    return true;
}

bool RunningTransfer::take_body(std::string_view octets) {
    if (octets.size() > transfer_.max_octets - response_.body.size()) {
        fault_ = {errc::limit, host() + ": the answer is too long"};
        return false;
    }
    response_.body += octets;
    return true;
}

void RunningTransfer::finish(CURLcode code) {
    if (finished_.raised()) return;
    if (code != CURLE_OK && !fault_) fault_ = error_of(code);
    // libcurl lets a header section pass that ended with the connection.
    if (!header_complete_ && !fault_) fault_ = {errc::reset, host() + ": the header section broke off"};
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    finished_.raise();
}

void RunningTransfer::fail(Error error) {
    if (finished_.raised()) return;
    fault_ = std::move(error);
    finished_.raise();
}

Result<HttpResponse> RunningTransfer::take_result() {
    if (fault_) return std::unexpected(std::move(*fault_));
    return std::move(response_);
}

Error RunningTransfer::error_of(CURLcode code) const {
    const std::string text = host() + ": " + curl_easy_strerror(code);
    if (address_refused_) return {errc::invalid, host() + ": its address may not be reached"};
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY: return {errc::refused, text};
        case CURLE_OPERATION_TIMEDOUT: return {errc::timed_out, text};
        case CURLE_FILESIZE_EXCEEDED: return {errc::limit, host() + ": the answer is too long"};
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_USE_SSL_FAILED: return {errc::tls_failed, host() + ": " + error_text_.data()};
        default: break;
    }
    long proxy_status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (transfer_.proxy && proxy_status / 100 != 2)
        return {errc::refused, host() + ": the proxy answered " + std::to_string(proxy_status)};
    return {errc::reset, text};
}

}  // namespace decorum::net
