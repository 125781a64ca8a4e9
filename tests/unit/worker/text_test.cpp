// HTML as a reader sees it: what Mastodon writes, and what must not be shown.
#include <gtest/gtest.h>

#include <string>

#include "gateway/worker/html/html_text.hpp"

namespace decorum::worker {
namespace {

std::string text(std::string_view html) {
    const auto text = decode_text(html);
    return text ? *text : text.error().text();
}

TEST(HtmlText, ANoteOfMastodonReadsAsItIsShown) {
    EXPECT_EQ(text(R"(<p>Nous recrutons&nbsp;: <a href="https://piaille.example/offres/aide-soignante-2026" )"
                   R"(rel="nofollow noopener" target="_blank"><span class="invisible">https://</span>)"
                   R"(<span class="ellipsis">piaille.example/offres/aide-s</span>)"
                   R"(<span class="invisible">oignante-2026</span></a></p>)"
                   R"(<p>Merci <span class="h-card"><a href="https://piaille.example/@paul" )"
                   R"(class="u-url mention">@<span>paul</span></a></span><br />à bientôt</p>)"),
              "Nous recrutons\u00A0: piaille.example/offres/aide-s…\nMerci @paul\nà bientôt");
}

TEST(HtmlText, WhiteSpaceCollapses) {
    EXPECT_EQ(text("  <p>a \n\t b</p>\n\n\n<div><div>c</div></div>  "), "a b\nc");
}

TEST(HtmlText, WhatIsNotShownIsLeftOut) {
    EXPECT_EQ(text("<style>p{}</style><script>evil()</script><template>t</template><!-- c --><p>seen</p>"),
              "seen");
}

TEST(HtmlText, ListsAndTablesReadLineByLine) {
    EXPECT_EQ(text("one<br>two<br/>three"), "one\ntwo\nthree");
    EXPECT_EQ(text("<ul><li>a<li>b</ul>after"), "a\nb\nafter");
    EXPECT_EQ(text("<table><tr><td>a<td>b<tr><td>c</table>"), "a b\nc");
    EXPECT_EQ(text("<p hidden>h</p><noscript>n</noscript>seen"), "seen");
}

TEST(HtmlText, EntitiesBecomeTheirCharacters) {
    EXPECT_EQ(text("&lt;b&gt; &amp;amp; &eacute;"), "<b> &amp; é");
}

TEST(HtmlText, NothingGivesNothing) {
    EXPECT_EQ(text(""), "");
    EXPECT_EQ(text("<p></p><br><br>"), "");
}

TEST(HtmlText, LongTextIsCutBetweenCharacters) {
    std::string html;
    for (int i = 0; i < 70'000; ++i) html += "é";
    const std::string shown = text(html);
    EXPECT_LE(shown.size(), 65'536U);
    EXPECT_GE(shown.size(), 65'530U);
    EXPECT_EQ(shown.substr(shown.size() - 2), "é");
}

TEST(HtmlText, OneHundredThousandNestedTagsAreRefused) {
    std::string html;
    for (int i = 0; i < 100'000; ++i) html += "<b>";
    const auto result = decode_text(html + "deep");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, errc::limit);
}

}  // namespace
}  // namespace decorum::worker
