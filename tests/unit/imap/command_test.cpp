#include "gateway/imap/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace decorum::imap {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using namespace std::string_literals;

template <class Detail>
Detail detail_of(std::string_view wire) {
    auto command = parse_command(wire);
    EXPECT_TRUE(command.has_value()) << wire << ": " << (command ? "" : command.error().text());
    if (!command) return {};
    EXPECT_TRUE(std::holds_alternative<Detail>(command->detail)) << wire;
    return std::get<Detail>(std::move(command->detail));
}

std::string refusal(std::string_view wire) {
    const auto command = parse_command(wire);
    return command ? "taken" : command.error().detail;
}

std::string nested(std::size_t depth, std::string_view inner) {
    return std::string(depth, '(') + std::string(inner) + std::string(depth, ')');
}

TEST(ImapCommand, EveryCommandThatPassesIsTaken) {
    for (const std::string_view wire : {"a CAPABILITY",
                                        "a NOOP",
                                        "a LOGOUT",
                                        "a STARTTLS",
                                        "a CHECK",
                                        "a CLOSE",
                                        "a UNSELECT",
                                        "a IDLE",
                                        "a NAMESPACE",
                                        "a EXPUNGE",
                                        "a uid expunge 3:*",
                                        "a CREATE box",
                                        "a CREATE \"box\" (USE (\\Sent))",
                                        "a DELETE box",
                                        "a RENAME a b",
                                        "a SUBSCRIBE {3}\r\nbox",
                                        "a UNSUBSCRIBE box",
                                        "a LSUB \"\" *",
                                        "a LIST \"\" \"%\"",
                                        "a LIST (SUBSCRIBED) \"\" (a b%) RETURN (CHILDREN SPECIAL-USE)",
                                        "a LIST \"\" % RETURN ()",
                                        "a STATUS box (MESSAGES UIDNEXT)",
                                        "a COPY 1:3,5 box",
                                        "a UID MOVE $ box",
                                        "a STORE 1 +FLAGS.SILENT (\\Seen $Label)",
                                        "a UID STORE 1 (UNCHANGEDSINCE 5) FLAGS ()",
                                        "a GETQUOTA \"\"",
                                        "a SETQUOTA \"\" (STORAGE 512)",
                                        "a GETQUOTAROOT INBOX",
                                        "a GETACL box",
                                        "a SETACL box user lrs",
                                        "a DELETEACL box user",
                                        "a LISTRIGHTS box user",
                                        "a MYRIGHTS box",
                                        "a GETMETADATA (DEPTH 1) box (/a /b)"}) {
        EXPECT_EQ(refusal(wire), "taken") << wire;
    }
    const std::string with_nul = "a SETMETADATA box (/a ~{3}\r\na\0b)"s;
    EXPECT_EQ(refusal(with_nul), "taken");
}

