// The lexicon as it is shipped: what it finds, in which language, and what it leaves alone.
#include "gateway/conduct/lexicon.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gateway/conduct/language.hpp"
#include "gateway/conduct/matcher.hpp"

namespace decorum::conduct {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Lexicon& lexicon() {
    static const Lexicon instance = [] {
        auto loaded = Lexicon::load(fs::path(DECORUM_SOURCE_DIR) / "config/lexicon");
        if (!loaded) throw std::runtime_error(loaded.error().detail);
        return std::move(*loaded);
    }();
    return instance;
}

// "category:words" of each match, by where it ends.
std::vector<std::string> matches_of(std::string_view text) {
    Reading reading;
    std::vector<Hit> hits;
    read(text, &lexicon().revealer(), reading);
    lexicon().scan(reading, hits);
    const Context context(text, reading, hits);
    std::vector<std::string> out;
    for (const Match& found : match(lexicon(), reading, hits, context, guess_language(reading, hits))) {
        const Token& first = reading.tokens[found.begin];
        const Token& last = reading.tokens[found.end - 1];
        out.push_back(std::string(name_of(found.rule->category)) + ":" +
                      reading.line.substr(first.begin, last.end - first.begin));
    }
    return out;
}

std::string language_of(std::string_view text) {
    Reading reading;
    std::vector<Hit> hits;
    read(text, nullptr, reading);
    lexicon().scan(reading, hits);
    return name_of(guess_language(reading, hits));
}

struct Expected {
    std::string text;
    std::string match;
};

class Found : public testing::TestWithParam<Expected> {};

TEST_P(Found, IsAmongTheMatches) {
    EXPECT_THAT(matches_of(GetParam().text), testing::Contains(GetParam().match)) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Lexicon, Found,
    testing::Values(
        // English
        Expected{"What a load of bullshit that was.", "profanity:bullshit"},
        Expected{"Just send nudes and we will talk", "sexual:send nudes"},
        Expected{"These wetbacks should leave", "hate:wetbacks"},
        Expected{"you are such an idiot", "harassment:idiot"},
        Expected{"I know where you live.", "threat:i know where you live"},
        Expected{"imma kill u if you come back here", "threat:imma kill u"},
        Expected{"I'm gonna fucking stab him", "threat:i m gonna fucking stab him"},
        Expected{"just kill urself then", "harassment:kill urself"},
        Expected{"What faggots, the lot of them", "hate:faggots"},
        Expected{"Hitler did nothing wrong", "hate:hitler did nothing wrong"},
        Expected{"I drove home drunk last night", "substances:drove home drunk"},
        Expected{"He is a wankstain", "profanity:wankstain"},
        Expected{"Our firm is run by clowns", "disparagement:our firm is run by clowns"},
        Expected{"I was so wasted last night with the team", "substances:wasted"},
        Expected{"I came to the meeting stoned, still stoned at work", "substances:stoned at work"},
        Expected{"My boss is a complete moron and everyone knows",
                 "disparagement:my boss is a complete moron"},
        Expected{"What a moron my boss is", "disparagement:moron my boss is"},
        Expected{"My manager at the print shop is an idiot",
                 "disparagement:my manager at the print shop is an idiot"},
        Expected{"I have had enough of my stupid boss", "disparagement:my stupid boss"},
        Expected{"Our management is a bunch of clowns", "disparagement:our management is a bunch of clowns"},
        Expected{"My company is garbage and so is the pay", "disparagement:my company is garbage"},
        Expected{"Our clients are idiots", "disparagement:our clients are idiots"},
        Expected{"My boss, a narcissist, is on holiday", "disparagement:my boss a narcissist"},
        Expected{"sluts", "hate:sluts"}, Expected{"Pakis and kikes out", "hate:kikes"},
        Expected{"The Roma are all thieves", "hate:the roma are all thieves"},
        Expected{"A woman's place is in the kitchen", "hate:woman s place is in the kitchen"},
        Expected{"I will murder you", "threat:i will murder you"},
        Expected{"Burn down every mosque", "threat:burn down every mosque"},
        Expected{"That effing printer again", "profanity:effing"},
        Expected{"you are such a dick", "harassment:such a dick"},
        Expected{"I was high on the job all week", "substances:was high on the job"},
        Expected{"She is a slut and they know it", "hate:slut"},
        Expected{"Not announced yet: our revenue fell by 12% this quarter",
                 "confidentiality:not announced yet our revenue fell by 0 %"},
        Expected{"My team is a bunch of idiots", "disparagement:my team is a bunch of idiots"},
        Expected{"I'm gonna shoot him on the beach", "threat:gonna shoot him"},
        Expected{"String them up outside parliament", "threat:string them up"},
        Expected{"Between us we are buying ACME for 40 million",
                 "confidentiality:between us we are buying acme for 0 million"},
        // French
        Expected{"Putain mais c'est quoi ce bordel", "profanity:putain"},
        Expected{"T'es vraiment une salope", "hate:salope"},
        Expected{"sale arabe, rentre chez toi", "hate:sale arabe"},
        Expected{"espece d'encule", "harassment:encule"}, Expected{"C'est un truc de tepu", "hate:tepu"},
        Expected{"Je vais te buter toi et ta famille", "threat:je vais te buter"},
        Expected{"On était bourrés au bureau vendredi", "substances:bourrés au bureau"},
        Expected{"Mon patron est un gros abruti, sérieux", "disparagement:mon patron est un gros abruti"},
        Expected{"Ça reste entre nous : le chiffre d'affaires baisse de 12 %",
                 "confidentiality:entre nous le chiffre d affaires"},
        Expected{"Mon patron est un menteur", "disparagement:mon patron est un menteur"},
        Expected{"Mon connard de chef est en vacances", "disparagement:connard de chef"},
        Expected{"Nos clients sont des idiots", "disparagement:nos clients sont des idiots"},
        Expected{"Les Arabes sont tous des voleurs", "hate:les arabes sont tous des voleurs"},
        Expected{"Les juifs sont des rats", "hate:les juifs sont des rats"},
        Expected{"J'vais te buter", "threat:j vais te buter"},
        Expected{"Je vais vous tuer", "threat:je vais vous tuer"},
        Expected{"Brûlons les mosquées", "threat:brûlons les mosquées"},
        Expected{"C'est du foutage de gueule", "profanity:foutage de gueule"},
        // German and Spanish
        Expected{"Du bist echt eine Sau", "harassment:sau"},
        Expected{"Te mato si no vienes", "threat:te mato"},
        Expected{"So eine Scheiße ist das hier", "profanity:scheisse"},
        Expected{"Du Arschloch, hau ab", "harassment:du arschloch"},
        Expected{"Ich weiß, wo du wohnst", "threat:ich weiss wo du wohnst"},
        Expected{"Mein Chef ist ein Lügner", "disparagement:mein chef ist ein lügner"},
        Expected{"So ein Trottel, mein Chef", "disparagement:so ein trottel mein chef"},
        Expected{"Die Muslime sind Parasiten", "hate:die muslime sind parasiten"},
        Expected{"Wir sind von Hurensöhnen umgeben", "profanity:hurensöhnen"},
        Expected{"Ich bringe euch um", "threat:ich bringe euch um"},
        Expected{"@user Retourne en Afrique", "hate:retourne en afrique"},
        Expected{"Boîte gérée par des guignols", "disparagement:boîte gérée par des guignols"},
        Expected{"Ma cheffe est une vraie ordure", "disparagement:ma cheffe est une vraie ordure"},
        Expected{"Eres un gilipollas y lo sabes", "profanity:gilipollas"},
        Expected{"Sé dónde vives, ten cuidado", "threat:sé dónde vives"},
        Expected{"Mi jefe es un payaso", "disparagement:mi jefe es un payaso"},
        Expected{"Los clientes son idiotas", "disparagement:los clientes son idiotas"},
        Expected{"Los inmigrantes son parásitos", "hate:los inmigrantes son parásitos"},
        Expected{"Les voy a matar a todos", "threat:les voy a matar"},
        Expected{"Qué putada tan grande", "profanity:putada"},
        Expected{"Vor der Bekanntgabe: wir wollen den Wettbewerber aufkaufen",
                 "confidentiality:vor der bekanntgabe wir wollen den wettbewerber aufkaufen"},
        Expected{"Vergast sie alle", "hate:vergast sie alle"},
        Expected{"Du Dreck, du bist wirklich nichts", "harassment:dreck"},
        // Mixed
        Expected{"Franchement c'est du bullshit total", "profanity:bullshit"}));

class Clean : public testing::TestWithParam<std::string> {};

TEST_P(Clean, HasNoMatch) {
    EXPECT_THAT(matches_of(GetParam()), testing::IsEmpty()) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Lexicon, Clean,
    testing::Values(
        // Names and places
        "Our budget of 2 million was not enough", "It wiped the grin off my face",
        "We did a bump test this morning", "I hope she gets aids for her hearing",
        "We know where her family lives and we sent flowers",
        "I will show you Dirty COW exploit and its patch",
        "Millionen wurden vergast, sie hatten keine Chance", "Ma femme retourne à la cuisine pour le dessert",
        "On a signé un accord de confidentialité, alors voilà tout : c'est bleu.",
        "Mon collègue est nul au babyfoot et il le sait", "Marie retourne en Afrique.", "Salope de météo",
        "Pédé comme un phoque, disait mon grand-père ; je lui ai présenté mon mari",
        "Pédale de frein trop molle, garage demain", "Fuite d'eau : fermeture de la rue Pasteur",
        "Coiffé au poteau par mon propre fils, 10 km de Lyon", "El secreto de una buena compra",
        "El coño de la Bernarda, expresión que explico en mi tesis",
        "Mi hermana vuelve a África en junio con Médicos sin Fronteras",
        "Dr. Anna Cockburn moved from Scunthorpe to Penistone", "Herr Fuchs und Frau Fuchs aus Füssen",
        "Un week-end à Montcuq puis à Condom et à Bitche", "Dick Van Dyke and Philip K. Dick",
        "The Cocker Spaniel belongs to Mr Hancock of Essex",
        "Lightwater, Clitheroe and Shitterton are villages", "Thank you Dick, you were a great mentor",
        "You and Dick did a great job on the roof", "Mi primo Kike abre su bar en Cádiz",
        "Paki y Loli, peluqueras en Jaén", "Sommaren är slut, tack för i år",
        "Thot, dieu des scribes : ma conférence au Louvre", "Back from the Gilf Kebir plateau in Egypt",
        "The boobies of the Galápagos have blue feet", "An orgy of colour at the flower show",
        "Spastic diplegia: I am a physiotherapist for children", "White power supply units are sold out",
        "Gogol, l'auteur des Âmes mortes, est au programme", "Je me suis attardée au bureau hier",
        "Tournoi de chibre ce soir au café", "Une catin de chiffon cousue par ma grand-mère",
        "Notre chorale chante des négro-spirituals", "Con vivacità, dit la partition de Vivaldi",
        "NTM en concert au Zénith", "FDP, Grüne und SPD", "Urlaub auf den Fidschi-Inseln",
        "Mongo ist unsere Datenbank für die Daten", "Die Hure Babylon in der Offenbarung des Johannes",
        "Los números subnormales en coma flotante son lentos", "Una bolsa de panchitos y unas aceitunas",
        "La bollera del barrio hace bollos para todos", "Mi hermana es la puta ama",
        // Words that hold others, and French endings
        "Assess the class assignment, please; the assassin passed the bassoon",
        "Ils passassent, qu'ils chantassent et que nous aimassions", "Les assemblées, le bassin, la passion",
        "We analyse titles, cumulative results and shiitake recipes",
        "Der Staatsschwanz ist kein Wort, Analyse schon",
        // Trades, animals, dishes and works
        "We are hiring a bastard-cut file grinder", "Cock-a-leekie soup for Burns Night",
        "Bitch is the technical term for a female dog", "Bitches Brew is my favourite record",
        "Welsh faggots in onion gravy", "A faggot of willow twigs for the basket makers",
        "'Tis Pity She's a Whore opens at the Globe", "I sing in a doo-wop group",
        "I quit the fags three years ago", "Et kys til alle fra Aarhus",
        "Nudes by Lucian Freud at the museum", "Your guinea pig needs vitamin C every day",
        "You wonderful idiots raised a fortune for the hospice", "Fick ist ein Familienname in Mecklenburg",
        "Johnny Depp ist dein Lieblingsschauspieler", "Die Nazis begannen 1939, Kranke zu vergasen",
        "Peinlich, du hattest recht damit", "Hast du den Dreck unter den Schuhen gesehen?",
        // Words of other languages
        "Der Mann ist zu dick für das Hemd", "Dieser dicke Hund ist sehr alt",
        "El coche negro está en la calle", "Con mi equipo trabajo con clientes de España",
        "La domination du marché est une question de prix", "Il faut une bitte d'amarrage sur le quai",
        "Ich kann das mit dem Hahn nicht sehen",
        // Idioms
        "She absolutely killed it on stage, to die for",
        "We need to kill the process and shoot them an email",
        "Cette présentation était une tuerie, on va tuer le game", "Wir haben die Zeit totgeschlagen",
        "Hay que matar el tiempo en el aeropuerto", "My feet are killing me after the marathon",
        "I'll kill them with kindness, promised our new receptionist",
        "Kill yourself laughing: comedy night at the club", "Watch your back: ergonomics for office workers",
        "I know where you live: geography teacher jokes", "I'll shoot you an email tomorrow",
        "Hang them all from the ceiling: paper stars", "Eine Kugel in der Waffel, bitte",
        "Ich mach dich platt im Schach", "On va te retrouver un emploi", "Je vais te crever les pneus",
        "Crève l'autre pneu", "Une balle dans la tête : polar", "On va les planter dans le jardin",
        "Ich bring dich um den Schlaf", "Ich bringe ihn um neun Uhr zur Schule", "Te voy a matar a besos",
        "Vas a morir de risa con el monólogo",
        // Substances that are none
        "J'ai été défoncé par la grippe toute la semaine", "I took acid samples at work today",
        "I did lines of code before the meeting", "I had three pints of milk before the meeting",
        "We were drinking coffee before the meeting",
        "I have high hopes on the job and I'm high on the leaderboard at work",
        "I drank a can of Coke at work", "Un coca light au bureau, merci", "Our weed killer is organic",
        "High school and high performance teams", "I rolled a joint of pork and stuffed it with sage",
        "I snorted with laughter on the train", "We were hammered 5-0 by the champions",
        "I cook mushrooms for breakfast", "Ich heize mit Koks in der Museumslok",
        // Not said to anybody, not said by oneself
        "Your stupid dog ate my lunch", "You pathetic old computer, you lasted twelve years",
        "The idiot plot is a term of film critics", "Police arrested a man who was stoned",
        // Employers, without demeaning
        "My boss is a great mentor and I learn from her", "Notre client est ravi du résultat",
        "Meine Firma ist ein Zirkus: Clowns", "Mein Chef spielt einen Clown auf der Bühne",
        "My team sucks this season", "My manager is a snake owner", "My company sucks carbon out of the air",
        "HR here, and I hate to say no", "Mein Kollege ist im Tischfußball eine Niete",
        "Meine Kollegen haben keine Ahnung, dass ich singe", "Mi empresa es un circo con payasos y acróbatas",
        "Mi jefe odia a los mentirosos", "Nos clients sont des clowns, des acrobates",
        "Mon entreprise est un cirque : cinq acrobates, deux clowns",
        "Le chiffre d'affaires n'est pas encore public, le communiqué sort demain",
        "Entre nous, on rachète du pain ou pas ?",
        // Confidentiality as a duty
        "I respect confidential information of clients", "Revenue grew by 12 % as published this morning",
        "Strictly confidential counselling, first session £20",
        "Between us we raised £1200 for the lifeboats", "Business Insider on the layoffs",
        "Unannounced inspection: 40 people passed it", "Intern haben wir 20 % mehr Frauen in Führung",
        "Psst, 20 % auf alles im Gartenmarkt", "Vorab die Karten kaufen: 10 Euro",
        "Unter uns wohnen 3 Familien und der Umsatz steigt",
        // Other people's numbers, references
        "See page 455 and flight AF 6969", ""));

TEST(Language, IsGuessedFromShortTexts) {
    EXPECT_EQ(language_of("HR director at ACME, and I love my team"), "en");
    EXPECT_EQ(language_of("Directrice des ressources humaines chez ACME, passionnée par les gens"), "fr");
    EXPECT_EQ(language_of("Ich bin Leiterin der Abteilung und arbeite mit dem Team"), "de");
    EXPECT_EQ(language_of("Soy responsable de recursos humanos y me gusta el equipo"), "es");
    EXPECT_EQ(language_of("ACME 2024"), "und");
    EXPECT_EQ(language_of(""), "und");
    EXPECT_EQ(
        language_of("Je suis dans le train et je ne sais pas, but I think that they will be there with you"),
        "en+fr");
}

class LexiconFile : public testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("lexicon-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
        for (const Language language : all_languages) write(language, valid(language));
    }
    void TearDown() override { fs::remove_all(folder_); }

