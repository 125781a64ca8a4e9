// The impersonation guard: who is taken for one of ours, and who is not.
#include "gateway/message/resemblance.hpp"

#include <gtest/gtest.h>

#include "gateway/base/lookalikes.hpp"

namespace decorum::message {
namespace {

bool same_person(std::string_view a, std::string_view b) {
    return skeleton_of_person(a) == skeleton_of_person(b);
}

bool resembles_organisation(std::string_view own, std::string_view claimed) {
    OwnNames names;
    names.add_organisation(own);
    return names.resembles("", claimed);
}

TEST(Resemblance, SeesThroughEveryDisguiseOfAPersonsName) {
    for (std::string_view disguise :
         {"Jane Martin", "J\u0430ne M\u0430rtin", "MARTIN Jane", "Martin, Jane", "Jane  Martin",
          "Jan\u00e9 Martin", "Jane\u0301 Martin", "J4ne Martin", "jane.martin", "Jane\u00a0Martin",
          "Ja\u200bne Mar\u00adtin", "\uff2a\uff41\uff4e\uff45 Martin",
          "\U0001d409\U0001d41a\U0001d427\U0001d41e Martin", "Jane Mart1n", "\"Jane Martin\"", "Jane Martln",
          "\u24bf\u24d0\u24dd\u24d4 Martin", "Jane_Martin", "\u0408\u0430n\u0435 M\u0430rt\u0456n"})
        EXPECT_TRUE(same_person(disguise, "Jane Martin")) << disguise;
    EXPECT_TRUE(same_person("Conor O'Brien", "Conor OBrien"));
    EXPECT_TRUE(same_person("Conor O\u2019Brien", "Conor OBrien"));
    EXPECT_TRUE(same_person("J. P. Petit", "JP Petit"));
    EXPECT_TRUE(same_person("Jean-Paul Petit", "Petit Jean Paul"));
}

TEST(Resemblance, TellsDifferentPersonsApart) {
    for (std::string_view other : {"Jane Martins", "Joan Martin", "Jane", "Martin", "", "Jane A Martin"})
        EXPECT_FALSE(same_person(other, "Jane Martin")) << other;
    EXPECT_FALSE(same_person("山田太郎", "山田次郎"));
    EXPECT_TRUE(same_person("山田 太郎", "太郎 山田"));
    EXPECT_TRUE(same_person("Дмитрий", "ДМИТРИЙ"));
}

TEST(Resemblance, DropsLegalFormsAtTheEndOfAnOrganisation) {
    const std::string acme = skeleton_of_organisation("ACME");
    for (std::string_view form :
         {"ACME Corp.", "Acme, Inc.", "acme GmbH & Co. KG", "Acme S.A.", "Acme S.A.R.L.", "ACME Ltd",
          "A.C.M.E.", "A C M E", "\u0410\u0421\u041c\u0415", "\u0391CM\u0395 SAS", "ꓮꓚꓟꓰ", "ⲀⲤⲘⲈ", "ᴬᶜᴹᴱ",
          "ꭺꮯꮇꭼ", "ᗅCᗰE", "ₐcₘₑ"})
        EXPECT_EQ(skeleton_of_organisation(form), acme) << form;
    EXPECT_EQ(skeleton_of_organisation("SA"), "sa") << "never to nothing";
    EXPECT_NE(skeleton_of_organisation("Ltd ACME"), acme);
}

TEST(Resemblance, FindsOursAmongTheWordsOfAnOrganisation) {
    EXPECT_TRUE(resembles_organisation("ACME", "ACME"));
    EXPECT_TRUE(resembles_organisation("ACME", "Acme Holding"));
    EXPECT_TRUE(resembles_organisation("ACME", "The \u0410\u0421\u041c\u0415 Group Ltd"));
    EXPECT_TRUE(resembles_organisation("Blue Sky", "BlueSky"));
    EXPECT_TRUE(resembles_organisation("BlueSky", "Blue Sky France"));
    EXPECT_FALSE(resembles_organisation("ACME", "Academe"));
    EXPECT_FALSE(resembles_organisation("ACME", "Acmeland"));
    EXPECT_FALSE(resembles_organisation("ACME", "Foo"));
    EXPECT_FALSE(resembles_organisation("ACME Holding", "ACME"));
}

TEST(Resemblance, AllowsOneEditInNamesOfFiveLettersAndMore) {
    EXPECT_TRUE(resembles_organisation("Globex", "Globbex"));
    EXPECT_TRUE(resembles_organisation("Globex", "Glbex"));
    EXPECT_TRUE(resembles_organisation("Globex", "Globax"));
    EXPECT_TRUE(resembles_organisation("Globex", "Golbex"));
    EXPECT_TRUE(resembles_organisation("Globex", "Globexx GmbH"));
    EXPECT_FALSE(resembles_organisation("Globex", "Galbax"));
    EXPECT_FALSE(resembles_organisation("Globex", "Gloxbe"));
    EXPECT_FALSE(resembles_organisation("ACME", "ACNE")) << "short names by equality alone";
    EXPECT_FALSE(resembles_organisation("ACME", "ACMES"));
}

TEST(Resemblance, KnowsOurDomainsByTheirRegistrableLabel) {
    OwnNames names;
    names.add_domain("mail.acme.co.uk");
    EXPECT_TRUE(names.resembles("", "ACME"));
    EXPECT_TRUE(names.resembles("Acme", ""));
    EXPECT_FALSE(names.resembles("", "co"));
    EXPECT_FALSE(names.resembles("", "Mail"));
}

TEST(Resemblance, KnowsADomainOfOursAsPeopleReadIt) {
    for (const std::string_view ours : {"xn--mller-kva.example", "müller.example"}) {
        OwnNames names;
        names.add_domain(ours);
        EXPECT_TRUE(names.resembles("", "Müller")) << ours;
        EXPECT_TRUE(names.resembles("Jane (jane@müller.example)", "")) << ours;
        EXPECT_TRUE(names.resembles("Jane (jane@xn--mller-kva.example)", "")) << ours;
        EXPECT_FALSE(names.resembles("Jane (jane@meier.example)", "")) << ours;
    }
}

TEST(Resemblance, ComparesAClaimedNameWithPersonsAndOrganisations) {
    OwnNames names;
    EXPECT_TRUE(names.empty());
    EXPECT_FALSE(names.resembles("Jane Martin", "ACME"));
    names.add_person("Jane Martin");
    names.add_organisation("Globex");
    EXPECT_FALSE(names.empty());
    EXPECT_TRUE(names.resembles("Martin J\u0430ne", ""));
    EXPECT_TRUE(names.resembles("GL0BEX", ""));
    EXPECT_FALSE(names.resembles("Joe Globex", "")) << "a surname is no claim";
    EXPECT_FALSE(names.resembles("", "Jane Martin"));
    EXPECT_FALSE(names.resembles("", ""));
}

TEST(Resemblance, JudgesEachPartOfANameAndOfAHeadline) {
    OwnNames names;
    names.add_person("Jane Martin");
    names.add_organisation("ACME");
    names.add_domain("example.org");
    for (std::string_view name :
         {"Jane Martin, HR Director at ACME", "Jane Martin (ACME)", "Jane Martin | ACME",
          "Jane Martin @ ACME", "Jane Martin \u2013 Lyon", "Dr. Jane Martin", "Mme Jane Martin, PhD",
          "jane@example.org", "Jane Martin <jane@example.org>", "Bob Stone (bob@mail.example.org)",
          "Bob Stone (bob@examp1e.org)", "Bob Stone, ACME", "Bob @ \u0410\u0421\u041c\u0415",
          "Bob Stone at ACME Ltd"})
        EXPECT_TRUE(names.resembles(name, "")) << name;
    for (std::string_view name :
         {"Jane Martin-Durand", "Bob Stone, PhD", "Bob Stone (bob@example.net)", "Jane | Martin", "Bob Acme",
          "Anna-Jane Martin", "bob@", "@ @", "Jane A Martin"})
        EXPECT_FALSE(names.resembles(name, "")) << name;
    EXPECT_TRUE(names.resembles("Bob Stone", "", "HR Director at ACME"));
    EXPECT_TRUE(names.resembles("Bob Stone", "", "DRH chez Acme"));
    EXPECT_TRUE(names.resembles("Bob Stone", "", "ACME, HR Director"));
    EXPECT_TRUE(names.resembles("Bob Stone", "", "ask jane@example.org"));
    EXPECT_FALSE(names.resembles("Bob Stone", "", "HR Director at Acmeland"));
    EXPECT_FALSE(names.resembles("Bob Stone", "", "Acme enthusiast")) << "words of a headline say little";
    EXPECT_TRUE(names.resembles_person("Jane Martin (Lyon)"));
    EXPECT_FALSE(names.resembles_person("Bob Stone (ACME)"));
}

TEST(Resemblance, IgnoresNamesThatAreNone) {
    OwnNames names;
    names.add_person("");
    names.add_person("\u200b .,-");
    names.add_organisation("!!");
    EXPECT_TRUE(names.empty());
    names.add_person("Jane Martin");
    EXPECT_FALSE(names.resembles("---", "\xff\xfe"));
}

TEST(Lookalikes, MapComputedAlphabetsLetterByLetter) {
    EXPECT_EQ(latin_lookalike(0x1D400), 'a');
    EXPECT_EQ(latin_lookalike(0x1D6A3), 'z');
    EXPECT_EQ(latin_lookalike(0xFF3A), 'z');
    EXPECT_EQ(latin_lookalike(0x1D7CE), 'o');
    EXPECT_EQ(latin_lookalike(0x1D6A8), 'a') << "mathematical Alpha";
    EXPECT_EQ(latin_lookalike(0x1D6B8), 'p') << "mathematical Rho";
    EXPECT_EQ(latin_lookalike(0x1D6BB), 't') << "mathematical Tau";
    EXPECT_EQ(latin_lookalike(0x1D7CB), 'f') << "mathematical digamma";
    EXPECT_EQ(latin_lookalike(U'中'), '\0');
    EXPECT_EQ(latin_lookalike(0x10FFFF), '\0');
}

}  // namespace
}  // namespace decorum::message