TEST(ImapCommand, WhatIsUnknownOrMalformedGoesNowhere) {
    for (const std::string_view wire : {"",
                                        " ",
                                        "a",
                                        "a ",
                                        "a  NOOP",
                                        "NOOP",
                                        "+ NOOP",
                                        "* NOOP",
                                        "a+ NOOP",
                                        "a(b NOOP",
                                        "a NOOP ",
                                        "a NOOP x",
                                        "a XYZZY",
                                        "a COMPRESS DEFLATE",
                                        "a NOTIFY NONE",
                                        "a UID NOOP",
                                        "a UID",
                                        "a FETCHX 1 UID",
                                        "a IDLE x",
                                        "a COPY",
                                        "a CREATE ",
                                        "a CREATE  x",
                                        "a CREATE x ",
                                        "a CREATE \"x",
                                        "a CREATE x\"y\"",
                                        "a CREATE (x",
                                        "a CREATE x)",
                                        "a CREATE {5}\r\nabc",
                                        "a CREATE {3}\r\nabcd",
                                        "a CREATE {x}\r\nabc",
                                        "a EXPUNGE 1",
                                        "a UID EXPUNGE",
                                        "a APPEND box",
                                        "a APPEND box \"x\"",
                                        "a LIST",
                                        "a LIST \"\"",
                                        "a LIST \"\" % RETURN",
                                        "a LIST \"\" % RETURN (STATUS)",
                                        "a LIST \"\" % RETURN (STATUS (SIZE)",
                                        "a LIST \"\" % x",
                                        "a STATUS box",
                                        "a STATUS box ()",
                                        "a STATUS box SIZE",
                                        "a STATUS box (SIZE) x",
                                        "a SELECT",
                                        "a SELECT a b",
                                        "a SELECT a ()",
                                        "a SELECT a (QRESYNC 1)",
                                        "a SELECT a (QRESYNC ())",
                                        "a SELECT a (XYZ)",
                                        "a ENABLE",
                                        "a ENABLE  X",
                                        "a LOGIN",
                                        "a LOGIN x",
                                        "a LOGIN x y z",
                                        "a AUTHENTICATE",
                                        "a AUTHENTICATE PLAIN x y",
                                        "a AUTHENTICATE PLAIN !",
                                        "a ID",
                                        "a ID (a b)",
                                        "a ID (\"a\")",
                                        "a ID (\"a\" \"b\"",
                                        "a ID NIL x",
                                        "a ID (\"a\" NIL\"b\" NIL)"}) {
        EXPECT_NE(refusal(wire), "taken") << wire;
    }
}

TEST(ImapCommand, RefusalsRepeatNothingOfTheCommand) {
    for (const std::string_view wire : {"a SECRET", "a LOGIN SECRET", "a FETCH 1 SECRET", "a SEARCH SECRET"})
        EXPECT_EQ(refusal(wire).find("SECRET"), std::string::npos) << wire;
}

TEST(ImapCommand, ATagIsFoundOfWhatever) {
    EXPECT_EQ(tag_of("a1 garbage ((("), "a1");
    EXPECT_EQ(tag_of("a1"), "");
    EXPECT_EQ(tag_of("(x) y"), "");
    EXPECT_EQ(tag_of(std::string(200, 'x') + " NOOP"), "");
}

TEST(ImapCommand, LoginTakesAtomsStringsAndLiterals) {
    const auto login = detail_of<Login>("a LOGIN \"j\\\"ane\\\\\" {4+}\r\np\"\r\n");
    EXPECT_EQ(login.user, "j\"ane\\");
    EXPECT_EQ(login.password.reveal(), "p\"\r\n");
    EXPECT_EQ(detail_of<Login>("a login jane@example.org p]w").password.reveal(), "p]w");
    EXPECT_EQ(detail_of<Login>("a LOGIN jane \"\"").password.reveal(), "");
    // Leniency login_wildcards.
    const auto master = detail_of<Login>("a LOGIN jane*boss%\\ p*%\\w");
    EXPECT_EQ(master.user, "jane*boss%\\");
    EXPECT_EQ(master.password.reveal(), "p*%\\w");
    for (const std::string_view wire :
         {"a LOGIN ja(ne x", "a LOGIN ja\"ne x", "a LOGIN jane x)", "a SELECT ja*ne"})
        EXPECT_NE(refusal(wire), "taken") << wire;
}

TEST(ImapCommand, AuthenticateTakesAnInitialResponse) {
    auto authenticate = detail_of<Authenticate>("a AUTHENTICATE scram-sha-256");
    EXPECT_EQ(authenticate.mechanism, "SCRAM-SHA-256");
    EXPECT_FALSE(authenticate.initial_response);
    authenticate = detail_of<Authenticate>("a AUTHENTICATE PLAIN =");
    EXPECT_EQ(authenticate.initial_response->reveal(), "=");
}

