#include "gateway/smtp/sasl.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "gateway/base/digest.hpp"

namespace decorum::smtp {
namespace {

using namespace std::string_literals;

std::optional<std::string> login(std::string_view mechanism, std::initializer_list<std::string> responses) {
    SaslObserver observer(mechanism);
    for (const auto& response : responses)
        observer.client_response(response.empty() ? "=" : to_base64(response));
    return observer.login();
}

const std::string digest(32, 'f');

TEST(Sasl, MechanismsPassByAllowList) {
    for (const auto* mechanism : {"PLAIN", "login", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5", "SCRAM-SHA-1",
                                  "Scram-Sha-256", "SCRAM-SHA-512"})
        EXPECT_TRUE(SaslObserver::supports(mechanism)) << mechanism;
    for (const auto* mechanism : {"", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "GSSAPI", "GS2-KRB5",
                                  "EXTERNAL", "NTLM", "DIGEST-MD5", "ANONYMOUS", "PLAIN "})
        EXPECT_FALSE(SaslObserver::supports(mechanism)) << mechanism;
}

TEST(Sasl, Rfc4616_2_PlainGivesTheAuthenticationIdentity) {
    EXPECT_EQ(login("PLAIN", {"\0jane@example.org\0secret"s}), "jane@example.org");
    EXPECT_EQ(login("plain", {"jane@example.org\0jane@example.org\0secret"s}), "jane@example.org");
    EXPECT_EQ(login("PLAIN", {"", "\0jane\0secret"s}), "jane");
}

// Exim takes mallory for the user, Dovecot jane.
TEST(Sasl, AnAuthorizationIdentityThatDiffersGivesNoLogin) {
    EXPECT_EQ(login("PLAIN", {"jane@example.org\0mallory\0secret"s}), std::nullopt);
    EXPECT_EQ(login("PLAIN", {"Jane\0jane\0secret"s}), std::nullopt);
    EXPECT_EQ(login("PLAIN", {"jane\0\0secret"s}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"y,a=jane,n=mallory,r=nonce"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-256", {"n,a=Jane,n=jane,r=nonce"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-256", {"n,a=ja=ne,n=jane,r=nonce"}), std::nullopt);
}

TEST(Sasl, WhatCannotBeReadForSureGivesNoLogin) {
    EXPECT_EQ(login("PLAIN", {"jane"}), std::nullopt);
    EXPECT_EQ(login("PLAIN", {"\0jane"s}), std::nullopt);
    EXPECT_EQ(login("PLAIN", {"\0\0secret"s}), std::nullopt);
    EXPECT_EQ(login("PLAIN", {"\0jane\0sec\0ret"s}), std::nullopt);
    EXPECT_EQ(login("CRAM-MD5", {"jane"}), std::nullopt);
    EXPECT_EQ(login("CRAM-MD5", {"jane abc"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"n,,jane"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"n=jane,r=x"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"n,,n=jane"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"n,,n=ja=ne,r=x"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"n,,m=ext,n=jane,r=x"}), std::nullopt);
    EXPECT_EQ(login("SCRAM-SHA-1", {"p=tls-unique,,n=jane,r=x"}), std::nullopt);
    EXPECT_EQ(login("XOAUTH2", {"auth=Bearer x\x01\x01"}), std::nullopt);
    EXPECT_EQ(login("XOAUTH2", {"user=jane\x01user=paul\x01\x01"}), std::nullopt);
    EXPECT_EQ(login("OAUTHBEARER", {"n,,\x01"
                                    "auth=Bearer x\x01\x01"}),
              std::nullopt);
    EXPECT_EQ(login("GSSAPI", {"jane"}), std::nullopt);
}

TEST(Sasl, LoginIsTheFirstResponseAndThePasswordIsNeverOne) {
    EXPECT_EQ(login("LOGIN", {"jane@example.org", "secret"}), "jane@example.org");
    EXPECT_EQ(login("LOGIN", {"", "jane@example.org", "secret"}), "jane@example.org");
    EXPECT_EQ(login("LOGIN", {"ja\nne", "secret"}), std::nullopt);
    SaslObserver observer("LOGIN");
    observer.client_response("not base64!");
    observer.client_response(to_base64("secret"));
    EXPECT_EQ(observer.login(), std::nullopt);
}

TEST(Sasl, BearerMechanismsNameTheUser) {
    EXPECT_EQ(login("XOAUTH2", {"user=jane@example.org\x01"
                                "auth=Bearer token\x01\x01"}),
              "jane@example.org");
    EXPECT_EQ(login("XOAUTH2", {"auth=Bearer token\x01user=jane@example.org\x01\x01"}), "jane@example.org");
    EXPECT_EQ(login("OAUTHBEARER", {"n,a=jane=2Cm@example.org,\x01host=mail.example\x01"
                                    "auth=Bearer token\x01\x01"}),
              "jane,m@example.org");
}

TEST(Sasl, Rfc2195_CramNamesTheUserBeforeTheDigest) {
    EXPECT_EQ(login("CRAM-MD5", {"jane " + digest}), "jane");
    EXPECT_EQ(login("CRAM-MD5", {"jane martin " + digest}), "jane martin");
}

TEST(Sasl, Rfc5802_7_ScramNamesTheUserInItsFirstMessage) {
    EXPECT_EQ(login("SCRAM-SHA-256", {"n,,n=jane=3D=2C,r=nonce", "c=biws,r=nonce,p=proof"}), "jane=,");
    EXPECT_EQ(login("SCRAM-SHA-1", {"y,a=jane=2C,n=jane=2C,r=nonce"}), "jane,");
}

TEST(Sasl, LoginsAreLimitedAndHoldNoControl) {
    EXPECT_EQ(login("LOGIN", {std::string(512, 'a')}), std::string(512, 'a'));
    EXPECT_EQ(login("LOGIN", {std::string(513, 'a')}), std::nullopt);
    for (const char c : {'\0', '\r', '\n', '\t', '\x1b', '\x7f'})
        EXPECT_EQ(login("LOGIN", {"jane"s + c}), std::nullopt);
    EXPECT_EQ(login("LOGIN", {"j\u00f6rg"}), "j\u00f6rg");
}

TEST(Sasl, ACancelledExchangeGivesNoLogin) {
    SaslObserver observer("PLAIN");
    observer.client_response("*");
    EXPECT_EQ(observer.login(), std::nullopt);
}

}  // namespace
}  // namespace decorum::smtp
