// What a person wrote, out of what mail clients send.
#include "gateway/message/readable_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/message/html_text.hpp"

namespace decorum::message {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ReadableText, OfAPlainMessage) {
    EXPECT_EQ(*readable_text("Subject: x\r\n\r\nACK\r\n"), "ACK\n");
    EXPECT_EQ(*readable_text("\nACK"), "ACK");
    EXPECT_EQ(*readable_text("Content-Type: text/plain; charset=iso-8859-1\r\n\r\narr\xEAt"), "arrêt");
    EXPECT_EQ(*readable_text("Content-Type: text/plain; charset=\"utf-8\"; format=flowed\r\n"
                             "Content-Transfer-Encoding: quoted-printable\r\n\r\narr=C3=AAt =\r\nnow=\r\n"),
              "arrêt now");
    EXPECT_EQ(*readable_text("Content-Transfer-Encoding: base64\r\n\r\nQUNL\r\nCg==\r\n"), "ACK\n");
    EXPECT_EQ(*readable_text("Content-Transfer-Encoding: base64\r\n\r\nQUNLC"), "ACK") << "cut off";
    EXPECT_EQ(*readable_text("Content-Type: text/plain; charset=nonsense\r\n\r\nA\xff"), "A\xEF\xBF\xBD");
}

TEST(ReadableText, PlainGoesBeforeHtmlWhereverItStands) {
    const std::string message =
        "Content-Type: multipart/mixed; boundary=\"o\"\r\n\r\npreamble\r\n--o\r\n"
        "Content-Type: multipart/alternative; boundary=i\r\n\r\n"
        "--i\r\nContent-Type: text/html\r\n\r\n<p>WRONG\r\n--i\r\n\r\nACK\r\n--i--\r\n--o\r\n"
        "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nSTOP\r\n--o--\r\n";
    EXPECT_EQ(*readable_text(message), "ACK\n");
}

TEST(ReadableText, ABlankPlainPartDoesNotHideTheOther) {
    const auto message = [](std::string_view plain, bool first = true) {
        const std::string text =
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + std::string(plain);
        const std::string html = "--b\r\nContent-Type: text/html\r\n\r\n<p>STOP</p>\r\n";
        return "Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
               (first ? text + "\r\n" + html : html + text + "\r\n") + "--b--\r\n";
    };
    for (const std::string_view blank : {"", " \r\n\t\r\n", "\u00A0", "\u200B\uFEFF\u3000"})
        for (const bool first : {true, false})
            EXPECT_EQ(*readable_text(message(blank, first)), "STOP\n") << blank;
    EXPECT_EQ(*readable_text(message(".")), ".\n");
    EXPECT_EQ(*readable_text("\r\n \r\n"), " \n") << "nothing was written";
}

TEST(ReadableText, HtmlAloneIsReadAsText) {
    const auto text = readable_text(
        "Content-Type: text/html; "
        "charset=utf-8\r\n\r\n<html><head><title>STOP</title><style>p{}</style></head><body>"
        "<div>ACK<br></div><blockquote>WRONG</blockquote></body>");
    EXPECT_EQ(*text, "ACK\n> WRONG\n");
}

TEST(ReadableText, ABoundaryIsALineOfItsOwn) {
    const std::string message =
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nACK "
        "--b\r\n--bb\r\nmore\r\n--b--\r\n";
    EXPECT_EQ(*readable_text(message), "ACK --b\n--bb\nmore\n");
}

TEST(ReadableText, WithoutATextThereIsNone) {
    EXPECT_EQ(readable_text("Content-Type: image/png\r\n\r\nx").error().code, errc::not_found);
    EXPECT_EQ(readable_text("Content-Type: multipart/mixed\r\n\r\nx").error().code, errc::syntax);
    EXPECT_EQ(readable_text("Content-Type: multipart/mixed; boundary=b\r\n\r\nx").error().code,
              errc::not_found);
}

TEST(ReadableText, DepthAndPartsAreBounded) {
    std::string deep;
    for (int i = 0; i < 50; ++i)
        deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" +
                std::to_string(i) + "\n";
    EXPECT_EQ(readable_text(deep + "\nACK").error().code, errc::limit);
    std::string wide = "Content-Type: multipart/mixed; boundary=b\n\n";
    for (int i = 0; i < 1000; ++i) wide += "--b\nContent-Type: image/png\n\n";
    EXPECT_EQ(readable_text(wide + "--b\n\nACK").error().code, errc::limit);
}

TEST(HtmlText, TakesTagsOutAndEntitiesIn) {
    EXPECT_EQ(text_of_html("a &lt;b&gt; &amp; &eacute;&#233;&#xE9;&nbsp;c"), "a <b> & ééé c");
    EXPECT_EQ(text_of_html("<p>one</p><p>two<br>three"), "one\ntwo\nthree");
    EXPECT_EQ(text_of_html("a<!-- ACK -->b<script>x</script>c"), "abc");
    EXPECT_EQ(text_of_html("<blockquote>a<blockquote>b</blockquote></blockquote>c"), "> a\n> > b\nc");
    EXPECT_EQ(text_of_html("a < b &#xD800; &#0; &nonsense; &"), "a < b &#xD800; &#0; &nonsense; &");
    EXPECT_EQ(text_of_html("a<b"), "a") << "a tag without an end";
}

TEST(HtmlText, IsLinearInHostileInput) {
    for (std::string_view piece : {"<", "&", "<blockquote>", "</blockquote>", "<!--", "<script>", "&#"}) {
        std::string html;
        while (html.size() < 100'000) html += piece;
        EXPECT_LE(text_of_html(html).size(), 10 * html.size());
    }
}

}  // namespace
}  // namespace decorum::message
