// URLs as they come from profiles and redirects.
#include "gateway/net/http/destination.hpp"

#include <gtest/gtest.h>

namespace decorum::net {
namespace {

constexpr DestinationRules strict{};
constexpr DestinationRules any_port{.any_port = true};
constexpr DestinationRules lenient{.plain_http = true, .any_port = true};

errc fault_of(std::string_view url, DestinationRules rules = strict) {
    const auto out = parse_destination(url, rules);
    EXPECT_FALSE(out) << url << " became " << out->url();
    return out ? errc::io : out.error().code;
}

TEST(Destination, TakesAUrlApartAndWritesItAgain) {
    const auto out = parse_destination("HTTPS://Social.Example/@jane?page=1#top", strict);
    ASSERT_TRUE(out);
    EXPECT_TRUE(out->tls);
    EXPECT_EQ(out->host, "social.example");
    EXPECT_EQ(out->port, 443);
    EXPECT_EQ(out->target, "/@jane?page=1");
    EXPECT_EQ(out->url(), "https://social.example/@jane?page=1");
}

TEST(Destination, AnEmptyPathIsASlash) {
    EXPECT_EQ(parse_destination("https://a.example", strict)->url(), "https://a.example/");
    EXPECT_EQ(parse_destination("https://a.example?x", strict)->url(), "https://a.example/?x");
}

TEST(Destination, OnlyHttps) {
    for (const char* url :
         {"http://a.example/", "ftp://a.example/", "file:///etc/passwd", "gopher://a.example/",
          "//a.example/", "a.example", "", "https:", "https://", "https:a.example", "javascript:alert(1)"})
        EXPECT_EQ(fault_of(url), errc::invalid) << url;
    EXPECT_TRUE(parse_destination("http://a.example/", lenient));
    EXPECT_EQ(fault_of("ftp://a.example/", lenient), errc::invalid);
}

TEST(Destination, OnlyThePortOfTheSchemeUnlessAllowed) {
    EXPECT_EQ(fault_of("https://a.example:8443/"), errc::invalid);
    EXPECT_EQ(fault_of("https://a.example:80/"), errc::invalid);
    EXPECT_TRUE(parse_destination("https://a.example:443/", strict));
    EXPECT_TRUE(parse_destination("https://a.example:/", strict));
    EXPECT_EQ(parse_destination("https://a.example:8443/", any_port)->port, 8443);
    EXPECT_EQ(fault_of("https://a.example:0/", any_port), errc::invalid);
    EXPECT_EQ(fault_of("https://a.example:65536/", any_port), errc::invalid);
    EXPECT_EQ(fault_of("https://a.example:4294967739/", any_port), errc::invalid);  // 443 + 2^32
}

TEST(Destination, NoUserOrPassword) {
    for (const char* url : {"https://jane@a.example/", "https://jane:secret@a.example/",
                            "https://@a.example/", "https://a.example@127.0.0.1/"})
        EXPECT_EQ(fault_of(url), errc::invalid) << url;
}

TEST(Destination, AWholeAddressIsOne) {
    EXPECT_EQ(parse_destination("https://192.0.2.1/", strict)->address->text(), "192.0.2.1");
    const auto v6 = parse_destination("https://[2001:DB8::1]/x", strict);
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->address->text(), "2001:db8::1");
    EXPECT_EQ(v6->url(), "https://[2001:db8::1]/x");
}

TEST(Destination, AddressesInOddFormsAreRefused) {
    for (const char* host : {"127.1",
                             "2130706433",
                             "0x7f.1",
                             "0x7f000001",
                             "0X7F000001",
                             "0177.0.0.1",
                             "010.0.0.1",
                             "127.0.0.1.",
                             "127.0.0.256",
                             "1.2.3.4.5",
                             "8.8.8.8x",
                             "8.8.8.8.evil.example",
                             "a.127",
                             "0x",
                             "999999999999",
                             "[::1%25lo]",
                             "[fe80::1%25eth0]",
                             "[v1.x]",
                             "[127.0.0.1]",
                             "[::1",
                             "::1"})
        EXPECT_EQ(fault_of(std::string("https://") + host + "/"), errc::invalid) << host;
}

TEST(Destination, HostsThatAreNoNamesAreRefused) {
    for (const char* host :
         {"m\xc3\xbcnchen.example", "%6docalhost", "127%2e0.0.1", "a..example", ".example", "a.example.",
          "-a.example", "a b.example", "a\\b.example", "\xe2\x91\xa0.example", "a%00.example"})
        EXPECT_EQ(fault_of(std::string("https://") + host + "/"), errc::invalid) << host;
    EXPECT_TRUE(parse_destination("https://xn--mnchen-3ya.example/", strict));
    EXPECT_TRUE(parse_destination("https://jane_martin.example/", strict)) << "the DNS has such names";
}

TEST(Destination, ControlsAndOverlongUrlsAreRefused) {
    EXPECT_EQ(fault_of("https://a.example/\r\nX: y"), errc::invalid);
    EXPECT_EQ(fault_of(std::string("https://a.example/\0", 19)), errc::invalid);
    EXPECT_EQ(fault_of("https://a.example/" + std::string(max_url_octets, 'a')), errc::invalid);
}

TEST(Destination, AFaultRepeatsNothingOfThePath) {
    const auto out = parse_destination("https://a.example:1/avatar/jane@example.org", strict);
    ASSERT_FALSE(out);
    EXPECT_FALSE(out.error().detail.contains("jane"));
}

TEST(Destination, RedirectsAreResolvedAgainstTheirOrigin) {
    const auto from = parse_destination("https://a.example/x/y?q", strict).value();
    EXPECT_EQ(redirected(from, "z", strict)->url(), "https://a.example/x/z");
    EXPECT_EQ(redirected(from, "/z", strict)->url(), "https://a.example/z");
    EXPECT_EQ(redirected(from, "../z", strict)->url(), "https://a.example/z");
    EXPECT_EQ(redirected(from, "//b.example/z", strict)->url(), "https://b.example/z");
    EXPECT_EQ(redirected(from, "https://b.example/z", strict)->url(), "https://b.example/z");
}

TEST(Destination, RedirectsAreCheckedLikeTheFirstUrl) {
    const auto from = parse_destination("https://a.example/x", strict).value();
    for (const char* location : {"", "http://a.example/", "https://a.example:22/", "https://u@a.example/",
                                 "https://127.1/", "//2130706433/", "file:///etc/passwd", "ht tp://x"})
        EXPECT_FALSE(redirected(from, location, strict)) << location;
}

TEST(Destination, NoRedirectLeavesHttpsEvenWherePlainHttpIsAllowed) {
    const auto from = parse_destination("https://a.example/x", lenient).value();
    EXPECT_FALSE(redirected(from, "http://a.example/", lenient));
    const auto plain = parse_destination("http://a.example/x", lenient).value();
    EXPECT_TRUE(redirected(plain, "https://a.example/", lenient));
    EXPECT_TRUE(redirected(plain, "/y", lenient));
}

}  // namespace
}  // namespace decorum::net
