#include "gateway/store/sqlite_notices.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "gateway/store/store.hpp"

namespace decorum::store {
Result<Standing> SqliteNotices::read(std::string_view key) {
    auto statement = database_.prepare("SELECT standing FROM standing WHERE key = ?1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->bind(1, key).step();
    if (!row) return std::unexpected(row.error());
    return *row ? standing_from_json(statement->octets(0)) : Standing{};
}

Result<> SqliteNotices::write(std::string_view key, const Standing& standing) {
    auto statement = database_.prepare("INSERT OR REPLACE INTO standing(key, standing) VALUES(?1, ?2)");
    if (!statement) return std::unexpected(std::move(statement.error()));
    return statement->bind(1, key).bind_text(2, to_json(standing)).run();
}

Result<> SqliteNotices::queue(const Letter& letter) {
    auto statement = database_.prepare(
        "INSERT OR IGNORE INTO letter(id, key, kind, address, language, about, octets, queued, expires, due, "
        "tries) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)");
    if (!statement) return std::unexpected(std::move(statement.error()));
    auto written = statement->bind_text(1, letter.id)
                       .bind(2, letter.key)
                       .bind(3, static_cast<std::int64_t>(letter.kind))
                       .bind_text(4, letter.address)
                       .bind_text(5, letter.language)
                       .bind_text(6, letter.about)
                       .bind(7, letter.octets)
                       .bind(8, seconds_of(letter.queued))
                       .bind(9, seconds_of(letter.expires))
                       .bind(10, seconds_of(letter.due))
                       .run();
    if (!written || letter.kind != LetterKind::notice) return written;
    auto notice = database_.prepare(
        "INSERT OR IGNORE INTO notice(id, key, mark, about, queued, state, ended) "
        "VALUES(?1, ?2, ?3, ?4, ?5, 0, 0)");
    if (!notice) return std::unexpected(std::move(notice.error()));
    return notice->bind_text(1, letter.id)
        .bind(2, letter.key)
        .bind_text(3, letter.mark)
        .bind_text(4, letter.about)
        .bind(5, seconds_of(letter.queued))
        .run();
}

Result<Standing> SqliteNotices::amend(std::string_view key, const NoticeBook::Amend& amend) {
    auto buried = database_.prepare("SELECT 1 FROM tombstone WHERE key IN (?1, ?2) AND lifted = 0");
    if (!buried) return std::unexpected(std::move(buried.error()));
    const auto forgotten = buried->bind(1, key).bind(2, plain_key(key)).step();
    if (!forgotten) return std::unexpected(forgotten.error());
    if (*forgotten) return Standing{};

    auto standing = read(key);
    if (!standing) return standing;
    const Standing before = *standing;
    const auto letter = amend(*standing);
    if (*standing != before)
        if (auto written = write(key, *standing); !written)
            return std::unexpected(std::move(written.error()));
    if (letter)
        if (auto queued = queue(*letter); !queued) return std::unexpected(std::move(queued.error()));
    return standing;
}

// A cursor ahead of the table is of a file that was replaced by an older one: all is new then.
Result<Standings> SqliteNotices::standings_since(std::uint64_t cursor) {
    auto rows = database_.prepare(
        "SELECT change, key, standing FROM standing WHERE change > "
        "CASE WHEN ?1 > coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'standing'), 0) THEN 0 ELSE "
        "?1 "
        "END ORDER BY change LIMIT 1000");
    if (!rows) return std::unexpected(std::move(rows.error()));
    constexpr std::uint64_t max_number = std::numeric_limits<std::int64_t>::max();
    rows->bind(1, static_cast<std::int64_t>(std::min(cursor, max_number)));
    Standings out;
    auto row = rows->step();
    while (row && *row) {
        auto standing = standing_from_json(rows->octets(2));
        if (!standing) return std::unexpected(std::move(standing.error()));
        out.cursor = static_cast<std::uint64_t>(rows->number(0));
        out.entries.push_back({std::string(rows->octets(1)), std::move(*standing)});
        row = rows->step();
    }
    if (!row) return std::unexpected(std::move(row.error()));
    if (out.entries.empty()) out.cursor = cursor;
    return out;
}

Result<std::optional<Letter>> SqliteNotices::claim(Instant now, Instant again) {
    auto statement = database_.prepare(
        "SELECT id, key, kind, address, language, about, octets, queued, expires, due, tries FROM letter "
        "WHERE due <= ?1 ORDER BY kind, due LIMIT 1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->bind(1, seconds_of(now)).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::optional<Letter>{};
    Letter letter{.id = std::string(statement->octets(0)),
                  .key = std::string(statement->octets(1)),
                  .kind = static_cast<LetterKind>(statement->number(2)),
                  .address = std::string(statement->octets(3)),
                  .language = std::string(statement->octets(4)),
                  .about = std::string(statement->octets(5)),
                  .mark = {},
                  .octets = std::string(statement->octets(6)),
                  .queued = instant_of(statement->number(7)),
                  .expires = instant_of(statement->number(8)),
                  .due = again,
                  .tries = static_cast<std::uint64_t>(statement->number(10)) + 1};
    statement->reset();
    auto claimed = database_.prepare("UPDATE letter SET due = ?2, tries = tries + 1 WHERE id = ?1");
    if (!claimed) return std::unexpected(std::move(claimed.error()));
    if (auto done = claimed->bind_text(1, letter.id).bind(2, seconds_of(again)).run(); !done)
        return std::unexpected(std::move(done.error()));
    return letter;
}

Result<> SqliteNotices::write(std::string_view id, std::string_view octets) {
    auto statement = database_.prepare("UPDATE letter SET octets = ?2 WHERE id = ?1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    return statement->bind_text(1, id).bind(2, octets).run();
}

Result<> SqliteNotices::postpone(std::string_view id, Instant due) {
    auto statement = database_.prepare("UPDATE letter SET due = ?2 WHERE id = ?1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    return statement->bind_text(1, id).bind(2, seconds_of(due)).run();
}

Result<> SqliteNotices::conclude(std::string_view id, LetterState state, Instant now) {
    auto gone = database_.prepare("DELETE FROM letter WHERE id = ?1");
    if (!gone) return std::unexpected(std::move(gone.error()));
    if (auto done = gone->bind_text(1, id).run(); !done) return done;
    auto ended = database_.prepare("UPDATE notice SET state = ?2, ended = ?3 WHERE id = ?1");
    if (!ended) return std::unexpected(std::move(ended.error()));
    return ended->bind_text(1, id).bind(2, static_cast<std::int64_t>(state)).bind(3, seconds_of(now)).run();
}

Result<std::vector<NoticeRecord>> SqliteNotices::notices(std::string_view key, std::size_t limit) {
    auto rows = database_.prepare(
        "SELECT id, key, mark, about, queued, state, ended FROM notice WHERE ?1 = x'' OR key = ?1 "
        "ORDER BY queued DESC, id LIMIT ?2");
    if (!rows) return std::unexpected(std::move(rows.error()));
    rows->bind(1, key).bind(2, static_cast<std::int64_t>(limit));
    std::vector<NoticeRecord> out;
    auto row = rows->step();
    while (row && *row) {
        out.push_back({.id = std::string(rows->octets(0)),
                       .key = std::string(rows->octets(1)),
                       .mark = std::string(rows->octets(2)),
                       .about = std::string(rows->octets(3)),
                       .queued = instant_of(rows->number(4)),
                       .state = static_cast<LetterState>(rows->number(5)),
                       .ended = instant_of(rows->number(6))});
        row = rows->step();
    }
    if (!row) return std::unexpected(std::move(row.error()));
    return out;
}

Result<> SqliteNotices::drop_notices(Instant before) {
    auto statement = database_.prepare("DELETE FROM notice WHERE state <> 0 AND ended < ?1");
    if (!statement) return std::unexpected(std::move(statement.error()));
    return statement->bind(1, seconds_of(before)).run();
}

Result<> SqliteNotices::erase(std::string_view key) {
    for (std::string_view table : {"standing", "letter", "notice"}) {
        // Those of tagged addresses begin with the plain one's.
        auto statement = database_.prepare("DELETE FROM " + std::string(table) +
                                           " WHERE key >= ?1 AND (key = ?1 OR substr(key, 1, 32) = ?1)");
        if (!statement) return std::unexpected(std::move(statement.error()));
        if (auto done = statement->bind(1, key).run(); !done) return done;
    }
    return {};
}

}  // namespace decorum::store
