// Known answers: FIPS 180-4 examples, RFC 4231 §4 (HMAC-SHA-256), RFC 4648 §10 (base64).
#include "gateway/base/digest.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <set>
#include <thread>

#include "gateway/base/secret.hpp"

namespace decorum {
namespace {

std::string hex_of(const Sha256& digest) {
    return to_hex(view_of(digest));
}

TEST(Sha256, Fips180_4_KnownAnswers) {
    EXPECT_EQ(hex_of(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_of(sha256({"abc"})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of(sha256({"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"})),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex_of(sha256({std::string(1'000'000, 'a')})),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesCountAsTheirConcatenation) {
    EXPECT_EQ(sha256({"a", "", "bc"}), sha256({"abc"}));
    EXPECT_EQ(hmac_sha256("k", {"a", "bc"}), hmac_sha256("k", {"abc"}));
}

struct HmacCase {
    std::string key, data, mac;
};

TEST(HmacSha256, Rfc4231_4_KnownAnswers) {
    std::string counting;
    for (char c = 1; c <= 25; ++c) counting.push_back(c);
    const std::vector<HmacCase> cases = {
        {std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {counting, std::string(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs "
         "to be hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    for (const HmacCase& known : cases) EXPECT_EQ(hex_of(hmac_sha256(known.key, {known.data})), known.mac);
}

TEST(HmacSha256, AKeyOfOneBlockIsNotHashed) {
    EXPECT_NE(hmac_sha256(std::string(64, 'k'), {"x"}),
              hmac_sha256(view_of(sha256({std::string(64, 'k')})), {"x"}));
    EXPECT_EQ(hmac_sha256(std::string(65, 'k'), {"x"}),
              hmac_sha256(view_of(sha256({std::string(65, 'k')})), {"x"}));
}

TEST(HmacSha256, ThreadsDoNotDisturbEachOther) {
    const Sha256 expected = hmac_sha256("key", {"text"});
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j)
                if (hmac_sha256("key", {"te", "xt"}) != expected) ++wrong;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(ConstantTimeComparison, IsEqualityOfOctetsAndLength) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Hex, WritesTwoLowerCaseDigitsAnOctet) {
    EXPECT_EQ(to_hex(std::string_view("\x00\x0f\xff", 3)), "000fff");
}

TEST(Base64, Rfc4648_10_KnownAnswers) {
    const std::vector<std::pair<std::string, std::string>> known = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
    for (const auto& [octets, text] : known) {
        EXPECT_EQ(to_base64(octets), text);
        EXPECT_EQ(from_base64(text), octets);
    }
}

TEST(Base64, EveryOctetAtEveryPlaceComesBack) {
    for (int octet = 0; octet < 256; ++octet)
        for (std::size_t place = 0; place < 3; ++place)
            for (std::size_t size = place + 1; size <= 4; ++size) {
                std::string octets(size, 'x');
                octets[place] = static_cast<char>(octet);
                ASSERT_EQ(from_base64(to_base64(octets)), octets);
            }
}

TEST(Base64, OneTextForOneValue) {
    // Wrong length, padding inside or alone, other alphabets, blanks, and octets that decode to nothing.
    for (std::string_view text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm9 v", "_-_-",
                                  "Zm8=\r\n", "Zh==", "Zm9=", "Zg==="})
        EXPECT_FALSE(from_base64(text)) << text;
    for (int octet = 0; octet < 256; ++octet) {
        const std::string text = std::string("AAA") + static_cast<char>(octet);
        const bool member = std::isalnum(octet) != 0 || octet == '+' || octet == '/' || octet == '=';
        EXPECT_EQ(from_base64(text).has_value(), member && octet < 128) << octet;
    }
}

TEST(RandomOctets, GivesTheCountAndNeverTheSameTwice) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const std::string octets = random_octets(16);
        ASSERT_EQ(octets.size(), 16U);
        seen.insert(octets);
    }
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(random_octets(0), "");
}

TEST(Secret, LeavesNoOctetInItsPlaceWhenItDies) {
    alignas(Secret) std::array<char, sizeof(Secret)> place{};
    std::array<char, sizeof(Secret)> other_place{};
    auto* secret = new (place.data()) Secret(std::string("hunter2"));  // short: held in the object itself
    EXPECT_EQ(secret->reveal(), "hunter2");
    Secret moved(std::move(*secret));
    EXPECT_EQ(moved.reveal(), "hunter2");
    secret->~Secret();
    std::memcpy(other_place.data(), place.data(), place.size());
    EXPECT_FALSE(std::string_view(other_place.data(), other_place.size()).contains("unter"));
}

TEST(Secret, CopiesAndAssignmentsHoldTheOctets) {
    const Secret first(std::string(100, 's'));
    Secret second;
    EXPECT_TRUE(second.empty());
    second = first;
    EXPECT_EQ(second.reveal(), first.reveal());
    Secret third(std::move(second));
    EXPECT_EQ(third.reveal(), std::string(100, 's'));
}

}  // namespace
}  // namespace decorum
