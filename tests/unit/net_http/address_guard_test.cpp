// Every range of the tables is tried at its first and last address, and just beside it.
#include "gateway/net/http/address_guard.hpp"

#include <gtest/gtest.h>

namespace decorum::net {
namespace {

IpAddress address(const std::string& text) {
    return IpAddress::parse(text).value();
}

struct Range {
    const char* before;  // "" where another refused range begins or ends there
    const char* first;
    const char* last;
    const char* after;
};

class AddressGuardRange : public testing::TestWithParam<Range> {};

TEST_P(AddressGuardRange, IsRefusedFromItsFirstAddressToItsLast) {
    const Range& range = GetParam();
    EXPECT_FALSE(is_public(address(range.first)));
    EXPECT_FALSE(is_public(address(range.last)));
    if (*range.before) EXPECT_TRUE(is_public(address(range.before))) << range.before;
    if (*range.after) EXPECT_TRUE(is_public(address(range.after))) << range.after;
}

INSTANTIATE_TEST_SUITE_P(
    V4, AddressGuardRange,
    testing::Values(Range{"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
                    Range{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
                    Range{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
                    Range{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
                    Range{"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
                    Range{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
                    Range{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
                    Range{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
                    Range{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
                    Range{"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0"},
                    Range{"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
                    Range{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
                    Range{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
                    Range{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
                    Range{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
                    Range{"223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
                    Range{"", "240.0.0.0", "255.255.255.255", ""}));

INSTANTIATE_TEST_SUITE_P(
    V6, AddressGuardRange,
    testing::Values(Range{"", "::", "1fff:ffff::", "2000::"},
                    Range{"", "2001::", "2001:1ff::1", "2001:200::"},
                    Range{"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff::1", "2001:db9::"},
                    Range{"2001:ffff::", "2002::", "2002:ffff::1", "2003::"},
                    Range{"3ffe:ffff::", "3fff::", "3fff:fff::1", "3fff:1000::"},
                    Range{"3fff:ffff::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""}));

TEST(AddressGuard, RefusesLoopbackLocalAndMetadataAddressesOfV6) {
    for (const char* text :
         {"::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "fec0::1"})
        EXPECT_FALSE(is_public(address(text))) << text;
}

TEST(AddressGuard, RefusesEachFormOfV6ThatCarriesARefusedV4) {
    for (const char* text : {
             "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.1.2.3",  // mapped
             "::127.0.0.1", "::ffff:0:127.0.0.1",                              // compatible, translated
             "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1",  // NAT64
             "64:ff9b:1::8.8.8.8",                                             // NAT64 of a local network
             "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:808:808::1",         // 6to4
             "2001:0:808:808::1",                                              // Teredo
         })
        EXPECT_FALSE(is_public(address(text))) << text;
}

TEST(AddressGuard, AdmitsPublicAddressesInAllTheirForms) {
    for (const char* text :
         {"8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"})
        EXPECT_TRUE(is_public(address(text))) << text;
}

TEST(AddressGuard, ExceptionsAdmitWhatTheyNameAndNoMore) {
    const AddressGuard guard(false, {IpPrefix::parse("10.1.2.0/24").value()});
    EXPECT_TRUE(guard.admits(address("10.1.2.3")));
    EXPECT_FALSE(guard.admits(address("10.1.3.3")));
    EXPECT_FALSE(guard.admits(address("127.0.0.1")));
    EXPECT_TRUE(guard.admits(address("8.8.8.8")));
}

TEST(AddressGuard, AllowPrivateAdmitsAll) {
    const AddressGuard guard(true, {});
    EXPECT_TRUE(guard.admits(address("127.0.0.1")));
    EXPECT_TRUE(guard.admits(address("::1")));
}

}  // namespace
}  // namespace decorum::net
