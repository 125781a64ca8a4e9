// The tables of notices.hpp, and the reads and writes on them, each within somebody's transaction:
//
//   standing(change, key, standing): one row a person; `change` rises with each write, so that another
//     process sees what is new
//   letter(id, key, kind, address, …): what waits for the mail server
//   notice(id, key, mark, about, queued, state, ended): what was told
#pragma once

#include <string_view>

#include "gateway/store/notices.hpp"
#include "gateway/store/sqlite.hpp"

namespace decorum::store {

class SqliteNotices {
public:
    explicit SqliteNotices(Database& database) : database_(database) {}

    [[nodiscard]] Result<Standing> amend(std::string_view key, const NoticeBook::Amend& amend);
    [[nodiscard]] Result<Standings> standings_since(std::uint64_t cursor);
    [[nodiscard]] Result<std::optional<Letter>> claim(Instant now, Instant again);
    [[nodiscard]] Result<> write(std::string_view id, std::string_view octets);
    [[nodiscard]] Result<> postpone(std::string_view id, Instant due);
    [[nodiscard]] Result<> conclude(std::string_view id, LetterState state, Instant now);
    [[nodiscard]] Result<std::vector<NoticeRecord>> notices(std::string_view key, std::size_t limit);
    [[nodiscard]] Result<> drop_notices(Instant before);
    [[nodiscard]] Result<> erase(std::string_view key);

private:
    [[nodiscard]] Result<Standing> read(std::string_view key);
    [[nodiscard]] Result<> write(std::string_view key, const Standing& standing);
    [[nodiscard]] Result<> queue(const Letter& letter);

    Database& database_;
};

}  // namespace decorum::store
