// What a page's texts hold is set as text, whatever it is; groff itself is asked in tests/integration.
#include "gateway/base/roff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace decorum {
namespace {

ManualPage page() {
    return {"decorum", 1, "shows who wrote", "Decorum 1.2"};
}

// The lines after those of NAME.
std::vector<std::string> body(const ManualPage& given) {
    std::istringstream in(given.text());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    lines.erase(lines.begin(), lines.begin() + 3);
    return lines;
}

TEST(ManualPage, BeginsWithWhatAproposLooksFor) {
    EXPECT_EQ(page().text(),
              ".TH \"decorum\" 1 \"\" \"Decorum 1.2\" \"Decorum\"\n.SH NAME\ndecorum \\- shows who wrote\n");
}

TEST(ManualPage, SetsLiteralsInBold) {
    EXPECT_THAT(body(page().paragraph("see `a-b`, and `c`.")),
                testing::ElementsAre(".PP", "see \\fBa\\-b\\fP, and \\fBc\\fP."));
}

TEST(ManualPage, ABacktickAloneStandsForItself) {
    EXPECT_THAT(body(page().paragraph("a ` b")), testing::ElementsAre(".PP", "a \\(ga b"));
}

TEST(ManualPage, OnlyAHyphenBetweenLettersMayBeTypographical) {
    EXPECT_THAT(body(page().paragraph("opt-out, -c, --json, 1-2, a-")),
                testing::ElementsAre(".PP", "opt-out, \\-c, \\-\\-json, 1\\-2, a\\-"));
}

TEST(ManualPage, NoTextCanBecomeARequest) {
    for (const char* text :
         {".so /etc/passwd", "'so /etc/passwd", "  .so /etc/passwd", "\t'so /etc/passwd"}) {
        EXPECT_THAT(body(page().paragraph(text))[1], testing::StartsWith("\\&")) << text;
        EXPECT_THAT(body(page().item(text, text)),
                    testing::ElementsAre(".TP", testing::StartsWith("\\&"), testing::StartsWith("\\&")))
            << text;
    }
    EXPECT_THAT(body(page().example(".a\n'b\n")),
                testing::ElementsAre(".PP", ".RS 4", ".EX", "\\&.a", "\\(aqb", ".EE", ".RE"));
    for (const char* text : {"a\n.so b", "a\r\n.so b"}) {
        EXPECT_THAT(body(page().paragraph(text)), testing::SizeIs(2)) << text;
        EXPECT_THAT(body(page().heading(text)), testing::SizeIs(1)) << text;
    }
}

TEST(ManualPage, NoTextCanBecomeAnEscape) {
    EXPECT_THAT(body(page().paragraph("\\fB \\n(.g `\\*x`"))[1], "\\efB \\en(.g \\fB\\e*x\\fP");
    EXPECT_THAT(body(page().heading("a \"b\"")), testing::ElementsAre(".SH \"a \\(dqb\\(dq\""));
}

TEST(ManualPage, KeepsTheLinesOfAnExample) {
    EXPECT_THAT(body(page().example("a\n\n  b = \"c\"\n")),
                testing::ElementsAre(".PP", ".RS 4", ".EX", "a", "", "  b = \\(dqc\\(dq", ".EE", ".RE"));
}

TEST(ManualPage, AnEmptyTextLeavesNoEmptyLine) {
    EXPECT_THAT(body(page().paragraph("")), testing::ElementsAre(".PP", "\\&"));
}

}  // namespace
}  // namespace decorum
