#include "gateway/smtp/data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "tests/unit/smtp/data_model.hpp"
#include "tests/unit/smtp/splits.hpp"

namespace decorum::smtp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Kind = DataFault::Kind;
using test::Decoded;
using test::Leniency;

constexpr std::array disciplines{Discipline::refuse, Discipline::normalize, Discipline::pass};
constexpr std::size_t plenty = 1 << 20;

// Decoded, after checking that every split gives the same.
Decoded decode(std::string_view wire, Discipline discipline, std::size_t max_line_octets = plenty) {
    const Decoded whole = test::decode({wire}, discipline, max_line_octets);
    for (const auto& chunks : test::all_splits(wire))
        EXPECT_EQ(test::decode(chunks, discipline, max_line_octets), whole)
            << testing::PrintToString(wire) << " in " << chunks.size() << " chunks of " << chunks[0].size();
    return whole;
}

std::string content(std::string_view wire, Discipline discipline) {
    const Decoded decoded = decode(wire, discipline);
    EXPECT_TRUE(decoded.ended);
    EXPECT_FALSE(decoded.fault);
    return decoded.content;
}

TEST(SmtpData, PassesOrdinaryMailAsItCame) {
    const auto wire = "Subject: x\r\n\r\nHello.\r\nA line.\r\n\r\n.\r\nQUIT\r\n"s;
    for (const Discipline discipline : disciplines) {
        const Decoded decoded = decode(wire, discipline);
        EXPECT_EQ(decoded.content, "Subject: x\r\n\r\nHello.\r\nA line.\r\n\r\n");
        EXPECT_TRUE(decoded.ended);
        EXPECT_EQ(decoded.remaining, "QUIT\r\n");
        EXPECT_EQ(decoded.octets_seen, decoded.content.size());
    }
}

TEST(SmtpData, OrdinaryMailIsOneViewOfTheInput) {
    std::string wire;
    for (int i = 0; i < 2000; ++i) wire += "The quick brown fox jumps over the lazy dog.\r\n";
    DataDecoder decoder(Discipline::refuse, plenty);
    decoder.feed(wire);
    const auto event = decoder.next();
    const auto& view = std::get<Content>(event).octets;
    EXPECT_EQ(view.data(), wire.data());
    EXPECT_EQ(view.size(), wire.size());
    EXPECT_TRUE(std::holds_alternative<NeedInput>(decoder.next()));
}

TEST(SmtpData, Rfc5321_4_1_1_4_AnEmptyMessageHasNoContent) {
    for (const Discipline discipline : disciplines) {
        EXPECT_EQ(content(".\r\n", discipline), "");
        EXPECT_EQ(content("\r\n.\r\n", discipline), "\r\n");
    }
}

TEST(SmtpData, Rfc5321_4_5_2_KeepsStuffedDotsStuffed) {
    for (const Discipline discipline : disciplines) {
        EXPECT_EQ(content("..\r\n...\r\n..x\r\na.\r\n.\r\n", discipline), "..\r\n...\r\n..x\r\na.\r\n");
    }
}

TEST(SmtpData, Rfc5321_4_5_2_DeletesALoneLeadingDot) {
    for (const Discipline discipline : disciplines) {
        EXPECT_EQ(content(".x\r\n. \r\n.a.\r\n.\r\n", discipline), "x\r\n \r\na.\r\n");
    }
}

