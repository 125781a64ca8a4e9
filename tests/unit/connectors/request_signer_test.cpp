#include "connectors/request_signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <fstream>

#include "connectors/webfinger.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/watched_file.hpp"
#include "tests/support/certificates.hpp"
#include "tests/unit/connectors/fediverse.hpp"
#include "tests/unit/connectors/plain_worker.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
using profile::Outcome;

constexpr std::size_t max_octets = 100'000;

class RequestSignerTest : public testing::Test {
protected:
    RequestSigner::Options options() const {
        return {.key_file = folder_.path() / "activitypub.key",
                .actor_file = folder_.path() / "actor.json",
                .actor_id = "https://mx.example.org/actor",
                .key_id = {}};
    }
    boost::json::value published() const {
        return boost::json::parse(read_file(options().actor_file, max_octets).value());
    }
    static net::HttpRequest signed_request(const RequestSigner& signer, const std::string& url) {
        net::HttpRequest request;
        request.url = url;
        EXPECT_TRUE(signer.sign(request, test::noon));
        return request;
    }
    // As a server does it: with the key of the published actor.
    bool is_valid(const std::string& input, const net::HttpRequest& request) const {
        const std::string field = request.fields.at(1).value;
        const auto begin = field.find("signature=\"") + 11;
        const std::string signature = from_base64(field.substr(begin, field.size() - begin - 1)).value();
        const std::string pem(published().at_pointer("/publicKey/publicKeyPem").as_string());
        BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
        EVP_MD_CTX* digest = EVP_MD_CTX_new();
        const bool valid =
            EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, key) == 1 &&
            EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()),
                             signature.size(), reinterpret_cast<const unsigned char*>(input.data()),
                             input.size()) == 1;
        EVP_MD_CTX_free(digest);
        EVP_PKEY_free(key);
        BIO_free(bio);
        return valid;
    }
    test::TemporaryFolder folder_;
};