TEST(ImapCommand, IdHasLimits) {
    const auto id = detail_of<Id>("a ID (\"name\" \"x\" \"os\" NIL)");
    EXPECT_THAT(id.pairs, ElementsAre(Pair("name", "x"), Pair("os", std::nullopt)));
    EXPECT_TRUE(detail_of<Id>("a ID NIL").pairs.empty());
    EXPECT_TRUE(detail_of<Id>("a ID ()").pairs.empty());
    std::string many = "a ID (";
    for (int i = 0; i < 1000; ++i) many += (i ? " \"k" : "\"k") + std::to_string(i) + "\" \"v\"";
    EXPECT_EQ(refusal(many + ")"), "Too many fields");
    EXPECT_EQ(refusal("a ID (\"k\" \"" + std::string(1025, 'v') + "\")"), "Field too long");
    EXPECT_EQ(refusal("a ID (\"" + std::string(31, 'k') + "\" NIL)"), "Field too long");
}

TEST(ImapCommand, SelectShowsWhereQresyncHasItsUidValidity) {
    const std::string_view wire =
        "a SELECT INBOX (CONDSTORE QRESYNC (67890007 20050715194045000 41,43:211 (1 2)))";
    const auto select = detail_of<Select>(wire);
    ASSERT_TRUE(select.qresync_uid_validity);
    EXPECT_EQ(*select.qresync_uid_validity, "67890007");
    EXPECT_EQ(select.qresync_uid_validity->data(), wire.data() + wire.find("67890007"));
    EXPECT_FALSE(detail_of<Select>("a EXAMINE {3}\r\nbox").qresync_uid_validity);
}

TEST(ImapCommand, FetchTakesEveryKnownItem) {
    for (const std::string_view items : {"ALL",
                                         "FAST",
                                         "FULL",
                                         "FLAGS",
                                         "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE)",
                                         "RFC822",
                                         "RFC822.HEADER",
                                         "RFC822.TEXT",
                                         "BODY[]",
                                         "BODY.PEEK[]",
                                         "BODY[1.2.3]",
                                         "BODY[1.MIME]",
                                         "BODY[1.HEADER]",
                                         "BODY[1.HEADER.FIELDS (a \"b c\" {1}\r\nd)]",
                                         "BODY[TEXT]",
                                         "BODY[HEADER]<0.100>",
                                         "BODY[HEADER.FIELDS.NOT (x)]<5.1>",
                                         "BINARY[1]",
                                         "BINARY.PEEK[1.2]<0.5>",
                                         "BINARY[]",
                                         "BINARY.SIZE[1]",
                                         "(MODSEQ EMAILID THREADID SAVEDATE PREVIEW (LAZY) UID)",
                                         "PREVIEW",
                                         "body.peek[header]"}) {
        EXPECT_EQ(refusal("a FETCH 1:* " + std::string(items)), "taken") << items;
    }
    const auto fetch = detail_of<Fetch>(
        "a UID FETCH 1,3:$ (UID BODY.PEEK[2.HEADER.FIELDS ({4+}\r\nFrom \"To\")]<7.9>) (CHANGEDSINCE 12 "
        "VANISHED)");
    EXPECT_EQ(fetch.set, "1,3:$");
    ASSERT_EQ(fetch.items.size(), 2U);
    EXPECT_EQ(fetch.items[1].section.part, "2");
    EXPECT_THAT(fetch.items[1].section.names, ElementsAre("From", "To"));
    EXPECT_EQ(fetch.items[1].partial, (FetchItem::Partial{7, 9}));
    EXPECT_EQ(fetch.modifiers, "(CHANGEDSINCE 12 VANISHED)");
    EXPECT_EQ(wire_form(fetch.items[1].section), "[2.HEADER.FIELDS (From To)]");
}

