#include "gateway/app/http_options.hpp"

#include <gtest/gtest.h>

namespace decorum::app {
namespace {

TEST(HttpOptions, SayWhomToWriteTo) {
    config::Http settings;
    EXPECT_EQ(http_options(settings, "mx.example.org").user_agent,
              "Decorum/" DECORUM_VERSION " (+mx.example.org)");
    settings.contact = "postmaster@example.org";
    EXPECT_EQ(http_options(settings, "mx.example.org").user_agent,
              "Decorum/" DECORUM_VERSION " (+postmaster@example.org)");
}

TEST(HttpOptions, CarryEverySettingOver) {
    const config::Http settings{.proxy = "http://proxy:3128",
                                .ca_file = "/etc/ca.pem",
                                .allow_private = true,
                                .exceptions = {"10.1.2.0/24"},
                                .contact = "",
                                .dns_servers = {"192.0.2.53"},
                                .max_body = 1,
                                .max_redirects = 2,
                                .connections = 3,
                                .cache = 4};
    const net::HttpOptions out = http_options(settings, "mx");
    EXPECT_EQ(out.proxy, "http://proxy:3128");
    EXPECT_EQ(out.ca_file, "/etc/ca.pem");
    EXPECT_TRUE(out.allow_private);
    ASSERT_EQ(out.exceptions.size(), 1U);
    EXPECT_TRUE(out.exceptions[0].contains(IpAddress::parse("10.1.2.3").value()));
    EXPECT_EQ(out.dns_servers, std::vector<std::string>{"192.0.2.53"});
    EXPECT_EQ(out.max_body, 1U);
    EXPECT_EQ(out.max_redirects, 2U);
    EXPECT_EQ(out.connections, 3U);
    EXPECT_EQ(out.cache_octets, 4U);
}

}  // namespace
}  // namespace decorum::app
