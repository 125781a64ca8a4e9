#include "gateway/audit/chain.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace decorum::audit {
namespace {

const std::string one_key = to_base64(std::string(32, 'k')) + "\n";

Chain new_chain(unsigned number = 3) {
    return {number, {}, KeyRing::parse(one_key)->current()};
}

std::string line_of(const Event& event) {
    std::string out;
    new_chain().append(out, event, Moment(Milliseconds{1'700'000'000'123}));
    out.pop_back();
    return out;
}

TEST(AuditEvent, IsOneLineOfJsonWhateverItHolds) {
    const std::string hostile = "a\"b\\c\n\r\x01\xff\xc3\xa9\xe2\x80\xa8 ,\"event\":\"x\"";
    std::vector<std::string> listed(200, hostile);
    Event event(Kind::intent);
    event.text("sender", hostile).texts("recipients", listed).number("octets", 7).flag("warm", true);
    const std::string line = line_of(event);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto value = boost::json::parse(line).as_object();
    EXPECT_EQ(value.at("sender").as_string(),
              "a\"b\\c\n\r\x01\xef\xbf\xbd\xc3\xa9\xe2\x80\xa8 ,\"event\":\"x\"");
    EXPECT_EQ(value.at("recipients").as_array().size(), max_listed);
    EXPECT_EQ(value.at("event").as_string(), "intent");
    EXPECT_EQ(value.at("time").as_string(), "2023-11-14T22:13:20.123Z");
}

TEST(AuditEvent, TextsAreCutAtACharacter) {
    std::string text;
    for (int i = 0; i < 400; ++i) text += "\xc3\xa9";
    Event event(Kind::start);
    event.text("version", text);
    const auto value = boost::json::parse(line_of(event)).as_object();
    EXPECT_EQ(value.at("version").as_string().size(), max_text_octets);
}

TEST(AuditEvent, NoValuePosesAsAMember) {
    Event event(Kind::outcome);
    event.text("session", "x\",\"result\":\"accepted").text("result", "refused").number("code", 550);
    const std::string line = line_of(event);
    EXPECT_EQ(text_member(line, "result"), "refused");
    EXPECT_EQ(number_member(line, "code"), 550U);
    EXPECT_EQ(text_member(line, "absent"), "");
    EXPECT_EQ(number_member(line, "result"), std::nullopt);
}

TEST(AuditChain, ReadsBackWhatItWrote) {
    Chain chain = new_chain();
    std::string out;
    for (int i = 0; i < 3; ++i) chain.append(out, Event(Kind::stop), clock_now());
    Link last;
    for (std::size_t at = 0; at < out.size();) {
        const std::size_t end = out.find('\n', at);
        const auto line = parse_line(std::string_view(out).substr(at, end - at));
        ASSERT_TRUE(line);
        EXPECT_EQ(line->chain, 3U);
        EXPECT_EQ(line->seq, last.seq + 1);
        EXPECT_EQ(line->event, "stop");
        EXPECT_EQ(line->mac, mac_of(HmacSha256(chain.key().octets.reveal()), last.mac, line->covered));
        last = {line->seq, line->mac};
        at = end + 1;
    }
    EXPECT_EQ(last.seq, 3U);
    EXPECT_EQ(last.mac, chain.last().mac);
}

TEST(AuditChain, EachOctetOfALineCounts) {
    const std::string line = line_of(Event(Kind::stop).number("lost", 0));
    const Chain chain = new_chain();
    const HmacSha256 key(chain.key().octets.reveal());
    for (std::size_t at = 0; at < line.size(); ++at) {
        std::string changed = line;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto parsed = parse_line(changed);
        EXPECT_FALSE(parsed && mac_of(key, {}, parsed->covered) == parsed->mac) << at << ": " << changed;
    }
}

TEST(AuditKeys, TheLastOneIsInUseAndAllAreFound) {
    const auto ring = KeyRing::parse("# first\n\n" + one_key + to_base64(std::string(16, 'b')) + "\r\n");
    ASSERT_TRUE(ring);
    EXPECT_EQ(ring->current().octets.reveal(), std::string(16, 'b'));
    const std::string first = KeyRing::parse(one_key)->current().id;
    ASSERT_NE(ring->find(first), nullptr);
    EXPECT_EQ(ring->find(first)->octets.reveal(), std::string(32, 'k'));
    EXPECT_EQ(ring->find("00000000"), nullptr);
}

TEST(AuditKeys, WhatIsNoKeyIsRefused) {
    for (const std::string_view text : {"", "# nothing\n", "c2hvcnQ=\n", "not base64!\n"})
        EXPECT_FALSE(KeyRing::parse(text)) << text;
}

}  // namespace
}  // namespace decorum::audit
