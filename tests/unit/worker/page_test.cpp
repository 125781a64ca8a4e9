// What a page says of itself: head, links and microformats2 (microformats.org/wiki/microformats2-parsing).
#include "gateway/worker/html/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/base/utf8.hpp"

namespace decorum::worker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

PageFacts page(std::string_view html) {
    auto facts = read_page(html);
    EXPECT_TRUE(facts) << facts.error().text();
    return facts ? std::move(*facts) : PageFacts{};
}

const MicroformatItem::Property* property(const MicroformatItem& item, std::string_view name) {
    const auto found = std::ranges::find(item.properties, name, &MicroformatItem::Property::name);
    return found == item.properties.end() ? nullptr : &*found;
}

std::string value(const MicroformatItem& item, std::string_view name) {
    const auto* found = property(item, name);
    return found == nullptr ? "(none)" : found->value;
}

MicroformatItem first_item(std::string_view html) {
    const PageFacts facts = page(html);
    EXPECT_FALSE(facts.items.empty());
    return facts.items.empty() ? MicroformatItem{} : facts.items.front();
}

TEST(Page, ItsHeadIsRead) {
    const auto facts = page(R"(<!doctype html><html><head><title> Jane
        Martin </title><link rel="Canonical" href="/jane"><meta name="ROBOTS" content="NoIndex, noarchive">
        <meta property="og:title" content="Jane"><meta name="description" content="HR &amp; more">
        <script type="application/ld+json; charset=utf-8"> {"@type":"Person"} </script>
        <script>var x = "</p>";</script></head><body>Hello</body></html>)");
    EXPECT_EQ(facts.title, "Jane Martin");
    EXPECT_EQ(facts.canonical, "/jane");
    EXPECT_THAT(facts.robots, ElementsAre("noindex", "noarchive"));
    EXPECT_THAT(facts.meta, Contains(Pair("og:title", "Jane")));
    EXPECT_THAT(facts.meta, Contains(Pair("description", "HR & more")));
    EXPECT_THAT(facts.json_ld, ElementsAre(R"({"@type":"Person"})"));
    EXPECT_EQ(facts.text, "Hello");
}

TEST(Page, NoNumberOfMetaHidesRobots) {
    std::string html;
    for (int i = 0; i < 5000; ++i)
        html += "<meta name=robots content=all><meta name=x" + std::to_string(i) +
                " content=" + std::string(200, 'y') + ">";
    EXPECT_THAT(page(html + "<meta name=robots content=noindex>").robots, ElementsAre("all", "noindex"));
}

TEST(Page, RelMeIsReadOfLinksAndAnchors) {
    const auto facts = page(
        "<link rel=me href=https://a.example/@jane><a rel='nofollow ME' href=https://b.example>b</a>"
        "<a rel=menu href=/menu>c</a>");
    EXPECT_THAT(facts.rel_me, ElementsAre("https://a.example/@jane", "https://b.example"));
    EXPECT_THAT(facts.links, ElementsAre("https://b.example", "/menu"));
}

TEST(Page, AnHCardGivesItsProperties) {
    const auto card =
        first_item(R"(<div class="h-card"><a class="p-name u-url" href="https://jane.example">Jane
        Martin</a> <span class="p-job-title">HR Director</span> <span class="p-org">ACME</span>
        <img class="u-photo" src="/jane.png" alt="x"><data class="p-note" value="Hello">x</data></div>)");
    EXPECT_THAT(card.types, ElementsAre("h-card"));
    EXPECT_EQ(value(card, "name"), "Jane Martin");
    EXPECT_EQ(value(card, "url"), "https://jane.example");
    EXPECT_EQ(value(card, "job-title"), "HR Director");
    EXPECT_EQ(value(card, "org"), "ACME");
    EXPECT_EQ(value(card, "photo"), "/jane.png");
    EXPECT_EQ(value(card, "note"), "Hello");
}

TEST(Page, ImpliedNameUrlAndPhoto) {
    const auto link = first_item("<a class=h-card href=https://jane.example>Jane Martin</a>");
    EXPECT_EQ(value(link, "name"), "Jane Martin");
    EXPECT_EQ(value(link, "url"), "https://jane.example");
    const auto image = first_item("<img class=h-card src=/jane.png alt='Jane Martin'>");
    EXPECT_EQ(value(image, "name"), "Jane Martin");
    EXPECT_EQ(value(image, "photo"), "/jane.png");
    const auto within = first_item("<div class=h-card><a href=/j><img src=/p.png alt=Jane></a></div>");
    EXPECT_EQ(value(within, "name"), "Jane");
}

TEST(Page, ItemsNestAsProperties) {
    const auto resume = first_item(R"(<div class="h-resume"><p class="p-summary">Twenty years</p>
        <div class="p-experience h-event"><span class="p-name">HR Director</span>
        <time class="dt-start" datetime="2019-01">2019</time>
        <span class="p-location h-card"><span class="p-org">ACME</span></span></div></div>)");
    EXPECT_THAT(resume.types, ElementsAre("h-resume"));
    EXPECT_EQ(value(resume, "summary"), "Twenty years");
    const auto* experience = property(resume, "experience");
    ASSERT_NE(experience, nullptr);
    ASSERT_THAT(experience->items, SizeIs(1));
    const auto& event = experience->items.front();
    EXPECT_EQ(value(event, "name"), "HR Director");
    EXPECT_EQ(value(event, "start"), "2019-01");
    const auto* location = property(event, "location");
    ASSERT_NE(location, nullptr);
    ASSERT_THAT(location->items, SizeIs(1));
    EXPECT_EQ(value(location->items.front(), "org"), "ACME");
}

