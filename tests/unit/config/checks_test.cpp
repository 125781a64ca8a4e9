#include "config/checks.hpp"

#include <gtest/gtest.h>

namespace decorum::config {
namespace {

using namespace std::chrono_literals;

TEST(Durations, AreANumberAndAUnit) {
    EXPECT_EQ(parse_duration("300ms"), 300ms);
    EXPECT_EQ(parse_duration("2s"), 2s);
    EXPECT_EQ(parse_duration("5min"), 5min);
    EXPECT_EQ(parse_duration("1h"), 1h);
    EXPECT_EQ(parse_duration("1d"), 24h);
    EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Durations, NothingElseIsOne) {
    for (std::string_view text : {"", "5", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1m", "1sec",
                                  "1h30min", "99999999999999999999s", "9223372036854775807d", "0x1s", "1s\n"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Sizes, AreANumberAndAUnit) {
    EXPECT_EQ(parse_size("256KiB"), 262'144U);
    EXPECT_EQ(parse_size("1MiB"), 1'048'576U);
    EXPECT_EQ(parse_size("4kB"), 4'000U);
    EXPECT_EQ(parse_size("2MB"), 2'000'000U);
    EXPECT_EQ(parse_size("1GiB"), 1'073'741'824U);
    EXPECT_EQ(parse_size("1GB"), 1'000'000'000U);
    EXPECT_EQ(parse_size("7B"), 7U);
    for (std::string_view text :
         {"", "4", "4K", "4k", "4kb", "4KB", "4kib", "-1B", "1.5MiB", "1 MiB", "99999999999GiB"})
        EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Rates, AreANumberForATime) {
    EXPECT_EQ(parse_rate("100/h")->requests, 100U);
    EXPECT_EQ(parse_rate("100/h")->per, 1h);
    EXPECT_EQ(parse_rate("3/s")->per, 1s);
    for (std::string_view text : {"", "5", "5/", "/h", "0/h", "-1/h", "5/2h", "5/ms", "5 /h", "5/h ", "h/5"})
        EXPECT_FALSE(parse_rate(text)) << text;
    EXPECT_EQ(check_rate(""), "");
    EXPECT_NE(check_rate("fast"), "");
}

TEST(Tiers, AreLettersOrLeftToTheSource) {
    for (std::string_view text : {"", "S", "A", "B", "C"}) EXPECT_EQ(check_tier(text), "") << text;
    for (std::string_view text : {"D", "s", "AB", " "}) EXPECT_NE(check_tier(text), "") << text;
}

TEST(Networks, AreAddressesOrPrefixes) {
    for (std::string_view text : {"192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "::1"})
        EXPECT_EQ(check_network(text), "") << text;
    for (std::string_view text : {"", "unix", "example.org", "192.0.2.0/33", "192.0.2.1:443"})
        EXPECT_NE(check_network(text), "") << text;
}

TEST(NameServers, AreAddresses) {
    for (std::string_view text : {"192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53", "2001:db8::1"})
        EXPECT_EQ(check_dns_server(text), "") << text;
    for (std::string_view text : {"", "dns.example", "dns.example:53", "192.0.2.1:0", "unix:/x"})
        EXPECT_NE(check_dns_server(text), "") << text;
}

TEST(Quantities, AreShownInTheLargestUnitThatFits) {
    for (std::string_view text : {"300ms", "2s", "5min", "1h", "1d", "90s", "25h", "0ms"})
        EXPECT_EQ(render_duration(*parse_duration(text)), text);
    for (std::string_view text : {"1000B", "256KiB", "1MiB", "3GiB", "0B"})
        EXPECT_EQ(render_size(*parse_size(text)), text);
    EXPECT_EQ(render_duration(86'400s), "1d");
}

TEST(Quotation, IsShortPrintableAsciiForEveryOctet) {
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all.push_back(static_cast<char>(octet));
    for (std::size_t at = 0; at < 256; at += 16)
        for (char c : in_quotes(std::string_view(all).substr(at, 16))) EXPECT_TRUE(c >= ' ' && c <= '~');
    for (char c : printable(all)) EXPECT_TRUE(c >= ' ' && c <= '~');
    EXPECT_EQ(in_quotes("a\nb"), "\"a\\x0ab\"");
    EXPECT_LE(in_quotes(std::string(1'000'000, '\x01')).size(), 400U);
    EXPECT_EQ(in_quotes(std::string(81, 'x')), "\"" + std::string(80, 'x') + "...\"");
}

TEST(Suggestions, AreNearOrAbsent) {
    constexpr std::array<std::string_view, 4> words{"hostname", "state_dir", "threads", "token_file"};
    EXPECT_EQ(nearest("hostnme", words), "hostname");
    EXPECT_EQ(nearest("host_name", words), "hostname");
    EXPECT_EQ(nearest("Threads", words), "threads");
    EXPECT_EQ(nearest("statedir", words), "state_dir");
    EXPECT_EQ(nearest("token", words), "token_file");
    EXPECT_EQ(nearest("colour", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest(std::string(100'000, 'a'), words), "");
    EXPECT_EQ(nearest("x", {}), "");
}

TEST(Enumeration, ReadsAsASentence) {
    constexpr std::array<std::string_view, 3> words{"a", "b", "c"};
    EXPECT_EQ(enumerate(words), R"("a", "b" or "c")");
    EXPECT_EQ(enumerate(std::span(words).first(2)), R"("a" or "b")");
    EXPECT_EQ(enumerate(std::span(words).first(1)), R"("a")");
}

void expect_each(Check check, std::initializer_list<std::string_view> right,
                 std::initializer_list<std::string_view> wrong) {
    for (std::string_view value : right) EXPECT_EQ(check(value), "") << value;
    for (std::string_view value : wrong) EXPECT_NE(check(value), "") << value;
}

TEST(Checks, Prefix) {
    expect_each(check_prefix, {"Sender-Profile", "X-Sender-Profile", "Who", "A1-b", "Profile"},
                {"", "1a", "-a", "a_b", "a b", "a:", "Sender-Profil\xc3\xa9", "a\n"});
    EXPECT_EQ(check_prefix(std::string(40, 'a')), "");
    EXPECT_NE(check_prefix(std::string(41, 'a')), "");
}

TEST(Checks, APrefixThatWouldRemoveFieldsOfOthersIsRefused) {
    expect_each(check_prefix, {},
                {"From",
                 "subject",
                 "RECEIVED",
                 "Sender",
                 "DKIM-Signature",
                 "DKIM",
                 "Content",
                 "List",
                 "List-Unsubscribe",
                 "Content-Transfer-Encoding",
                 "Authentication-Results",
                 "Authentication",
                 "ARC",
                 "Resent",
                 "MIME",
                 "Message",
                 "X",
                 "Face",
                 "In",
                 "Reply",
                 "Return",
                 "Received-SPF",
                 "To",
                 "Auto"});
}

TEST(Checks, HostName) {
    expect_each(check_host_name, {"mx.example.org", "localhost", "xn--bcher-kva.example"},
                {"", "mx_1.example.org", "mx.example.org.", "mx example",
                 "b\xc3\xbc"
                 "cher.example",
                 "[192.0.2.1]", "-mx"});
}

TEST(Checks, MailDomain) {
    expect_each(check_mail_domain,
                {"example.org", "xn--bcher-kva.example",
                 "b\xc3\xbc"
                 "cher.example"},
                {"", "mx_1.example.org", "example.org.", "ex ample",
                 "b\xc3\xbc"
                 "cher_1.example",
                 "m\xef\xbc\xa0x.example", "b\xc3"});
}

TEST(Checks, Bind) {
    expect_each(check_bind, {"127.0.0.1:25", "0.0.0.0:0", "[::]:25", "[::1]:0", "unix:/run/decorum.sock"},
                {"", "25", "127.0.0.1", "localhost:25", "127.0.0.1:65536", "::1:25", "unix:decorum.sock",
                 "127.0.0.1:smtp"});
}

TEST(Checks, UpstreamAddress) {
    expect_each(check_upstream_address,
                {"127.0.0.1:24", "mail.example.org:25", "[2001:db8::1]:25", "unix:/run/lmtp"},
                {"", "mail.example.org", "mail.example.org:0", "127.0.0.1:x", "unix:lmtp", "smtp://mail:25"});
}

TEST(Checks, Peer) {
    expect_each(check_peer, {"192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "unix", "::1"},
                {"", "unix:/run/x", "192.0.2.0/33", "example.org", "*", "192.0.2.0/24 "});
}

TEST(Checks, Recipient) {
    expect_each(
        check_recipient,
        {"jane@example.org", "@example.org", "a.b+c@mail.example", "j\xc3\xa9r\xc3\xb4me@example.org"},
        {"", "jane", "jane@", "@", "jane@example_org", "jane doe@example.org", ".jane@example.org",
         "a@b@example.org"});
}

TEST(Checks, LocalPart) {
    expect_each(check_local_part, {"postmaster", "mailer-daemon", "no.reply"},
                {"", "postmaster@", "no reply", "a\"b"});
}

TEST(Checks, StoreUrl) {
    expect_each(
        check_store_url,
        {"sqlite:", "sqlite:state.db", "sqlite:/var/lib/decorum/state.db", "memory:", "redis://localhost",
         "rediss://redis.example.org:6380/3", "redis://[::1]:6379", "redis://", "redis:///2",
         "redis+unix:/run/redis.sock"},
        {"", "sqlite", "memory", "mysql://x", "redis:localhost", "redis://host/x", "redis://host/99999",
         "redis://host:0", "redis+unix:redis.sock", "redis://a b", "redis://jane:secret@localhost"});
    EXPECT_TRUE(check_store_url("redis://jane:secret@localhost").contains("store.password_file"));
    EXPECT_FALSE(check_store_url("mongodb://jane:secret@localhost").contains("secret"));
}

TEST(Checks, Urls) {
    expect_each(check_base_url,
                {"https://api.example.org", "http://127.0.0.1:8080/base", "ldap://ldap.example.org:389",
                 "ldaps://[::1]:636", "ldapi://%2Frun%2Fslapd%2Fldapi"},
                {"", "api.example.org", "ftp://api.example.org", "https://", "https:///x",
                 "https://user:secret@api.example.org", "https://api example",
                 "https://b\xc3\xbc"
                 "cher.example"});
    expect_each(check_proxy_url, {"http://proxy.example:3128"},
                {"", "proxy.example:3128", "socks5://proxy.example:1080"});
}

TEST(ConfigChecks, Rfc4515_LdapFilters) {
    expect_each(check_ldap_filter,
                {"(mail={address})", "(&(objectClass=person)(mail={address}))", "(!(mail={address}))",
                 "(|(mail={address})(proxyAddresses=smtp:{address}))", "(mail=*{address}*)",
                 "(cn;lang-fr={address})", "(mail~={address})", "(mail:caseIgnoreMatch:={address})",
                 "(&(cn=\\2a\\28)(mail={address}))", "(&(memberOf=*)(mail={address}))"},
                {"", "mail={address}", "(mail={address}", "(mail={address}))", "(mail=x)", "({address}=x)",
                 "(&)", "(!)", "(&(mail={address})x)", "(mail=({address}))", "(mail>=*{address})",
                 "(={address})", "(mail=\\2{address})", "(mail{address})", "(mail={address})(cn=x)",
                 std::string(100, '(') + "mail={address}" + std::string(100, ')')});
    std::string deep = "(mail={address})";
    for (int i = 0; i < 100; ++i) deep = "(!" + deep + ")";
    EXPECT_NE(check_ldap_filter(deep), "");
}

TEST(Checks, NamesAndTargets) {
    expect_each(check_section_name, {"delivery", "mx-1.out_2"}, {"", "a b", "a\nb", "\xc3\xa9", "a\"b"});
    expect_each(check_log_target, {"stderr", "journald", "/var/log/decorum.log", "decorum.log"},
                {"", "a\nb"});
    expect_each(check_authserv_id, {"mx.example.org", "mail"}, {"", "mx.example.org; none", "a b", "a\r\nb"});
    expect_each(check_display_text, {"Jane Martin", "ACME", "Soci\xc3\xa9t\xc3\xa9"}, {"", "  ", "a\nb"});
}

TEST(Senders, AreAnAddressWithOrWithoutAName) {
    const auto named = parse_sender("\"Decorum at ACME\" <Decorum@Example.org>");
    ASSERT_TRUE(named);
    EXPECT_EQ(named->name, "Decorum at ACME");
    EXPECT_EQ(named->local_part, "decorum");
    EXPECT_EQ(named->domain, "example.org");
    const auto bare = parse_sender("d@example.org");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->name, "");
    EXPECT_TRUE(parse_sender("Décorum <decorum@example.org>"));
    EXPECT_TRUE(parse_sender("elevenchars@example.org"));
}

TEST(Senders, NothingElseIsOne) {
    for (std::string_view text :
         {"decorum", "@example.org", "decorum@", "twelvecharss@example.org", "a+b@example.org",
          "a b@example.org", "a@b@example.org", "<a@example.org", "a@example.org>", "A <a@example.org> x",
          "x\r\nBcc: y <a@example.org>", ".a@example.org", "a@exa mple.org"})
        EXPECT_FALSE(parse_sender(text)) << text;
    EXPECT_EQ(check_sender(""), "");
    EXPECT_NE(check_sender("twelvecharss@example.org"), "");
}

}  // namespace
}  // namespace decorum::config