    static std::string valid(Language language) {
        return "format = 1\nlanguage = \"" + std::string(name_of(language)) +
               "\"\nversion = \"1\"\nfunction_words = [\"x\"]\n";
    }
    void write(Language language, std::string_view text) {
        std::ofstream(folder_ / (std::string(name_of(language)) + ".toml")) << text;
    }
    std::string fault() {
        const auto loaded = Lexicon::load(folder_);
        return loaded ? "" : loaded.error().detail;
    }

    fs::path folder_;
};

TEST_F(LexiconFile, MinimalOneLoads) {
    EXPECT_EQ(fault(), "");
}

std::string phrase_of(std::size_t words) {
    std::string out = "mot";
    for (std::size_t i = 1; i < words; ++i) out += " mot";
    return out;
}

TEST_F(LexiconFile, PhrasesMayBeLong) {
    write(Language::fr, valid(Language::fr) + "exceptions = [\"" + phrase_of(Phrases::max_words) + "\"]\n");
    EXPECT_EQ(fault(), "");
}

TEST_F(LexiconFile, FaultsNameFileLineAndRemedy) {
    const std::string fr = valid(Language::fr);
    const std::vector<std::pair<std::string, std::string>> faults{
        {"format = 2\n", "fr.toml:1: format: this version of decorum reads format 1"},
        {"format = 1\nlanguage = \"en\"\nversion = \"1\"\n", "fr.toml:2: language: must be \"fr\""},
        {fr + "colour = 1\n", "fr.toml:5: colour: unknown key"},
        {fr + "[[entry]]\ncategory = \"rude\"\nseverity = 1\nwords = [\"a\"]\n",
         "entry.category: must be a category"},
        {fr + "[[entry]]\ncategory = \"hate\"\nseverity = 4\nwords = [\"a\"]\n",
         "entry.severity: must be a whole number"},
        {fr + "[[entry]]\ncategory = \"hate\"\nseverity = 3\nwords = [\"a{b\"]\n",
         "entry.words: braces must match"},
        {fr + "[[entry]]\ncategory = \"hate\"\nseverity = 3\nwords = [\"" +
             phrase_of(Phrases::max_words + 1) + "\"]\n",
         "entry.words: a phrase has at most 32 words"},
        {fr + "[[entry]]\ncategory = \"hate\"\nseverity = 3\nwords = []\n",
         "entry.words: must be a list of texts"},
        {fr + "[[pair]]\ncategory = \"hate\"\nseverity = 3\nfirst = [\"a\"]\nsecond = [\"b\"]\n",
         "pair.within: is missing"},
        {fr + "[cues]\nnegation = [\"pas\"]\n", "cues.address: is missing"},
        {"format = 1\nlanguage = \"fr", "fr.toml:2: "}};
    for (const auto& [text, expected] : faults) {
        write(Language::fr, text);
        EXPECT_THAT(fault(), HasSubstr(expected)) << text;
    }
}

