// Against a DNS server of the test's own, with answers that change.
#include "gateway/net/http/dns_resolver.hpp"

#include <arpa/nameser.h>
#include <gtest/gtest.h>

#include "tests/support/dns_server.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::net {
namespace {
using namespace decorum::test;

constexpr Milliseconds ample{20000};

class Resolver : public testing::Test {
protected:
    Result<std::vector<std::string>> addresses(const std::string& host, Milliseconds limit = ample) {
        auto out = run_task(context, resolver->addresses(host, limit));
        if (!out) return std::unexpected(out.error());
        std::vector<std::string> texts;
        for (const IpAddress& address : *out) texts.push_back(address.text());
        std::ranges::sort(texts);
        return texts;
    }
    using Texts = std::vector<std::string>;

    DnsServer dns;
    boost::asio::io_context context{1};
    std::unique_ptr<DnsResolver> resolver =
        DnsResolver::open(context.get_executor(), {dns.address()}).value();
};

TEST_F(Resolver, GivesAddressesOfBothFamilies) {
    dns.a("both.example", {"192.0.2.1", "2001:db8::1"});
    EXPECT_EQ(addresses("both.example"), (Texts{"192.0.2.1", "2001:db8::1"}));
}

TEST_F(Resolver, ReadsTheHostsFileAsTheSystemDoes) {
    const auto out = addresses("localhost");
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_TRUE(std::ranges::find(*out, "127.0.0.1") != out->end());
    EXPECT_EQ(dns.questions("localhost", ns_t_a), 0U);
}

TEST_F(Resolver, AnUnknownNameIsNotFound) {
    EXPECT_EQ(addresses("nobody.example").error().code, errc::not_found);
}

TEST_F(Resolver, AppendsNoSearchDomain) {
    EXPECT_EQ(addresses("intranet").error().code, errc::not_found);
    EXPECT_EQ(dns.questions("intranet", ns_t_a), 1U);
}

TEST_F(Resolver, AServerThatNeverAnswersTimesOutWithinTheLimit) {
    dns.silent("silent.example");
    const auto begun = SteadyClock::now();
    EXPECT_EQ(addresses("silent.example", Milliseconds(100)).error().code, errc::timed_out);
    EXPECT_LT(SteadyClock::now() - begun, Milliseconds(1500));
}

TEST_F(Resolver, RemembersAnAnswerForItsLifetimeAndNoneWithoutOne) {
    dns.a("kept.example", {"192.0.2.1"}, 60);
    dns.a("fleeting.example", {"192.0.2.1"}, 0);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(addresses("kept.example"));
        EXPECT_TRUE(addresses("fleeting.example"));
    }
    EXPECT_EQ(dns.questions("kept.example", ns_t_a), 1U);
    EXPECT_EQ(dns.questions("fleeting.example", ns_t_a), 3U);
}

Task<> count_answer(DnsResolver& resolver, int& answered) {
    if (co_await resolver.addresses("one.example", ample)) ++answered;
}

TEST_F(Resolver, AsksOnceHoweverManyWait) {
    dns.a("one.example", {"192.0.2.1"});
    int answered = 0;
    run_tasks(context, count_answer(*resolver, answered), count_answer(*resolver, answered),
              count_answer(*resolver, answered));
    EXPECT_EQ(answered, 3);
    EXPECT_EQ(dns.questions("one.example", ns_t_a), 1U);
}

TEST_F(Resolver, AnswersAreBounded) {
    std::vector<std::string> many;
    for (int i = 0; i < 25; ++i) many.push_back("192.0.2." + std::to_string(i));
    dns.a("many.example", many);
    EXPECT_EQ(addresses("many.example")->size(), 16U);
    dns.txt("many.example", std::vector(40, std::vector<std::string>{"x"}));
    const auto texts = run_task(context, resolver->texts("many.example", ample));
    ASSERT_TRUE(texts) << texts.error().text();
    EXPECT_EQ(texts->size(), 32U);
}

TEST_F(Resolver, ServicesComeByPriorityThenWeight) {
    dns.srv("_avatars-sec._tcp.example.org",
            {{20, 0, 443, "c.example"}, {10, 1, 8443, "B.example"}, {10, 5, 443, "a.example"}});
    const auto out = run_task(context, resolver->services("_avatars-sec._tcp.example.org", ample));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(*out, (ServiceRecords{
                        {10, 5, 443, "a.example"}, {10, 1, 8443, "b.example"}, {20, 0, 443, "c.example"}}));
}

TEST_F(Resolver, TheRootAsATargetSaysThatThereIsNoService) {
    dns.srv("_avatars._tcp.example.org", {{0, 0, 0, ""}});
    const auto out = run_task(context, resolver->services("_avatars._tcp.example.org", ample));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(out->front().target, ".");
}

TEST_F(Resolver, TheStringsOfATextRecordAreJoined) {
    dns.txt("_atproto.example.org", {{"did=did:", "plc:abc"}, {"other"}});
    const auto out = run_task(context, resolver->texts("_atproto.example.org", ample));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_EQ(*out, (TextRecords{"did=did:plc:abc", "other"}));
}

TEST_F(Resolver, ATextOrServiceThatIsNotThereIsNotFound) {
    dns.a("bare.example", {"192.0.2.1"});
    EXPECT_EQ(run_task(context, resolver->texts("bare.example", ample)).error().code, errc::not_found);
    EXPECT_EQ(run_task(context, resolver->services("_x._tcp.nowhere.example", ample)).error().code,
              errc::not_found);
}

TEST_F(Resolver, WhatIsNoNameIsInvalid) {
    for (const std::string& name : {std::string(), std::string(300, 'a'), std::string("a\0b", 3),
                                    std::string("m\xc3\xbc.example"), std::string("a..b")})
        EXPECT_EQ(run_task(context, resolver->texts(name, ample)).error().code, errc::invalid);
}

TEST_F(Resolver, ShuttingDownCancelsWhatWaits) {
    dns.silent("silent.example");
    auto shut_down = [](DnsResolver& all) -> Task<> {
        all.shut_down();
        co_return;
    };
    errc code{};
    auto ask = [](DnsResolver& all, errc& out) -> Task<> {
        out = (co_await all.texts("silent.example", ample)).error().code;
    };
    run_tasks(context, ask(*resolver, code), shut_down(*resolver));
    EXPECT_EQ(code, errc::cancelled);
    EXPECT_EQ(addresses("both.example").error().code, errc::cancelled);
}

TEST_F(Resolver, TakesServersWithAndWithoutAPortAndNothingElse) {
    for (const char* server : {"127.0.0.1", "::1", "[::1]:53", "127.0.0.1:5353"})
        EXPECT_TRUE(DnsResolver::open(context.get_executor(), {server})) << server;
    for (const char* server : {"ns.example", "ns.example:53", "", "127.0.0.1:x", "127.0.0.1,8.8.8.8"})
        EXPECT_FALSE(DnsResolver::open(context.get_executor(), {server})) << server;
}

}  // namespace
}  // namespace decorum::net
