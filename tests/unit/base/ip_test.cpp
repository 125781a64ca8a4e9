#include "gateway/base/ip.hpp"

#include <gtest/gtest.h>

#include "gateway/base/endpoint.hpp"

namespace decorum {
namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(IpAddress, Rfc4291_2_5_5_2_MappedAddressesAreTheirIpv4Address) {
    EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    EXPECT_TRUE(ip("::ffff:192.0.2.1").is_v4());
    EXPECT_EQ(ip("::ffff:192.0.2.1").text(), "192.0.2.1");
    EXPECT_FALSE(ip("::1").is_v4());
    EXPECT_FALSE(ip("::192.0.2.1").is_v4());
    EXPECT_EQ(std::hash<IpAddress>{}(ip("::ffff:192.0.2.1")), std::hash<IpAddress>{}(ip("192.0.2.1")));
}

TEST(IpAddress, TextReadsBackAndIsCanonical) {
    for (std::string_view text :
         {"0.0.0.0", "255.255.255.255", "192.0.2.1", "::", "::1", "2001:db8::1", "fe80::1"})
        EXPECT_EQ(ip(text).text(), text);
    EXPECT_EQ(ip("2001:0DB8:0:0::0001").text(), "2001:db8::1");
    EXPECT_EQ(IpAddress().text(), "::");
}

TEST(IpAddress, RefusesEverythingElse) {
    using namespace std::string_view_literals;
    for (std::string_view text : {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv, "01.2.3.4 "sv, " 1.2.3.4"sv,
                                  "1.2.3.4\n"sv, "1.2.3.4\0"sv, "1.2.3.4\0evil"sv, "::g"sv, "1::2::3"sv,
                                  "[::1]"sv, "fe80::1%eth0"sv, "localhost"sv, "0x7f.1"sv, "127.1"sv})
        EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpPrefix, Rfc4632_3_1_HoldsExactlyItsRange) {
    const auto prefix = IpPrefix::parse("192.0.2.128/25").value();
    for (int last = 0; last < 256; ++last)
        EXPECT_EQ(prefix.contains(ip("192.0.2." + std::to_string(last))), last >= 128) << last;
    EXPECT_FALSE(prefix.contains(ip("192.0.3.200")));
}

TEST(IpPrefix, EveryLengthHoldsItsBaseAndNotTheFlippedBitBefore) {
    for (unsigned length = 1; length <= 32; ++length) {
        const auto prefix = IpPrefix::parse("0.0.0.0/" + std::to_string(length)).value();
        std::array<std::uint8_t, 4> octets{};
        EXPECT_TRUE(prefix.contains(IpAddress::from_v4(octets)));
        octets[(length - 1) / 8] = static_cast<std::uint8_t>(0x80 >> ((length - 1) % 8));
        EXPECT_FALSE(prefix.contains(IpAddress::from_v4(octets))) << length;
    }
    for (unsigned length = 1; length <= 128; ++length) {
        const auto prefix = IpPrefix::parse("2001:db8::/" + std::to_string(length)).value();
        std::array<std::uint8_t, 16> octets = ip("2001:db8::").octets();
        EXPECT_TRUE(prefix.contains(IpAddress(octets)));
        octets[(length - 1) / 8] ^= static_cast<std::uint8_t>(0x80 >> ((length - 1) % 8));
        EXPECT_FALSE(prefix.contains(IpAddress(octets))) << length;
    }
}

TEST(IpPrefix, AnAddressAloneIsItself) {
    EXPECT_TRUE(IpPrefix::parse("192.0.2.1")->contains(ip("::ffff:192.0.2.1")));
    EXPECT_FALSE(IpPrefix::parse("192.0.2.1")->contains(ip("192.0.2.2")));
}

TEST(IpPrefix, NeverCrossesFamilies) {
    EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0")->contains(ip("203.0.113.9")));
    EXPECT_FALSE(IpPrefix::parse("0.0.0.0/0")->contains(ip("2001:db8::1")));
    EXPECT_TRUE(IpPrefix::parse("::/0")->contains(ip("2001:db8::1")));
    EXPECT_FALSE(IpPrefix::parse("::/0")->contains(ip("203.0.113.9")));
    EXPECT_FALSE(IpPrefix::parse("::/64")->contains(ip("203.0.113.9")));
    EXPECT_TRUE(IpPrefix::parse("::ffff:192.0.2.0/120")->contains(ip("192.0.2.7")));
    EXPECT_FALSE(IpPrefix::parse("::ffff:192.0.2.0/120")->contains(ip("192.0.3.7")));
}

TEST(IpPrefix, RefusesLengthsThatAreNone) {
    for (std::string_view text : {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8",
                                  "192.0.2.0/8 ", "192.0.2.0/4294967295", "192.0.2.0/4294967296",
                                  "2001:db8::/129", "/8", "example.org/8", "192.0.2.0/8/8"})
        EXPECT_FALSE(IpPrefix::parse(text)) << text;
}

TEST(Endpoint, ReadsTheThreeForms) {
    const auto v4 = Endpoint::parse("127.0.0.1:2424").value();
    EXPECT_EQ(v4.host, "127.0.0.1");
    EXPECT_EQ(v4.port, 2424);
    EXPECT_FALSE(v4.is_unix());
    EXPECT_EQ(Endpoint::parse("[2001:db8::1]:25")->host, "2001:db8::1");
    EXPECT_EQ(Endpoint::parse("mail_server.internal:0")->port, 0);
    EXPECT_EQ(Endpoint::parse("unix:/run/dovecot/lmtp")->path, "/run/dovecot/lmtp");
    for (std::string_view text : {"127.0.0.1:2424", "[::1]:25", "mx.example.org:65535", "unix:/a"})
        EXPECT_EQ(Endpoint::parse(text)->text(), text);
}

TEST(Endpoint, RefusesEverythingElse) {
    using namespace std::string_view_literals;
    const std::string long_path = "unix:/" + std::string(107, 'a');
    for (std::string_view text : {""sv,
                                  "localhost"sv,
                                  ":25"sv,
                                  "host:"sv,
                                  "host:65536"sv,
                                  "host:-1"sv,
                                  "host:+1"sv,
                                  "host:25 "sv,
                                  "ho st:25"sv,
                                  "::1:25"sv,
                                  "[::1]"sv,
                                  "[]:25"sv,
                                  "[127.0.0.1]:25"sv,
                                  "[::g]:25"sv,
                                  "unix:"sv,
                                  "unix:relative"sv,
                                  "unix:/a\0b"sv,
                                  "host\0:25"sv,
                                  "h\xc3\xb4te:25"sv,
                                  std::string_view(long_path)})
        EXPECT_FALSE(Endpoint::parse(text)) << text;
    EXPECT_TRUE(Endpoint::parse(std::string_view(long_path).substr(0, 5 + 107)));
}

TEST(HostName, Rfc1123_2_1_LabelsOfLettersDigitsAndInnerHyphens) {
    for (std::string_view text : {"a", "mx.example.org", "3com.example", "a-b.c"})
        EXPECT_TRUE(is_host_name(text)) << text;
    for (std::string_view text : {"", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "\xc3\xa9"})
        EXPECT_FALSE(is_host_name(text)) << text;
    for (std::string_view text : {"a", "mx.example.org", "a_b.example", "_a.example"})
        EXPECT_TRUE(is_web_host_name(text)) << text;
    for (std::string_view text : {"", ".", "a..b", "-a", "a-", "a b", "\xc3\xa9"})
        EXPECT_FALSE(is_web_host_name(text)) << text;
    EXPECT_TRUE(is_host_name(std::string(63, 'a')));
    EXPECT_FALSE(is_host_name(std::string(64, 'a')));
    std::string name = "a";
    while (name.size() < 253) name += ".a";
    EXPECT_TRUE(is_host_name(name));
    EXPECT_FALSE(is_host_name(name + "a"));
}

}  // namespace
}  // namespace decorum
