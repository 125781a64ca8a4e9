#include "connectors/robots.hpp"

#include <gtest/gtest.h>

namespace decorum::connectors {
namespace {

bool allows(std::string_view robots, std::string_view target) {
    return RobotsRules::parse(robots).allow(target);
}

// The examples of RFC 9309 §5.1, with our token for theirs.
constexpr std::string_view simple = R"(User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: decorum
Disallow:/example/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
)";

bool allows_as(std::string_view token, std::string_view target) {
    return RobotsRules::parse(simple, token).allow(target);
}

TEST(Robots, Rfc9309_5_1_SimpleExample) {
    EXPECT_FALSE(allows_as("other", "/a.gif"));
    EXPECT_TRUE(allows_as("other", "/a.gif.html"));
    EXPECT_FALSE(allows_as("other", "/example/page.html"));
    EXPECT_TRUE(allows_as("other", "/publications/x"));
    EXPECT_TRUE(allows_as("other", "/publications/x.gif")) << "the longer pattern, not the first";
    EXPECT_TRUE(allows_as("Decorum", "/a.gif")) << "a group of our own: everybody's does not count";
    EXPECT_FALSE(allows_as("Decorum", "/example/x"));
    EXPECT_TRUE(allows_as("Decorum", "/example/page.html"));
    EXPECT_TRUE(allows_as("Decorum", "/example/allowed.gif"));
    EXPECT_FALSE(allows_as("bazbot", "/example/page.html")) << "a group may have several names";
    EXPECT_TRUE(allows_as("bazbot", "/example/x"));
    EXPECT_TRUE(allows_as("quxbot", "/example/page.html")) << "no rules: all is allowed";
}

TEST(Robots, Rfc9309_5_2_LongestMatch) {
    const std::string robots =
        "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
    const auto rules = RobotsRules::parse(robots, "foobot");
    EXPECT_TRUE(rules.allow("/example/page/"));
    EXPECT_TRUE(rules.allow("/example/page/x.gif"));
    EXPECT_FALSE(rules.allow("/example/page/disallowed.gif"));
}

TEST(Robots, Rfc9309_2_2_2_OfTwoAsLongTheOneThatAllows) {
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /page\nAllow: /page\n", "/page"));
    EXPECT_TRUE(allows("User-agent: *\nAllow: /page\nDisallow: /page\n", "/page"));
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /a*c\nAllow: /abc\n", "/abc"));
}

// The table of §2.2.2.
TEST(Robots, Rfc9309_2_2_2_EscapesAreComparedInOneForm) {
    for (const auto& [pattern, target] : std::vector<std::pair<std::string, std::string>>{
             {"/foo/bar?baz=quz", "/foo/bar?baz=quz"},
             {"/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar"},
             {"/foo/bar?baz=https%3A%2F%2Ffoo.bar", "/foo/bar?baz=https://foo.bar"},
             {"/foo/bar/\u30C4", "/foo/bar/%E3%83%84"},
             {"/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"},
             {"/foo/bar/%e3%83%84", "/foo/bar/\u30C4"},
             {"/foo/bar/%62%61%7A", "/foo/bar/baz"},
             {"/foo/bar/baz", "/foo/bar/%62%61%7A"}})
        EXPECT_FALSE(allows("User-agent: *\nDisallow: " + pattern + "\n", target)) << pattern;
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /a%2Fb\n", "/a/b")) << "in a path they differ";
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /a/b\n", "/a%2Fb"));
}

// §2.2.3
TEST(Robots, Rfc9309_2_2_3_SpecialCharacters) {
    struct Case {
        std::string pattern, target;
        bool matches;
    };
    for (const Case& c : std::vector<Case>{{"/allow/this/exact/path$", "/allow/this/exact/path", true},
                                           {"/allow/this/exact/path$", "/allow/this/exact/path/x", false},
                                           {"/this/*/exactly", "/this/or/that/exactly", true},
                                           {"/this/*/exactly", "/this/exactly", false},
                                           {"/path/file-with-a-%2A.html", "/path/file-with-a-*.html", true},
                                           {"/path/file-with-a-%2A.html", "/path/file-with-a-b.html", false},
                                           {"/path/foo-%24", "/path/foo-$", true},
                                           {"/path/foo-$", "/path/foo-$", false},
                                           {"/$", "/", true},
                                           {"/$", "/x", false},
                                           {"*", "/anything", true},
                                           {"*$", "/anything", true},
                                           {"$", "/", false},
                                           {"/a**b", "/a-b", true},
                                           {"/*a*a*a*a*b", "/aaaaaaaaaaaaaaaaaaaaaaaa", false},
                                           {"/*.gif$", "/x.gif.gif", true},
                                           {"/*x*.gif$", "/x.gif", true},
                                           {"/ab*bc$", "/abc", false},
                                           {"/a$b", "/a$b", true},
                                           {"/fish", "/fishheads/yummy.html", true},
                                           {"/fish/", "/fish", false},
                                           {"fish", "/fish", false},
                                           {"/Fish", "/fish", false}})
        EXPECT_EQ(allows("User-agent: *\nDisallow: " + c.pattern + "\n", c.target), !c.matches)
            << c.pattern << " " << c.target;
}

TEST(Robots, GroupsOfOneNameAreOne) {
    const std::string robots =
        "User-agent: decorum\nDisallow: /a\n\nUser-agent: other\nDisallow: /b\n\nUser-agent: DECORUM/1.0\n"
        "Disallow: /c\n";
    EXPECT_FALSE(allows(robots, "/a"));
    EXPECT_TRUE(allows(robots, "/b"));
    EXPECT_FALSE(allows(robots, "/c"));
}

TEST(Robots, AGroupForUsCountsWhereverItStands) {
    EXPECT_TRUE(allows("User-agent: *\nDisallow: /\nUser-agent: decorum\nDisallow:\n", "/x"));
    EXPECT_TRUE(allows("User-agent: decorum\nAllow: /\nUser-agent: *\nDisallow: /\n", "/x"));
    EXPECT_FALSE(allows("User-agent: decorumbot\nAllow: /\nUser-agent: *\nDisallow: /\n", "/x"))
        << "another's name that begins like ours";
    EXPECT_FALSE(allows("User-agent: decorum\nUser-agent: *\nDisallow: /\n", "/x"));
}

TEST(Robots, OtherLinesDoNotInterfere) {
    EXPECT_FALSE(
        allows("User-agent: decorum\nSitemap: https://x.example/s.xml\nCrawl-delay: 3\n\n"
               "User-agent: other # and more\nnonsense\nDisallow: / # all of it\n",
               "/x"));
    EXPECT_TRUE(allows("Disallow: /\n", "/x")) << "a rule of no group";
    EXPECT_TRUE(allows("", "/x"));
    EXPECT_TRUE(allows("<html><body>Not found: sorry</body></html>", "/x"));
    EXPECT_TRUE(allows("User-agent: *\nDisallow:\n", "/x"));
}

TEST(Robots, LinesEndInAnyOfThreeWays) {
    for (const std::string end : {"\n", "\r\n", "\r"})
        EXPECT_FALSE(allows("\xEF\xBB\xBFUSER-AGENT : *" + end + "\t disallow :\t/x \t" + end, "/x"));
}

TEST(Robots, WhatStandsBeyondTheLimitIsNotRead) {
    std::string robots =
        "User-agent: *\nDisallow: /x\n" + std::string(max_robots_octets, '#') + "\nDisallow: /y\n";
    EXPECT_FALSE(allows(robots, "/x"));
    EXPECT_TRUE(allows(robots, "/y"));
}

TEST(Robots, ManyHostilePatternsCostLittle) {
    std::string robots = "User-agent: *\n";
    while (robots.size() < max_robots_octets)
        robots += "Disallow: /" + std::string(900, '*') + std::string(99, 'a') + "b\n";
    const auto rules = RobotsRules::parse(robots);
    EXPECT_TRUE(rules.allow("/" + std::string(2000, 'a')));
    EXPECT_GT(rules.octets(), max_robots_octets / 2);
}

}  // namespace
}  // namespace decorum::connectors