TEST(SmtpData, RefuseReportsTheFirstFaultAndReadsToTheRealEnd) {
    const std::array<std::pair<std::string, Kind>, 9> cases{{
        {"a\rb\n\0\r\n"s, Kind::bare_cr},
        {"a\nb\r\0\r\n"s, Kind::bare_lf},
        {"a\0b\r\n\n\r\n"s, Kind::nul},
        {"a\r\r\n", Kind::bare_cr},
        {"a\n.\n\r\n", Kind::bare_lf},
        {"a\r\n.\n\r\n", Kind::bare_lf},
        {"a\r\n.\rx\r\n", Kind::bare_cr},
        {"a\r\n.\0\r\n"s, Kind::nul},
        {"a\r\n\n.\r\n", Kind::bare_lf},
    }};
    for (const auto& [text, kind] : cases) {
        SCOPED_TRACE(testing::PrintToString(text));
        const Decoded decoded = decode("first\r\n" + text + "last\r\n.\r\nRSET\r\n", Discipline::refuse);
        EXPECT_EQ(decoded.fault, kind);
        EXPECT_TRUE(decoded.ended);
        EXPECT_EQ(decoded.remaining, "RSET\r\n");
        EXPECT_TRUE(decoded.content.starts_with("first\r\n"));
        EXPECT_THAT(decoded.content, testing::Not(testing::HasSubstr("last")));
    }
}

TEST(SmtpData, AfterAFaultOnlyTheRealEndCounts) {
    for (const auto& variant :
         {"\n.\n"s, "\n.\r\n"s, "\r\n.\n"s, "\r.\r"s, "\r\n.\r\r\n"s, "\r\n.\0\r\n"s, "\r\n..\r\n"s}) {
        SCOPED_TRACE(testing::PrintToString(variant));
        const Decoded decoded = decode("a\nb" + variant + "QUIT\r\n\r\n.\r\nRSET\r\n", Discipline::refuse);
        EXPECT_EQ(decoded.fault, Kind::bare_lf);
        EXPECT_EQ(decoded.remaining, "RSET\r\n");
        EXPECT_EQ(decoded.content, "a");
    }
}

TEST(SmtpData, NormalizeRewritesAndThenStuffs) {
    const auto normalized = [](std::string_view wire) {
        return content(std::string(wire) + "\r\n.\r\n", Discipline::normalize);
    };
    EXPECT_EQ(normalized("a\nb\rc\0d"sv), "a\r\nb cd\r\n");
    EXPECT_EQ(normalized("a\n.\nb"), "a\r\n..\r\nb\r\n");
    EXPECT_EQ(normalized("a\n..\nb"), "a\r\n...\r\nb\r\n");
    EXPECT_EQ(normalized("a\r\n\0.\r\nb"sv), "a\r\n..\r\nb\r\n");
    EXPECT_EQ(normalized("a\r\n.\0\r\nb"sv), "a\r\n\r\nb\r\n");
    EXPECT_EQ(normalized("a\r\n.\0.\r\nb"sv), "a\r\n..\r\nb\r\n");
    EXPECT_EQ(normalized("a\r\n.\nb"), "a\r\n\r\nb\r\n");
    EXPECT_EQ(normalized("a\r\0\nb"sv), "a \r\nb\r\n");
    EXPECT_EQ(normalized("a\r\r\nb"), "a \r\nb\r\n");
    EXPECT_EQ(normalized("a\r\n.\r\r\nb"), "a\r\n \r\nb\r\n");
    EXPECT_EQ(normalized("\0\0.\0"sv), "..\r\n");
    EXPECT_EQ(normalized("\n\0\n\0.x"sv), "\r\n\r\n..x\r\n");
}

TEST(SmtpData, PassStuffsDotsAfterABareLfAndAltersNothingElse) {
    const auto passed = [](std::string_view wire) {
        return content(std::string(wire) + "\r\n.\r\n", Discipline::pass);
    };
    EXPECT_EQ(passed("a\nb\rc\0d\r\r\ne"sv), "a\nb\rc\0d\r\r\ne\r\n"s);
    EXPECT_EQ(passed("a\n.\nb"), "a\n..\nb\r\n");
    EXPECT_EQ(passed("a\n..b"), "a\n...b\r\n");
    EXPECT_EQ(passed("a\r.\rb"), "a\r.\rb\r\n");
    EXPECT_EQ(passed("a\r\n\0.\r\nb"sv), "a\r\n\0.\r\nb\r\n"s);
    EXPECT_EQ(passed("a\r\n..\rb"), "a\r\n..\rb\r\n");
    EXPECT_EQ(passed("a\r\n.\nb"), "a\r\n\nb\r\n");
    EXPECT_EQ(passed("a\r\n.\n.\r\nb"), "a\r\n\n..\r\nb\r\n");
    EXPECT_EQ(passed("a\r\n.\r.\r\nb"), "a\r\n\r.\r\nb\r\n");
}

