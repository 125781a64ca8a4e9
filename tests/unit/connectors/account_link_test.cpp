#include "connectors/account_link.hpp"

#include <gtest/gtest.h>

namespace decorum::connectors {
namespace {

using profile::Tier;

TEST(AccountLink, TheUrlSaysWhichNetworkItIs) {
    struct Case {
        std::string reference, named, network, handle, url;
    };
    for (const Case& c : std::vector<Case>{
             {"https://GitHub.com/JaneM/", "", "github", "janem", "https://github.com/janem"},
             {"https://twitter.com/jane_m", "", "x", "jane_m", "https://x.com/jane_m"},
             {"https://github.com/janem", "Twitter", "github", "janem", "https://github.com/janem"},
             {"https://git.example/janem", "GitLab", "gitlab", "janem", "https://git.example/janem"},
             {"https://jane.example/", "", "web", "", "https://jane.example/"},
             {"https://jane.tumblr.example/", "Tumblr", "tumblr", "", "https://jane.tumblr.example/"},
             {"/cv", "", "web", "", "https://jane.example/cv"}}) {
        profile::Profile profile;
        add_link(profile, c.reference, "https://jane.example/me", {Tier::c, "why", c.named});
        ASSERT_EQ(profile.links.size(), 1U) << c.reference;
        EXPECT_EQ(profile.links[0].network, c.network) << c.reference;
        EXPECT_EQ(profile.links[0].handle, c.handle) << c.reference;
        EXPECT_EQ(profile.links[0].url, c.url);
        EXPECT_EQ(profile.links[0].origin.tier, Tier::c);
        EXPECT_EQ(profile.links[0].origin.reason, "why");
    }
}

TEST(AccountLink, TheFirstLinkToAnAccountStays) {
    profile::Profile profile;
    add_link(profile, "https://github.com/janem", {}, {Tier::a, "verified", {}});
    add_link(profile, "https://www.github.com/JaneM/", {}, {Tier::c, "listed", {}});
    ASSERT_EQ(profile.links.size(), 1U);
    EXPECT_EQ(profile.links[0].origin.tier, Tier::a);
}

TEST(AccountLink, AnAddressIsKeptWhereItIsAPlainOne) {
    profile::Profile p;
    for (const std::string& address :
         {std::string(), std::string("jane"), std::string("jane@a.example\r\nBcc: x"),
          std::string("j e@a.example"), std::string("jan\xC3\xA9@a.example"),
          std::string(300, 'j') + "@a.example"})
        add_address(p, address);
    EXPECT_TRUE(p.links.empty());
    add_address(p, "Jane@A.example");
    ASSERT_EQ(p.links.size(), 1U);
    EXPECT_EQ(p.links[0].url, "mailto:jane@a.example");
    EXPECT_EQ(p.links[0].origin.tier, profile::Tier::c);
}

TEST(AccountLink, AWebsiteMayBeGivenWithoutItsScheme) {
    struct Case {
        std::string website, url;
    };
    for (const Case& c : std::vector<Case>{{"john-smith.example.com", "https://john-smith.example.com/"},
                                           {" Jane.example ", "https://jane.example/"},
                                           {"jane.example/cv?lang=fr#top", "https://jane.example/cv?lang=fr"},
                                           {"jane.example?lang=fr", "https://jane.example/?lang=fr"},
                                           {"jane_m.example/cv", "https://jane_m.example/cv"},
                                           {"www.github.com/janem", "https://github.com/janem"},
                                           {"xn--mller-kva.example", "https://xn--mller-kva.example/"},
                                           {"https://jane.example/a b", "https://jane.example/a%20b"}}) {
        profile::Profile profile;
        add_website(profile, c.website, {Tier::c, "why", {}});
        ASSERT_EQ(profile.links.size(), 1U) << c.website;
        EXPECT_EQ(profile.links[0].url, c.url);
        EXPECT_EQ(profile.links[0].origin.reason, "why");
    }
    profile::Profile profile;
    for (const char* website : {"",
                                " ",
                                ".",
                                "..",
                                "jane",
                                "jane.",
                                ".example",
                                "jane..example",
                                "jane@jane.example",
                                "jane:secret@jane.example",
                                "jane.example:8443",
                                "jane.example and more",
                                "jane.example/a b",
                                "1.5",
                                "10.0.0.1",
                                "[::1]",
                                "/cv",
                                "//jane.example/",
                                "?a.b",
                                "#a.b",
                                "http://jane.example/",
                                "mailto:jane@jane.example",
                                "javascript:a.b",
                                "data:text/html,a.b",
                                "m\xC3\xBCller.example",
                                "jane.example\r\nX: y",
                                "jane.example/\r\nX: y",
                                "jane%2eexample.org"})
        add_website(profile, website, {Tier::c, {}, {}});
    for (const auto& link : profile.links) ADD_FAILURE() << link.url;
    add_link(profile, "jane.example", {}, {Tier::c, {}, {}});
    EXPECT_TRUE(profile.links.empty()) << "elsewhere it is a file's name";
}

TEST(AccountLink, WhatIsNoHttpsUrlIsLeftOut) {
    profile::Profile profile;
    for (const char* reference : {"", "http://jane.example/", "mailto:jane@jane.example", "javascript:x",
                                  "https://user@github.com/janem", "https://jane.example/\r\nX: y"})
        add_link(profile, reference, "https://jane.example/", {Tier::c, {}, {}});
    EXPECT_TRUE(profile.links.empty());
}

}  // namespace
}  // namespace decorum::connectors
