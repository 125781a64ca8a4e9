#include "gateway/app/http_options.hpp"

namespace decorum::app {

net::HttpOptions http_options(const config::Http& settings, const std::string& hostname) {
    net::HttpOptions out;
    out.proxy = settings.proxy;
    out.ca_file = settings.ca_file.string();
    out.allow_private = settings.allow_private;
    for (const std::string& text : settings.exceptions)
        out.exceptions.push_back(IpPrefix::parse(text).value());
    out.user_agent =
        "Decorum/" DECORUM_VERSION " (+" + (settings.contact.empty() ? hostname : settings.contact) + ")";
    out.dns_servers = settings.dns_servers;
    out.max_body = settings.max_body;
    out.max_redirects = settings.max_redirects;
    out.connections = settings.connections;
    out.cache_octets = settings.cache;
    return out;
}

}  // namespace decorum::app