TEST_F(LexiconFile, NamesAllFaultsOfAllFilesWhereAskedFor) {
    write(Language::en, valid(Language::en) +
                            "[[entry]]\ncategory = \"rude\"\nseverity = 1\nwords = [\"a\"]\n"
                            "[[entry]]\ncategory = \"hate\"\nseverity = 9\nwords = [\"a{b\"]\n");
    write(Language::fr, "format = ");
    std::vector<std::string> all;
    const auto loaded = Lexicon::load(folder_, &all);
    ASSERT_FALSE(loaded);
    EXPECT_THAT(all,
                testing::ElementsAre(HasSubstr("en.toml:6: entry.category: must be"),
                                     HasSubstr("en.toml:11: entry.severity: must be"),
                                     HasSubstr("en.toml:12: entry.words: braces"), HasSubstr("fr.toml:1: ")));
    EXPECT_EQ(loaded.error().detail, all.front());
}

TEST_F(LexiconFile, MissingOneIsNamed) {
    fs::remove(folder_ / "de.toml");
    EXPECT_THAT(fault(), HasSubstr("de.toml: No such file"));
}

TEST_F(LexiconFile, SpellingsAreExpanded) {
    write(Language::fr,
          valid(Language::fr) +
              "[[entry]]\ncategory = \"profanity\"\nseverity = 1\nwords = [\"zut{,s} alor{s,z}\", "
              "\"é\\u0301x*\", \"*fin\"]\n");
    const auto loaded = Lexicon::load(folder_);
    ASSERT_TRUE(loaded);
    Reading reading;
    std::vector<Hit> hits;
    for (const auto& [text, count] : std::vector<std::pair<std::string, std::size_t>>{
             {"zuts alorz", 1}, {"zut alors", 1}, {"zut", 0}, {"lafin", 1}, {"finale", 0}}) {
        read(text, nullptr, reading);
        loaded->scan(reading, hits);
        EXPECT_EQ(hits.size(), count) << text;
    }
}

TEST(Automaton, FindsOverlappingAndNestedPatterns) {
    Automaton automaton;
    for (const char* pattern : {"he", "she", "his", "hers", "e"}) automaton.add(pattern);
    EXPECT_EQ(automaton.add("he"), 0u);
    ASSERT_TRUE(automaton.build());
    std::vector<std::pair<std::uint32_t, std::size_t>> found;
    automaton.scan("ushers\xff",
                   [&](std::uint32_t pattern, std::size_t end) { found.emplace_back(pattern, end); });
    EXPECT_EQ(found, (std::vector<std::pair<std::uint32_t, std::size_t>>{{1, 4}, {0, 4}, {4, 4}, {3, 6}}));
}

}  // namespace
}  // namespace decorum::conduct
