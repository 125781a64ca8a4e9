#include <gtest/gtest.h>

#include "connectors/web_url.hpp"

namespace decorum::connectors {
namespace {

constexpr std::string_view base_url = "https://jane.example/about/me?x=1#top";

TEST(WebUrl, IsResolvedAgainstThePage) {
    for (const auto& [reference, url] : std::vector<std::pair<std::string, std::string>>{
             {"https://Social.Example/@jane", "https://social.example/@jane"},
             {"  https://social.example  ", "https://social.example/"},
             {"https://social.example:443/a", "https://social.example/a"},
             {"https://social.example:8443/a", "https://social.example:8443/a"},
             {"//social.example/@jane", "https://social.example/@jane"},
             {"/cv", "https://jane.example/cv"},
             {"cv.html", "https://jane.example/about/cv.html"},
             {"../cv", "https://jane.example/cv"},
             {"../../../cv", "https://jane.example/cv"},
             {"?y=2", "https://jane.example/about/me?y=2"},
             {"#me", "https://jane.example/about/me?x=1#me"},
             {"/caf\xC3\xA9 noir", "https://jane.example/caf%C3%A9%20noir"},
             {"https://jane.example/a/./b/../c/..", "https://jane.example/a/"},
             {"https://jane.example//..//x", "https://jane.example//x"},
             {"https://jane.example/..", "https://jane.example/"},
             {"https://jane.example/.", "https://jane.example/"}})
        EXPECT_EQ(https_url(reference, base_url).value_or("none"), url) << reference;
}

TEST(WebUrl, AnythingButPlainHttpsIsDropped) {
    for (const std::string& reference :
         {std::string(), std::string("http://jane.example/"), std::string("javascript:alert(1)"),
          std::string("data:text/html,x"), std::string("mailto:jane@jane.example"),
          std::string("https://user:secret@jane.example/"), std::string("https://user@jane.example/"),
          std::string("https:///path"), std::string("https://"),
          std::string("https://b\xC3\xBC"
                      "cher.example/"),
          std::string("https://jane.example/\r\nX: y"), std::string("https://jane.example/\0x", 23),
          std::string("https://jane.example/%zz"), std::string("https://jane.example:99999999/"),
          "https://jane.example/" + std::string(2000, 'a'),
          "https://jane.example/" + std::string(1000, '\xC3')})
        EXPECT_FALSE(https_url(reference, base_url)) << reference;
    EXPECT_FALSE(https_url("/cv")) << "nothing to resolve it against";
    EXPECT_FALSE(https_url("/cv", "http://jane.example/")) << "what is relative to plain http is plain http";
}

TEST(WebUrl, TheOriginIsSchemeHostAndPort) {
    EXPECT_EQ(origin_of("https://jane.example:8443/x/y?z"), "https://jane.example:8443");
    EXPECT_EQ(origin_of("https://jane.example/"), "https://jane.example");
    EXPECT_EQ(origin_of("https://jane.example"), "https://jane.example");
    EXPECT_EQ(origin_of("/x"), "");
    EXPECT_EQ(origin_of(""), "");
}

TEST(WebUrl, HostsAreInLowerCase) {
    EXPECT_EQ(host_of("https://Jane.Example:8443/x"), "jane.example");
    EXPECT_EQ(host_of("https://[::1]/"), "[::1]");
    EXPECT_EQ(host_of("no url"), "");
}

}  // namespace
}  // namespace decorum::connectors
