// microformats2 and classic microformats, by the rules of the parsing specification.
#include "gateway/worker/html/microformats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/worker/html/page.hpp"

namespace decorum::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<MicroformatItem> items_of(std::string_view html) {
    auto facts = read_page(html);
    if (!facts) throw std::runtime_error(facts.error().text());
    return facts->items;
}

// name=value, with [what it holds] where it is an item.
std::string written(const MicroformatItem& item) {
    std::string out;
    for (const auto& type : item.types) out += type + ' ';
    out += '{';
    for (const auto& property : item.properties) {
        out += out.ends_with('{') ? "" : "; ";
        out += property.name + '=' + property.value;
        for (const auto& inner : property.items) out += '[' + written(inner) + ']';
    }
    return out + '}';
}

std::vector<std::string> all(std::string_view html) {
    std::vector<std::string> out;
    for (const auto& item : items_of(html)) out.push_back(written(item));
    return out;
}

TEST(Microformats, PropertiesByPrefix) {
    EXPECT_THAT(
        all(R"(<div class="h-card"><p class="p-name">Jane <b>Martin</b></p>
        <a class="u-url u-uid" href="/jane">home</a><img class="u-photo" src="jane.png" alt="Jane">
        <time class="dt-bday" datetime="1980-02-03">3 February</time>
        <div class="e-note">Hello <i>all</i></div><abbr class="p-org" title="ACME Corporation">ACME</abbr>
        <data class="p-role" value="HR">x</data></div>)"),
        ElementsAre("h-card {name=Jane Martin; url=/jane; uid=/jane; photo=jane.png; bday=1980-02-03; "
                    "note=Hello all; org=ACME Corporation; role=HR}"));
}

TEST(Microformats, NameUrlAndPhotoAreImplied) {
    EXPECT_THAT(all("<a class=h-card href=/jane>Jane Martin</a>"),
                ElementsAre("h-card {name=Jane Martin; url=/jane}"));
    EXPECT_THAT(all("<img class=h-card alt='Jane Martin' src=j.png>"),
                ElementsAre("h-card {name=Jane Martin; photo=j.png}"));
    EXPECT_THAT(all("<div class=h-card><a href=/jane><img src=j.png alt='Jane M'></a></div>"),
                ElementsAre("h-card {name=Jane M; photo=j.png; url=/jane}"));
    EXPECT_THAT(all("<div class=h-card>Jane <a href=/a>a</a> <a href=/b>b</a></div>"),
                ElementsAre("h-card {name=Jane a b}"));
}

TEST(Microformats, WhatIsExplicitIsNotImplied) {
    EXPECT_THAT(all("<a class=h-card href=/jane><b class=p-org>ACME</b></a>"),
                ElementsAre("h-card {org=ACME; url=/jane}"));
    EXPECT_THAT(all("<a class=h-card href=/jane>Jane<b class='u-email'>j@a.example</b></a>"),
                ElementsAre("h-card {email=j@a.example; name=Janej@a.example}"));
}

TEST(Microformats, AnItemMayBeAProperty) {
    EXPECT_THAT(all(R"(<div class="h-resume"><div class="p-contact h-card"><a class="u-url p-name"
        href="/jane">Jane</a></div><div class="p-experience h-event"><b class="p-name">HR Director</b>
        <time class="dt-start">2019</time><a class="p-location h-card" href="/acme">ACME</a></div></div>)"),
                ElementsAre("h-resume {contact=Jane[h-card {url=/jane; name=Jane}]; experience=HR "
                            "Director[h-event {name=HR Director; start=2019; "
                            "location=ACME[h-card {name=ACME; url=/acme}]}]}"));
}

TEST(Microformats, ItemsThatAreNoPropertyFollow) {
    EXPECT_THAT(
        all("<div class=h-feed><b class=p-name>Notes</b><p class=h-entry><i class=p-name>one</i></p>"
            "<p class=h-entry><i class=p-name>two</i></p></div><p class=h-card>Jane</p>"),
        ElementsAre("h-feed {name=Notes}", "h-entry {name=one}", "h-entry {name=two}", "h-card {name=Jane}"));
}

TEST(Microformats, ValueClassPattern) {
    EXPECT_THAT(all(R"(<p class="h-card"><span class="p-tel"><b>Office</b> <i class="value">+33</i>
        <i class="value">123</i></span><i class="p-name">J</i></p>)"),
                ElementsAre("h-card {tel=+33123; name=J}"));
    EXPECT_THAT(
        all(R"(<p class="h-event"><i class="p-name">E</i><span class="dt-start"><span class="value">)"
            R"(2026-11-20</span> at <abbr class="value" title="10:00">ten</abbr></span>)"
            R"(<span class="dt-end"><span class="value-title" title="2026-11-21"> </span>next</span></p>)"),
        ElementsAre("h-event {name=E; start=2026-11-20 10:00; end=2026-11-21}"));
}

TEST(Microformats, ClassicNamesAreThoseOfTheirSuccessors) {
    EXPECT_THAT(all(R"(<div class="vcard"><a class="url fn" href="/jane">Jane Martin</a>, <b class="title">HR
        Director</b> at <i class="org">ACME</i><span class="adr"><i class="locality">Lyon</i></span></div>)"),
                ElementsAre("h-card {url=/jane; name=Jane Martin; job-title=HR Director; org=ACME; "
                            "adr=Lyon[h-adr {locality=Lyon}]}"));
    EXPECT_THAT(all(R"(<div class="hresume"><p class="summary">HR</p><div class="contact vcard"><i class="fn">
        Jane</i></div><ol><li class="experience vevent vcard"><b class="summary">Director</b>
        <i class="org">ACME</i><abbr class="dtstart" title="2019-01">2019</abbr></li></ol>
        <a class="skill">Listening</a></div>)"),
                ElementsAre("h-resume {summary=HR; contact=Jane[h-card {name=Jane}]; "
                            "experience=Director[h-event h-card {name=Director; org=ACME; start=2019-01}]; "
                            "skill=Listening}"));
    EXPECT_THAT(
        all(R"(<div class="hreview"><p class="item">Jane</p><b class="reviewer vcard"><i class="fn">Paul
        Petit</i></b><p class="description">A rare listener.</p><abbr class="dtreviewed" title="2020-01-02">x
        </abbr></div>)"),
        ElementsAre("h-review {item=Jane; author=Paul Petit[h-card {name=Paul Petit}]; content=A rare "
                    "listener.; published=2020-01-02}"));
}

TEST(Microformats, NewNamesWinOverClassicOnes) {
    EXPECT_THAT(all("<p class='h-card vcard'><b class='fn'>classic</b><b class='p-name'>new</b></p>"),
                ElementsAre("h-card {name=new}"));
}

TEST(Microformats, OnlyProperNamesCount) {
    EXPECT_THAT(all("<p class='h-'></p><p class='h-Card'></p><p class='hcard'></p><p class='h-9'></p>"),
                IsEmpty());
    EXPECT_THAT(
        all("<p class='h-card'><b class='p-'>a</b><b class='p-Name'>b</b><b class='x-name'>c</b></p>"),
        ElementsAre("h-card {name=abc}"));
}

}  // namespace
}  // namespace decorum::worker
