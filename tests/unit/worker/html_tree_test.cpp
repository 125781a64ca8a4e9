// Trees within bounds, whatever the page; and pages in any encoding.
#include "gateway/worker/html/html_tree.hpp"

#include <gtest/gtest.h>

#include "gateway/worker/html/charset.hpp"
#include "gateway/worker/html/html_text.hpp"

namespace decorum::worker {
namespace {

std::string text_of(std::string_view html) {
    const auto text = decode_text(html);
    return text ? *text : "error: " + text.error().text();
}

TEST(HtmlTree, DeepElementsArePassedOver) {
    std::string html;
    for (int i = 0; i < 90; ++i) html += "<div>";
    EXPECT_EQ(text_of(html + "seen"), "seen");
    for (int i = 0; i < 20; ++i) html += "<div>";
    EXPECT_EQ(text_of("top" + html + "too deep"), "top");
}

TEST(HtmlTree, ElementsLeftOpenAreCountedBeforeParsing) {
    for (const char* tag : {"<div>", "<b>", "<x-y class='<'>", "<a href=x>", "<svg>", "<DIV\n>"}) {
        std::string html;
        for (int i = 0; i < 100'000; ++i) html += tag;
        const auto tree = HtmlTree::parse(html);
        ASSERT_FALSE(tree) << tag;
        EXPECT_EQ(tree.error().code, errc::limit);
    }
}

TEST(HtmlTree, WhatEndsByItselfMayBeRepeated) {
    std::string html = "<ul>";
    for (int i = 0; i < 20'000; ++i) html += "<li>a<p>b<br><img src=x><hr><div><span>c</span></div>";
    EXPECT_TRUE(HtmlTree::parse(html));
    std::string script = "<script>";
    for (int i = 0; i < 20'000; ++i) script += "<div>";
    EXPECT_EQ(text_of(script + "</script>seen"), "seen");
}

TEST(HtmlTree, AForeignEndTagClosesNothing) {
    std::string html;
    for (int i = 0; i < 2'000; ++i) html += "<div></span></b>";
    EXPECT_FALSE(HtmlTree::parse(html));
}

// Each paragraph opens all the formatting elements anew: the tree grows with the square of the page.
TEST(HtmlTree, ATreeThatOutgrowsItsPageIsBrokenOff) {
    std::string html = "<p>";
    for (int i = 0; i < 900; ++i) html += "<font size=" + std::to_string(i) + ">";
    for (int i = 0; i < 50'000; ++i) html += "<p>x";
    const auto tree = HtmlTree::parse(html);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().code, errc::limit);
    EXPECT_TRUE(HtmlTree::parse("<p>and again")) << "nothing is left of it";
}

TEST(Charset, Utf8IsTheDefaultAndInvalidOctetsAreReplaced) {
    EXPECT_EQ(html_to_utf8("caf\xC3\xA9"), "café");
    EXPECT_EQ(html_to_utf8("\xEF\xBB\xBF"
                           "caf\xC3\xA9"),
              "café");
    EXPECT_EQ(html_to_utf8("caf\xE9 \xC0\xAF \xED\xA0\x80"), "caf\uFFFD \uFFFD\uFFFD \uFFFD\uFFFD\uFFFD");
}

TEST(Charset, Latin1IsReadAsTheWebDoes) {
    for (const std::string head :
         {"<meta charset=iso-8859-1>", "<META CHARSET='Windows-1252'/>", "<meta charset = \"latin1\" >",
          "<meta http-equiv=Content-Type content='text/html; charset=ISO-8859-1'>"})
        EXPECT_EQ(html_to_utf8(head + "caf\xE9 \x80 \x93"), head + "café € “");
}

TEST(Charset, OtherNamesAndMarksMeanUtf8) {
    EXPECT_EQ(html_to_utf8("<meta charset=utf-16>\xE9"), "<meta charset=utf-16>\uFFFD");
    EXPECT_EQ(html_to_utf8("\xEF\xBB\xBF<meta charset=latin1>\xC3\xA9"), "<meta charset=latin1>é");
    EXPECT_EQ(html_to_utf8("<p charset=latin1>\xE9"), "<p charset=latin1>\uFFFD");
    EXPECT_EQ(html_to_utf8("<meta charset=utf-8><meta charset=latin1>\xE9"),
              "<meta charset=utf-8><meta charset=latin1>\uFFFD");
    EXPECT_EQ(html_to_utf8("<meta charset"), "<meta charset");
}

}  // namespace
}  // namespace decorum::worker
