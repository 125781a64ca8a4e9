// The block whose length does not depend on what it says: every status, and the messages it stands above.
#include <gtest/gtest.h>

#include "tests/support/run_task.hpp"
#include "tests/unit/pipeline/desk.hpp"

namespace decorum::pipeline::test {
namespace {

using message::Status;

constexpr std::size_t block_octets = 2048;

FixedBlock fixed(Desk& desk, std::string_view octets) {
    Annotator& annotator = desk.annotator();
    const auto header = message::scan_header(octets);
    return decorum::test::run_task(
        desk.context(), annotator.annotate_fixed(octets, header, desk.envelope, desk.policy, block_octets));
}

message::SealVerdict verdict_on(Desk& desk, const std::string& octets) {
    const auto header = message::scan_header(octets);
    return desk.annotator().own_top_octets(octets, header) == block_octets ? message::SealVerdict::valid
                                                                           : message::SealVerdict::broken;
}

TEST(FixedBlockOf, EveryStatusIsEquallyLongAndSealed) {
    Desk desk;
    desk.know_jane();
    for (const auto& [octets, status] : std::map<std::string, Status>{
             {Desk::authenticated_mail(), Status::found},
             {std::string(Desk::rest), Status::unauthenticated},
             {"Subject: nobody\r\n\r\n", Status::unauthenticated},
             {"no header at all\r\n", Status::unauthenticated},
             {"", Status::unauthenticated},
             {" folded\r\n" + Desk::authenticated_mail(), Status::found},
             {"List-Id: <cooks.lists.example>\r\n" + Desk::authenticated_mail(), Status::none}}) {
        SCOPED_TRACE(octets);
        const FixedBlock block = fixed(desk, octets);
        EXPECT_EQ(block.status, status);
        EXPECT_EQ(block.octets.size(), block_octets);
        EXPECT_EQ(block.kept.end, 0U);
        EXPECT_EQ(verdict_on(desk, block.octets + octets), message::SealVerdict::valid);
    }
}

TEST(FixedBlockOf, SaysTheSameOfTheSameMessage) {
    Desk desk;
    desk.know_jane();
    EXPECT_EQ(fixed(desk, Desk::authenticated_mail()).octets, fixed(desk, Desk::authenticated_mail()).octets);
}

TEST(FixedBlockOf, OurSealedMessageGetsPaddingOnly) {
    Desk desk;
    desk.know_jane();
    const std::string sealed =
        "Return-Path: <jane@example.net>\r\n" + desk.annotate(Desk::authenticated_mail()).message;
    const FixedBlock block = fixed(desk, sealed);
    EXPECT_EQ(block.status, Status::found);
    EXPECT_EQ(block.octets, message::make_padding("Sender-Profile", block_octets));
    EXPECT_EQ(block.kept.begin, sealed.find("Sender-Profile:"));
    EXPECT_EQ(block.kept.end, sealed.find("Authentication-Results:"));
}

// Whoever once got such a block can put it above another text, under the same From.
TEST(FixedBlockOf, SealOnAnUnprovedMessageIsNotKept) {
    Desk desk;
    desk.know_jane();
    std::string replayed = desk.annotate(Desk::authenticated_mail()).message;
    replayed.erase(replayed.find("Authentication-Results:"), Desk::authenticated.size());
    const FixedBlock block = fixed(desk, replayed);
    EXPECT_EQ(block.status, Status::unauthenticated);
    EXPECT_EQ(block.kept.end, 0U);
}

TEST(FixedBlockOf, SealThatIsBoundToNoMessageIsNotKept) {
    Desk desk;
    desk.know_jane();
    const std::string octets =
        desk.annotator().neutral_block("X: y\r\n", {}, "\r\n") + Desk::authenticated_mail();
    const FixedBlock block = fixed(desk, octets);
    EXPECT_EQ(block.status, Status::found);
    EXPECT_EQ(block.kept.end, 0U);
}

TEST(FixedBlockOf, NeutralOneIsEquallyLong) {
    Desk desk;
    const std::string octets(Desk::rest);
    const std::string block =
        desk.annotator().neutral_fixed_block(message::scan_header(octets), "header-size", block_octets);
    EXPECT_EQ(block.size(), block_octets);
    EXPECT_NE(block.find("status=unavailable; reason=header-size"), std::string::npos);
}

TEST(FixedBlockOf, TopOfAMessageIsOursOnlyWithItsSealOrAsPadding) {
    Desk desk;
    desk.know_jane();
    const std::string octets = Desk::authenticated_mail();
    const std::string block = fixed(desk, octets).octets;
    const auto top = [&](const std::string& text) {
        return desk.annotator().own_top_octets(text, message::scan_header(text));
    };
    EXPECT_EQ(top(block + octets), block_octets);
    EXPECT_EQ(top(message::make_padding("Sender-Profile", 300) + octets), 300U);
    EXPECT_EQ(top(octets), 0U);
    EXPECT_EQ(top("X-Mine: 1\r\n" + block + octets), 0U) << "not at the top";
    EXPECT_EQ(top("Sender-Profile: forged\r\n" + octets), 0U) << "who typed it, keeps it";
}

}  // namespace
}  // namespace decorum::pipeline::test