TEST_F(RequestSignerTest, TheSignatureIsOverTargetHostAndDate) {
    const auto signer = RequestSigner::open(options());
    ASSERT_TRUE(signer) << signer.error().text();
    const auto request = signed_request(*signer, "https://social.example:8443/users/noor?page=true");
    ASSERT_EQ(request.fields.size(), 2U);
    EXPECT_EQ(request.fields[0].name, "Date");
    EXPECT_EQ(request.fields[0].value, "Tue, 24 Nov 2026 12:00:00 GMT");
    EXPECT_TRUE(request.fields[1].value.starts_with(
        R"(keyId="https://mx.example.org/actor#main-key",algorithm="rsa-sha256",headers="(request-target) host date",signature=")"))
        << request.fields[1].value;
    EXPECT_FALSE(request.cacheable);
    const std::string input =
        "(request-target): get /users/noor?page=true\nhost: social.example:8443\ndate: Tue, 24 Nov 2026 "
        "12:00:00 GMT";
    EXPECT_TRUE(is_valid(input, request));
    EXPECT_FALSE(is_valid(input + "x", request));
    EXPECT_TRUE(is_valid("(request-target): get /\nhost: social.example\ndate: Tue, 24 Nov 2026 12:00:00 GMT",
                         signed_request(*signer, "https://social.example:443/#x")));
}

TEST_F(RequestSignerTest, TheActorToBePublishedHoldsThePublicKeyAndNotTheOther) {
    ASSERT_TRUE(RequestSigner::open(options()));
    const auto actor = published();
    EXPECT_EQ(actor.at("id").as_string(), "https://mx.example.org/actor");
    EXPECT_EQ(actor.at_pointer("/publicKey/id").as_string(), "https://mx.example.org/actor#main-key");
    EXPECT_EQ(actor.at_pointer("/publicKey/owner").as_string(), "https://mx.example.org/actor");
    EXPECT_FALSE(read_file(options().actor_file, max_octets)->contains("PRIVATE"));
    struct stat status{};
    ASSERT_EQ(::stat(options().key_file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RequestSignerTest, TheKeyStaysAndItsIdMayBeAnother) {
    ASSERT_TRUE(RequestSigner::open(options()));
    const auto key = read_file(options().key_file, max_octets).value();
    auto other = options();
    other.key_id = "https://mx.example.org/keys/2";
    const auto signer = RequestSigner::open(other);
    ASSERT_TRUE(signer);
    EXPECT_EQ(read_file(options().key_file, max_octets).value(), key);
    const auto request = signed_request(*signer, "https://social.example/a");
    EXPECT_TRUE(request.fields[1].value.starts_with(R"(keyId="https://mx.example.org/keys/2")"));
    EXPECT_TRUE(is_valid(
        "(request-target): get /a\nhost: social.example\ndate: Tue, 24 Nov 2026 12:00:00 GMT", request));
}

TEST_F(RequestSignerTest, WhatIsNoKeyIsAnErrorThatNamesTheFileAndLeavesIt) {
    for (const std::string& content :
         {std::string("secret"),
          std::string("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")}) {
        std::ofstream(options().key_file, std::ios::trunc) << content;
        const auto signer = RequestSigner::open(options());
        ASSERT_FALSE(signer);
        EXPECT_EQ(signer.error().code, errc::corrupt);
        EXPECT_TRUE(signer.error().detail.contains("activitypub.key"));
        EXPECT_FALSE(signer.error().detail.contains("secret"));
        EXPECT_EQ(read_file(options().key_file, max_octets).value(), content);
    }
}

TEST_F(RequestSignerTest, WhatHasNoHostIsNotSigned) {
    const auto signer = RequestSigner::open(options());
    for (const char* url : {"", "http://social.example/", "https://social.example", "ldap://x/"}) {
        net::HttpRequest request;
        request.url = url;
        EXPECT_FALSE(signer->sign(request, test::noon)) << url;
        EXPECT_TRUE(request.fields.empty());
    }
}

// A web whose server answers only signed questions for actors and their outboxes.
class SecureWeb final : public net::Fetcher {
public:
    explicit SecureWeb(test::Web& web) : web_(web) {}
    void fetch(net::HttpRequest request, Done done) override {
        const bool is_document = request.accept == "application/activity+json";
        const bool is_signed = !request.fields.empty() && accepts_signed;
        if (is_document && !is_signed) {
            refused.push_back(request.url);
            return done(net::HttpResponse{401, {}, "Request not signed", request.url, false});
        }
        web_.fetch(std::move(request), std::move(done));
    }
    bool accepts_signed = true;
    std::vector<std::string> refused;

private:
    test::Web& web_;
};

TEST_F(RequestSignerTest, AServerThatAsksForASignatureGetsOneWhereWeHaveAnActor) {
    test::Web web;
    test::FediverseServer server(web, "haddad.example", "noor");
    server.publish();
    web.put(server.lookup_url(), 401, "application/json", R"({"error": "This method requires a user"})");
    SecureWeb secure(web);
    test::PlainWorker worker;
    const profile::Query query{"noor@haddad.example", std::nullopt};

    WebFinger unsigned_one(secure, worker, {.now = [] { return test::noon; }});
    EXPECT_EQ(test::ask(unsigned_one, query).outcome, Outcome::forbidden);

    auto signer = std::make_shared<const RequestSigner>(RequestSigner::open(options()).value());
    WebFinger signing(secure, worker, {.signer = signer, .now = [] { return test::noon; }});
    const auto answer = test::ask(signing, query);
    ASSERT_EQ(answer.outcome, Outcome::found) << answer.detail;
    EXPECT_EQ(answer.profile.activities.size(), 1U);
    for (const auto& request : web.requests)
        if (request.url.contains("/api/") || request.url.contains("webfinger"))
            EXPECT_TRUE(request.fields.empty()) << "signed for nothing: " << request.url;

    secure.accepts_signed = false;
    secure.refused.clear();
    EXPECT_EQ(test::ask(signing, query).outcome, Outcome::forbidden) << "our key was revoked";
    EXPECT_EQ(secure.refused.size(), 2U) << "once without, once with a signature, and no more";
}

}  // namespace
}  // namespace decorum::connectors
