#include "connectors/vcard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/vcard_lines.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::connectors {
namespace {

using testing::ElementsAre;

std::vector<Person> people_in(std::string_view octets) {
    auto people = parse_vcards(octets, "/etc/people.vcf");
    if (!people) throw std::runtime_error(people.error().text());
    return std::move(*people);
}

// One card of version 3.0 with these lines and an address.
Person card(const std::string& lines, const std::string& version = "3.0") {
    auto people = people_in("BEGIN:VCARD\r\nVERSION:" + version + "\r\nEMAIL:a@b.example\r\n" + lines +
                            "END:VCARD\r\n");
    if (people.size() != 1) throw std::runtime_error("not one person");
    return std::move(people.front());
}

TEST(Vcard, Rfc6350_ReadsACardOf4_0) {
    const auto people = people_in(
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN;PREF=2:J. Martin\r\nFN;PREF=1:Jane Martin\r\nN:Martin;Jane;;;\r\n"
        "TITLE:HR Director\r\nORG:ACME\\, Inc.;People\r\nEMAIL;TYPE=work:Jane@Example.org\r\n"
        "EMAIL;VALUE=uri:mailto:jane@mail.example\r\n"
        "ADR;TYPE=work;LABEL=\"1: rue; de la Paix\":;;1 rue de la Paix;Lyon;;69000;France\r\n"
        "URL:https://github.com/janem\r\nNOTE:First\\nsecond\r\nKIND:individual\r\nEND:VCARD\r\n");
    ASSERT_EQ(people.size(), 1u);
    const auto& p = people[0].profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_EQ(p.headline.value, "HR Director");
    EXPECT_EQ(p.organisation.value, "ACME, Inc.");
    EXPECT_EQ(p.location.value, "Lyon, France");
    EXPECT_EQ(p.summary.value, "First\nsecond");
    EXPECT_THAT(people[0].addresses, ElementsAre("jane@example.org", "jane@mail.example"));
    ASSERT_EQ(p.links.size(), 1u);
    EXPECT_EQ(p.links[0].network, "github");
    EXPECT_EQ(p.links[0].handle, "janem");
    EXPECT_EQ(p.links[0].url, "https://github.com/janem");
}

TEST(Vcard, Rfc2426_ReadsACardOf3_0AsAddressBooksWriteIt) {
    const auto p = card(
        "N:Petit;Paul;;;\r\nFN:Paul Petit\r\nORG:ACME;\r\nROLE:Buyer\r\nitem1.EMAIL;type=INTERNET;type=pref:"
        "paul@acme.example\r\nitem1.X-ABLabel:_$!<Other>!$_\r\n"
        "X-SOCIALPROFILE;type=twitter;x-user=ppetit:http://twitter.com/ppetit\r\n"
        "NOTE:A long line that is fol\r\n ded in a word\r\n");
    EXPECT_EQ(p.profile.display_name.value, "Paul Petit");
    EXPECT_EQ(p.profile.organisation.value, "ACME");
    EXPECT_EQ(p.profile.headline.value, "Buyer");
    EXPECT_EQ(p.profile.summary.value, "A long line that is folded in a word");
    EXPECT_THAT(p.addresses, ElementsAre("a@b.example", "paul@acme.example"));
    ASSERT_EQ(p.profile.links.size(), 1u);
    EXPECT_EQ(p.profile.links[0].network, "x");
    EXPECT_EQ(p.profile.links[0].handle, "ppetit");
}

TEST(Vcard, ReadsACardOf2_1AsPhonesWriteIt) {
    const auto p = card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lef=C3=A8vre;Zo=C3=A9;;;\r\n"
        "TITLE;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Ing=E9nieure=\r\n"
        " r=E9seau\r\n"
        "ORG:Soci\xE9t\xE9 G\xE9n\xE9rique\r\n"
        "ADR;WORK:;;Rue 1;Gen=C3=A8ve;;;CH\r\n"
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\n=\r\ntwo\r\n"
        "TEL;CELL:+33 1\r\n",
        "2.1");
    EXPECT_EQ(p.profile.display_name.value, "Zoé Lefèvre");
    EXPECT_EQ(p.profile.headline.value, "Ingénieure réseau");
    EXPECT_EQ(p.profile.organisation.value, "Société Générique") << "without a charset, and not UTF-8";
    EXPECT_EQ(p.profile.location.value, "Gen=C3=A8ve, CH") << "not said to be quoted-printable";
    EXPECT_EQ(p.profile.summary.value, "one\r\ntwo");
}

