// Claims about Content-Type: what is recognised, and that hostile fields are errors, not crashes.
#include "gateway/message/mime_tree.hpp"

#include <gtest/gtest.h>

namespace decorum::message {
namespace {

TEST(MediaType, Rfc2045_5_1_TypeAndSubtypeInLowerCase) {
    const auto type = media_type(" Multipart/REPORT; report-type=delivery-status;\r\n boundary=\"a/b;c\"");
    ASSERT_TRUE(type);
    EXPECT_EQ(*type, (MediaType{"multipart", "report"}));
}

TEST(MediaType, CommentsFoldsAndSpacesAroundTheSlash) {
    EXPECT_EQ(media_type("\r\n (a;b) text (c) / (d(e)) plain (f)"), (MediaType{"text", "plain"}));
    EXPECT_EQ(media_type("application/vnd.x+json"), (MediaType{"application", "vnd.x+json"}));
    EXPECT_EQ(media_type("text/plain;;;=\"\\"), (MediaType{"text", "plain"}));
}

TEST(MediaType, BrokenFieldsAreErrors) {
    for (std::string_view body : {"", " ", ";", "text", "text/", "/plain", "/", "text/pl ain", "te xt/plain",
                                  "a/b/c", "text/pl\"ain", "\"text\"/plain", "text/plain (", "text\\/plain",
                                  "t\xe9xt/plain", "te,xt/plain", "text/plain charset=x"}) {
        const auto type = media_type(body);
        ASSERT_FALSE(type) << body;
        EXPECT_EQ(type.error().code, errc::syntax) << body;
    }
}

TEST(MediaType, ControlOctetsAreErrors) {
    for (int c = 0; c < 256; ++c) {
        if ((c >= 32 && c != 127) || c == '\t') continue;
        EXPECT_FALSE(media_type(std::string("text/plain; a=b") + static_cast<char>(c) + "c")) << c;
    }
}

TEST(MediaType, MoreThan8KiBIsALimit) {
    const std::string prefix = "text/plain; x=";
    EXPECT_TRUE(media_type(prefix + std::string(8192 - prefix.size(), 'x')));
    const auto type = media_type(prefix + std::string(8193 - prefix.size(), 'x'));
    ASSERT_FALSE(type);
    EXPECT_EQ(type.error().code, errc::limit);
}

}  // namespace
}  // namespace decorum::message
