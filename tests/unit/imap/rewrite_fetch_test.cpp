#include "gateway/imap/rewrite_fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <string>

#include "tests/unit/imap/fetch_model.hpp"

namespace decorum::imap {
namespace {

using test::ModelBlock;
using test::ModelServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using namespace std::string_literals;

const std::string block_octets =
    "Sender-Profile: Jane Martin\r\nSender-Profile-Career: one,\r\n two\r\nFace: "
    "abc\r\nSender-Profile-Source: status=found\r\n"
    "Sender-Profile-Pad: ...\r\n";
const std::string message = "From: a@b.example\r\nSubject: x\r\n\r\nHello.\r\n";

Rewrite rewrite_of(const std::string& block) {
    return {.block_octets = block.size(), .names = {}, .epoch = {}};
}

// The items that the client sees, after checking that every division of the response gives the same octets.
std::vector<std::pair<std::string, std::string>> items(std::string_view command, const ModelServer& server,
                                                       const std::string& block = block_octets) {
    ModelBlock model{.block = {block}, .header = {}};
    const auto whole = test::fetched(command, server, rewrite_of(block), model);
    for (const std::size_t stride : {1U, 2U, 3U, 7U, 64U}) {
        ModelBlock again{.block = {block}, .header = {}};
        EXPECT_EQ(test::fetched(command, server, rewrite_of(block), again, stride), whole) << stride;
        EXPECT_EQ(again.headers, model.headers);
    }
    return test::items_of(whole);
}

std::string fields(std::string_view list) {
    const std::string spec = "[HEADER.FIELDS (" + std::string(list) + ")]";
    Cursor cursor(spec);
    return selected(block_octets, take_section(cursor).value());
}

TEST(ImapRewriteFetch, WholeSectionsBeginWithTheBlock) {
    const ModelServer server{.message = message};
    const std::string header = test::header_of(message);
    EXPECT_THAT(items("a FETCH 1 (FLAGS RFC822.SIZE BODY[])", server),
                ElementsAre(Pair("FLAGS", "(\\Seen)"),
                            Pair("RFC822.SIZE", std::to_string(message.size() + block_octets.size())),
                            Pair("BODY[]", "octets " + block_octets + message)));
    EXPECT_THAT(items("a FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT)", server),
                ElementsAre(Pair("RFC822.HEADER", "octets " + block_octets + header),
                            Pair("RFC822", "octets " + block_octets + message),
                            Pair("RFC822.TEXT", "octets Hello.\r\n")));
    EXPECT_THAT(
        items("a FETCH 1 (BINARY[] BINARY.SIZE[] BODY[TEXT] BODY[1.HEADER])", server),
        ElementsAre(Pair("BINARY[]", "binary " + block_octets + message),
                    Pair("BINARY.SIZE[]", std::to_string(message.size() + block_octets.size())),
                    Pair("BODY[TEXT]", "octets Hello.\r\n"), Pair("BODY[1.HEADER]", "octets part 1")));
}

TEST(ImapRewriteFetch, SelectedFieldsAreTakenFromBoth) {
    const ModelServer server{.message = message};
    EXPECT_THAT(items("a FETCH 1 BODY[HEADER.FIELDS (Subject sender-profile)]", server),
                ElementsAre(Pair("BODY[HEADER.FIELDS (Subject sender-profile)]",
                                 "octets Sender-Profile: Jane Martin\r\nSubject: x\r\n\r\n")));
    EXPECT_THAT(items("a FETCH 1 BODY[HEADER.FIELDS (Subject)]", server),
                ElementsAre(Pair("BODY[HEADER.FIELDS (Subject)]", "octets Subject: x\r\n\r\n")));
    EXPECT_THAT(
        items("a FETCH 1 BODY[HEADER.FIELDS.NOT (Face Sender-Profile-Pad From)]", server),
        ElementsAre(Pair("BODY[HEADER.FIELDS.NOT (Face Sender-Profile-Pad From)]",
                         "octets " + fields("Sender-Profile Sender-Profile-Career Sender-Profile-Source") +
                             "Subject: x\r\n\r\n")));
    EXPECT_THAT(items("a FETCH 1 BODY[HEADER.FIELDS (sender-profile-career)]<16.12>", server),
                ElementsAre(Pair("BODY[HEADER.FIELDS (sender-profile-career)]<16>",
                                 "octets " + fields("sender-profile-career").substr(16, 12))));
    // The same with the names as literals, in both directions.
    ModelServer literal = server;
    literal.literal_names = true;
    const auto shown = items("a FETCH 1 BODY[HEADER.FIELDS ({4+}\r\nFace \"Subject\")]<3.100>", literal);
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].first, "BODY[HEADER.FIELDS ({4}\r\nFace {7}\r\nSubject)]<3>");
    EXPECT_EQ(shown[0].second, "octets " + (fields("Face") + "Subject: x\r\n\r\n").substr(3));
}

