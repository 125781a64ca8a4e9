// Which word somebody said, as mail clients send it.
#include "gateway/notice/reply_word.hpp"

#include <gtest/gtest.h>

namespace decorum::notice {
namespace {

Word said(std::string_view text, std::string_view subject = "Re: Your public profile") {
    return word_of(text, subject);
}

TEST(ReplyWord, IsTheFirstOneInAnyCaseAndPunctuation) {
    EXPECT_EQ(said("ACK"), Word::ack);
    EXPECT_EQ(said("  ack.\n\nPaul"), Word::ack);
    EXPECT_EQ(said("\n\n*WRONG*, that was a quotation"), Word::wrong);
    EXPECT_EQ(said("“STOP!”"), Word::stop);
    EXPECT_EQ(said("« Moi »"), Word::me);
    EXPECT_EQ(said("--> me please"), Word::me);
    EXPECT_EQ(said("\xEF\xBB\xBF"
                   "ACK"),
              Word::ack);
}

TEST(ReplyWord, AMarkEndsItLikeABlank) {
    for (const auto* text :
         {"STOP,please", "STOP—thanks", "STOP –thanks", "STOP!!Now", "STOP.Thanks", "*STOP*,thanks",
          "STOP\u00A0please", "STOP，谢谢", "STOP。", "— STOP", "“STOP”(please)"})
        EXPECT_EQ(said(text), Word::stop) << text;
    EXPECT_EQ(said("opt-out,please"), Word::stop);
    for (const auto* text : {"stop-gap", "stop's", "stop’s", "ok@example.org", "me.martin@example.org"})
        EXPECT_EQ(said(text), Word::none) << text;
}

TEST(ReplyWord, KnowsEnglishAndFrenchSynonyms) {
    EXPECT_EQ(said("OK"), Word::ack);
    EXPECT_EQ(said("Vu"), Word::ack);
    EXPECT_EQ(said("Noté, merci"), Word::ack);
    EXPECT_EQ(said("FAUX"), Word::wrong);
    EXPECT_EQ(said("Erreur"), Word::wrong);
    EXPECT_EQ(said("ARRÊT"), Word::stop);
    EXPECT_EQ(said("Opt-out"), Word::stop);
    EXPECT_EQ(said("moi"), Word::me);
}

TEST(ReplyWord, AnotherFirstWordIsNoneWhateverFollows) {
    EXPECT_EQ(said("I won't STOP"), Word::none);
    EXPECT_EQ(said("Stopping is no option"), Word::none);
    EXPECT_EQ(said("Hello,\n\nACK"), Word::none);
    EXPECT_EQ(said("mean words\nSTOP"), Word::none);
}

TEST(ReplyWord, IsAboveTheQuotedMail) {
    EXPECT_EQ(said("ACK\n\nOn Tue, 24 Nov 2026 at 10:00, Decorum\n<decorum@example.org> wrote:\n\n> WRONG\n> "
                   "STOP\n"),
              Word::ack);
    EXPECT_EQ(said("ACK\nLe mar. 24 nov. 2026, Decorum a écrit :\n> STOP\n"), Word::ack);
    EXPECT_EQ(said("WRONG\n\n-----Original Message-----\nFrom: Decorum\n\nSTOP"), Word::wrong);
}

TEST(ReplyWord, IsBelowTheQuotedMail) {
    EXPECT_EQ(
        said("On Tue, 24 Nov 2026 at 10:00, Decorum\n<decorum@example.org> wrote:\n> STOP\n>\n> ACK\n\nME\n"),
        Word::me);
    EXPECT_EQ(said("> STOP\n\nWRONG"), Word::wrong);
    EXPECT_EQ(said("Decorum <d@example.org> 于2026年12月2日周三 10:00写道：\n\n> STOP\n\nACK"), Word::ack);
}

TEST(ReplyWord, QuotedWordsAloneAreNone) {
    EXPECT_EQ(said("> ACK\n> STOP\n"), Word::none);
    EXPECT_EQ(said("Decorum wrote:\n> ACK\n"), Word::none);
}

TEST(ReplyWord, ASignatureEndsIt) {
    EXPECT_EQ(said("-- \nSTOP the press, Inc."), Word::none);
    EXPECT_EQ(said("_______________\nACK"), Word::none);
}

TEST(ReplyWord, TheSubjectCountsOnlyWhereNothingIsWritten) {
    EXPECT_EQ(said("", "ACK"), Word::ack);
    EXPECT_EQ(said("\n \n> quoted", "Re: [list] RE : stop"), Word::stop);
    EXPECT_EQ(said("Hello", "ACK"), Word::none);
    EXPECT_EQ(said("", "Re: Your public profile: something"), Word::none);
    EXPECT_EQ(said("", "Re: Ce que les lecteurs de vos messages voient de vous"), Word::none);
    EXPECT_EQ(said("", "Re: "), Word::none);
}

TEST(ReplyWord, LongTextsAndOddOctetsAreNone) {
    EXPECT_EQ(said(std::string(1'000'000, 'a')), Word::none);
    EXPECT_EQ(said(std::string(100'000, '\n')), Word::none);
    EXPECT_EQ(said("\xff\xfe\x80"), Word::none);
    EXPECT_EQ(said(std::string("\0ACK", 4)), Word::ack);
}

}  // namespace
}  // namespace decorum::notice