TEST(Vcard, A2_1FoldKeepsItsWhiteSpace) {
    EXPECT_EQ(card("NOTE:Two\r\n words\r\n", "2.1").profile.summary.value, "Two words");
    EXPECT_EQ(card("NOTE:One\r\n word\r\n").profile.summary.value, "Oneword");
}

TEST(Vcard, LineEndsMayBeLfAndAByteOrderMarkMayStandBefore) {
    EXPECT_EQ(people_in("\xEF\xBB\xBF"
                        "BEGIN:VCARD\nVERSION:3.0\nEMAIL:a@b.example\nFN:A\nEND:VCARD")
                  .size(),
              1u);
}

TEST(Vcard, WhereSomebodyLivesIsNotRead) {
    EXPECT_EQ(card("ADR;TYPE=home:;;;Lyon;;;FR\r\n").profile.location.value, "");
    EXPECT_EQ(card("ADR;HOME:;;;Lyon;;;FR\r\n", "2.1").profile.location.value, "");
    EXPECT_EQ(card("ADR;TYPE=\"home,work\":;;;Lyon;;;FR\r\n").profile.location.value, "Lyon, FR");
    EXPECT_EQ(card("ADR;TYPE=home:;;;Lyon;;;FR\r\nADR;TYPE=work:;;;;Rhône;;FR\r\n").profile.location.value,
              "Rhône, FR");
}

TEST(Vcard, Rfc9554_SocialProfilesAndChatsAreLinks) {
    const auto links = card(
                           "SOCIALPROFILE;SERVICE-TYPE=Mastodon:https://piaille.example/@jane\r\n"
                           "SOCIALPROFILE:https://www.linkedin.com/in/jane-martin/\r\n"
                           "IMPP:xmpp:jane@chat.example\r\nIMPP:tel:+331\r\nURL:javascript:alert(1)\r\n"
                           "URL;TYPE=home:https://jane.example/\r\n",
                           "4.0")
                           .profile.links;
    ASSERT_EQ(links.size(), 4u);
    EXPECT_EQ(links[0].network, "mastodon");
    EXPECT_EQ(links[1].network, "linkedin");
    EXPECT_EQ(links[2].network, "xmpp");
    EXPECT_EQ(links[2].handle, "jane@chat.example");
    EXPECT_EQ(links[3].network, "web");
}

TEST(Vcard, APhotoIsTakenFromTheCardAndNeverFetched) {
    const std::string octets("\x89PNG\r\n\x1a\n\0picture", 16);
    const std::string base64 = to_base64(octets);
    EXPECT_EQ(card("PHOTO;ENCODING=b;TYPE=PNG:" + base64 + "\r\n").picture, octets);
    EXPECT_EQ(card("PHOTO;JPEG;ENCODING=BASE64:\r\n " + base64.substr(0, 8) + "\r\n " + base64.substr(8) +
                       "\r\n\r\n",
                   "2.1")
                  .picture,
              octets);
    EXPECT_EQ(card("PHOTO:data:image/png;base64," + base64 + "\r\n", "4.0").picture, octets);
    EXPECT_EQ(card("PHOTO;VALUE=uri:https://example.org/jane.png\r\n", "4.0").picture, "");
    EXPECT_EQ(card("PHOTO:data:image/png,%89PNG\r\n", "4.0").picture, "");
    EXPECT_EQ(card("PHOTO;ENCODING=b:!!!\r\n").picture, "");
}

TEST(Vcard, ManyCardsAreManyPeople) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text +=
            "BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:p" + std::to_string(i) + "@b.example\r\nEND:VCARD\r\n\r\n";
    const auto people = people_in(text);
    ASSERT_EQ(people.size(), 1000u);
    EXPECT_EQ(people[1].line, 6u);
}

TEST(Vcard, CardsOfNobodyAreLeftOut) {
    EXPECT_TRUE(people_in("").empty());
    EXPECT_TRUE(people_in("BEGIN:VCARD\r\nFN:No Address\r\nEND:VCARD\r\n").empty());
    EXPECT_TRUE(people_in("BEGIN:VCARD\r\nEMAIL:none\r\nEMAIL:@x\r\nEMAIL:a b@c\r\nEND:VCARD\r\n").empty());
    EXPECT_TRUE(
        people_in("BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nEMAIL:all@b.example\r\nEND:VCARD").empty());
}

TEST(Vcard, AnAgentWithinACardIsSomebodyElse) {
    const auto p =
        card("FN:Jane\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Paul\r\nEMAIL:paul@b.example\r\nEND:VCARD\r\n", "2.1");
    EXPECT_EQ(p.profile.display_name.value, "Jane");
    EXPECT_THAT(p.addresses, ElementsAre("a@b.example"));
}

