// Claims about the header scanner: which lines are fields, where they begin and end, and that it stays
// linear.
#include "gateway/message/header_section.hpp"

#include <gmock/gmock.h>

namespace decorum::message {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;

std::vector<std::string> names(const HeaderSection& section) {
    std::vector<std::string> out;
    for (const Field& field : section.fields) out.emplace_back(field.name);
    return out;
}

TEST(HeaderSection, Rfc5322_2_2_FieldsBodiesAndOffsets) {
    const std::string text = "From: a@example.org\r\nSubject: Hi\r\n\tthere\r\n\r\nBody: no field\r\n";
    const HeaderSection section = scan_header(text);
    ASSERT_EQ(section.fields.size(), 2u);
    EXPECT_EQ(section.fields[0].name, "From");
    EXPECT_EQ(section.fields[0].body, " a@example.org");
    EXPECT_EQ(section.fields[0].begin, 0u);
    EXPECT_EQ(section.fields[0].end, 21u);
    EXPECT_EQ(section.fields[1].body, " Hi\r\n\tthere");
    EXPECT_EQ(text.substr(section.fields[1].begin, section.fields[1].end - section.fields[1].begin),
              "Subject: Hi\r\n\tthere\r\n");
    EXPECT_TRUE(section.has_empty_line);
    EXPECT_EQ(text.substr(section.end, 2), "\r\n");
    EXPECT_EQ(text.substr(section.body), "Body: no field\r\n");
}

TEST(HeaderSection, LineEndsMayBeLfOrMixed) {
    const HeaderSection section = scan_header("A: 1\nB: 2\r\n x\n y\nC: 3\r\n\nbody");
    EXPECT_THAT(names(section), ElementsAre("A", "B", "C"));
    EXPECT_EQ(section.fields[1].body, " 2\r\n x\n y");
    EXPECT_EQ(section.body, 24u);
}

TEST(HeaderSection, BareCrEndsNoLine) {
    const HeaderSection section = scan_header("A: 1\rB: 2\r\nC: 3\r\n\r\r\nD: 4\r\n\r\n");
    EXPECT_THAT(names(section), ElementsAre("A", "C", "D"));
    EXPECT_EQ(section.fields[0].body, " 1\rB: 2");
    EXPECT_TRUE(section.has_empty_line);
}

// As readers list them that take a bare CR for a line's end (Python's email).
TEST(HeaderSection, ListsApartWhatABareCrHides) {
    const std::string text =
        "A: 1\rB: 2\rjunk\r\n f\rC : 3\r\n\r\rD: 4\rE: 5\r\n fold\r\njunk\rF: 6\r\n\r\n\rG: body\r\n";
    const HeaderSection section = scan_header(text);
    EXPECT_THAT(names(section), ElementsAre("A"));
    std::vector<std::string> hidden;
    for (const HiddenField& field : section.hidden)
        hidden.push_back(std::string(field.name) + "|" + text.substr(field.begin, field.end - field.begin));
    EXPECT_THAT(hidden, ElementsAre("B|\rB: 2", "C|\rC : 3", "D|\r\rD: 4\rE: 5\r\n fold\r\n", "E|\rE: 5",
                                    "F|\rF: 6"));
}

// As readers list them for which a name ends at NUL (Dovecot), or at the 0x80 that IMAP has for it.
TEST(HeaderSection, ListsApartWhatNulHides) {
    using namespace std::string_literals;
    const std::string text =
        "A: 1\r\nB\0: 2\r\n fold\r\nC\0 x y: 3\r\nD\0 no colon\r\nE\x80: 5\r\nF: \0: 6\r\n"s
        "G: 7\rH\0: 8\r\n\r\nI\0: body\r\n"s;
    const HeaderSection section = scan_header(text);
    EXPECT_THAT(names(section), ElementsAre("A", "F", "G"));
    std::vector<std::string> hidden;
    for (const HiddenField& field : section.hidden)
        hidden.push_back(std::string(field.name) + "|" + text.substr(field.begin, field.end - field.begin));
    EXPECT_THAT(hidden,
                ElementsAre("B|B\0: 2\r\n fold\r\n"s, "C|C\0 x y: 3\r\n"s, "E|E\x80: 5\r\n"s, "H|\rH\0: 8"s));
}

TEST(HeaderSection, TheOnlyFieldOfANameIsNeitherRepeatedNorHidden) {
    const auto only = [](std::string_view text) {
        const HeaderSection section = scan_header(text);
        const Field* const field = section.only("from");
        return std::string(field != nullptr ? field->body : "none");
    };
    EXPECT_EQ(only("X: 1\r\nFrom: 2\rX: 3\r\n"), " 2\rX: 3");
    EXPECT_EQ(only("X: 1\r\n"), "none");
    EXPECT_EQ(only("From: 1\r\nFROM: 2\r\n"), "none");
    EXPECT_EQ(only("From: 1\r\nX: 2\rFrom : 3\r\n"), "none");
    EXPECT_EQ(only("From: 1\rFrom: 2\r\n"), "none");
    EXPECT_EQ(only("From: 1\r\n\rFROM: 2\r\n"), "none");
    EXPECT_EQ(only(std::string("From: 1\r\nFROM") + '\0' + ": 2\r\n"), "none");
}

TEST(HeaderSection, CrCrLfIsNoEmptyLine) {
    const HeaderSection section = scan_header("A: 1\r\n\r\r\nB: 2");
    EXPECT_FALSE(section.has_empty_line);
    EXPECT_THAT(names(section), ElementsAre("A", "B"));
}

TEST(HeaderSection, LoneCrAtTheEndIsNoEmptyLine) {
    const HeaderSection section = scan_header("A: 1\r\n\r");
    EXPECT_FALSE(section.has_empty_line);
    EXPECT_EQ(section.end, 7u);
    EXPECT_EQ(section.fields.at(0).end, 6u);
}

TEST(HeaderSection, WhiteSpaceBeforeTheColonIsNotOfTheName) {
    const HeaderSection section = scan_header("Sender-Profile : x\r\nFace\t \t: y\r\n\r\n");
    EXPECT_THAT(names(section), ElementsAre("Sender-Profile", "Face"));
    EXPECT_EQ(section.fields[0].body, " x");
    EXPECT_NE(section.first("sender-PROFILE"), nullptr);
}

TEST(HeaderSection, MboxFromLineIsNoField) {
    const HeaderSection section =
        scan_header("From jane@example.org Mon Nov 23 06:00:00 2026\n folded\nFrom: jane@example.org\n\n");
    EXPECT_THAT(names(section), ElementsAre("From"));
    EXPECT_EQ(section.fields[0].body, " jane@example.org");
}

TEST(HeaderSection, LeadingWhiteSpaceFoldsOntoNothing) {
    const HeaderSection section = scan_header(" X: 1\r\n Y: 2\r\nA: 1\r\n\r\n");
    EXPECT_THAT(names(section), ElementsAre("A"));
    EXPECT_EQ(section.fields[0].begin, 14u);
}

TEST(HeaderSection, JunkLinesAreLeftOutWithTheirFolds) {
    const HeaderSection section = scan_header("A: 1\r\njunk\r\n fold: 2\r\nB: 3\r\n\r\n");
    EXPECT_THAT(names(section), ElementsAre("A", "B"));
    EXPECT_EQ(section.fields[0].body, " 1");
    EXPECT_EQ(section.fields[0].end, 6u);
}

TEST(HeaderSection, NamesHoldVisibleAsciiOnly) {
    for (int c = 0; c < 256; ++c) {
        const std::string text = std::string("a") + static_cast<char>(c) + "b: 1\n";
        const bool is_ftext = c > 32 && c < 127;
        EXPECT_EQ(scan_header(text).first("b") != nullptr, c == '\n') << c;
        if (c == ':') {
            EXPECT_THAT(names(scan_header(text)), ElementsAre("a"));
        } else if (c != '\n') {
            EXPECT_EQ(scan_header(text).fields.size(), is_ftext ? 1u : 0u) << c;
        }
    }
    EXPECT_TRUE(scan_header(": 1\n").fields.empty());
    EXPECT_TRUE(scan_header(" : 1\n").fields.empty());
}

TEST(HeaderSection, BodiesMayHoldAnyOctet) {
    const std::string text = "A: \0\xff\x80\r x\r\n\r\n"s;
    EXPECT_EQ(scan_header(text).fields.at(0).body, " \0\xff\x80\r x"s);
}

TEST(HeaderSection, WhiteSpaceLineIsAFoldNotTheEnd) {
    const HeaderSection section = scan_header("A: 1\r\n \r\nB: 2\r\n\r\n");
    EXPECT_THAT(names(section), ElementsAre("A", "B"));
    EXPECT_EQ(section.fields[0].body, " 1\r\n ");
}

TEST(HeaderSection, WithoutEmptyLineItEndsWithTheOctets) {
    for (std::string_view text : {"", "A: 1", "A: 1\r\n", "A: 1\n b"}) {
        const HeaderSection section = scan_header(text);
        EXPECT_FALSE(section.has_empty_line);
        EXPECT_EQ(section.end, text.size());
        EXPECT_EQ(section.body, text.size());
    }
    EXPECT_EQ(scan_header("A: 1\n b").fields.at(0).body, " 1\n b");
}

TEST(HeaderSection, EmptyLineAtTheStartIsAnEmptySection) {
    for (std::string_view text : {"\nA: 1\n", "\r\nA: 1\n"}) {
        const HeaderSection section = scan_header(text);
        EXPECT_TRUE(section.fields.empty());
        EXPECT_TRUE(section.has_empty_line);
        EXPECT_EQ(section.end, 0u);
    }
}

TEST(HeaderSection, CountAndFirstIgnoreCase) {
    const HeaderSection section = scan_header("From: 1\nfrom: 2\nFROM : 3\nFromage: 4\n\n");
    EXPECT_EQ(section.count("From"), 3u);
    EXPECT_EQ(section.first("fROM")->body, " 1");
    EXPECT_EQ(section.first("To"), nullptr);
}

TEST(HeaderSection, LargeHeadersKeepEveryField) {
    std::string many;
    for (int i = 0; i < 5000; ++i) many += "X-" + std::to_string(i) + ": v\r\n fold\r\n";
    EXPECT_EQ(scan_header(many).fields.size(), 5000u);

    const std::string longest = "A: " + std::string(1 << 20, 'x') + "\r\nB: 1\r\n\r\n";
    EXPECT_THAT(names(scan_header(longest)), ElementsAre("A", "B"));

    std::string folds = "A: 1\r\n";
    while (folds.size() < 300 * 1024) folds += " \r\n";
    EXPECT_EQ(scan_header(folds).fields.at(0).end, folds.size());
}

TEST(Unfold, Rfc5322_2_2_3_DropsLineEndsBeforeWhiteSpace) {
    EXPECT_EQ(unfold(" a\r\n b\n\tc "), "a b\tc");
    EXPECT_EQ(unfold("\r\n a\r\n"), "a");
    EXPECT_EQ(unfold(""), "");
    EXPECT_EQ(unfold(" \r\n \r\n "), "");
}

TEST(Unfold, KeepsWhatIsNoFold) {
    EXPECT_EQ(unfold("a\r b"), "a\r b");
    EXPECT_EQ(unfold("a\nb"), "a\nb");
    EXPECT_EQ(unfold("a\r\r\n b"), "a\r b");
}

const std::vector<std::string> finder_texts = {
    "A: 1\r\n\r\nbody\r\n\r\n", "A: 1\n\nbody",   "\r\nbody",  "\n", "\r\r\n\r\n\n", "A: 1\r\n\r",
    "A: 1\r\n\rx\r\n\r\nb",     "A\r\n\r\r\n\nb", " \r\n\r\n", "",   "\r",
};

TEST(HeaderEndFinder, AgreesWithTheScannerForEverySplit) {
    for (const std::string& text : finder_texts) {
        const HeaderSection section = scan_header(text);
        for (std::size_t i = 0; i <= text.size(); ++i) {
            for (std::size_t j = i; j <= text.size(); ++j) {
                HeaderEndFinder finder;
                std::size_t found = HeaderEndFinder::npos;
                const std::size_t cuts[] = {0, i, j, text.size()};
                for (int piece = 0; piece < 3 && found == HeaderEndFinder::npos; ++piece) {
                    const std::size_t at = finder.feed(
                        std::string_view(text).substr(cuts[piece], cuts[piece + 1] - cuts[piece]));
                    if (at != HeaderEndFinder::npos) found = cuts[piece] + at;
                }
                if (section.has_empty_line) {
                    EXPECT_EQ(found, section.body) << testing::PrintToString(text) << i << ',' << j;
                } else {
                    EXPECT_EQ(found, HeaderEndFinder::npos) << testing::PrintToString(text);
                }
            }
        }
    }
}

}  // namespace
}  // namespace decorum::message