TEST(ImapRewriteFetch, NilStaysNil) {
    const ModelServer server{.message = message, .is_gone = true};
    EXPECT_THAT(
        items("a FETCH 1 (BODY[] BODY[HEADER.FIELDS (Face)] BODY[]<0.5> BODY[]<5000.1> BINARY[])", server),
        ElementsAre(Pair("BODY[]", "nil"), Pair("BODY[HEADER.FIELDS (Face)]", "nil"),
                    Pair("BODY[]<0>", "nil"), Pair("BODY[]<5000>", "nil"), Pair("BINARY[]", "nil")));
}

TEST(ImapRewriteFetch, AQuotedStringBecomesALiteral) {
    const ModelServer server{.message = "no line end", .quotes = true};
    ModelBlock model{.block = {block_octets}, .header = {}};
    EXPECT_EQ(test::fetched("a UID FETCH 1 (BODY[TEXT] BODY[])", server, rewrite_of(block_octets), model),
              "* 1 FETCH (BODY[TEXT] \"\" BODY[] {" + std::to_string(block_octets.size() + 11) + "}\r\n" +
                  block_octets + "no line end)\r\n");
    EXPECT_THAT(model.headers, ElementsAre("no line end"));
    EXPECT_TRUE(model.wanted[0].header_complete);
}

TEST(ImapRewriteFetch, AMessageOfNoOctetsIsItsBlock) {
    for (const bool quotes : {false, true}) {
        const ModelServer server{.message = "", .quotes = quotes};
        EXPECT_THAT(items("a FETCH 1 (RFC822.SIZE BODY[] BODY[HEADER] BODY[]<2.3> BODY[]<5000.1>)", server),
                    ElementsAre(Pair("BODY[HEADER]", "octets " + block_octets),
                                Pair("RFC822.SIZE", std::to_string(block_octets.size())),
                                Pair("BODY[]", "octets " + block_octets),
                                Pair("BODY[]<2>", "octets " + block_octets.substr(2, 3)),
                                Pair("BODY[]<5000>", "octets ")));
    }
}

TEST(ImapRewriteFetch, TheBlockIsMadeOfHeaderDateAndUid) {
    const ModelServer server{.message = message};
    ModelBlock model{.block = {block_octets}, .header = {}};
    (void)test::fetched("a FETCH 1 BODY[]", server, rewrite_of(block_octets), model, 1);
    ASSERT_EQ(model.wanted.size(), 1U);
    EXPECT_EQ(model.wanted[0].sequence, 1U);
    EXPECT_EQ(model.wanted[0].uid, 77U);
    EXPECT_EQ(model.wanted[0].internal_date, " 5-Nov-2026 10:00:00 +0000");
    EXPECT_TRUE(model.wanted[0].header_complete);
    EXPECT_THAT(model.headers, ElementsAre(test::header_of(message)));
    // For a partial the header comes first, and isn't shown.
    ModelBlock partial{.block = {block_octets}, .header = {}};
    const auto out = test::fetched("a FETCH 1 BODY[]<0.5>", server, rewrite_of(block_octets), partial);
    EXPECT_EQ(out, "* 1 FETCH (BODY[]<0> {5}\r\nSende)\r\n");
    EXPECT_THAT(partial.headers, ElementsAre(test::header_of(message)));
    // Where the server tells the date too late, it is not known.
    ModelServer late = server;
    late.date_last = true;
    ModelBlock neutral{.block = {block_octets}, .header = {}};
    EXPECT_EQ(test::fetched("a FETCH 1 BODY[HEADER]", late, rewrite_of(block_octets), neutral),
              "* 1 FETCH (BODY[HEADER] {" +
                  std::to_string(block_octets.size() + test::header_of(message).size()) + "}\r\n" +
                  block_octets + test::header_of(message) + ")\r\n");
    EXPECT_EQ(neutral.wanted[0].internal_date, "");
}

