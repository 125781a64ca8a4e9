#include "gateway/conduct/denial.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace decorum::conduct {
namespace {

constexpr auto copulas = std::to_array<std::string_view>({
    "is",     "are",    "was",   "were",   "am",    "be",    "been",    "being", "s",     "re",
    "m",      "im",     "youre", "theyre", "hes",   "shes",  "thats",   "est",   "es",    "suis",
    "sont",   "sommes", "êtes",  "etes",   "était", "étais", "étaient", "sera",  "seras", "serait",
    "serais", "être",   "etre",  "été",    "soit",  "sois",  "ist",     "bist",  "bin",   "sind",
    "seid",   "war",    "warst", "waren",  "wäre",  "sein",  "eres",    "soy",   "son",   "somos",
    "era",    "eras",   "eran",  "fue",    "ser",   "sea",   "seas",    "sido",
});
// Articles and degrees, which may stand before what is said. "Only", "just", "que", "nur" say more, not less.
constexpr auto fillers = std::to_array<std::string_view>({
    "a",     "an",       "the",      "such",  "any",     "that",     "so",     "very", "really",
    "even",  "too",      "complete", "total", "fucking", "bloody",   "un",     "une",  "des",
    "de",    "d",        "du",       "la",    "le",      "les",      "l",      "si",   "très",
    "aussi", "vraiment", "trop",     "tout",  "toute",   "gros",     "grosse", "ein",  "eine",
    "einen", "der",      "die",      "das",   "sehr",    "wirklich", "ganz",   "muy",  "tan",
    "el",    "los",      "las",      "una",   "unos",    "unas",
});
constexpr auto adverbs = std::to_array<std::string_view>({
    "really",
    "certainly",
    "definitely",
    "absolutely",
    "clearly",
    "absolument",
    "vraiment",
    "certainement",
    "sûrement",
    "doch",
    "wirklich",
    "sicher",
    "auch",
    "ja",
});
constexpr auto negators = std::to_array<std::string_view>({
    "not",
    "never",
    "neither",
    "no",
    "pas",
    "jamais",
    "ni",
    "point",
    "nicht",
    "nie",
    "niemals",
    "weder",
    "nunca",
    "jamás",
    "tampoco",
});
constexpr auto german_none = std::to_array<std::string_view>({"kein", "keine", "keinen", "keiner", "keinem"});
constexpr auto pronouns = std::to_array<std::string_view>({
    "i",  "you",  "he",  "she",   "it",  "we", "they", "tu",  "il",  "elle",
    "on", "vous", "ils", "elles", "ich", "du", "er",   "sie", "wir", "ihr",
});
constexpr auto objects = std::to_array<std::string_view>({
    "you",
    "him",
    "her",
    "them",
    "me",
    "us",
    "it",
    "someone",
    "somebody",
    "anyone",
    "anybody",
    "people",
});
constexpr auto spanish_copulas = std::to_array<std::string_view>(
    {"es", "eres", "soy", "son", "somos", "era", "eras", "eran", "fue", "ser", "sea", "seas"});
constexpr auto german_copulas =
    std::to_array<std::string_view>({"ist", "bist", "bin", "sind", "seid", "war", "waren", "sein"});
constexpr auto opinions = std::to_array<std::string_view>(
    {"think", "thinks", "mean", "means", "say", "said", "pense", "penses", "dit", "crois", "denke"});
constexpr auto forms_of_avoir =
    std::to_array<std::string_view>({"ai", "as", "a", "avons", "avez", "ont", "avait", "avais", "aura"});

class Denial {
public:
    explicit Denial(const Context& context) : context_(context) {}

    bool holds(std::uint32_t begin, std::uint32_t end, bool verb) const {
        if (is_taken_back(end)) return false;
        const auto last = before(begin);
        if (!last) return false;
        if (verb && is_verb_negated(*last, end)) return true;
        // The predicate itself may stand in what is said: "no eres un idiota", "I don't think they are
        // stupid".
        if (is(begin, copulas) && negates(*last)) return true;
        for (std::uint32_t at = begin; at < end; ++at)
            if (is_other_opinion(at)) return true;
        constexpr int max_fillers = 4;
        auto at = last;
        for (int i = 0; at && i < max_fillers && is(*at, fillers); ++i) at = before(*at);
        if (!at) return false;
        return is_negation(*at, end) || is_negated_copula(*at) || is_negated_naming(*at) ||
               is_other_opinion(*at);
    }

private:
    // In the same clause.
    std::optional<std::uint32_t> before(std::uint32_t token) const {
        if (context_.parted_before(token)) return std::nullopt;
        return token - 1;
    }

    bool is(std::optional<std::uint32_t> token, std::span<const std::string_view> words) const {
        return token && *token < context_.tokens() && context_.is(*token, words);
    }
    bool is(std::optional<std::uint32_t> token, std::initializer_list<std::string_view> words) const {
        return token && *token < context_.tokens() && context_.is(*token, words);
    }

    std::optional<std::uint32_t> before(std::optional<std::uint32_t> token) const {
        return token ? before(*token) : std::nullopt;
    }

    // "not", "never", "pas", "no"; "don't" and its like, but not "can't".
    bool negates(std::uint32_t at) const {
        if (is(at, {"not", "never", "pas", "jamais", "nicht", "nie", "niemals", "no", "nunca", "jamás",
                    "tampoco", "dont", "doesnt", "didnt", "wont", "isnt", "arent"}))
            return true;
        return is(at, {"t"}) && is(before(at), {"don", "doesn", "didn", "won", "wouldn", "shouldn", "isn",
                                                "aren", "wasn", "weren", "ain"});
    }

