#include "gateway/conduct/matcher.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

// How far a word of address may be from what is said to somebody, and a negation from what is negated.
constexpr std::uint32_t address_before = 4;
constexpr std::uint32_t address_after = 3;
constexpr std::uint32_t self_before = 12;
// What a word that may be ordinary takes to be read in a language: a function word or nearly.
constexpr float least_evidence = 0.75F;

// What is said after them is a clause of its own, like what is said after a sign.
constexpr auto contrasts =
    std::to_array<std::string_view>({"but", "mais", "aber", "sondern", "pero", "sino"});
constexpr std::string_view clause_signs = ",;:()/\xE2";  // dashes, too, and an ellipsis

// Whether an exception covers a hit; both lists are by their ends.
class Exceptions {
public:
    explicit Exceptions(const std::vector<Hit>& hits) {
        for (const Hit& hit : hits)
            if (hit.role == Role::exception) spans_.push_back({hit.begin, hit.end});
        std::ranges::sort(spans_);
        for (auto& [begin, end] : spans_)
            reach_.push_back(reach_.empty() ? end : std::max(reach_.back(), end));
    }

    [[nodiscard]] bool cover(const Hit& hit) const {
        const auto after =
            std::ranges::upper_bound(spans_, hit.begin, {}, [](const auto& span) { return span.first; });
        return after != spans_.begin() &&
               reach_[static_cast<std::size_t>(after - spans_.begin()) - 1] >= hit.end;
    }

private:
    std::vector<std::pair<std::uint32_t, std::uint32_t>> spans_;  // by their begins
    std::vector<std::uint32_t> reach_;  // the furthest end of a span and those before it
};

}  // namespace

Context::Context(std::string_view text, const Reading& reading, const std::vector<Hit>& hits)
    : text_(text), reading_(reading) {
    std::uint32_t sentence = 0;
    std::uint32_t quotes = 0;
    sentence_.reserve(reading.tokens.size());
    quotes_.reserve(reading.tokens.size() + 1);
    for (const Token& token : reading.tokens) {
        sentence_.push_back(sentence);
        quotes_.push_back(quotes);
        if (token.kind == TokenKind::quote) ++quotes;
        if (token.kind == TokenKind::mark && std::string_view(".!?").contains(reading.line[token.begin]))
            ++sentence;
    }
    quotes_.push_back(quotes);
    for (const Hit& hit : hits)
        if (hit.role == Role::cue) cues_[hit.index].push_back({hit.begin, hit.end});
}

bool Context::is(std::uint32_t token, std::span<const std::string_view> words) const {
    return std::ranges::find(words, word(token)) != words.end();
}

bool Context::parted_before(std::uint32_t token) const {
    if (token == 0 || token >= tokens() || !same_sentence(token - 1, token) || is(token, contrasts))
        return true;
    const std::uint32_t from = reading_.tokens[token - 1].to;
    const std::uint32_t to = reading_.tokens[token].from;
    if (to <= from) return false;
    const std::string_view between = text_.substr(from, to - from);
    if (between.contains(" - ") || between.contains("--")) return true;
    // An apostrophe is of three octets, too, and parts nothing.
    return between != "’" && between.find_first_of(clause_signs) != std::string_view::npos;
}

bool Context::near(Cue cue, std::uint32_t begin, std::uint32_t end, std::uint32_t before,
                   std::uint32_t after) const {
    const auto& spans = cues_[static_cast<std::size_t>(cue)];
    const std::uint32_t from = begin > before ? begin - before : 0;
    // Cues are a few words long: those that end too early are passed over, the first that begins too late
    // ends it.
    for (auto span = std::ranges::lower_bound(spans, from + 1, {}, &Span::end); span != spans.end(); ++span) {
        if (span->begin >= end + after) break;
        const bool inside = span->begin >= begin && span->end <= end;
        if (!inside && same_sentence(span->begin, begin)) return true;
    }
    return false;
}

bool Context::in_quotes(std::uint32_t begin, std::uint32_t end) const {
    return quotes_[begin] % 2 == 1 && quotes_.back() > quotes_[end];
}

std::pair<std::uint32_t, std::uint32_t> Context::sentence_of(std::uint32_t token) const {
    const auto range = std::ranges::equal_range(sentence_, sentence_[token]);
    const auto begin = static_cast<std::uint32_t>(range.begin() - sentence_.begin());
    return {begin, static_cast<std::uint32_t>(range.end() - sentence_.begin())};
}

std::vector<Match> match(const Lexicon& lexicon, const Reading& reading, const std::vector<Hit>& hits,
                         const Context& context, const LanguageGuess& language) {
    std::vector<Match> matches;
    const bool any = std::ranges::any_of(hits, [](const Hit& hit) {
        return hit.role == Role::entry || hit.role == Role::first || hit.role == Role::second;
    });
    if (!any) return matches;
    const Exceptions exceptions(hits);

    auto consider = [&](const Rule& rule, std::uint32_t begin, std::uint32_t end, std::uint32_t said_begin,
                        std::uint32_t said_end, bool negated = false) {
        // Who disguises a word means it; else one that may be ordinary takes a language in which it isn't.
        const bool disguised = std::ranges::any_of(reading.tokens.begin() + begin,
                                                   reading.tokens.begin() + end, &Token::revealed);
        if (rule.ambiguous &&
            (!language.plausible(rule.language) || (language.evidence < least_evidence && !disguised)))
            return;
        // What is an insult only where it is said to somebody is an ordinary word elsewhere ("rate", "thon").
        if (rule.directed && !language.plausible(rule.language)) return;
        if (rule.directed && !context.near(Cue::address, begin, end, address_before, address_after)) return;
        if (rule.personal && !context.near(Cue::first_person, begin, end, self_before, 2)) return;
        const bool uncertain =
            rule.ambiguous && (language.certainty == Certainty::uncertain ||
                               (language.certainty == Certainty::mixed && language.best != rule.language));
        matches.push_back({&rule, begin, end, said_begin, said_end, uncertain, negated});
    };
    // The last halves of each pair that is under way: (rule, half), few at a time.
    struct Half {
        std::uint16_t rule;
        Role role;
        std::uint32_t begin;
        std::uint32_t end;
    };
    std::vector<Half> halves;
    for (const Hit& hit : hits) {
        if (hit.role != Role::entry && hit.role != Role::first && hit.role != Role::second) continue;
        if (exceptions.cover(hit)) continue;
        const Rule& rule = lexicon.rule(hit.index);
        if (hit.role == Role::entry) {
            consider(rule, hit.begin, hit.end, hit.begin, hit.end);
            continue;
        }
        if (rule.within == 0 || (language.any() && !language.plausible(rule.language))) continue;
        bool kept = false;
        for (Half& half : halves) {
            if (half.rule != hit.index) continue;
            if (half.role == hit.role) {
                half.begin = hit.begin;
                half.end = hit.end;
                kept = true;
            } else if (hit.begin >= half.end && hit.begin - half.end <= rule.within &&
                       context.same_sentence(half.begin, hit.begin)) {
                // "Revenue 12 m, don't share" denies nothing.
                const bool negated = rule.category != Category::confidentiality &&
                                     context.near(Cue::negation, half.end, half.end, 0, hit.begin - half.end);
                const bool in_order = half.role == Role::first;
                consider(rule, half.begin, hit.end, in_order ? hit.begin : half.begin,
                         in_order ? hit.end : half.end, negated);
            }
        }
        if (!kept) halves.push_back({hit.index, hit.role, hit.begin, hit.end});
    }
    return matches;
}

}  // namespace decorum::conduct
