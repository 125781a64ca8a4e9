// SQLite's C interface as owned objects. No call throws; result codes become Errors at one place, error_of().
#include "gateway/store/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <iterator>

#include "gateway/base/ascii.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/base/file_edit.hpp"

namespace decorum::store {
namespace {

Error error_of(sqlite3* database, int code) {
    errc kind = errc::io;
    switch (code & 0xff) {  // the primary result code
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: kind = errc::corrupt; break;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: kind = errc::unavailable; break;
        case SQLITE_FULL: kind = errc::limit; break;
        default: break;
    }
    return {kind, database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code)};
}

// SQLite would make it readable for all, and root would keep it from the gateway.
void make_file(const std::filesystem::path& path) {
    constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC;
    if (const Descriptor made(::open(path.c_str(), flags | O_EXCL, 0600)); made)
        give_to_owner_of(path.parent_path(), made.get());
    else  // it is there; or it is to be where a link leads
        const Descriptor opened(::open(path.c_str(), flags, 0600));
}

}  // namespace

Statement& Statement::bind(int parameter, std::string_view octets) {
    // A null pointer would bind NULL.
    const char* data = octets.data() != nullptr ? octets.data() : "";
    sqlite3_bind_blob64(statement_.get(), parameter, data, octets.size(), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view text) {
    const char* data = text.data() != nullptr ? text.data() : "";
    sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
    sqlite3_bind_int64(statement_.get(), parameter, number);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(error_of(sqlite3_db_handle(statement_.get()), code));
}

Result<> Statement::run() {
    auto row = step();
    while (row && *row) row = step();
    reset();
    if (!row) return std::unexpected(std::move(row.error()));
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::octets(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open_as(const std::string& name, int flags) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(raw);  // also of a failed open
    if (code != SQLITE_OK) return std::unexpected(error_of(raw, code));
    sqlite3_extended_result_codes(raw, 1);
    return database;
}

Result<Database> Database::open(const std::filesystem::path& path) {
    make_file(path);
    return open_as(path.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Result<Database> Database::open_unchanged(const std::filesystem::path& path) {
    std::error_code error;
    const auto logged = std::filesystem::file_size(path.native() + "-wal", error);
    if (!error && logged != 0) {
        auto database = open_as(path.native(), SQLITE_OPEN_READWRITE);
        if (!database) return database;
        database->set_busy_timeout(std::chrono::seconds(2));
        // Who closes last would write the log's pages into the file.
        sqlite3_db_config(database->database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        // Its index is made in memory where nobody else has one.
        if (std::filesystem::exists(path.native() + "-shm", error)) return database;
        if (auto alone = database->execute("PRAGMA locking_mode = EXCLUSIVE"); !alone)
            return std::unexpected(std::move(alone.error()));
        return database;
    }
    std::string uri = "file:";  // https://www.sqlite.org/uri.html
    for (const char c : path.native()) {
        if (ascii::is_alnum(c) || c == '/')
            uri.push_back(c);
        else
            fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<unsigned char>(c));
    }
    return open_as(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(error_of(database_.get(), code));
    return Statement(statement);
}

Result<> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return std::unexpected(error_of(database_.get(), code));
    return {};
}

Result<std::int64_t> Database::number(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(std::move(statement.error()));
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->number(0) : 0;
}

std::size_t Database::changes() const {
    return static_cast<std::size_t>(sqlite3_changes64(database_.get()));
}

void Database::set_busy_timeout(std::chrono::milliseconds limit) {
    sqlite3_busy_timeout(database_.get(), static_cast<int>(limit.count()));
}

bool Database::is_read_only() const {
    return sqlite3_db_readonly(database_.get(), "main") == 1;
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(database_.get()) == 0;
}

}  // namespace decorum::store