TEST(Vcard, OddLinesCostNothingElse) {
    const auto p =
        card("no colon here\r\n:no name\r\n;;;:x\r\nFN;CHARSET=\"utf-8:Jane\r\nTITLE;X=:T\\\r\nORG:;;\r\n");
    EXPECT_EQ(p.profile.display_name.value, "Jane");
    EXPECT_EQ(p.profile.headline.value, "T\\");
    EXPECT_EQ(p.profile.organisation.value, "");
}

TEST(Vcard, FaultsNameFileAndLine) {
    for (const auto& [text, begin] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"[[person]]\naddresses = []\n", "/etc/people.vcf:1: "},
             {"BEGIN:VCARD\r\nEND:VCARD\r\nFN:outside\r\n", "/etc/people.vcf:3: "},
             {"\r\n\r\nBEGIN:VCARD\r\nFN:never ends\r\n", "/etc/people.vcf:3: "},
             {"END:VCARD\r\n", "/etc/people.vcf:1: "}}) {
        const auto people = parse_vcards(text, "/etc/people.vcf");
        ASSERT_FALSE(people) << text;
        EXPECT_TRUE(people.error().detail.starts_with(begin)) << people.error().detail;
    }
}

TEST(Vcard, NamesAllFaultsWhereAskedFor) {
    const std::string_view good = "BEGIN:VCARD\r\nFN:Jane\r\nEND:VCARD\r\n";
    const std::string_view open = "BEGIN:VCARD\r\nFN:never ends\r\n";
    std::string text = "stray\r\nlines\r\n";  // 1, 2
    text.append(good).append("stray\r\n");    // 3 to 5, 6
    text.append(open).append(good);           // 7 and 8, 9 to 11
    text.append(open).append(good);           // 12 and 13, 14 to 16
    std::vector<std::string> all;
    const auto people = parse_vcards(text, "p.vcf", &all);
    ASSERT_FALSE(people);
    EXPECT_EQ(all, (std::vector<std::string>{"p.vcf:1: must be BEGIN:VCARD: no card is open here",
                                             "p.vcf:6: must be BEGIN:VCARD: no card is open here",
                                             "p.vcf:7: the card that begins here must end with END:VCARD",
                                             "p.vcf:12: the card that begins here must end with END:VCARD"}));
    EXPECT_EQ(people.error().detail, all.front());
    all.clear();
    std::string many;
    for (int i = 0; i < 1000; ++i) many.append("stray\r\n").append(good);
    EXPECT_FALSE(parse_vcards(many, "p.vcf", &all));
    EXPECT_EQ(all.size(), 100u);
}

TEST(Vcard, WhatIsTooMuchIsCut) {
    std::string lines = "FN:" + std::string(100'000, 'x') + "\r\n";
    for (int i = 0; i < 1000; ++i)
        lines += "EMAIL:p" + std::to_string(i) + "@b.example\r\nURL:https://a.example/" + std::to_string(i) +
                 "\r\n";
    const auto p = card(lines + "ORG" + std::string(10'000, ';') + ":x" + std::string(10'000, ';') + "\r\n");
    EXPECT_EQ(p.profile.display_name.value.size(), 400u);
    EXPECT_EQ(p.addresses.size(), 100u);
    EXPECT_EQ(p.profile.links.size(), 50u);
}

TEST(VcardLines, ParametersAreTakenApart) {
    VcardLines lines("g.TEL;type=\"work,pref\";PREF=3;X=a,b;CELL:1\r\n");
    const auto line = lines.next();
    ASSERT_TRUE(line && line->property);
    EXPECT_EQ(line->property->name, "TEL");
    for (const char* type : {"work", "pref", "cell"}) EXPECT_TRUE(line->property->has_type(type)) << type;
    EXPECT_EQ(line->property->preference(), 1u);
    EXPECT_EQ(line->property->parameter("X"), "a");
    EXPECT_FALSE(lines.next());
}

TEST(VcardLines, ComponentsAreSplitAtBareSemicolons) {
    using enum VcardVersion;
    EXPECT_THAT(components_of("a\\;b;c\\\\;d\\,e", v4_0), ElementsAre("a;b", "c\\", "d,e"));
    EXPECT_THAT(components_of("", v4_0), ElementsAre(""));
    EXPECT_THAT(components_of("a\\", v4_0), ElementsAre("a\\"));
    EXPECT_EQ(unescaped("C:\\new", v2_1), "C:\\new");
    EXPECT_EQ(unescaped("a\\nb", v3_0), "a\nb");
}

}  // namespace
}  // namespace decorum::connectors
