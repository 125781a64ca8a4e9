#include "gateway/base/canonical.hpp"

#include <gtest/gtest.h>

namespace decorum {
namespace {

TEST(Canonical, BothSpellingsOfADomainAreOne) {
    EXPECT_EQ(canonical_domain("MÜLLER.Example"), "xn--mller-kva.example");
    EXPECT_EQ(canonical_domain("müller.example"), "xn--mller-kva.example");
    EXPECT_EQ(canonical_domain("XN--Mller-kva.example"), "xn--mller-kva.example");
    EXPECT_EQ(canonical_domain("straße.example"), "xn--strae-oqa.example");  // nontransitional
    EXPECT_EQ(canonical_domain("mu\u0308ller.example"), "xn--mller-kva.example");
    EXPECT_TRUE(same_domain("müller.example", "xn--mller-kva.EXAMPLE"));
    EXPECT_FALSE(same_domain("müller.example", "muller.example"));
    EXPECT_TRUE(same_domain("A.example", "a.EXAMPLE"));
}

TEST(Canonical, LocalPartsKeepTheirOctetsBeyondAscii) {
    EXPECT_EQ(canonical_address("JÖrg@Müller.example"), "jÖrg@xn--mller-kva.example");
    EXPECT_EQ(canonical_address("jörg@EXAMPLE.org"), "jörg@example.org");
    EXPECT_EQ(canonical_address("@müller.example"), "@xn--mller-kva.example");
    EXPECT_EQ(canonical_address("Jane@Example.ORG"), "jane@example.org");
    EXPECT_EQ(canonical_address("Postmaster"), "postmaster");
    EXPECT_EQ(canonical_address(""), "");
}

TEST(Canonical, WhatHasNoALabelsStaysInLowerCase) {
    EXPECT_EQ(canonical_domain("A\xff.Example"), "a\xff.example");
    EXPECT_EQ(canonical_domain("-Ü.Example"), "-Ü.example");
    EXPECT_EQ(canonical_domain(std::string(5000, 'A') + "ü"), std::string(5000, 'a') + "ü");
}

TEST(Canonical, NoMarkOfAsciiComesOutOfADomainBeyondIt) {
    for (const std::string_view domain :
         {"müller.example＠other.example", "müller.example＞", "müller\u3000.example", "müller＂.example"})
        EXPECT_EQ(canonical_domain(domain), domain);
    EXPECT_EQ(canonical_domain("ｍüller．example"), "xn--mller-kva.example");
}

TEST(Canonical, SaysWhatIsSoAlready) {
    EXPECT_TRUE(is_plainly_canonical("jane@example.org"));
    EXPECT_FALSE(is_plainly_canonical("Jane@example.org"));
    EXPECT_FALSE(is_plainly_canonical("jane@müller.example"));
}

TEST(Canonical, ALabelsAreReadable) {
    EXPECT_EQ(readable_domain("mail.XN--mller-kva.example"), "mail.müller.example");
    EXPECT_EQ(readable_domain("xn--.example"), "xn--.example");
    EXPECT_EQ(readable_domain("Example.org"), "Example.org");
}

}  // namespace
}  // namespace decorum
