// The search keys of SEARCH, SORT and THREAD: read far enough to be certain which words are LARGER and
// SMALLER keys and which are somebody's text (RFC 9051 §6.4.4; RFC 5032 WITHIN, 5256 SORT and THREAD, 7162
// MODSEQ, 8474 OBJECTID, 8514 SAVEDATE).
//
// NOT, OR and FUZZY stand before their keys, so that reading key after key needs no stack; whether OR has its
// two keys is for the upstream to say.
#include <algorithm>
#include <array>

#include "gateway/imap/command_parts.hpp"

namespace decorum::imap {
namespace {

// What follows a key.
enum class Argument : std::uint8_t { none, prefix, text, number, size, field, set, mod_sequence };

struct Key {
    std::string_view name;
    Argument argument;
};

constexpr auto keys = std::to_array<Key>({
    {"ALL", Argument::none},
    {"ANSWERED", Argument::none},
    {"BCC", Argument::text},
    {"BEFORE", Argument::text},
    {"BODY", Argument::text},
    {"CC", Argument::text},
    {"DELETED", Argument::none},
    {"DRAFT", Argument::none},
    {"EMAILID", Argument::text},
    {"FLAGGED", Argument::none},
    {"FROM", Argument::text},
    {"HEADER", Argument::field},
    {"KEYWORD", Argument::text},
    {"LARGER", Argument::size},
    {"MODSEQ", Argument::mod_sequence},
    {"NEW", Argument::none},
    {"NOT", Argument::prefix},
    {"OLD", Argument::none},
    {"OLDER", Argument::number},
    {"ON", Argument::text},
    {"OR", Argument::prefix},
    {"RECENT", Argument::none},
    {"SAVEDATESUPPORTED", Argument::none},
    {"SAVEDBEFORE", Argument::text},
    {"SAVEDON", Argument::text},
    {"SAVEDSINCE", Argument::text},
    {"SEEN", Argument::none},
    {"SENTBEFORE", Argument::text},
    {"SENTON", Argument::text},
    {"SENTSINCE", Argument::text},
    {"SINCE", Argument::text},
    {"SMALLER", Argument::size},
    {"SUBJECT", Argument::text},
    {"TEXT", Argument::text},
    {"THREADID", Argument::text},
    {"TO", Argument::text},
    {"UID", Argument::set},
    {"UNANSWERED", Argument::none},
    {"UNDELETED", Argument::none},
    {"UNDRAFT", Argument::none},
    {"UNFLAGGED", Argument::none},
    {"UNKEYWORD", Argument::text},
    {"UNSEEN", Argument::none},
    {"YOUNGER", Argument::number},
});

constexpr auto key_octets = ascii::OctetSet("").add_range('A', 'Z').add_range('a', 'z');

// search-modsequence = "MODSEQ" [search-modseq-ext] SP mod-sequence-valzer; search-modseq-ext = SP entry-name
// SP entry-type-req  RFC 7162 §7
bool take_mod_sequence(Cursor& cursor) {
    if (cursor.peek() == '"' && (!cursor.take_string() || !cursor.take(' ') ||
                                 cursor.take_all(key_octets).empty() || !cursor.take(' ')))
        return false;
    return cursor.take_number().has_value();
}

bool take_argument(Cursor& cursor, const Key& key, std::string_view from, Search& search) {
    if (key.argument == Argument::none) return true;
    if (!cursor.take(' ')) return false;
    switch (key.argument) {
        case Argument::none:
        case Argument::prefix: return true;
        case Argument::text: return cursor.take_astring().has_value();
        case Argument::number: return cursor.take_number().has_value();
        case Argument::field:
            return cursor.take_astring() && cursor.take(' ') && cursor.take_astring().has_value();
        case Argument::set: return cursor.take_set().has_value();
        case Argument::mod_sequence: return take_mod_sequence(cursor);
        case Argument::size: {
            const auto octets = cursor.take_number();
            if (!octets) return false;
            search.size_keys.push_back(
                {ascii::equals_nocase(key.name, "LARGER"), *octets, cursor.since(from)});
            return true;
        }
    }
    return false;
}

// search-key *(SP search-key), to the end
Result<> take_keys(Cursor& cursor, Search& search) {
    std::size_t depth = 0;
    for (;;) {
        while (cursor.take('('))
            if (++depth > max_depth) return fail(errc::limit, "Too many nested parentheses");
        const auto from = cursor.rest();
        bool prefix = false;
        if (set_octets.contains(cursor.peek())) {
            (void)cursor.take_set();
        } else {
            const auto word = cursor.take_all(key_octets);
            const auto* key = std::ranges::find_if(
                keys, [word](const Key& known) { return ascii::equals_nocase(known.name, word); });
            if (key == keys.end()) return fail(errc::syntax, "Unknown search key");
            if (!take_argument(cursor, *key, from, search))
                return fail(errc::syntax, "Invalid argument of a search key");
            prefix = key->argument == Argument::prefix;
        }
        if (prefix) continue;
        while (depth > 0 && cursor.take(')')) --depth;
        if (cursor.at_end() && depth == 0) return {};
        if (!cursor.take(' ')) return fail(errc::syntax, "Invalid search keys");
    }
}

// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"; "CHARSET" SP
// charset
bool take_search_options(Cursor& cursor) {
    if (cursor.take_word("RETURN") &&
        (!cursor.take(' ') || cursor.peek() != '(' || !cursor.take_value() || !cursor.take(' ')))
        return false;
    return !cursor.take_word("CHARSET") || (cursor.take(' ') && cursor.take_astring() && cursor.take(' '));
}

// sort = ["RETURN" …] sort-criteria SP charset SP keys; thread = algorithm SP charset SP keys  RFC 5256, 5267
bool take_sort_options(Cursor& cursor, Verb verb) {
    if (verb == Verb::sort && cursor.take_word("RETURN") &&
        (!cursor.take(' ') || cursor.peek() != '(' || !cursor.take_value() || !cursor.take(' ')))
        return false;
    if ((cursor.peek() == '(') != (verb == Verb::sort)) return false;
    return cursor.take_value() && cursor.take(' ') && cursor.take_astring() && cursor.take(' ');
}

}  // namespace

Result<Search> parse_search(Verb verb, std::string_view arguments) {
    Cursor cursor(arguments);
    Search search;
    const bool valid = verb == Verb::search ? take_search_options(cursor) : take_sort_options(cursor, verb);
    if (!valid) return fail(errc::syntax, "Invalid arguments");
    if (auto taken = take_keys(cursor, search); !taken) return std::unexpected(std::move(taken.error()));
    return search;
}

}  // namespace decorum::imap
