// The annotation block as a reader gets it: shape, order, caps, hostile profiles.
#include "gateway/message/block.hpp"

#include <gtest/gtest.h>

#include "gateway/base/ascii.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/fold.hpp"
#include "gateway/message/forged_filter.hpp"

namespace decorum::message {
namespace {

const SealKey block_key{"k1", Secret(std::string(32, 'K'))};
constexpr std::string_view plain_message =
    "From: Jane Martin <jane@example.org>\r\n"
    "Date: Mon, 23 Nov 2026 06:00:00 +0000\r\n"
    "Message-ID: <1@example.org>\r\n"
    "\r\n"
    "body\r\n";

PersonFields jane_in_full() {
    return {"Jane Martin, HR Director at ACME (Lyon, FR); self-described at gravatar.com",
            {"https://github.com/janem", "https://piaille.example/@jane"},
            "2026-11-20 \"Nous recrutons\" <https://piaille.example/@jane/113>",
            "HR Director, ACME (2019-); HR Manager, Foo (2012-2019); 3 recommendations",
            "iVBORw0KGgo="};
}

BlockContent found(PersonFields person) {
    BlockContent content;
    content.status = Status::found;
    content.person = std::move(person);
    content.tier = "A";
    content.said_by = "self";
    content.sources = {"gravatar", "activitypub"};
    content.trust = "dmarc";
    content.as_of = from_rfc3339("2026-11-23T06:00:00Z");
    return content;
}

std::string block_of(const BlockContent& content, const BlockOptions& options = {}, bool pad = false) {
    return make_block(content, nullptr, scan_header(plain_message), block_key, options,
                      pad ? Padding::line : Padding::none);
}

std::vector<std::string> names_in(std::string_view block) {
    std::vector<std::string> names;
    for (const Field& field : scan_header(block).fields) names.emplace_back(field.name);
    return names;
}

std::string value_of(std::string_view block, std::string_view name) {
    const HeaderSection section = scan_header(block);
    const Field* field = section.first(name);
    return field == nullptr ? "(absent)" : unfold(field->body);
}

std::size_t longest_line(std::string_view octets) {
    std::size_t longest = 0;
    while (!octets.empty()) {
        const std::size_t end = std::min(octets.find("\r\n"), octets.size());
        longest = std::max(longest, end);
        octets.remove_prefix(std::min(end + 2, octets.size()));
    }
    return longest;
}

TEST(Block, ShowsAllFieldsInTheOrderOfTheContract) {
    const std::string block = block_of(found(jane_in_full()));
    const std::string_view expected =
        "Sender-Profile: Jane Martin, HR Director at ACME (Lyon, FR); self-described at\r\n"
        " gravatar.com\r\n"
        "Sender-Profile-Networks: https://github.com/janem,\r\n"
        " https://piaille.example/@jane\r\n"
        "Sender-Profile-Activity: 2026-11-20 \"Nous recrutons\"\r\n"
        " <https://piaille.example/@jane/113>\r\n"
        "Sender-Profile-Career: HR Director, ACME (2019-); HR Manager, Foo (2012-2019);\r\n"
        " 3 recommendations\r\n"
        "Face: iVBORw0KGgo=\r\n"
        "Sender-Profile-Source: status=found; tier=A; said-by=self;\r\n"
        " sources=gravatar,activitypub; trust=dmarc; as-of=2026-11-23T06:00:00Z\r\n"
        "Sender-Profile-Seal: v=1; k=k1;\r\n h=";
    EXPECT_EQ(block.substr(0, expected.size()), expected);
}

TEST(Block, SeveralPostsKeepTheirUrlsWhole) {
    PersonFields person = jane_in_full();
    person.activity =
        "2026-11-20 \"Déjà vu; \u202Eencore\" <https://a.example/1>; 2026-11-19 \"Sans été\"; "
        "2026-11-18 \"Plain\" <https://b.example/2>";
    const std::string block = block_of(found(person));
    const std::string value = value_of(block, "Sender-Profile-Activity");
    EXPECT_EQ(decode_encoded_words(value),
              "2026-11-20 \"Déjà vu; encore\" <https://a.example/1>; 2026-11-19 \"Sans été\"; "
              "2026-11-18 \"Plain\" <https://b.example/2>");
    // Nothing but white space touches an encoded word.
    EXPECT_EQ(value.find("?=;"), std::string::npos) << value;
    EXPECT_NE(value.find(" <https://a.example/1>; 2026-11-19 "), std::string::npos) << value;
    EXPECT_NE(value.find("?= 2026-11-18 "), std::string::npos) << value;
}

TEST(Block, ThePostsThatDoNotFitGoFromTheEnd) {
    PersonFields person = jane_in_full();
    person.activity.clear();
    for (int i = 0; i < 5; ++i) {
        person.activity += (i == 0 ? "2026-11-2" : "; 2026-11-2") + std::to_string(9 - i) + " \"";
        for (int k = 0; k < 100; ++k) person.activity += "漢";
        person.activity += "\" <https://a.example/" + std::string(170, 'u') + std::to_string(i) + ">";
    }
    const std::string value = value_of(block_of(found(person)), "Sender-Profile-Activity");
    EXPECT_TRUE(value.starts_with("2026-11-29 ")) << value;
    EXPECT_EQ(value.find("2026-11-25"), std::string::npos) << value;
    EXPECT_TRUE(value.ends_with(">")) << value;
    EXPECT_LE(value.size(), 1000U);
}

TEST(Block, StandsOriginalBeforeSourceAndPadLast) {
    BlockContent content = found(jane_in_full());
    content.original = "From: Jane Martin <jane@example.org>";
    EXPECT_EQ(
        names_in(block_of(content, {}, true)),
        (std::vector<std::string>{"Sender-Profile", "Sender-Profile-Networks", "Sender-Profile-Activity",
                                  "Sender-Profile-Career", "Face", "Sender-Profile-Original",
                                  "Sender-Profile-Source", "Sender-Profile-Seal", "Sender-Profile-Pad"}));
    EXPECT_TRUE(block_of(content, {}, true).ends_with("\r\nSender-Profile-Pad: .\r\n"));
}

TEST(Block, HasSourceAndSealWhateverTheStatus) {
    for (auto status : {Status::found, Status::none, Status::unauthenticated, Status::withheld,
                        Status::opted_out, Status::excluded, Status::pending, Status::unavailable}) {
        BlockContent content;
        content.status = status;
        const std::string block = block_of(content);
        EXPECT_EQ(names_in(block),
                  (std::vector<std::string>{"Sender-Profile-Source", "Sender-Profile-Seal"}));
        EXPECT_EQ(value_of(block, "Sender-Profile-Source"), "status=" + std::string(name_of(status)));
        EXPECT_EQ(status_from(name_of(status)), status);
    }
    EXPECT_EQ(name_of(Status::opted_out), "opted-out");
    EXPECT_FALSE(status_from("Found"));
}

TEST(Block, SaysWhyNothingIsShown) {
    BlockContent content;
    content.status = Status::none;
    content.reason = "list";
    EXPECT_EQ(value_of(block_of(content), "Sender-Profile-Source"), "status=none; reason=list");
}

TEST(Block, ShowsAPersonOnlyWhereOneWasFound) {
    BlockContent content = found(jane_in_full());
    content.status = Status::withheld;
    content.reason = "resembles-own";
    EXPECT_EQ(names_in(block_of(content)),
              (std::vector<std::string>{"Sender-Profile-Source", "Sender-Profile-Seal"}));
}

TEST(Block, LetsNoTagValueEndItsTag) {
    BlockContent content;
    content.status = Status::none;
    content.reason = "list; status=found\r\nX: y";
    content.sources = {"a,b", "ok", "x\r\nEvil: 1", ""};
    EXPECT_EQ(value_of(block_of(content), "Sender-Profile-Source"),
              "status=none; reason=liststatusfoundXy; sources=ok");
}

TEST(Block, KeepsHostileProfilesOnTheirLines) {
    PersonFields person = jane_in_full();
    person.profile = "Jane\r\nBcc: evil@example.org\r\n\r\nbody\x01\x7f\u202e\u200b=?utf-8?q?x?=";
    person.career = "a\nb\rc";
    person.activity = "2026-11-20 \"x\r\nSubject: y\" <https://e.example/>";
    const std::string block = block_of(found(person));
    EXPECT_EQ(names_in(block).size(), 7U);
    EXPECT_EQ(scan_header(block).end, block.size());
    EXPECT_TRUE(ascii::is_ascii(block));
    EXPECT_EQ(block.find("=?"), std::string::npos);
    EXPECT_EQ(value_of(block, "Sender-Profile-Career"), "a b c");
    EXPECT_EQ(value_of(block, "Sender-Profile").find("Jane Bcc: evil@example.org body"), 0U);
}

TEST(Block, DropsUrlsThatAreNotPlain) {
    PersonFields person = jane_in_full();
    person.networks = {"javascript:alert(1)",
                       "https://ok.example/",
                       "https://a.example/x y",
                       "https://a.example/<b>",
                       "https://a.example/,https://evil.example/",
                       "https://a.example/\"",
                       "https://a.example/\r\nBcc: x",
                       "https://exämple.example/",
                       "https://",
                       "ftp://a.example/",
                       "https://a.example/=?utf-8?q?x?=",
                       "HTTP://upper.example/",
                       "https://a.example/" + std::string(200, 'x')};
    EXPECT_EQ(value_of(block_of(found(person)), "Sender-Profile-Networks"),
              "https://ok.example/, HTTP://upper.example/");
}

TEST(Block, DropsAnActivityUrlThatIsNotPlainAndKeepsItsText) {
    PersonFields person = jane_in_full();
    person.activity = "2026-11-20 \"Hello\" <javascript:alert(1)>";
    EXPECT_EQ(value_of(block_of(found(person)), "Sender-Profile-Activity"), "2026-11-20 \"Hello\"");
}

TEST(Block, KeepsUrlsOutsideOfEncodedWords) {
    PersonFields person = jane_in_full();
    person.activity = "2026-11-20 \"Élan très à propos\" <https://piaille.example/@jane/113>";
    const std::string block = block_of(found(person));
    const std::string value = value_of(block, "Sender-Profile-Activity");
    EXPECT_TRUE(value.starts_with("2026-11-20 =?utf-8?"));
    EXPECT_TRUE(value.ends_with(" <https://piaille.example/@jane/113>"));
    EXPECT_EQ(decode_encoded_words(value), person.activity);
}

TEST(Block, CutsLongTextsButNotTheirUrl) {
    PersonFields person = jane_in_full();
    person.activity = "2026-11-20 \"";
    for (int i = 0; i < 300; ++i) person.activity += "日本語 ";
    person.activity += "\" <https://piaille.example/@jane/113>";
    const std::string block = block_of(found(person));
    EXPECT_TRUE(value_of(block, "Sender-Profile-Activity").ends_with(" <https://piaille.example/@jane/113>"));
    EXPECT_LE(block.size(), max_block_octets);
}

TEST(Block, FoldsAt78Columns) {
    PersonFields person = jane_in_full();
    person.face = std::string(968, 'A');
    person.profile =
        "Анна Каренина, directrice générale à l'Organisation du Très Long Nom (Saint-Étienne, FR)";
    const std::string block = block_of(found(person), {}, true);
    EXPECT_LE(longest_line(block), max_columns);
    EXPECT_EQ(decode_encoded_words(value_of(block, "Sender-Profile")), person.profile);
}

TEST(Block, FoldsFaceWithOneSpaceAndLosesNothing) {
    PersonFields person = jane_in_full();
    person.face.clear();
    for (int i = 0; i < 968; ++i) person.face.push_back(static_cast<char>('a' + i % 26));
    const std::string block = block_of(found(person));
    std::string face = value_of(block, "Face");
    std::erase(face, ' ');
    EXPECT_EQ(face, person.face);
}

TEST(Block, LeavesOutAFaceThatIsTooLargeNotBase64OrNotAskedFor) {
    PersonFields person = jane_in_full();
    person.face = std::string(972, 'A');
    EXPECT_EQ(value_of(block_of(found(person)), "Face"), "(absent)");
    person.face = "abc\r\nBcc: x";
    EXPECT_EQ(value_of(block_of(found(person)), "Face"), "(absent)");
    BlockOptions options;
    options.face = false;
    EXPECT_EQ(value_of(block_of(found(jane_in_full()), options), "Face"), "(absent)");
}

PersonFields largest_person() {
    PersonFields person;
    for (int i = 0; i < 200; ++i) person.profile += "日本 ";
    for (int i = 0; i < 20; ++i)
        person.networks.push_back("https://n" + std::to_string(i) + ".example/" + std::string(170, 'x'));
    person.activity = "2026-11-20 \"" + person.profile + "\" <https://piaille.example/1>";
    person.career = person.profile + person.profile;
    person.face = std::string(968, 'A');
    return person;
}

TEST(Block, DropsFieldsInTheOrderOfTheContract) {
    // What is gone at each size, from the largest down.
    const std::vector<std::string> order{"Sender-Profile-Career", "Sender-Profile-Activity", "Face",
                                         "Sender-Profile"};
    PersonFields person = largest_person();
    person.networks.resize(2);
    std::size_t gone_before = 0;
    bool all_gone = false;
    for (std::size_t size = 8192; size >= 700; size -= 32) {
        BlockOptions options;
        options.max_octets = size;
        const std::string block = block_of(found(person), options, true);
        EXPECT_LE(block.size(), size);
        std::size_t gone = 0;
        while (gone < order.size() && value_of(block, order[gone]) == "(absent)") ++gone;
        for (std::size_t i = gone; i < order.size(); ++i)
            EXPECT_NE(value_of(block, order[i]), "(absent)") << size;
        EXPECT_GE(gone, gone_before) << size;
        gone_before = gone;
        all_gone = gone == order.size();
        EXPECT_NE(value_of(block, "Sender-Profile-Source"), "(absent)");
        EXPECT_NE(value_of(block, "Sender-Profile-Seal"), "(absent)");
    }
    EXPECT_TRUE(all_gone);
}

TEST(Block, KeepsTwoNetworksWhereMoreDoNotFit) {
    BlockOptions options;
    options.max_octets = 3000;
    const std::string block = block_of(found(largest_person()), options);
    const std::string networks = value_of(block, "Sender-Profile-Networks");
    EXPECT_GE(std::ranges::count(networks, ','), 1);
    EXPECT_TRUE(networks.starts_with("https://n0.example/"));
    EXPECT_NE(value_of(block, "Sender-Profile"), "(absent)");
}

TEST(Block, NeverPassesItsLimitWithTheLongestOriginal) {
    BlockContent content = found(largest_person());
    content.status = Status::found;
    content.original = "From:" + std::string(200, ' ');
    while (content.original.size() < 1000) content.original += "abcdefg ";
    for (std::size_t size : {2048U, 3000U, 4096U}) {
        BlockOptions options;
        options.max_octets = size;
        const RenderedPerson person = RenderedPerson::render(largest_person(), options);
        const std::string block =
            make_block(content, &person, scan_header(plain_message), block_key, options, Padding::line);
        EXPECT_LE(block.size(), size);
        EXPECT_EQ(value_of(block, "Sender-Profile-Original").find("From:"), 0U);
        const std::string annotated = block + std::string(plain_message);
        EXPECT_EQ(check_seal(annotated, scan_header(annotated), block_key, options.prefix).verdict,
                  SealVerdict::valid);
    }
}

TEST(Block, ReservesWhatSourceSealAndPadMayTake) {
    BlockContent content;
    content.status = Status::unauthenticated;
    content.reason = std::string(100, 'r');
    content.tier = "SSSS";
    content.said_by = std::string(50, 's');
    content.sources.assign(20, "sixteen-letters-");
    content.trust = std::string(50, 't');
    content.as_of = Instant{};
    const SealKey long_key{std::string(80, 'k'), Secret("x")};
    const std::string block =
        make_block(content, nullptr, scan_header(plain_message), long_key, {}, Padding::line);
    EXPECT_LE(block.size(), max_tail_octets("Sender-Profile"));
    EXPECT_LE(longest_line(block), max_columns);
}

TEST(Block, IsTheSameFromAPersonRenderedBefore) {
    const BlockContent content = found(jane_in_full());
    const RenderedPerson person = RenderedPerson::render(jane_in_full(), {});
    EXPECT_EQ(make_block(content, &person, scan_header(plain_message), block_key, {}, Padding::none),
              block_of(content));
}

TEST(Block, TakesTheMessagesLineEnds) {
    BlockOptions lf;
    lf.line_end = "\n";
    std::string expected = block_of(found(jane_in_full()), {}, true);
    std::erase(expected, '\r');
    EXPECT_EQ(block_of(found(jane_in_full()), lf, true), expected);
}

TEST(Block, BearsTheConfiguredPrefix) {
    BlockOptions options;
    options.prefix = "X-Who";
    EXPECT_EQ(names_in(block_of(found(jane_in_full()), options, true)),
              (std::vector<std::string>{"X-Who", "X-Who-Networks", "X-Who-Activity", "X-Who-Career", "Face",
                                        "X-Who-Source", "X-Who-Seal", "X-Who-Pad"}));
}

TEST(Fold, GivesTheSameTextBackUnfolded) {
    for (std::string_view value : {"short", "", "one two  three\tfour",
                                   "https://example.org/a-very-long-url-that-no-line-of-78-columns-can-hold/"
                                   "because-it-goes-on-and-on",
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
                                   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc  d"}) {
        std::string field;
        append_field(field, "Name", value, "\r\n");
        const HeaderSection section = scan_header(field);
        ASSERT_EQ(section.fields.size(), 1U);
        EXPECT_EQ(section.end, field.size());
        EXPECT_EQ(unfold(section.fields[0].body), value);
    }
}

TEST(Fold, MakesNoLineOfWhiteSpaceAlone) {
    std::string field;
    append_field(field, "Name", std::string(70, 'a') + std::string(90, ' ') + "b" + std::string(90, ' '),
                 "\r\n");
    std::size_t at = 0;
    while (at < field.size()) {
        const std::size_t end = field.find("\r\n", at);
        EXPECT_FALSE(ascii::trim(std::string_view(field).substr(at, end - at)).empty());
        at = end + 2;
    }
}

TEST(Fold, EncodesOnlyTheWordsThatNeedItNeighboursTogether) {
    EXPECT_EQ(encode_value("plain text"), "plain text");
    const std::string value = encode_value("one été à two né three");
    EXPECT_TRUE(value.starts_with("one =?utf-8?"));
    EXPECT_TRUE(value.ends_with("?= three"));
    EXPECT_NE(value.find("?= two =?"), std::string::npos);
    EXPECT_EQ(decode_encoded_words(value), "one été à two né three");
}

TEST(FirstLine, TellsWhatMustStandBetweenBlockAndMessage) {
    EXPECT_EQ(first_line_of("Subject: x\r\n\r\n"), FirstLine::field);
    EXPECT_EQ(first_line_of("Subject \t: x\r\n\r\n"), FirstLine::field);
    EXPECT_EQ(first_line_of("From : jane@example.org\r\n"), FirstLine::field);
    EXPECT_EQ(first_line_of("X:"), FirstLine::field);
    EXPECT_EQ(first_line_of(" folded onto nothing\r\n"), FirstLine::white_space);
    EXPECT_EQ(first_line_of("\tx"), FirstLine::white_space);
    EXPECT_EQ(first_line_of(""), FirstLine::empty);
    EXPECT_EQ(first_line_of("\r\nbody"), FirstLine::empty);
    EXPECT_EQ(first_line_of("\nbody"), FirstLine::empty);
    EXPECT_EQ(first_line_of("From jane@example.org Mon Nov 23 06:00:00 2026\n"), FirstLine::mbox_from);
    EXPECT_EQ(first_line_of("hello world: yes\r\n"), FirstLine::other);
    EXPECT_EQ(first_line_of(": x\r\n"), FirstLine::other);
    EXPECT_EQ(first_line_of("hello\r\nSubject: x\r\n"), FirstLine::other);
    EXPECT_EQ(first_line_of("\rx: y\r\n"), FirstLine::other);
    EXPECT_EQ(first_line_of("caf\xc3\xa9: y\r\n"), FirstLine::other);
    EXPECT_EQ(first_line_of(std::string(1023, 'x') + ":"), FirstLine::field);
    EXPECT_EQ(first_line_of(std::string(1024, 'x') + ":"), FirstLine::other);
}

// Whatever it says, it is as long as it was told to be, and each of its lines is a line.
TEST(FixedBlock, HasExactlyTheWantedLength) {
    BlockContent pending;
    pending.status = Status::pending;
    for (std::size_t octets = max_tail_octets("Sender-Profile"); octets < 2200; ++octets) {
        BlockOptions options;
        options.max_octets = octets;
        for (const BlockContent& content : {found(jane_in_full()), pending}) {
            const std::string block =
                make_block(content, nullptr, scan_header(plain_message), block_key, options, Padding::fill);
            ASSERT_EQ(block.size(), octets);
            const HeaderSection fields = scan_header(block);
            ASSERT_EQ(fields.end, octets);
            ASSERT_EQ(fields.fields.back().name, "Sender-Profile-Pad");
            for (const Field& field : fields.fields)
                ASSERT_TRUE(is_block_name(field.name, "Sender-Profile") || field.is("Face"));
            const std::string annotated = block + std::string(plain_message);
            const SealCheck check =
                check_seal(annotated, scan_header(annotated), block_key, "Sender-Profile");
            ASSERT_EQ(check.verdict, SealVerdict::valid) << octets << ": " << check.reason;
            ASSERT_EQ(check.block->end, octets);
        }
    }
}

TEST(FixedBlock, PaddingHasExactlyTheWantedLength) {
    for (const std::string prefix : {"X", "Sender-Profile", "A-prefix-of-thirty-nine-characters-----"})
        for (std::size_t octets = min_padding_octets(prefix); octets < 500; ++octets) {
            const std::string padding = make_padding(prefix, octets);
            ASSERT_EQ(padding.size(), octets);
            const std::string message_with = padding + " folded\r\nFrom: jane@example.net\r\n\r\n";
            ASSERT_EQ(leading_padding_octets(message_with, scan_header(message_with), prefix), octets);
        }
}

TEST(FixedBlock, PaddingAboveASealedBlockLeavesItsSealValid) {
    const std::string sealed = block_of(found(jane_in_full())) + std::string(plain_message);
    const std::string octets = make_padding("Sender-Profile", 700) + sealed;
    const SealCheck check = check_seal(octets, scan_header(octets), block_key, "Sender-Profile");
    ASSERT_EQ(check.verdict, SealVerdict::valid) << check.reason;
    EXPECT_EQ(check.block->begin, 700U);
}

TEST(FixedBlock, PaddingOfAStrangerBreaksTheSeal) {
    const std::string octets =
        block_of(found(jane_in_full()), {}, true) + "Sender-Profile-Pad: ..\r\n" + std::string(plain_message);
    EXPECT_EQ(check_seal(octets, scan_header(octets), block_key, "Sender-Profile").verdict,
              SealVerdict::broken);
}

}  // namespace
}  // namespace decorum::message
