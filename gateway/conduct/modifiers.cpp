#include "gateway/conduct/modifiers.hpp"

#include <algorithm>
#include <array>

#include "gateway/conduct/denial.hpp"

namespace decorum::conduct {
namespace {

constexpr std::uint32_t negation_before = 3;
constexpr std::uint32_t quotation_before = 5;
constexpr std::uint32_t reclaimed_around = 12;
constexpr std::uint32_t speech_before = 8;

constexpr auto first_persons = std::to_array<std::string_view>({"i", "je", "j", "ich", "yo"});
// Between them and what they say.
constexpr auto auxiliaries = std::to_array<std::string_view>({
    "have", "ve",   "had", "d",  "just", "even", "will",  "ll",   "then", "l",   "le",  "la", "les",
    "lui",  "leur", "t",   "te", "vous", "ai",   "avais", "habe", "hab",  "ihn", "ihm", "lo", "he",
});
constexpr auto speech = std::to_array<std::string_view>({
    "said",  "say",    "told",    "tell",    "called", "call", "screamed", "shouted", "yelled",
    "wrote", "traité", "traitée", "traités", "dit",    "dis",  "appelé",   "appelée", "crié",
    "sagte", "sage",   "nannte",  "nenne",   "schrie", "dije", "digo",     "llamé",   "grité",
});
constexpr auto own_speech = std::to_array<std::string_view>({"dije", "digo", "llamé", "grité"});
// Before "I said" they make it another's word.
constexpr auto reports = std::to_array<std::string_view>(
    {"that", "says", "said", "claims", "claimed", "me", "if", "que", "si", "dass", "wenn"});
constexpr auto agreement = std::to_array<std::string_view>({
    "i agree ",          "they are right ", "they re right ",   "he is right ",    "he s right ",
    "she is right ",     "she s right ",    "it is true ",      "it s true ",      "i m proud of it ",
    "je suis d accord ", "j en suis fier ", "j en suis fière ", "ils ont raison ", "il a raison ",
    "elle a raison ",    "on a raison ",    "c est vrai ",      "das stimmt ",     "ich stimme zu ",
    "estoy de acuerdo ", "tiene razón ",    "tienen razón ",
});

// Whether the author says it, rather than somebody who is quoted: the last one before who speaks.
bool is_own_speech(std::uint32_t begin, const Context& context) {
    for (std::uint32_t at = begin; at-- > 0 && begin - at <= speech_before;) {
        if (!context.same_sentence(at, begin)) return false;
        if (!context.is(at, speech)) continue;
        if (context.is(at, own_speech)) return true;
        std::uint32_t subject = at;
        while (subject > 0 && at - subject < 4 && context.same_sentence(subject - 1, begin)) {
            --subject;
            if (context.is(subject, first_persons)) return subject == 0 || !context.is(subject - 1, reports);
            if (!context.is(subject, auxiliaries)) break;
        }
        return false;
    }
    return false;
}

bool is_agreed_to(std::uint32_t end, const Context& context) {
    constexpr std::uint32_t after = 4;
    for (std::uint32_t at = end; at < std::min(context.tokens(), end + after); ++at) {
        if (!context.same_sentence(end - 1, at)) return false;
        const std::string_view rest = context.words_from(at);
        if (std::ranges::any_of(agreement, [&](std::string_view words) { return rest.starts_with(words); }))
            return true;
    }
    return false;
}

std::vector<Modifier> of_speech(Category category, std::uint32_t begin, std::uint32_t end,
                                const Context& context) {
    std::vector<Modifier> out;
    const bool quoted =
        context.in_quotes(begin, end) || context.near(Cue::quotation, begin, end, quotation_before, 0);
    const bool of_people =
        category == Category::hate || category == Category::sexual || category == Category::harassment;
    const bool reclaimed =
        of_people && context.near(Cue::reclaimed, begin, end, reclaimed_around, reclaimed_around);
    const bool own = (quoted || reclaimed) && is_own_speech(begin, context);
    if (quoted && !own && !is_agreed_to(end, context)) out.push_back(Modifier::quoted);
    if (context.anywhere(Cue::counter_speech)) out.push_back(Modifier::counter_speech);
    if (reclaimed && !own) out.push_back(Modifier::reclaimed);
    return out;
}

// "I used to smoke", in the same sentence.
bool is_past_habit(std::uint32_t begin, const Context& context) {
    constexpr std::uint32_t before = 4;
    for (std::uint32_t at = begin; at-- > 0 && begin - at <= before;) {
        if (!context.same_sentence(at, begin)) return false;
        if (context.is(at, {"früher", "antes", "solía"})) return true;
        if (context.is(at, {"used"}) && context.is(at + 1, {"to"})) return true;
        if (context.is(at, {"avant"}) && context.is(at + 1, {"je", "j"})) return true;
    }
    return false;
}

bool is_overcome(std::uint32_t begin, const Context& context) {
    return context.anywhere(Cue::recovery) || is_past_habit(begin, context);
}

bool is_negated(const Match& match, const Context& context) {
    switch (match.rule->category) {
        case Category::profanity: return false;
        case Category::hate:
        case Category::harassment: return is_denied(match.said_begin, match.said_end, false, context);
        case Category::disparagement: return is_denied(match.said_begin, match.said_end, true, context);
        default:
            return match.negated || context.negated(match.begin, negation_before) ||
                   (match.rule->category == Category::substances && is_overcome(match.begin, context));
    }
}

}  // namespace

std::vector<Modifier> modifiers_of(const Match& match, const Context& context) {
    std::vector<Modifier> out = of_speech(match.rule->category, match.begin, match.end, context);
    if (is_negated(match, context)) out.push_back(Modifier::negated);
    return out;
}

std::vector<Modifier> modifiers_of(Category category, std::uint32_t token, const Context& context) {
    std::vector<Modifier> out = of_speech(category, token, token + 1, context);
    const bool negated = category != Category::profanity &&
                         (context.negated(token, negation_before) ||
                          (category == Category::substances && is_overcome(token, context)));
    if (negated) out.push_back(Modifier::negated);
    return out;
}

bool dissuades(const Match& match, const Context& context) {
    if (match.rule->category != Category::harassment || match.begin == 0) return false;
    bool of_oneself = false;
    for (std::uint32_t at = match.begin; at < match.end; ++at) of_oneself |= context.word(at) == "yourself";
    if (!of_oneself) return false;
    std::uint32_t at = match.begin;
    auto back = [&] { return at > 0 && !context.parted_before(at) && at-- > 0; };
    if (!back()) return false;
    if (context.is(at, {"ever", "go", "please"}) && !back()) return false;
    const std::string_view negation = context.word(at);
    if (negation == "never") return true;
    if (negation == "t" || negation == "not") {
        if (!back() || !context.is(at, {"don", "do", "must", "should", "shouldn", "mustn"})) return false;
    } else if (negation != "dont") {
        return false;
    }
    return !back() || context.word(at) != "why";
}

bool is_carved_out(Category category, const Context& context) {
    return category == Category::disparagement &&
           (context.anywhere(Cue::union_speech) || context.anywhere(Cue::whistleblowing) ||
            context.anywhere(Cue::working_conditions));
}

}  // namespace decorum::conduct