    // "never lies", "doesn't lie", "ne ment pas"
    bool is_verb_negated(std::uint32_t last, std::uint32_t end) const {
        if (negates(last)) return true;
        return is(last, {"ne", "n"}) && end < context_.tokens() && !context_.parted_before(end) &&
               is(end, {"pas", "jamais", "point", "plus"});
    }

    // "is not", "n'est pas", "ist kein"; "isn't"; "kein … ist"
    bool is_negation(std::uint32_t at, std::uint32_t end) const {
        if (is(at, {"isnt", "arent", "wasnt", "werent", "aint", "nor"})) return true;
        auto verb = before(at);
        if (is(at, {"t"})) return is(verb, {"isn", "aren", "wasn", "weren", "ain"});
        const bool german = is(at, german_none);
        if (!german && !is(at, negators)) return false;
        if (is(verb, adverbs)) verb = before(verb);
        if (german && is(verb, pronouns)) verb = before(verb);
        if (is(verb, copulas)) return true;
        return (german || is(at, {"nicht"})) && end < context_.tokens() && !context_.parted_before(end) &&
               is(end, german_copulas);
    }

    // "not be", "never been", "pas être", "no es"
    bool is_negated_copula(std::uint32_t at) const {
        if (!is(at, copulas)) return false;
        const auto negation = before(at);
        if (!negation) return false;
        if (is(negation, {"no"})) return is(at, spanish_copulas);
        return negates(*negation) || (is(negation, {"t"}) && is(at, {"be"}));
    }

    // "doesn't make you a", "never call people", "jamais traité de", "ne traite pas quelqu'un de", "n'as rien
    // d'un"
    bool is_negated_naming(std::uint32_t at) const {
        if (is(at, objects)) {
            const auto verb = before(at);
            const auto negation = before(verb);
            return is(verb, {"make", "makes", "made", "call", "called", "calls"}) && negation &&
                   negates(*negation);
        }
        if (is(at, {"traité", "traitée", "traiter", "appelé", "appelée", "dire", "dit"}))
            return is(before(at), {"pas", "jamais"});
        const auto other = before(at);
        if (is(at, {"rien"})) return is(other, forms_of_avoir);
        if (is(at, {"quelqu"})) return is(other, {"pas", "jamais"});
        return is(at, {"personne"}) && is(other, {"traite", "traitez", "traitons", "traiter"});
    }

    // "I don't think you are", "je ne pense pas que tu sois", "nobody says he is", "none of you thinks she
    // is", "it's not that they are"
    bool is_other_opinion(std::uint32_t copula) const {
        if (!is(copula, copulas)) return false;
        constexpr int max_subject = 3;
        auto at = before(copula);
        for (int i = 0; at && i < max_subject && !is(at, opinions) && !is(at, {"pas", "that", "que", "qu"});
             ++i)
            at = before(at);
        if (!at) return false;
        if (is(at, {"that", "que", "qu"}) && is_no_case(before(at))) return true;
        if (is(at, {"que", "qu", "that"})) at = before(at);
        if (is(at, {"pas"})) return is(before(at), opinions);
        if (!is(at, opinions)) return false;
        const auto negation = before(at);
        return negation && (negates(*negation) || is_nobody(negation));
    }

    // "it's not" that, "ce n'est pas" que
    bool is_no_case(std::optional<std::uint32_t> negation) const {
        return is(negation, {"not", "pas"}) && is(before(negation), copulas);
    }

    // "nobody", "no one", "personne ne", "none of your colleagues"; but not "cette personne"
    bool is_nobody(std::optional<std::uint32_t> at) const {
        const bool ne = is(at, {"ne", "n"});
        if (ne) at = before(at);
        if (is(at, {"personne"})) return ne || !before(at);
        if (is(at, {"nobody"}) || (is(at, {"one"}) && is(before(at), {"no"}))) return true;
        constexpr int max_group = 3;
        for (int i = 0; at && i < max_group; ++i, at = before(at))
            if (is(at, {"of", "de", "d"})) return is(before(at), {"none", "aucun", "aucune"});
        return false;
    }

    // "he isn't an idiot, you are", "il n'est pas con, c'est toi"; "I don't think so, I know it"
    bool is_taken_back(std::uint32_t end) const {
        if (end + 1 >= context_.tokens() || !context_.parted_before(end)) return false;
        std::uint32_t at = end;
        if (is(at, {"but", "mais", "aber", "pero"})) ++at;
        if (is(at, {"c"}) && is(at + 1, {"est"}) && is(at + 2, {"toi", "vous", "lui", "elle", "eux"}))
            return ends_at(at + 3);
        if (is(at, {"i"}) && is(at + 1, {"know"})) return true;
        if (is(at, {"je"}) && is(at + 1, {"le", "l"}) && is(at + 2, {"sais"})) return true;
        return is(at, pronouns) && is(at + 1, copulas) && ends_at(at + 2);
    }

    bool ends_at(std::uint32_t token) const {
        return token >= context_.tokens() || context_.parted_before(token) ||
               std::string_view(".!?").contains(context_.word(token));
    }

    const Context& context_;
};

}  // namespace

bool is_denied(std::uint32_t begin, std::uint32_t end, bool verb, const Context& context) {
    return Denial(context).holds(begin, end, verb);
}

}  // namespace decorum::conduct
