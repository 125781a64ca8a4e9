#include "connectors/did.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace decorum::connectors {
namespace {

constexpr std::string_view plc = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

TEST(Did, PlcHasTwentyFourLettersOfBase32AndWebAHost) {
    for (std::string_view did : {plc, std::string_view("did:web:noor.example")})
        EXPECT_TRUE(is_did(did)) << did;
    for (std::string_view other :
         {"", "did:", "did:plc:", "did:plc:ewvi7nxzyoun6zhxrhs64oi", "did:plc:ewvi7nxzyoun6zhxrhs64oizz",
          "did:plc:EWVI7NXZYOUN6ZHXRHS64OIZ", "did:plc:ewvi7nxzyoun6zhxrhs64o/z", "did:web:localhost",
          "did:web:127.0.0.1", "did:web:noor.example:8443", "did:web:noor.example/x", "did:key:z6Mk",
          "noor.example"})
        EXPECT_FALSE(is_did(other)) << other;
}

TEST(Did, AHandleIsADomainNameAndNoAddressOfAMachine) {
    for (std::string_view handle : {"noor.example", "n-1.a.example", "Noor.Example"})
        EXPECT_TRUE(is_handle(handle));
    for (std::string_view other :
         {"", "noor", "127.0.0.1", "-a.example", "a-.example", "a..example", ".example", "a.example.",
          "a_b.example", "a.example/x", "a.example:80", "noor@a.example"})
        EXPECT_FALSE(is_handle(other)) << other;
    EXPECT_FALSE(is_handle(std::string(64, 'a') + ".example"));
    std::string long_name = "example";
    while (long_name.size() < 254) long_name = "aaaa." + long_name;
    EXPECT_FALSE(is_handle(long_name));
}

TEST(Did, RecordsMustNameOne) {
    EXPECT_EQ(did_in_records({"v=spf1 -all", "did=" + std::string(plc)}).did, plc);
    EXPECT_EQ(did_in_records({"did=" + std::string(plc), "did=" + std::string(plc)}).did, plc);
    EXPECT_FALSE(did_in_records({"did=" + std::string(plc), "did=" + std::string(plc)}).ambiguous);
    EXPECT_TRUE(did_in_records({"did=did:web:a.example", "did=" + std::string(plc)}).ambiguous);
    EXPECT_TRUE(did_in_records({}).did.empty());
    EXPECT_TRUE(did_in_records({"did=", "did=did:plc:short", "DID=" + std::string(plc)}).did.empty());
}

TEST(Did, TheWellKnownTextIsTheDidAndNothingElse) {
    EXPECT_EQ(did_in_text(std::string(plc) + "\n"), plc);
    EXPECT_EQ(did_in_text(" did:web:noor.example \r\n"), "did:web:noor.example");
    for (const std::string& text : {std::string(), std::string("<html>"),
                                    std::string(plc) + "\n" + std::string(plc), "x" + std::string(plc)})
        EXPECT_EQ(did_in_text(text), "") << text;
}

TEST(Did, ItsDocumentStandsInTheDirectoryOrOnItsHost) {
    EXPECT_EQ(did_document_url(plc, "https://plc.example"), "https://plc.example/" + std::string(plc));
    EXPECT_EQ(did_document_url("did:web:noor.example", "https://plc.example"),
              "https://noor.example/.well-known/did.json");
    EXPECT_FALSE(did_document_url("did:key:z6Mk", "https://plc.example"));
    EXPECT_FALSE(did_document_url("did:web:127.0.0.1", "https://plc.example"));
}

TEST(Did, TheFirstHandleOfItsOwnDocumentCounts) {
    const auto names = [](std::string_view document, std::string_view handle) {
        return document_names(boost::json::parse(document), "did:web:noor.example", handle);
    };
    constexpr std::string_view document =
        R"({"id": "did:web:noor.example", "alsoKnownAs": ["https://x.example", "at://Noor.example", "at://b.example"]})";
    EXPECT_TRUE(names(document, "noor.example"));
    EXPECT_FALSE(names(document, "b.example")) << "the first alone";
    for (std::string_view other : {R"({"id": "did:web:eve.example", "alsoKnownAs": ["at://noor.example"]})",
                                   R"({"alsoKnownAs": 3})", "[]", R"({"id": "did:web:noor.example"})",
                                   R"({"id": "did:web:noor.example", "alsoKnownAs": ["noor.example"]})",
                                   R"({"id": "did:web:noor.example", "alsoKnownAs": ["at://"]})"})
        EXPECT_FALSE(names(other, "noor.example")) << other;
    EXPECT_FALSE(names(R"({"id": "did:web:noor.example", "alsoKnownAs": ["at://"]})", ""));
}

}  // namespace
}  // namespace decorum::connectors