TEST(ImapCommand, FetchTakesNothingElse) {
    for (const std::string_view items : {"",
                                         "()",
                                         "( UID)",
                                         "(UID )",
                                         "(UID",
                                         "UID)",
                                         "(ALL)",
                                         "(ALL UID)",
                                         "X-GUID",
                                         "BODY.PEEK",
                                         "BODY[",
                                         "BODY[]<0>",
                                         "BODY[]<0.0>",
                                         "BODY[]<0.>",
                                         "BODY[]<.5>",
                                         "BODY[]<0.5",
                                         "BODY[0]",
                                         "BODY[1.]",
                                         "BODY[1..2]",
                                         "BODY[01]",
                                         "BODY[MIME]",
                                         "BODY[TEXT.1]",
                                         "BODY[HEADER.FIELDS]",
                                         "BODY[HEADER.FIELDS ()]",
                                         "BODY[HEADER.FIELDS (a b]",
                                         "BODY[HEADER.FIELDS (a  b)]",
                                         "BODY[HEADER.FIELDS(a)]",
                                         "BODY[1] ",
                                         "BINARY[HEADER]",
                                         "BINARY[1.MIME]",
                                         "BINARY.SIZE[1]<0.1>",
                                         "RFC822[1]",
                                         "UID[1]",
                                         "PREVIEW (EAGER)",
                                         "BODY[]<9223372036854775808.1>",
                                         "UID (X 1)",
                                         "UID (CHANGEDSINCE)",
                                         "UID (CHANGEDSINCE x)",
                                         "UID  (VANISHED)"}) {
        EXPECT_NE(refusal("a FETCH 1:* " + std::string(items)), "taken") << items;
    }
    EXPECT_NE(refusal("a FETCH UID"), "taken");
    EXPECT_NE(refusal("a FETCH 1x UID"), "taken");
}

TEST(ImapCommand, FetchTakesAThousandFieldNames) {
    const auto fields = [](std::size_t count) {
        std::string names;
        for (std::size_t i = 0; i < count; ++i) names.append(names.empty() ? "" : " ").append("a");
        return "BODY[HEADER.FIELDS (" + names + ")]";
    };
    EXPECT_EQ(refusal("a FETCH 1 " + fields(1000)), "taken");
    EXPECT_NE(refusal("a FETCH 1 " + fields(1001)), "taken");
    // All sections together.
    EXPECT_EQ(refusal("a FETCH 1 (" + fields(500) + " " + fields(500) + ")"), "taken");
    EXPECT_NE(refusal("a FETCH 1 (" + fields(500) + " FLAGS " + fields(501) + ")"), "taken");
}

TEST(ImapCommand, SearchFindsItsSizeKeysAndNoOthers) {
    const std::string_view wire =
        "a UID SEARCH RETURN (MIN ALL) CHARSET UTF-8 OR (LARGER 100 NOT (SMALLER 5)) SUBJECT LARGER "
        "HEADER Smaller 7 TEXT {9}\r\nLARGER 10 KEYWORD smaller larger 12";
    const auto search = detail_of<Search>(wire);
    ASSERT_EQ(search.size_keys.size(), 3U);
    EXPECT_EQ(search.size_keys[0].wire, "LARGER 100");
    EXPECT_EQ(search.size_keys[1].wire, "SMALLER 5");
    EXPECT_FALSE(search.size_keys[1].larger);
    EXPECT_EQ(search.size_keys[2].wire, "larger 12");
    EXPECT_EQ(search.size_keys[2].octets, 12U);
    EXPECT_EQ(detail_of<Search>("a SORT (REVERSE DATE) UTF-8 LARGER 5").size_keys.size(), 1U);
    EXPECT_EQ(detail_of<Search>("a SORT RETURN (COUNT) (SIZE) US-ASCII ALL").size_keys.size(), 0U);
    EXPECT_EQ(detail_of<Search>("a THREAD REFERENCES UTF-8 SMALLER 5").size_keys.size(), 1U);
}

