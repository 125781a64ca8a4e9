// FETCH: its items, which decide what is asked upstream and what is shown (RFC 9051 §6.4.5, RFC 7162 §3.1.4).
#include <algorithm>
#include <array>
#include <utility>

#include "gateway/imap/command_parts.hpp"

namespace decorum::imap {
namespace {

constexpr std::size_t most_items = 500;

// "ALL", "FULL" and "FAST" stand for these; items that never change are left out.
constexpr std::array<std::string_view, 3> macros{"ALL", "FAST", "FULL"};

// fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")"  RFC 4466; CHANGEDSINCE, VANISHED  RFC
// 7162
bool take_modifiers(Cursor& cursor) {
    if (!cursor.take('(')) return false;
    do {
        if (cursor.take_word("CHANGEDSINCE")) {
            if (!cursor.take(' ') || !cursor.take_number()) return false;
        } else if (!cursor.take_word("VANISHED")) {
            return false;
        }
    } while (cursor.take(' '));
    return cursor.take(')');
}

bool take_items(Cursor& cursor, Fetch& fetch) {
    for (const auto macro : macros) {
        if (!cursor.take_word(macro)) continue;
        fetch.is_macro = true;
        fetch.items.push_back({.kind = FetchItem::Kind::size, .name = "RFC822.SIZE"});
        return true;
    }
    const bool list = cursor.take('(');
    std::size_t names = 0;
    do {
        auto item = take_command_item(cursor);
        if (!item || fetch.items.size() == most_items) return false;
        names += item->section.names.size();
        if (names > max_field_names) return false;
        fetch.items.push_back(std::move(*item));
    } while (list && cursor.take(' '));
    return !list || cursor.take(')');
}

}  // namespace

// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att)
// ")") [fetch-modifiers]
Result<Fetch> parse_fetch(std::string_view arguments) {
    Cursor cursor(arguments);
    Fetch fetch;
    const auto set = cursor.take_set();
    if (!set || !cursor.take(' ')) return fail(errc::syntax, "Invalid message set");
    fetch.set = *set;
    const auto items = cursor.rest();
    if (!take_items(cursor, fetch)) return fail(errc::syntax, "Unknown or invalid fetch item");
    fetch.items_wire = cursor.since(items);
    if (cursor.take(' ')) {
        fetch.modifiers = cursor.rest();
        if (!take_modifiers(cursor)) return fail(errc::syntax, "Invalid fetch modifier");
    }
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return fetch;
}

}  // namespace decorum::imap