TEST(ImapRewriteFetch, AHeaderBeyondTheLimitIsHandedOverInPart) {
    for (const std::size_t limit : {std::size_t{4} * 1024, Rewrite{}.max_header_octets}) {
        std::string long_message;
        while (long_message.size() < limit + 100) long_message += "Received: from somewhere\r\n";
        long_message += "face: x\r\n\r\nbody";
        const ModelServer server{.message = long_message};
        Rewrite rewrite = rewrite_of(block_octets);
        rewrite.max_header_octets = limit;
        ModelBlock model{.block = {block_octets}, .header = {}};
        const auto out =
            test::fetched("a FETCH 1 (BODY[] BODY[HEADER]<0.300000>)", server, rewrite, model, 5000);
        ASSERT_EQ(model.wanted.size(), 1U);
        EXPECT_FALSE(model.wanted[0].header_complete);
        EXPECT_EQ(model.headers[0].size(), limit);
        const auto shown = test::items_of(out);
        ASSERT_EQ(shown.size(), 2U);
        const std::string expected = block_octets + test::masked_by_line(long_message);
        EXPECT_EQ(shown[0].second, "octets " + expected);
        EXPECT_EQ(shown[1].second, "octets " + test::header_of(expected).substr(0, 300'000));
    }
}

TEST(ImapRewriteFetch, ResponsesNobodyAskedForAreCovered) {
    FetchRewriter rewriter(rewrite_of("Face: x\r\n"));
    ModelBlock model{.block = {"Face: x\r\n"}, .header = {}};
    EXPECT_EQ(test::rewritten(rewriter, {"* 5 FETCH (FLAGS (\\Seen) UID 9 MODSEQ (5))\r\n"}, model),
              "* 5 FETCH (FLAGS (\\Seen) UID 9 MODSEQ (5))\r\n");
    EXPECT_EQ(
        test::rewritten(rewriter, {"* 5 FETCH (RFC822.SIZE 1 BODY[] {1}\r\nx BODY[]<7> \"y\")\r\n"}, model),
        "* 5 FETCH (RFC822.SIZE 10 BODY[] {10}\r\nFace: x\r\nx BODY[]<16> {1}\r\ny)\r\n");
    // A FETCH that tells flags while ours is under way keeps its UID.
    const std::string_view wire = "a FETCH 1 BODY[]";
    rewriter.begin("a", plan_fetch(*parse_command(wire), wire, rewrite_of("Face: x\r\n")));
    EXPECT_EQ(test::rewritten(rewriter, {"* 5 FETCH (UID 9 FLAGS ())\r\n* 6 FETCH (UID 9)\r\n"}, model),
              "* 5 FETCH (UID 9 FLAGS ())\r\n* 6 FETCH (UID 9)\r\n");
    EXPECT_EQ(test::rewritten(rewriter, {"* 1 FETCH (UID 9 INTERNALDATE \"x\" BODY[] NIL)\r\n"}, model),
              "* 1 FETCH (BODY[] NIL)\r\n");
    EXPECT_EQ(test::rewritten(rewriter, {"* 1 FETCH (UID 9 INTERNALDATE \"x\")\r\n* 2 FETCH ()\r\n"}, model),
              "");
    rewriter.end("a");
    EXPECT_EQ(test::rewritten(rewriter, {"* 1 FETCH (UID 9 INTERNALDATE \"x\")\r\n"}, model),
              "* 1 FETCH (UID 9 INTERNALDATE \"x\")\r\n");
}

TEST(ImapRewriteFetch, SeveralPartialsOfOneSectionAreAnsweredInOrder) {
    const ModelServer server{.message = message};
    const std::string all = block_octets + message;
    EXPECT_THAT(items("a FETCH 1 (BODY[]<0.3> BODY[]<10.2> BODY[]<" + std::to_string(block_octets.size()) +
                          ".4> BODY[]<5.1000>)",
                      server),
                ElementsAre(Pair("BODY[]<0>", "octets " + all.substr(0, 3)),
                            Pair("BODY[]<10>", "octets " + all.substr(10, 2)),
                            Pair("BODY[]<" + std::to_string(block_octets.size()) + ">", "octets From"),
                            Pair("BODY[]<5>", "octets " + all.substr(5))));
}

TEST(ImapRewriteFetch, SizesBeyond32BitsAdd) {
    FetchRewriter rewriter(rewrite_of("Face: x\r\n"));
    ModelBlock model{.block = {"Face: x\r\n"}, .header = {}};
    EXPECT_EQ(
        test::rewritten(rewriter, {"* 5 FETCH (RFC822.SIZE 4294967290 BINARY.SIZE[1] 5 BINARY.SIZE[] 6)\r\n"},
                        model),
        "* 5 FETCH (RFC822.SIZE 4294967299 BINARY.SIZE[1] 5 BINARY.SIZE[] 15)\r\n");
    EXPECT_EQ(test::rewritten(rewriter, {"* 5 FETCH (BODY[] {8589934592}\r\n\r\nx"}, model),
              "* 5 FETCH (BODY[] {8589934601}\r\nFace: x\r\n\r\nx");
}

TEST(ImapRewriteFetch, AWrongBlockIsABug) {
    FetchRewriter rewriter(rewrite_of("Face: x\r\n"));
    ModelBlock model{.block = {"Face: xy\r\n"}, .header = {}};
    EXPECT_THROW(test::rewritten(rewriter, {"* 5 FETCH (BODY[] {0}\r\n)\r\n"}, model), std::length_error);
}

TEST(ImapRewriteFetch, FirstLinesOfWhateverKindFollowTheBlock) {
    for (const std::string start :
         {" folded onto padding\r\n", "From mbox Mon\r\n", "\r\n", "\n", "no field\r\n", "\tx: y\r\n"}) {
        const ModelServer server{.message = start + message};
        EXPECT_THAT(items("a FETCH 1 BODY[]", server),
                    ElementsAre(Pair("BODY[]", "octets " + block_octets + start + message)));
    }
}

// What a sealed block in the upstream's message calls for: it stays, forged copies beside it don't.
TEST(ImapRewriteFetch, FieldsOfASealedBlockStay) {
    const std::string sealed =
        "Received: x\r\nFace: real\r\nSender-Profile: real\r\nface: forged\r\nSender-Profile: forged\r\n"
        "From: y\r\n\r\nbody";
    const ModelServer server{.message = sealed};
    const std::vector<KeptField> kept{{"Face", 0}, {"Sender-Profile", 0}};
    const std::string shown_message = test::masked_by_line(sealed, {0, 1});
    EXPECT_THAT(shown_message, HasSubstr("Face: real"));
    EXPECT_THAT(shown_message, HasSubstr("Zace: forged"));
    for (const std::string_view command : {"a FETCH 1 BODY[]", "a FETCH 1 BODY[]<60.1000>",
                                           "a FETCH 1 BODY[HEADER.FIELDS (Face Sender-Profile)]",
                                           "a FETCH 1 BODY[HEADER.FIELDS.NOT (Face)]<80.60>"}) {
        ModelBlock model{.block = {block_octets, kept}, .header = {}};
        const auto out = test::items_of(test::fetched(command, server, rewrite_of(block_octets), model, 3));
        const auto parsed = parse_command(command);
        const auto& item = std::get<Fetch>(parsed->detail).items[0];
        // Selection by the names that the upstream sees, then masking.
        std::string expected;
        if (item.section.selects_fields()) {
            const std::string of_message = test::select_fields(test::header_of(sealed), item.section);
            const bool without_face = item.section.kind == Section::Kind::header_fields_not;
            expected = test::select_fields(block_octets, item.section) +
                       test::masked_by_line(of_message, without_face ? std::vector<std::size_t>{0}
                                                                     : std::vector<std::size_t>{0, 1});
        } else {
            expected = block_octets + shown_message;
        }
        ASSERT_EQ(out.size(), 1U);
        EXPECT_EQ(out[0].second, "octets " + test::slice(expected, item.partial)) << command;
    }
}

// Whose field it is can't be told there: none is kept.
TEST(ImapRewriteFetch, TheHeaderIsMaskedUnderTheNameOfAPartToo) {
    const ModelServer server{.message = "From: a\r\nSender-Profile: forged\r\n\r\nbody"};
    const std::string shown = "From: a\r\nZender-Profile: forged\r\n\r\n";
    EXPECT_THAT(items("a FETCH 1 BODY[1.MIME]", server),
                ElementsAre(Pair("BODY[1.MIME]", "octets " + shown)));
    EXPECT_THAT(
        items("a UID FETCH 1 (FLAGS BODY.PEEK[1.MIME]<9.14> BODY[1.MIME]<10.400>)", server),
        ElementsAre(Pair("FLAGS", "(\\Seen)"), Pair("BODY[1.MIME]<9>", "octets " + shown.substr(9, 14)),
                    Pair("BODY[1.MIME]<10>", "octets " + shown.substr(10))));
    ModelBlock model{.block = {block_octets, {{"Sender-Profile", 0}}}, .header = {}};
    EXPECT_THAT(test::fetched("a FETCH 1 BODY[1.MIME]", server, rewrite_of(block_octets), model),
                HasSubstr(shown));
    EXPECT_THAT(model.wanted, IsEmpty());
    for (const std::string_view name : {"BODY[1.1.MIME]", "BODY[1.MIME]<3>"}) {
        FetchRewriter rewriter(rewrite_of(block_octets));
        EXPECT_EQ(
            test::rewritten(rewriter, {"* 1 FETCH (" + std::string(name) + " \"\rFace: x\")\r\n"}, model),
            "* 1 FETCH (" + std::string(name) + " {8}\r\n\rZace: x)\r\n");
    }
    for (const std::string_view name : {"BODY[2.MIME]", "BODY[11.MIME]", "BODY[1.2.MIME]", "BODY[1]"}) {
        FetchRewriter rewriter(rewrite_of(block_octets));
        const std::string response = "* 1 FETCH (" + std::string(name) + " {7}\r\nFace: x)\r\n";
        EXPECT_EQ(test::rewritten(rewriter, {response}, model), response);
    }
}

TEST(ImapRewriteFetch, WhatABareCrHidesIsMaskedInEverySelection) {
    const ModelServer server{.message = "X-A: b\rSender-Profile: forged\r\nFrom: a\r\n\r\nbody"};
    const std::string shown = "X-A: b\rZender-Profile: forged\r\n\r\n";
    EXPECT_THAT(items("a FETCH 1 BODY[HEADER.FIELDS (X-A)]", server),
                ElementsAre(Pair("BODY[HEADER.FIELDS (X-A)]", "octets " + shown)));
    for (std::size_t origin = 0; origin < shown.size() + 2; ++origin)
        for (std::size_t octets = 1; octets < shown.size() + 2; ++octets)
            EXPECT_THAT(items("a FETCH 1 BODY[HEADER.FIELDS (X-A)]<" + std::to_string(origin) + "." +
                                  std::to_string(octets) + ">",
                              server),
                        ElementsAre(Pair("BODY[HEADER.FIELDS (X-A)]<" + std::to_string(origin) + ">",
                                         "octets " + shown.substr(std::min(origin, shown.size()), octets))));
}

TEST(ImapRewriteFetch, WithoutAHeaderTheSessionsIsUsedOrEachLineCounts) {
    const std::string forged = "From: x\r\nFace: forged\r\n\r\nFace: in the body\r\n";
    FetchRewriter rewriter(rewrite_of("Face: x\r\n"));
    const std::string response =
        "* 1 FETCH (BODY[]<4> {" + std::to_string(forged.size() - 4) + "}\r\n" + forged.substr(4) + ")\r\n";
    ModelBlock known{.block = {"Face: x\r\n"}, .header = test::header_of(forged)};
    EXPECT_THAT(test::rewritten(rewriter, {response}, known),
                HasSubstr(": x\r\nZace: forged\r\n\r\nFace: in the body"));
    EXPECT_THAT(known.headers, ElementsAre("(none)"));
    ModelBlock unknown{.block = {"Face: x\r\n"}, .header = {}};
    EXPECT_THAT(test::rewritten(rewriter, {response}, unknown),
                HasSubstr(": x\r\nZace: forged\r\n\r\nFace: in the body"));
}

class Random {
public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::size_t below(std::size_t limit) { return engine_() % limit; }
    bool chance(std::size_t of) { return below(of) == 0; }
    template <class Options>
    const auto& one_of(const Options& options) {
        return options[below(std::size(options))];
    }

private:
    std::mt19937 engine_;
};

std::string random_block(Random& random) {
    std::string block;
    const std::string_view names[] = {"Sender-Profile", "Sender-Profile-Activity", "Face",
                                      "Sender-Profile-Source"};
    for (const auto name : names) {
        if (random.chance(3)) continue;
        block.append(name).append(": ").append(random.below(50), 'v').append("\r\n");
        while (random.chance(3)) block.append(" ").append(random.below(30), 'f').append("x\r\n");
    }
    return block + "Sender-Profile-Pad: " + std::string(random.below(90), '.') + "\r\n";
}

std::string random_message(Random& random) {
    const std::string_view lines[] = {"From: a@b.example\r\n",
                                      "Subject: x\r\n y\r\n",
                                      "Sender-Profile: forged\r\n",
                                      "SENDER-PROFILE-Seal : forged\r\n folded\r\n",
                                      "face:f\r\n",
                                      "X-Face\t: f\r\n",
                                      "Sender-Profiles: honest\r\n",
                                      "Facebook: honest\r\n",
                                      "X-Faces: honest\r\n",
                                      "Sender-Profile\r\n",
                                      "To: someone\n",
                                      "no field at all\r\n",
                                      "Subject: bare\rFace: forged\rTo: x\r\n",
                                      "\rSender-Profile : forged\r\n",
                                      "\tfolded\r\n",
                                      "Sender-Prof",
                                      "Sender-Profile-"};
    std::string out;
    for (std::size_t n = random.below(9); n > 0; --n) out += random.one_of(lines);
    if (random.chance(8)) return out;
    out += random.chance(9) ? "\n" : "\r\n";
    for (std::size_t n = random.below(4); n > 0; --n) out += random.one_of(lines);
    return out;
}

std::string random_item(Random& random, std::size_t size) {
    const std::string_view sections[] = {"BODY[]",
                                         "BODY.PEEK[]",
                                         "BODY[HEADER]",
                                         "BINARY.PEEK[]",
                                         "BODY[HEADER.FIELDS (From Sender-Profile)]",
                                         "BODY[HEADER.FIELDS (face X-FACE subject)]",
                                         "BODY[HEADER.FIELDS (From To)]",
                                         "BODY[HEADER.FIELDS (Subject To)]",
                                         "BODY.PEEK[1.MIME]",
                                         "BODY[HEADER.FIELDS.NOT (Sender-Profile-Pad from)]",
                                         "BODY[HEADER.FIELDS.NOT (Subject)]",
                                         "BODY[TEXT]"};
    std::string item(random.one_of(sections));
    if (random.chance(4)) return item;
    const std::uint64_t huge[] = {1ULL << 32, 1ULL << 33, 9223372036854775807ULL};
    const std::uint64_t origin = random.chance(20) ? random.one_of(huge) : random.below(size + 20);
    const std::uint64_t octets = random.chance(10) ? random.one_of(huge) : random.below(size + 20) + 1;
    return item + "<" + std::to_string(origin) + "." + std::to_string(octets) + ">";
}

// What must be shown: the slice of block and masked message. Of selected fields the upstream decides by the
// names it sees, so a forged field that was asked for by its name is shown, masked.
std::string expected_octets(const FetchItem& item, const std::string& block, const std::string& original) {
    if (item.section.selects_fields()) {
        const auto both = test::select_fields(block, item.section) +
                          test::masked_by_line(test::select_fields(test::header_of(original), item.section));
        return test::slice(both, item.partial);
    }
    if (item.section.kind == Section::Kind::mime)
        return test::slice(test::masked_by_line(test::header_of(original)), item.partial);
    const std::string shown = block + test::masked_by_line(original);
    if (item.section.kind == Section::Kind::text)
        return test::slice(original.substr(test::header_of(original).size()), item.partial);
    return test::slice(item.section.kind == Section::Kind::header
                           ? block + test::masked_by_line(test::header_of(original))
                           : shown,
                       item.partial);
}

// The order of the items is the gateway's to choose.
TEST(ImapRewriteFetch, EverySectionAndPartialIsTheSliceOfBlockAndMessage) {
    Random random(20261124);
    for (int round = 0; round < 5'000; ++round) {
        const std::string block = random_block(random);
        const ModelServer server{.message = random_message(random),
                                 .quotes = random.chance(2),
                                 .date_last = random.chance(5),
                                 .literal_names = random.chance(3)};
        const std::size_t octets = block.size() + server.message.size();
        std::string command = random.chance(2) ? "a FETCH 1 (" : "a UID FETCH 1 (";
        for (std::size_t more = random.below(3); more > 0; --more)
            command += random_item(random, octets) + " ";
        command += random_item(random, octets) + " RFC822.SIZE)";
        const auto parsed = parse_command(command);
        ASSERT_TRUE(parsed) << command;
        ModelBlock model{.block = {block}, .header = {}};
        const auto out = test::fetched(command, server, rewrite_of(block), model, random.below(40) + 1);

        std::vector<std::string> expected;
        for (const FetchItem& item : std::get<Fetch>(parsed->detail).items) {
            if (item.kind == FetchItem::Kind::size) {
                expected.push_back("RFC822.SIZE " + std::to_string(octets));
                continue;
            }
            const std::string name = item.kind == FetchItem::Kind::binary ? "BINARY" : "BODY";
            const std::string origin = item.partial ? "<" + std::to_string(item.partial->origin) + ">" : "";
            expected.push_back(name + wire_form(item.section) + origin + " " +
                               expected_octets(item, block, server.message));
        }
        std::vector<std::string> shown;
        for (const auto& [name, value] : test::items_of(out)) {
            Cursor cursor(name);
            const auto item = take_response_item(cursor);
            ASSERT_TRUE(item) << out;
            const bool is_size = item->kind == FetchItem::Kind::size;
            const std::string origin = item->partial ? "<" + std::to_string(item->partial->origin) + ">" : "";
            const std::string section = is_size ? "" : wire_form(item->section);
            shown.push_back(std::string(item->name) + section + origin + " " +
                            (is_size ? value : value.substr(7)));
        }
        EXPECT_THAT(shown, testing::UnorderedElementsAreArray(expected))
            << round << ": " << command << "\nblock\n"
            << block << "\nmessage\n"
            << server.message;
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace decorum::imap