TEST(SmtpData, ALineAtTheLimitPassesAndALongerOneIsAFault) {
    for (const Discipline discipline : disciplines) {
        const std::string longest(98, 'x');
        EXPECT_EQ(decode(longest + "\r\n.\r\n", discipline, 100).fault, std::nullopt);
        const Decoded decoded = decode("ok\r\n" + longest + "y\r\nz\r\n.\r\nQUIT\r\n", discipline, 100);
        EXPECT_EQ(decoded.fault, Kind::line_too_long);
        EXPECT_TRUE(decoded.ended);
        EXPECT_EQ(decoded.remaining, "QUIT\r\n");
        EXPECT_THAT(decoded.content, testing::Not(testing::HasSubstr("z")));
    }
}

TEST(SmtpData, ALineOfAMebibytePassesWhole) {
    const std::string wire = "Subject: x\r\n\r\n" + std::string((1 << 20) - 2, 'x') + "\r\nend\r\n.\r\n";
    for (const std::size_t stride :
         {std::size_t{1} << 16, std::size_t{4095}, std::size_t{4096}, wire.size()}) {
        std::vector<std::string_view> chunks;
        for (std::size_t i = 0; i < wire.size(); i += stride)
            chunks.push_back(std::string_view(wire).substr(i, stride));
        const Decoded decoded = test::decode(chunks, Discipline::refuse, 1 << 20);
        EXPECT_FALSE(decoded.fault);
        EXPECT_EQ(decoded.content, wire.substr(0, wire.size() - 3));
        EXPECT_EQ(test::decode(chunks, Discipline::refuse, (1 << 20) - 1).fault, Kind::line_too_long);
    }
}

TEST(SmtpData, LinesOfBareLfCountAsLinesWhereTheyPass) {
    std::string wire;
    for (int i = 0; i < 100; ++i) wire += "0123456789\n";
    wire += "\r\n.\r\n";
    EXPECT_FALSE(decode(wire, Discipline::pass, 100).fault);
    EXPECT_FALSE(decode(wire, Discipline::normalize, 100).fault);
}

// The variants of SMTP smuggling: what stands between "before" and "after" must end nothing.
const std::array variants{"\n.\n"s,       "\n.\r"s,       "\r.\n"s,      "\r.\r"s,       "\n.\r\n"s,
                          "\r.\r\n"s,     "\r\n.\n"s,     "\r\n.\r"s,    "\r\n.\r\r\n"s, "\r\r\n.\r\r\n"s,
                          "\r\n\0.\r\n"s, "\r\n.\0\r\n"s, "\r\n. \r\n"s, "\n\n.\r\n"s};

TEST(SmtpData, NoEndOfDataVariantEndsAMessageOrLeavesAsOne) {
    for (const auto& variant : variants) {
        for (const Discipline discipline : disciplines) {
            SCOPED_TRACE(testing::PrintToString(variant) + " under " +
                         std::to_string(static_cast<int>(discipline)));
            const std::string wire =
                "Subject: x\r\n\r\nbefore" + variant + "MAIL FROM:<evil@example.org>\r\n.\r\nQUIT\r\n";
            const Decoded decoded = decode(wire, discipline);
            EXPECT_TRUE(decoded.ended);
            EXPECT_EQ(decoded.remaining, "QUIT\r\n");
            // What a server behind us gets.
            const std::string sent = decoded.content + (decoded.fault ? "" : ".\r\n");
            const auto end = decoded.fault ? std::nullopt : std::optional(sent.size());
            EXPECT_EQ(test::lenient_end(sent, Leniency::lf), end);
            EXPECT_EQ(test::lenient_end(sent, Leniency::lf_after_crs), end);
            if (discipline != Discipline::pass) {
                EXPECT_EQ(test::lenient_end(sent, Leniency::any), end);
                for (std::size_t i = 0; i < sent.size(); ++i) {
                    EXPECT_NE(sent[i], '\0');
                    EXPECT_EQ(sent[i] == '\n', i > 0 && sent[i - 1] == '\r');
                }
                EXPECT_NE(sent.back(), '\r');
            }
        }
    }
}