TEST(ImapCommand, SearchTakesEveryKindOfKey) {
    for (const std::string_view keys :
         {"ALL", "1:*", "$", "UID 1:5", "NOT SEEN", "OR SEEN NOT DELETED", "(ALL)", "((1 2) 3)",
          "SINCE 1-Jan-2026", "MODSEQ 5", "MODSEQ \"/flags/\\\\draft\" all 620162338", "YOUNGER 60",
          "EMAILID M1", "SAVEDSINCE 1-Jan-2026", "SAVEDATESUPPORTED", "FROM \"a \\\" b\"",
          "CHARSET UTF-8 BODY {1}\r\nx", "RETURN () ALL"}) {
        EXPECT_EQ(refusal("a SEARCH " + std::string(keys)), "taken") << keys;
    }
    for (const std::string_view keys : {"",
                                        "ALL ",
                                        "NOT",
                                        "LARGER",
                                        "LARGER x",
                                        "LARGER -1",
                                        "SUBJECT",
                                        "(ALL",
                                        "ALL)",
                                        "()",
                                        "( ALL)",
                                        "XYZ",
                                        "FUZZY SUBJECT x",
                                        "INTHREAD REFS ALL",
                                        "FILTER x",
                                        "RETURN ALL",
                                        "HEADER x",
                                        "UID x",
                                        "LARGER 99999999999999999999",
                                        "MODSEQ x"}) {
        EXPECT_NE(refusal("a SEARCH " + std::string(keys)), "taken") << keys;
    }
}

TEST(ImapCommand, NestingIsLimited) {
    for (const std::string_view start : {"a SEARCH ", "a CREATE ", "a STORE 1 FLAGS ", "a LIST \"\" "}) {
        EXPECT_EQ(refusal(std::string(start) + nested(max_depth, "ALL")), "taken") << start;
        EXPECT_NE(refusal(std::string(start) + nested(max_depth + 1, "ALL")), "taken") << start;
        EXPECT_NE(refusal(std::string(start) + nested(100'000, "ALL")), "taken") << start;
        EXPECT_NE(refusal(std::string(start) + std::string(100'000, '(')), "taken") << start;
    }
    EXPECT_EQ(refusal("a SEARCH " + nested(100'000, "ALL")), "Too many nested parentheses");
}

TEST(ImapCommand, StatusAndListShowTheirItems) {
    const auto status = detail_of<Status>("a STATUS \"a b\" (uidnext Size)");
    EXPECT_TRUE(status.items.size && !status.items.messages);
    const auto list =
        detail_of<List>("a LIST (SUBSCRIBED) \"\" (a %) RETURN (CHILDREN STATUS (SIZE MESSAGES) SUBSCRIBED)");
    ASSERT_TRUE(list.status);
    EXPECT_EQ(list.status->wire, "(SIZE MESSAGES)");
    EXPECT_TRUE(list.status->size && list.status->messages);
    EXPECT_FALSE(detail_of<List>("a LIST \"\" STATUS").status);
}

TEST(ImapSyntax, AtomsHoldWhatTheRfcSaysOfAll256Octets) {
    for (int i = 0; i < 256; ++i) {
        const char octet = static_cast<char>(i);
        const bool special = i <= 0x20 || i >= 0x7f || "(){%*\"\\]"s.find(octet) != std::string::npos;
        const bool atom = !special || octet == '}';
        EXPECT_EQ(atom_octets.contains(octet), atom && octet != '(' && octet != ')') << i;
        EXPECT_EQ(astring_octets.contains(octet), atom_octets.contains(octet) || octet == ']') << i;
        EXPECT_EQ(tag_octets.contains(octet), astring_octets.contains(octet) && octet != '+') << i;
    }
}

TEST(ImapSyntax, StringsAreQuotedWhereTheyCanBe) {
    EXPECT_EQ(string_of("a\"b\\"), "\"a\\\"b\\\\\"");
    EXPECT_EQ(string_of("a\nb"), "{3}\r\na\nb");
    EXPECT_EQ(string_of("\xc3\xa9"), "{2}\r\n\xc3\xa9");
    for (const std::string text : {"", "a\"", "\r\n", "\\\\", "x{1}\r\ny"}) {
        const std::string wire = string_of(text);
        Cursor cursor(wire);
        EXPECT_EQ(cursor.take_string(), text);
        EXPECT_TRUE(cursor.at_end());
    }
}

}  // namespace
}  // namespace decorum::imap
