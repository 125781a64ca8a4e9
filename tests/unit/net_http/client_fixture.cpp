#include "tests/unit/net_http/client_fixture.hpp"

namespace decorum::net {

// All names that a test uses point to one server.
HttpClientTest::HttpClientTest()
    : server(authority.issue("server", {.alt_names = "DNS:localhost,DNS:profiles.example,DNS:other.example,"
                                                     "DNS:both.example,DNS:mixed.example,DNS:rebinds.example,"
                                                     "IP:127.0.0.1"})) {
    dns.a("profiles.example", {"127.0.0.1"});
    dns.a("other.example", {"127.0.0.1"});
    use(options());
}

HttpOptions HttpClientTest::options() const {
    HttpOptions out;
    out.ca_file = authority.ca_file();
    out.exceptions = {IpPrefix::parse("127.0.0.1").value()};
    out.user_agent = "Decorum/0 (+test)";
    out.dns_servers = {dns.address()};
    return out;
}

void HttpClientTest::use(HttpOptions options) {
    client.reset();
    auto started = HttpClient::start(std::move(options));
    ASSERT_TRUE(started) << started.error().text();
    client = std::move(*started);
}

HttpRequest HttpClientTest::request(const std::string& url) const {
    HttpRequest out;
    out.url = url;
    out.allow_port = true;
    return out;
}

Result<HttpResponse> HttpClientTest::get(const std::string& url) {
    return fetch(request(url));
}

Result<HttpResponse> HttpClientTest::fetch(HttpRequest request) {
    Awaited<HttpResponse> awaited;
    client->fetch(std::move(request), awaited.done());
    return awaited.get();
}

}  // namespace decorum::net
