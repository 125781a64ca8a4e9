// The smaller parts of an IMAP session: who wrote what is listed, and writing to a client from two sides.
#include <gtest/gtest.h>

#include "gateway/imap/field_mask.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/net/both.hpp"
#include "gateway/session/imap_annotation.hpp"
#include "gateway/session/imap_client_out.hpp"
#include "gateway/session/imap_listing.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"

namespace decorum::session {
namespace {

using decorum::test::MemoryStream;
using decorum::test::run_tasks;

std::vector<std::string> authors_in(std::string_view responses) {
    RecentAuthors recent;
    ListedAuthor listed(recent);
    imap::ResponseReader reader;
    reader.feed(responses);
    std::vector<std::string> found;
    for (auto event = reader.next(); !std::holds_alternative<imap::NeedInput>(event); event = reader.next()) {
        if (std::holds_alternative<imap::ResponseFault>(event)) return {"no response"};
        if (auto author = listed.see(event)) found.push_back(*author);
    }
    return found;
}

TEST(KeptFields, AreThoseThatStayUnmaskedWhateverStandsAboveThem) {
    const std::string block = "Sender-Profile: sealed\r\nSender-Profile-Seal: s\r\n";
    for (const std::string above : {"", "Sender-Profile is no field\r\n", "Sender-Profile : forged\r\n",
                                    "Sender-Profile\t\r\n", "Sender-Profile: forged\r\n"}) {
        const std::string below = "sender-profile: forged\r\nSender-Profile-Seal : forged\r\n\r\n";
        const std::string octets = above + block + below;
        const auto kept =
            kept_fields(message::scan_header(octets), {above.size(), above.size() + block.size()});
        std::string shown;
        imap::FieldMasker masker({}, kept);
        masker.feed(octets, shown);
        std::string expected = octets;
        if (!above.empty()) expected.front() = 'Z';
        expected[above.size() + block.size()] = 'Z';
        expected[octets.rfind("Sender-Profile-Seal :")] = 'Z';
        EXPECT_EQ(shown, expected);
    }
}

TEST(ListedAuthor, StandsInEnvelopesAndFields) {
    EXPECT_EQ(authors_in("* 1 FETCH (UID 7 ENVELOPE (\"date\" {3}\r\n)x( ((\"Jane \\\"J\\\"\" NIL \"jane\" "
                         "\"example.net\")) NIL NIL NIL NIL NIL NIL NIL))\r\n"
                         "* 2 FETCH (BODY[HEADER.FIELDS (Subject From)] {41}\r\n"
                         "From: Jim <jim@example.net>\r\nSubject: x\r\n FLAGS ())\r\n"),
              (std::vector<std::string>{"jane@example.net", "jim@example.net"}));
}

TEST(ListedAuthor, IsToldOnce) {
    const std::string one =
        "* 1 FETCH (BODY[HEADER.FIELDS (From)] {31}\r\nFrom: Jane <jane@example.net>\r\n)\r\n";
    EXPECT_EQ(authors_in(one + one), (std::vector<std::string>{"jane@example.net"}));
}

// A list shows them over and over; each costs a look once.
TEST(RecentAuthors, ManyOfThemDoNotDisplaceEachOther) {
    RecentAuthors recent;
    const auto now = SteadyClock::now();
    const auto new_ones = [&recent](SteadyClock::time_point at) {
        int count = 0;
        for (int i = 0; i < 200; ++i)
            count += recent.is_new("Sender <s" + std::to_string(i) + "@example.org>", at) ? 1 : 0;
        return count;
    };
    EXPECT_EQ(new_ones(now), 200);
    EXPECT_EQ(new_ones(now), 0);
    EXPECT_EQ(new_ones(now + RecentAuthors::lifetime), 200);
}

TEST(ListedAuthor, InDoubtIsNone) {
    for (const std::string_view responses :
         {"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n",
          "* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\" \"d\")) NIL))\r\n",
          "* 1 FETCH (ENVELOPE nonsense)\r\n", "* 1 FETCH (BODY[HEADER.FIELDS (From)] NIL)\r\n",
          "* 1 FETCH (BODY[HEADER.FIELDS (From)] {26}\r\nFrom: a@b.c\r\nFrom: d@e.f\r\n)\r\n",
          "* 1 FETCH (BODY[HEADER.FIELDS (Subject)] {13}\r\nFrom: a@b.c\r\n)\r\n",
          "* 1 FETCH (BODY[1.HEADER.FIELDS (From)] {13}\r\nFrom: a@b.c\r\n)\r\n"})
        EXPECT_TRUE(authors_in(responses).empty()) << responses;
    const std::string long_field = "From: " + std::string(ListedAuthor::max_octets, 'x') + "@example.net\r\n";
    EXPECT_TRUE(authors_in("* 1 FETCH (BODY[HEADER.FIELDS (From)] {" + std::to_string(long_field.size()) +
                           "}\r\n" + long_field + ")\r\n")
                    .empty());
}

struct Ends {
    Ends() {
        auto [first, second] = MemoryStream::pair(context.get_executor(), 64);
        ours = std::move(first);
        clients = std::move(second);
    }
    boost::asio::io_context context;
    std::unique_ptr<MemoryStream> ours, clients;
};

net::Task<> relay(ImapClientOut& out, std::string_view octets, bool ends) {
    const std::string_view pieces[] = {octets};
    EXPECT_TRUE(co_await out.relay(pieces, ends));
}

net::Task<> read(MemoryStream& stream, std::string& into, std::size_t octets) {
    while (into.size() < octets) {
        char buffer[16];
        const auto got = co_await stream.read_some(buffer, Milliseconds{5000});
        if (!got) co_return;
        into.append(buffer, *got);
    }
}

TEST(ImapClientOut, OwnResponsesWaitForTheEndOfAnother) {
    Ends ends;
    ImapClientOut out(*ends.ours, Milliseconds{5000});
    const auto talk = [](ImapClientOut& to) -> net::Task<> {
        co_await relay(to, "* 1 FETCH (", false);
        EXPECT_TRUE(co_await to.interject("a BAD no\r\n"));
        co_await relay(to, "UID 1)\r\n", true);
        EXPECT_TRUE(co_await to.interject("b BAD no\r\n"));
    };
    std::string got;
    const std::string expected = "* 1 FETCH (UID 1)\r\na BAD no\r\nb BAD no\r\n";
    run_tasks(ends.context, talk(out), read(*ends.clients, got, expected.size()));
    EXPECT_EQ(got, expected);
}

// A client that is slow to take one side's octets gets them whole before the other's.
TEST(ImapClientOut, TwoWritersDoNotMix) {
    Ends ends;
    ImapClientOut out(*ends.ours, Milliseconds{5000});
    const std::string long_own = "* OK " + std::string(300, 'o') + "\r\n";
    const std::string long_relayed = "* LIST " + std::string(300, 'r') + "\r\n";
    const auto speak = [&](ImapClientOut& to) -> net::Task<> {
        EXPECT_TRUE(co_await to.interject(long_own));
    };
    std::string got;
    run_tasks(ends.context, speak(out), relay(out, long_relayed, true),
              read(*ends.clients, got, long_own.size() + long_relayed.size()));
    EXPECT_EQ(got, long_own + long_relayed);
}

TEST(ImapClientOut, ClientThatReadsNothingIsGivenUp) {
    Ends ends;
    ImapClientOut out(*ends.ours, Milliseconds{5000});
    const auto speak = [](ImapClientOut& to) -> net::Task<> {
        co_await relay(to, "* 1 FETCH (", false);
        Result<> said;
        while (said) said = co_await to.interject("a BAD no\r\n");
        EXPECT_EQ(said.error().code, errc::limit);
    };
    run_tasks(ends.context, speak(out));
}

}  // namespace
}  // namespace decorum::session