TEST(SmtpData, TheModelsOfLenientServersFindTheVariants) {
    // The test above can fail: unfiltered, most variants end a message for one server or another.
    int ends_by_lf = 0;
    int ends_after_crs = 0;
    int ends_anyhow = 0;
    for (const auto& variant : variants) {
        const std::string wire = "Subject: x\r\n\r\nbefore" + variant + "after\r\n";
        ends_by_lf += test::lenient_end(wire, Leniency::lf).has_value() ? 1 : 0;
        ends_after_crs += test::lenient_end(wire, Leniency::lf_after_crs).has_value() ? 1 : 0;
        ends_anyhow += test::lenient_end(wire, Leniency::any).has_value() ? 1 : 0;
    }
    EXPECT_EQ(ends_by_lf, 4);
    EXPECT_EQ(ends_after_crs, 6);
    EXPECT_EQ(ends_anyhow, 14);
}

TEST(SmtpData, AgreesWithTheModelOnRandomContent) {
    std::mt19937 random(20261123);
    constexpr std::array<std::string_view, 12> pieces{
        "\r\n"sv,  "\r"sv, "\n"sv, "."sv,    "\0"sv,        "x"sv,
        "\r\n."sv, ".."sv, " "sv,  "\r\n"sv, "some text"sv, "0123456789012345678901234567890123456789"sv};
    for (int round = 0; round < 4000; ++round) {
        std::string wire;
        const bool long_text = round % 8 == 0;
        const auto count = random() % 40;
        for (unsigned i = 0; i < count; ++i) {
            wire += pieces[random() % pieces.size()];
            if (long_text && random() % 4 == 0)
                for (unsigned k = random() % 60; k > 0; --k)
                    wire += "The quick brown fox, and a line's end.\r\n";
        }
        wire += "\r\n.\r\n";
        const auto plain = test::rfc5321_content(wire);
        ASSERT_TRUE(plain);
        for (const Discipline discipline : disciplines) {
            const auto expected = test::disciplined(plain->content, discipline);
            std::vector<std::string_view> chunks;
            for (std::string_view rest = wire; !rest.empty();) {
                const std::size_t size = 1 + random() % (long_text ? 5000 : 40);
                chunks.push_back(rest.substr(0, size));
                rest.remove_prefix(std::min(size, rest.size()));
            }
            const Decoded decoded = test::decode(chunks, discipline, plenty);
            ASSERT_EQ(decoded.fault, expected.fault) << testing::PrintToString(wire);
            ASSERT_TRUE(decoded.ended);
            ASSERT_EQ(decoded.remaining, wire.substr(plain->end));
            ASSERT_EQ(decoded.octets_seen, plain->end - 3);
            if (!expected.fault) {
                ASSERT_EQ(decoded.content, test::stuffed(expected.content)) << testing::PrintToString(wire);
            }
        }
    }
}

TEST(SmtpData, TheEndStaysTheEnd) {
    DataDecoder decoder(Discipline::refuse, plenty);
    decoder.feed(".\r\n.\r\n");
    EXPECT_TRUE(std::holds_alternative<EndOfData>(decoder.next()));
    EXPECT_TRUE(std::holds_alternative<EndOfData>(decoder.next()));
    EXPECT_EQ(decoder.remaining(), ".\r\n");
}

}  // namespace
}  // namespace decorum::smtp
