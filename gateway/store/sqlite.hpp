// SQLite's C interface as owned objects and Results.
//
// A Database and its Statements belong to one thread at a time. Every failure is an Error whose text is
// SQLite's; its code tells what a caller may branch on.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace decorum::store {

class Database;

// A prepared statement; columns are read after step() gave true. Views live until the next step() or reset().
class Statement {
public:
    Statement& bind(int parameter, std::string_view octets);  // as a blob; copied
    Statement& bind_text(int parameter, std::string_view text);
    Statement& bind(int parameter, std::int64_t number);

    [[nodiscard]] Result<bool> step();  // true: a row
    [[nodiscard]] Result<> run();       // to the end, then reset()
    void reset();

    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::string_view octets(int column) const;

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
public:
    // Opens for reading and writing, and makes the file where it is missing (mode 0600).
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& path);
    // Opens what is there for a short look, which changes and makes nothing: the file alone and without a
    // lock, or where there is one with its write-ahead log, in which all may stand that was written last.
    [[nodiscard]] static Result<Database> open_unchanged(const std::filesystem::path& path);

    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    [[nodiscard]] Result<> execute(const std::string& sql);
    [[nodiscard]] Result<std::int64_t> number(std::string_view sql);  // the first column of the first row
    [[nodiscard]] std::size_t changes() const;  // rows of the last statement that changed any
    void set_busy_timeout(std::chrono::milliseconds limit);
    [[nodiscard]] bool is_read_only() const;
    [[nodiscard]] bool in_transaction() const;

private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    explicit Database(sqlite3* database) : database_(database) {}
    [[nodiscard]] static Result<Database> open_as(const std::string& name, int flags);

    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace decorum::store
