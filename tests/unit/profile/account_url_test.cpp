#include "gateway/profile/account_url.hpp"

#include <gtest/gtest.h>

namespace decorum::profile {
namespace {

struct Row {
    const char* url;
    const char* network;
    const char* handle;
    const char* canonical;
};

// One account a group; every spelling gives the same.
constexpr Row rows[] = {
    {"https://github.com/janem", "github", "janem", "https://github.com/janem"},
    {"HTTPS://WWW.GitHub.Com/JaneM/", "github", "janem", "https://github.com/janem"},
    {"http://github.com:80/janem?tab=stars#top", "github", "janem", "https://github.com/janem"},
    {"https://github.com:443/%6Aanem", "github", "janem", "https://github.com/janem"},
    {"https://github.com./janem", "github", "janem", "https://github.com/janem"},
    {"https://gitlab.com/Jane_M.x", "gitlab", "jane_m.x", "https://gitlab.com/jane_m.x"},
    {"https://twitter.com/JaneM?s=20", "x", "janem", "https://x.com/janem"},
    {"https://mobile.twitter.com/janem", "x", "janem", "https://x.com/janem"},
    {"https://fr.linkedin.com/in/Jane-Martin-1a2b/", "linkedin", "jane-martin-1a2b",
     "https://linkedin.com/in/jane-martin-1a2b"},
    {"https://www.linkedin.com/in/h%c3%a9l%C3%A8ne", "linkedin", "h%C3%A9l%C3%A8ne",
     "https://linkedin.com/in/h%C3%A9l%C3%A8ne"},
    {"https://linkedin.com/in/hélène", "linkedin", "h%C3%A9l%C3%A8ne",
     "https://linkedin.com/in/h%C3%A9l%C3%A8ne"},
    {"https://m.facebook.com/Jane.Martin", "facebook", "jane.martin", "https://facebook.com/jane.martin"},
    {"https://www.facebook.com/app_scoped_user_id/YXNpZADpB/", "facebook", "YXNpZADpB",
     "https://facebook.com/app_scoped_user_id/YXNpZADpB"},
    {"https://www.facebook.com/profile.php?ref=x&id=100012345&sk=about", "facebook", "100012345",
     "https://facebook.com/profile.php?id=100012345"},
    {"https://bsky.app/profile/Jane.Example.org", "bluesky", "jane.example.org",
     "https://bsky.app/profile/jane.example.org"},
    {"https://bsky.app/profile/did:plc:abc234", "bluesky", "did:plc:abc234",
     "https://bsky.app/profile/did:plc:abc234"},
    {"http://orcid.org/0000-0002-1694-233x", "orcid", "0000-0002-1694-233X",
     "https://orcid.org/0000-0002-1694-233X"},
    {"https://Piaille.example/@Jane", "mastodon", "jane@piaille.example", "https://piaille.example/@jane"},
    {"https://piaille.example:8443/@jane", "mastodon", "jane@piaille.example:8443",
     "https://piaille.example:8443/@jane"},
    {"http://127.0.0.1:8080/@jane", "mastodon", "jane@127.0.0.1:8080", "http://127.0.0.1:8080/@jane"},
    {"https://fr.viadeo.com/fr/profile/Jane.Martin", "viadeo", "jane.martin",
     "https://fr.viadeo.com/fr/profile/Jane.Martin"},
    // Pages of the web: what they are called is theirs.
    {"https://Jane.Example", "web", "", "https://jane.example/"},
    {"http://www.jane.example/About?lang=fr#cv", "web", "", "https://www.jane.example/About?lang=fr"},
    {"http://[2001:DB8::1]:8080/", "web", "", "http://[2001:db8::1]:8080/"},
    {"https://Jane_Martin.example/", "web", "", "https://jane_martin.example/"},
    {"https://jane.example/a%20b%2fc", "web", "", "https://jane.example/a%20b%2Fc"},
};

TEST(AccountUrl, NamesNetworkAndHandleAndHasOneForm) {
    for (const Row& row : rows) {
        const auto account = account_of(row.url);
        ASSERT_TRUE(account) << row.url;
        EXPECT_EQ(account->network, row.network) << row.url;
        EXPECT_EQ(account->handle, row.handle) << row.url;
        EXPECT_EQ(account->url, row.canonical) << row.url;
        EXPECT_EQ(account_of(account->url), account) << "the canonical form is its own: " << row.url;
    }
}

// A network's name stands for that network's server and an account there, and for nothing that resembles it.
TEST(AccountUrl, LookAlikesArePagesOfTheWeb) {
    for (const char* url : {"https://github.com.evil.example/janem",
                            "https://evil-github.com/janem",
                            "https://github.co/janem",
                            "https://github.com:8443/janem",
                            "https://github.com//janem",
                            "https://github.com/janem/repository",
                            "https://github.com/",
                            "https://github.com/settings",
                            "https://github.com/jane_m",
                            "https://github.com/%2e%2e%2f",
                            "https://xn--githb-n4a.com/janem",
                            "https://raw.github.com/janem",
                            "https://de.github.com/janem",
                            "https://www.www.github.com/janem",
                            "https://x.com/intent/user",
                            "https://x.com/home",
                            "https://x.com/a_name_of_over_15",
                            "https://linkedin.com/company/acme",
                            "https://abc.linkedin.com/in/jane",
                            "https://facebook.com/groups/5",
                            "https://facebook.com/profile.php",
                            "https://facebook.com/profile.php?id=12x",
                            "https://orcid.org/0000-0002-1694-2330",
                            "https://orcid.org/about",
                            "https://bsky.app/jane",
                            "https://medium.com/@jane",
                            "https://github.com/@jane",
                            "https://piaille.example/@jane@other.example",
                            "https://piaille.example/@jane/113",
                            "https://piaille.example/@",
                            "https://viadeo.com/"}) {
        const auto account = account_of(url);

        ASSERT_TRUE(account) << url;
        EXPECT_EQ(account->network, "web") << url;
    }
}

TEST(AccountUrl, WhatIsNoPlainWebAddressIsNothing) {
    const std::string long_url = "https://jane.example/" + std::string(10'000, 'a');
    for (const std::string& url : {std::string(""),
                                   std::string("github.com/janem"),
                                   std::string("//github.com/janem"),
                                   std::string("https:github.com/janem"),
                                   std::string("https:///janem"),
                                   std::string("ftp://github.com/janem"),
                                   std::string("javascript:alert(1)//https://github.com/janem"),
                                   std::string(" https://github.com/janem"),
                                   std::string("https://user@github.com/janem"),
                                   std::string("https://github.com@evil.example/janem"),
                                   std::string("https://github.com:x@evil.example/"),
                                   std::string("https://github.com\\@evil.example/janem"),
                                   std::string("https://github.com%2eevil.example/janem"),
                                   std::string("https://github.com:port/janem"),
                                   std::string("https://github.com:123456/janem"),
                                   std::string("https://git hub.com/janem"),
                                   std::string("https://github.com/jane m"),
                                   std::string("https://github.com/jane\r\nm"),
                                   std::string("https://github.com/jane%0am"),
                                   std::string("https://github.com/jane%0"),
                                   std::string("https://github.com/jane%zz"),
                                   std::string("https://github.com/a/../janem"),
                                   std::string("https://github.com/./janem"),
                                   std::string("https://github.com/a/%2E%2e/janem"),
                                   std::string("https://g\u0456thub.com/janem"),
                                   std::string("https://github.com\u202e/janem"),
                                   std::string("https://github.com/\xff\xfe"),
                                   std::string("https://github.com/janem\0", 25),
                                   std::string("https://github.com/<script>"),
                                   std::string("https://-github.com/"),
                                   std::string("https://[::1/janem"),
                                   std::string("https://[github.com]/janem"),
                                   long_url})
        EXPECT_FALSE(account_of(url)) << url.substr(0, 100);
}

TEST(AccountUrl, BidirectionalMarksInAPathAreEscapedAway) {
    const auto account = account_of("https://jane.example/\u202egpj");
    ASSERT_TRUE(account);
    EXPECT_EQ(account->url, "https://jane.example/%E2%80%AEgpj");
}

TEST(AccountUrl, SameAccountComparesAccountsNotSpellings) {
    EXPECT_TRUE(same_account("https://twitter.com/JaneM", "http://x.com/janem/"));
    EXPECT_TRUE(same_account("https://facebook.com/jane.martin", "https://www.facebook.com/JaneMartin"));
    EXPECT_TRUE(same_account("http://www.jane.example/cv/", "https://jane.example/cv"));
    EXPECT_TRUE(same_account("https://jane.example", "https://jane.example/#me"));
    EXPECT_FALSE(same_account("https://jane.example/cv", "https://jane.example/CV"));
    EXPECT_FALSE(same_account("https://jane.example/?id=1", "https://jane.example/?id=2"));
    EXPECT_FALSE(same_account("https://github.com/janem", "https://gitlab.com/janem"));
    EXPECT_FALSE(same_account("https://a.example/@jane", "https://b.example/@jane"));
    EXPECT_FALSE(same_account("https://github.com/janem", "https://github.com.evil.example/janem"));
    EXPECT_FALSE(same_account("nonsense", "nonsense"));
}

TEST(AccountUrl, APageAtANetworkIsToldFromOneElsewhere) {
    for (const char* url : {"https://github.com/victim/repo/issues/5", "https://x.com/jane/status/12",
                            "http://www.facebook.com/jane/posts/1", "https://fr.linkedin.com/feed/",
                            "https://gist.github.com/victim/1", "https://web.facebook.com/jane"})
        EXPECT_TRUE(is_at_network(url)) << url;
    for (const char* url : {"https://jane.example/", "https://github.com.evil.example/janem",
                            "https://mygithub.com/x", "nonsense"})
        EXPECT_FALSE(is_at_network(url)) << url;
}

TEST(AccountUrl, ANetworkOfManyHostsMayBeNamed) {
    const auto viadeo = account_of("https://old.example/jane.martin/export.json", "viadeo");
    ASSERT_TRUE(viadeo);
    EXPECT_EQ(viadeo->network, "viadeo");
    EXPECT_EQ(viadeo->url, "https://old.example/jane.martin/export.json");
    const auto gitlab = account_of("https://git.example.org/Jane", "gitlab");
    ASSERT_TRUE(gitlab);
    EXPECT_EQ(gitlab->handle, "jane");
    const auto mastodon = account_of("https://social.example/users/jane", "mastodon");
    ASSERT_TRUE(mastodon);
    EXPECT_EQ(mastodon->handle, "jane@social.example");
    EXPECT_EQ(account_of("https://github.com/janem", "github")->handle, "janem");
}

TEST(AccountUrl, ANetworkOfOneHostIsNotTakenOnSomebodysWord) {
    EXPECT_FALSE(account_of("https://github.com.evil.example/janem", "github"));
    EXPECT_FALSE(account_of("https://evil.example/janem", "facebook"));
    EXPECT_FALSE(account_of("https://github.com/janem", "viadeo"));
    EXPECT_FALSE(account_of("https://git.example.org/", "gitlab"));
    EXPECT_FALSE(account_of("https://evil.example/janem", "no-such"));
}

}  // namespace
}  // namespace decorum::profile
