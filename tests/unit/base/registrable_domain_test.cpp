#include "gateway/base/registrable_domain.hpp"

#include <gtest/gtest.h>

namespace decorum {
namespace {

using namespace std::string_view_literals;

TEST(RegistrableDomain, IsWhatSomebodyRegistered) {
    EXPECT_EQ(registrable_domain("mail.example.co.uk"), "example.co.uk");
    EXPECT_EQ(registrable_domain("A.B.Example.ORG"), "example.org");
    EXPECT_EQ(registrable_domain("example.org"), "example.org");
    EXPECT_EQ(registrable_domain("a.user.github.io"), "user.github.io");
}

TEST(RegistrableDomain, IsTheDomainItselfWhereThereIsNone) {
    EXPECT_EQ(registrable_domain("co.uk"), "co.uk");
    EXPECT_EQ(registrable_domain("LocalHost"), "localhost");
    EXPECT_EQ(registrable_domain("[192.0.2.1]"), "[192.0.2.1]");
    EXPECT_EQ(registrable_domain(""), "");
    EXPECT_EQ(registrable_domain("a.example.org\0.b"sv), "a.example.org\0.b"sv);
}

TEST(RegistrableDomain, TakesInternationalNames) {
    EXPECT_EQ(registrable_domain("mail.BÜCHER.example"), "xn--bcher-kva.example");
    EXPECT_EQ(registrable_domain("mail.xn--bcher-kva.example"), "xn--bcher-kva.example");
}

}  // namespace
}  // namespace decorum
