#include "gateway/imap/rewrite_command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace decorum::imap {
namespace {

std::string upstream(std::string_view wire, std::uint64_t block = 100) {
    const auto command = parse_command(wire);
    if (!command) return command.error().detail;
    const Rewrite rewrite{.block_octets = block, .names = {}, .epoch = Epoch(5)};
    if (command->verb == Verb::fetch) return plan_fetch(*command, wire, rewrite).wire;
    return upstream_command(*command, wire, rewrite);
}

TEST(ImapRewriteCommand, SearchedSizesAreLessTheBlock) {
    EXPECT_EQ(upstream("a SEARCH LARGER 150 SUBJECT \"LARGER 150\""),
              "a SEARCH LARGER 50 SUBJECT \"LARGER 150\"");
    EXPECT_EQ(upstream("a UID SEARCH NOT (OR smaller 100 LARGER 99)"), "a UID SEARCH NOT (OR SMALLER 0 ALL)");
    EXPECT_EQ(upstream("a SORT (SIZE) UTF-8 SMALLER 99"), "a SORT (SIZE) UTF-8 NOT ALL");
    EXPECT_EQ(upstream("a SEARCH LARGER 5000000000"), "a SEARCH LARGER 4999999900");
    EXPECT_EQ(upstream("a SEARCH LARGER 150", 0), "a SEARCH LARGER 150");
}

TEST(ImapRewriteCommand, StatusSizeNeedsMessages) {
    EXPECT_EQ(upstream("a STATUS {1}\r\nx (SIZE UNSEEN)"), "a STATUS {1}\r\nx (MESSAGES SIZE UNSEEN)");
    EXPECT_EQ(upstream("a STATUS x (SIZE MESSAGES)"), "a STATUS x (SIZE MESSAGES)");
    EXPECT_EQ(upstream("a STATUS x (UNSEEN)"), "a STATUS x (UNSEEN)");
    EXPECT_EQ(upstream("a STATUS x (SIZE)", 0), "a STATUS x (SIZE)");
    EXPECT_EQ(upstream("a LIST \"\" % RETURN (CHILDREN STATUS (SIZE))"),
              "a LIST \"\" % RETURN (CHILDREN STATUS (MESSAGES SIZE))");
    const std::string_view wire = "a STATUS x (SIZE)";
    EXPECT_TRUE(adds_messages(*parse_command(wire), {.block_octets = 1, .names = {}, .epoch = {}}));
    EXPECT_FALSE(adds_messages(*parse_command(wire), {}));
}

TEST(ImapRewriteCommand, QresyncTellsTheUpstreamItsOwnUidValidity) {
    EXPECT_EQ(upstream("a SELECT x (QRESYNC (105 7 1:105))"), "a SELECT x (QRESYNC (100 7 1:105))");
    EXPECT_EQ(upstream("a EXAMINE x (CONDSTORE)"), "a EXAMINE x (CONDSTORE)");
}

TEST(ImapRewriteCommand, EverythingElseIsAskedAsItCame) {
    for (const std::string_view wire :
         {"a NOOP", "a FETCH 1:* (UID FLAGS RFC822.SIZE ENVELOPE)", "a FETCH 1 ALL", "a FETCH 1 BODY[TEXT]",
          "a FETCH 1 BODY.PEEK[1.2]<0.5>",
          "a UID FETCH 1 (BODY[HEADER.FIELDS (From To)] MODSEQ BODY[2.MIME]<0.5>) (CHANGEDSINCE 5)",
          "a STORE 1 FLAGS (\\Seen)"})
        EXPECT_EQ(upstream(wire), wire);
}

TEST(ImapRewriteCommand, DateAndUidAreAskedWhereTheBlockIsNeeded) {
    EXPECT_EQ(upstream("a FETCH 1:* BODY[]"), "a FETCH 1:* (INTERNALDATE UID BODY[])");
    EXPECT_EQ(upstream("a UID FETCH 1:* (RFC822.SIZE BODY.PEEK[] UID) (CHANGEDSINCE 9)"),
              "a UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]) (CHANGEDSINCE 9)");
    EXPECT_EQ(upstream("a FETCH 1 (FLAGS INTERNALDATE RFC822.HEADER)"),
              "a FETCH 1 (INTERNALDATE UID RFC822.HEADER FLAGS)");
}

TEST(ImapRewriteCommand, PartialsMoveByTheBlock) {
    const auto asked = [](std::string_view item) {
        const auto wire = upstream("a UID FETCH 1 " + std::string(item));
        return wire.substr(wire.find("HEADER] ") + 8);
    };
    EXPECT_EQ(asked("BODY.PEEK[]<0.100>"), "BODY.PEEK[]<0.1>)");
    EXPECT_EQ(asked("BODY[]<0.101>"), "BODY[]<0.1>)");
    EXPECT_EQ(asked("BODY[]<99.1>"), "BODY[]<0.1>)");
    EXPECT_EQ(asked("BODY[]<99.2>"), "BODY[]<0.1>)");
    EXPECT_EQ(asked("BODY[]<99.3>"), "BODY[]<0.2>)");
    EXPECT_EQ(asked("BODY[]<100.7>"), "BODY[]<0.7>)");
    EXPECT_EQ(asked("BODY[]<101.7>"), "BODY[]<1.7>)");
    EXPECT_EQ(asked("BINARY[]<8589934692.8589934592>"), "BINARY[]<8589934592.8589934592>)");
    EXPECT_EQ(asked("BODY[]<50.9223372036854775807>"), "BODY[]<0.9223372036854775757>)");
    EXPECT_EQ(asked("BODY[HEADER.FIELDS.NOT (From)]<5.7>"), "BODY[HEADER.FIELDS.NOT (From)]<0.269>)");
    EXPECT_EQ(asked("BODY[HEADER.FIELDS ({4+}\r\nFace)]<5.9223372036854775807>"),
              "BODY[HEADER.FIELDS (Face)]<0.9223372036854775807>)");
    // A header that the client asks for itself serves as well, and comes first.
    EXPECT_EQ(upstream("a UID FETCH 1 (BODY[]<200.1> BODY[HEADER])"),
              "a UID FETCH 1 (INTERNALDATE BODY[HEADER] BODY[]<100.1>)");
}

TEST(ImapRewriteCommand, PartialsOfWhatIsOnlyMaskedAreAskedFromTheBeginning) {
    EXPECT_EQ(
        upstream("a FETCH 1 (BODY[HEADER.FIELDS (From To)]<3.5> FLAGS BODY.PEEK[1.MIME]<0.7>) (VANISHED)"),
        "a FETCH 1 (BODY[HEADER.FIELDS (From To)]<0.265> FLAGS BODY.PEEK[1.MIME]<0.264>) (VANISHED)");
    EXPECT_EQ(upstream("a FETCH 1 BODY[1.1.MIME]<9223372036854775807.1>"),
              "a FETCH 1 (BODY[1.1.MIME]<0.9223372036854775807>)");
    EXPECT_EQ(upstream("a FETCH 1 (BODY[1.MIME]<3.5>)", 0), "a FETCH 1 (BODY[1.MIME]<3.5>)");
}

TEST(ImapRewriteCommand, APlanTellsWhatItHolds) {
    const auto held = [](std::string_view items) {
        const std::string wire = "a UID FETCH 1 " + std::string(items);
        auto plan = plan_fetch(*parse_command(wire), wire, {.block_octets = 100, .names = {}, .epoch = {}});
        plan.wire.clear();
        return plan.held_octets();
    };
    EXPECT_EQ(held("(FLAGS BODY[])"), 0U);
    EXPECT_GE(held("BODY[]<0.5>"), sizeof(FetchPart));
    std::string names;
    for (int i = 0; i < 1000; ++i) names += " a";
    EXPECT_GE(held("BODY[HEADER.FIELDS (Face" + names.substr(0, 1998) + ")]<0.5>"),
              1000 * sizeof(std::string));
}

TEST(ImapRewriteCommand, CommandsWhoseResponsesCouldBeMistakenConflict) {
    const auto plan = [](std::string_view wire) {
        const auto command = parse_command(wire);
        return plan_fetch(*command, wire, {.block_octets = 100, .names = {}, .epoch = {}});
    };
    const auto first = plan("a UID FETCH 1 (BODY[]<0.100>)");
    EXPECT_TRUE(conflict(first, plan("b UID FETCH 2 (BODY.PEEK[]<50.100>)")));
    EXPECT_TRUE(conflict(first, plan("b UID FETCH 2 (BODY[HEADER])")));
    EXPECT_TRUE(conflict(plan("b UID FETCH 2 (INTERNALDATE)"), first));
    EXPECT_TRUE(conflict(plan("b FETCH 2 BODY[]"), plan("c UID FETCH 2 FLAGS")));
    EXPECT_FALSE(conflict(first, plan("b UID FETCH 2 (BODY[]<200.100>)")));
    EXPECT_FALSE(conflict(first, plan("b UID FETCH 2 (BODY[] RFC822.SIZE)")));
    EXPECT_FALSE(conflict(plan("a UID FETCH 2 BODY[]"), plan("b UID FETCH 3 BODY[]")));
}

}  // namespace
}  // namespace decorum::imap