TEST(Page, ClassicNamesArriveAsTheirSuccessors) {
    const auto card = first_item(
        "<div class=vcard><span class=fn>Jane Martin</span><span class=title>HR Director</span></div>");
    EXPECT_THAT(card.types, ElementsAre("h-card"));
    EXPECT_EQ(value(card, "name"), "Jane Martin");
}

TEST(Page, ItsCharsetIsObeyed) {
    EXPECT_EQ(page("<meta charset=iso-8859-1><title>Ren\xE9</title>").title, "René");
    EXPECT_EQ(page("<meta charset=utf-8><title>Ren\xC3\xA9</title>").title, "René");
    EXPECT_EQ(page("\xEF\xBB\xBF<title>Ren\xC3\xA9</title>").title, "René");
    EXPECT_EQ(page("<meta charset=windows-1252><title>\x80</title>").title, "€");
}

TEST(Page, AnythingIsAPage) {
    for (const std::string& html :
         {std::string(), std::string("\0\xFF<", 3), std::string("<html><html><p></html>")})
        EXPECT_TRUE(decode_page(html));
    EXPECT_THAT(page("plain").items, IsEmpty());
}

TEST(Page, OneHundredThousandNestedTagsAreRefused) {
    std::string html;
    for (int i = 0; i < 100'000; ++i) html += "<div class=h-card>";
    const auto facts = read_page(html);
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code, errc::limit);
}

TEST(Page, ItsFactsAreBounded) {
    std::string html;
    for (int i = 0; i < 20'000; ++i)
        html +=
            "<div class=h-card><a class='p-name u-url' rel=me href=/" + std::to_string(i) + ">x</a></div>";
    const auto json = decode_page(html);
    ASSERT_TRUE(json);
    const auto facts = page_facts_from_json(*json);
    ASSERT_TRUE(facts) << facts.error().text();
    EXPECT_THAT(facts->items, SizeIs(300));
    EXPECT_THAT(facts->links, SizeIs(1000));
    EXPECT_THAT(facts->rel_me, SizeIs(1000));
}

TEST(Page, WhatCostsMostInJsonStillReadsBack) {
    std::string html = "<title>t</title>";
    for (int i = 0; i < 400; ++i)
        html += "<a href='" + std::string(2000, '\x01') + "'>" + std::string(200, '\x01') + "</a>";
    const auto json = decode_page(html);
    ASSERT_TRUE(json) << json.error().text();
    EXPECT_LE(json->size(), std::size_t{4} << 20);
    EXPECT_TRUE(page_facts_from_json(*json));
}

TEST(Page, LinksInATemplateAreNone) {
    EXPECT_THAT(page("<template><a href=x rel=me>t</a></template>").links, IsEmpty());
}

// Pages of a megabyte that repeat what costs most: each must stay within what is read back.
TEST(Page, WhatAPageRepeatsIsBounded) {
    const auto repeated = [](std::string_view part) {
        std::string html;
        while (html.size() + part.size() < std::size_t{1} << 20) html += part;
        return html;
    };
    const std::string controls(2000, '\x01');
    for (const std::string& part :
         {std::string("<a rel=me href='https://a.example/\"\\'>x</a>"), "<a href='" + controls + "'>x</a>",
          std::string("<meta name=a content='\"\"\"\"'>"), "<meta name='" + controls + "' content=x>",
          "<script type=application/ld+json>" + std::string(100'000, '\x02') + "</script>",
          std::string("<div class='h-card'></div>"), std::string("<i class='h-card p-a p-b p-c u-d'></i>"),
          "<p class='h-card'><b class='p-name'>" + controls + "</b></p>", std::string("\xFF")}) {
        const std::string html = repeated(part);
        const auto json = decode_page(html);
        ASSERT_TRUE(json) << json.error().text();
        EXPECT_TRUE(page_facts_from_json(*json)) << part.substr(0, 40);
        EXPECT_TRUE(is_valid_utf8(*json));
    }
}

TEST(Page, ItemsWithinItemsAreBounded) {
    std::string html;
    for (int i = 0; i < 60; ++i) html += "<i class='p-a p-b p-c p-d h-card'>x";
    const PageFacts facts = page(html);
    ASSERT_FALSE(facts.items.empty());
    std::size_t level = 1;
    for (const MicroformatItem* item = &facts.items.front();; ++level) {
        const auto nested = std::ranges::find_if(
            item->properties, [](const auto& property) { return !property.items.empty(); });
        if (nested == item->properties.end()) break;
        item = &nested->items.front();
    }
    EXPECT_EQ(level, max_item_depth);
}

TEST(Page, AScriptTooLongForItsPlaceIsLeftOutWhole) {
    EXPECT_THAT(page("<script type=application/ld+json>" + std::string(200'000, '1') + "</script>").json_ld,
                IsEmpty());
}

}  // namespace
}  // namespace decorum::worker
