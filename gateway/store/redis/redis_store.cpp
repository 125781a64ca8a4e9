#include "gateway/store/redis/redis_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>

#include "gateway/base/digest.hpp"
#include "gateway/store/redis/client.hpp"
#include "gateway/store/redis/redis_notices.hpp"
#include "gateway/store/redis/scripts.hpp"
#include "gateway/store/shared.hpp"

namespace decorum::store {
namespace {

using redis::corrupt;
using redis::Reply;
using redis::Script;
using redis::text_of;

constexpr Milliseconds rewrite_pause{100};
constexpr std::chrono::minutes rewrite_limit{2};
constexpr std::size_t digest_digits = 32;

// Of the lines alone: versions that differ in nothing a reader sees have the same one.
std::string digest_of(const profile::Presentation& shown) {
    profile::Presentation lines = shown;
    lines.as_of = {};
    return to_hex(view_of(sha256({profile::to_json(lines)}))).substr(0, digest_digits);
}

// "TIME DIGEST JSON"
Result<profile::Version> version_of(const Reply& reply) {
    const std::string& text = reply.text;
    std::int64_t time = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    const auto digest = static_cast<std::size_t>(end - text.data());
    const std::size_t json = text.find(' ', digest + 1);
    if (error != std::errc{} || json == std::string::npos) return corrupt("a version without a time");
    auto shown = profile::presentation_from_json(std::string_view(text).substr(json + 1));
    if (!shown) return std::unexpected(std::move(shown.error()));
    return profile::Version{instant_of(time),
                            std::make_shared<const profile::Presentation>(std::move(*shown))};
}

Result<Record> record_of(const Reply& reply) {
    constexpr std::size_t parts = 6;  // forgotten, found, fetched, profile, served, versions
    Record record;
    if (reply.list.size() == 1) {
        const auto time = reply.list[0].as_number();
        if (!time) return corrupt("a tombstone without a time");
        record.forgotten = instant_of(*time);
        return record;
    }
    if (reply.list.size() != parts) return corrupt("not a record");
    const auto fetched = reply.list[2].as_number();
    const auto served = reply.list[4].as_number();
    if (!fetched || !served) return corrupt("a record without its times");
    record.found = reply.list[1].text == "1";
    record.fetched = instant_of(*fetched);
    record.profile_json = reply.list[3].text;
    record.history.served = instant_of(*served);
    for (const Reply& entry : reply.list[5].list) {
        auto version = version_of(entry);
        if (!version) return std::unexpected(std::move(version.error()));
        record.history.versions.push_back(std::move(*version));
    }
    return record;
}

// What INFO persistence says of one thing: "aof_enabled:1".
std::string_view info_of(std::string_view info, std::string_view name) {
    const std::size_t at = info.find(fmt::format("\n{}:", name));
    if (at == std::string_view::npos) return {};
    const std::string_view rest = info.substr(at + name.size() + 2);
    return rest.substr(0, rest.find_first_of("\r\n"));
}

redis::ClientOptions client_options(RedisOptions options) {
    redis::ClientOptions out;
    out.server = std::move(options.server);
    out.scripts = redis::scripts();
    out.first_command = {"EVAL", std::string(redis::schema_script()), "0",
                         std::to_string(redis::schema_number)};
    out.on_first_reply = [](const Reply& reply) -> Result<> {
        if (reply.error_word() == "NOPERM") return fail(errc::invalid, "store.user: " + reply.text);
        if (reply.is_error()) return fail(errc::unavailable, "store.url: " + reply.text);
        const auto number = reply.as_number();
        if (!number) return fail(errc::invalid, "store.url: a Redis of something else");
        if (*number > redis::schema_number)
            return fail(errc::unsupported,
                        fmt::format("store.url: written by a newer Decorum (schema {}, this one knows {})",
                                    *number, redis::schema_number));
        return {};
    };
    out.max_waiting = options.max_jobs;
    out.min_pause = options.min_pause;
    out.max_pause = options.max_pause;
    return out;
}

class Redis final : public RedisStore, public SharedStore {
public:
    template <class T>
    using Done = std::move_only_function<void(Result<T>)>;

    explicit Redis(RedisOptions options)
        : keep_nobody_(options.keep_nobody),
          redis_time_(options.redis_time),
          book_(client_, tally_),
          client_(client_options(std::move(options))) {}

    Result<> state() override { return client_.state(); }

    void load(std::string key, Done<Record> done) override {
        run(Script::load, {std::move(key)}, std::move(done), record_of);
    }

    void update(std::string key, Update update, Done<Record> done) override {
        const Instant now = std::max(update.fetched, update.not_before);
        run(Script::update,
            {std::move(key), update.found ? "1" : "0", text_of(update.fetched),
             std::move(update.profile_json), update.shown ? digest_of(*update.shown) : std::string{},
             update.shown ? profile::to_json(*update.shown) : std::string{},
             redis_time_ ? std::string{} : text_of(now), std::to_string(update.max_versions),
             text_of(update.fetched - keep_nobody_)},
            std::move(done), record_of);
    }

    void serve(std::string key, Instant date, Done<void> done) override {
        run(Script::serve, {std::move(key), text_of(date)}, std::move(done),
            [](const Reply&) -> Result<> { return {}; });
    }

    void erase(std::string key, Instant now, Done<Erased> done) override {
        run(Script::erase, {std::move(key), text_of(now)}, std::move(done),
            [](const Reply& reply) -> Result<Erased> {
                if (reply.list.size() != 2) return corrupt("not an erasure");
                return Erased{reply.list[0].number != 0, static_cast<std::size_t>(reply.list[1].number)};
            });
    }

    // Redis writes its files anew, as far as it keeps any; its replicas do the same with theirs in time.
    void wipe(Done<void> done) override {
        const auto wipe = std::make_shared<Wipe>(Wipe{std::move(done), SteadyClock::now() + rewrite_limit});
        client_.ask({"INFO", "persistence"}, [this, wipe](const Result<Reply>& info) {
            if (!info) return wipe->done(std::unexpected(info.error()));
            wipe->append_only = info_of(info->text, "aof_enabled") == "1";
            client_.ask({"CONFIG", "GET", "save"}, [this, wipe](const Result<Reply>& save) {
                // Whoever may not ask must take it that there are snapshots.
                const bool known = save && save->list.size() == 2;
                wipe->snapshots = !known || !save->list[1].text.empty();
                rewrite(wipe);
            });
        });
    }

    void revive(std::string key, Done<bool> done) override {
        run(Script::revive, {std::move(key)}, std::move(done),
            [](const Reply& reply) -> Result<bool> { return reply.number != 0; });
    }

    void move(std::string older, std::string key, Done<void> done) override {
        run(Script::move, {std::move(older), std::move(key)}, std::move(done),
            [](const Reply&) -> Result<> { return {}; });
    }

    void erased_since(std::optional<std::uint64_t> cursor, Done<Erasures> done) override {
        run(Script::erased_since, {cursor ? std::to_string(*cursor) : std::string{}}, std::move(done),
            [](const Reply& reply) -> Result<Erasures> {
                const auto at = reply.list.empty() ? std::nullopt : reply.list[0].as_number();
                if (!at) return corrupt("no cursor");
                Erasures erasures;
                erasures.cursor = static_cast<std::uint64_t>(*at);
                for (std::size_t i = 1; i < reply.list.size(); ++i)
                    erasures.keys.push_back(reply.list[i].text);
                return erasures;
            });
    }

    void spend(std::string source, std::chrono::sys_days day, std::int64_t microdollars,
               Done<std::uint64_t> done) override {
        run(Script::spend,
            {std::move(source), std::to_string(day.time_since_epoch().count()), std::to_string(microdollars),
             std::to_string(max_microdollars)},
            std::move(done), [](const Reply& reply) -> Result<std::uint64_t> {
                const auto total = reply.as_number();
                if (!total || *total < 0) return corrupt("not a sum");
                return static_cast<std::uint64_t>(*total);
            });
    }

    NoticeBook& notices() override { return book_; }
    SharedStore* shared() override { return this; }
    void flush() override { client_.flush(); }

    void show(std::string key, Instant until, Instant latest, Done<std::optional<Record>> done) override {
        run(Script::show, {std::move(key), text_of(until), text_of(latest)}, std::move(done),
            [](const Reply& reply) -> Result<std::optional<Record>> {
                if (reply.list.empty()) return std::optional<Record>{};
                auto record = record_of(reply);
                if (!record) return std::unexpected(std::move(record.error()));
                return std::optional(std::move(*record));
            });
    }

    void restore(std::string key, profile::History history, Done<Record> done) override {
        std::vector<std::string> arguments{std::move(key), text_of(history.served)};
        for (const profile::Version& version : history.versions)
            arguments.push_back(fmt::format("{} {} {}", text_of(version.time), digest_of(*version.shown),
                                            profile::to_json(*version.shown)));
        run(Script::restore, std::move(arguments), std::move(done), record_of);
    }

    [[nodiscard]] std::uint64_t connections() const override { return client_.connections(); }

    void take_flight(std::string key, std::string token, Milliseconds lease, Done<bool> done) override {
        run(Script::take_flight, {std::move(key), std::move(token), std::to_string(lease.count())},
            std::move(done), [](const Reply& reply) -> Result<bool> { return reply.number != 0; });
    }

    void end_flight(std::string key, std::string token) override {
        client_.run(static_cast<std::size_t>(Script::end_flight), {}, {std::move(key), std::move(token)},
                    [](const Result<Reply>&) {});  // it ends by itself, too
    }

    void refused(std::string message, std::chrono::seconds latest, Done<void> done) override {
        note_refusal(std::move(message), "0", latest, std::move(done));
    }
    void passed(std::string message, std::chrono::seconds latest, Done<void> done) override {
        note_refusal(std::move(message), "1", latest, std::move(done));
    }

    void refusals_since(std::uint64_t cursor, Done<Refusals> done) override {
        run(Script::refusals_since, {std::to_string(cursor)}, std::move(done),
            [](const Reply& reply) -> Result<Refusals> {
                const auto at = reply.list.empty() ? std::nullopt : reply.list[0].as_number();
                if (!at || reply.list.size() % 2 != 1) return corrupt("not a list of refusals");
                Refusals out;
                out.cursor = static_cast<std::uint64_t>(*at);
                for (std::size_t i = 1; i < reply.list.size(); i += 2) {
                    const auto ago = reply.list[i + 1].as_number();
                    out.entries.push_back(
                        {reply.list[i].text, ago ? std::optional(std::chrono::seconds{*ago}) : std::nullopt});
                }
                return out;
            });
    }

    void read_document(std::string file, std::string known, Done<Document> done) override {
        run(Script::read_document, {std::move(file), std::move(known)}, std::move(done),
            [](const Reply& reply) -> Result<Document> {
                const auto version = reply.list.size() < 2 ? std::nullopt : reply.list[0].as_number();
                if (!version || *version < 0) return corrupt("a document without a version");
                return Document{static_cast<std::uint64_t>(*version), reply.list[1].text,
                                reply.list.size() > 2 ? reply.list[2].text : std::string{}};
            });
    }

    void write_document(std::string file, std::string known, Document next, Done<bool> done) override {
        run(Script::write_document,
            {std::move(file), std::move(known), std::to_string(next.version), std::move(next.lineage),
             std::move(next.octets)},
            std::move(done), [](const Reply& reply) -> Result<bool> { return reply.number != 0; });
    }

private:
    struct Wipe {
        Done<void> done;
        SteadyClock::time_point until;
        bool append_only = false;
        bool snapshots = false;
    };

    template <class T, class Read>
    void run(Script script, std::vector<std::string> arguments, Done<T> done, Read read) {
        client_.run(
            static_cast<std::size_t>(script), {}, std::move(arguments),
            [this, done = std::move(done), read, begun = SteadyClock::now()](Result<Reply> reply) mutable {
                tally_.latency.record(SteadyClock::now() - begun);
                if (!reply) tally_.failures.add();
                if (!reply) return done(std::unexpected(std::move(reply.error())));
                done(read(*reply));
            });
    }

    void note_refusal(std::string message, std::string passed, std::chrono::seconds latest, Done<void> done) {
        run(Script::refusal, {std::move(message), std::move(passed), std::to_string(latest.count())},
            std::move(done), [](const Reply&) -> Result<> { return {}; });
    }

    // One after the other: Redis does one at a time. A save that was under way began before the erasure.
    void rewrite(const std::shared_ptr<Wipe>& wipe) {
        if (!wipe->append_only && !wipe->snapshots) return wipe->done({});
        const bool log = std::exchange(wipe->append_only, false);
        if (!log) wipe->snapshots = false;
        start_rewrite(wipe, log);
    }

    void start_rewrite(const std::shared_ptr<Wipe>& wipe, bool log) {
        client_.ask({log ? "BGREWRITEAOF" : "BGSAVE"}, [this, wipe, log](const Result<Reply>& begun) {
            const bool busy =
                !begun && begun.error().code == errc::io && begun.error().detail.contains("in progress");
            if (!begun && !busy)
                return wipe->done(fail(begun.error().code, fmt::format("Redis can't write its files anew: {}",
                                                                       begun.error().detail)));
            await_rewrite(wipe, log, busy);
        });
    }

    void await_rewrite(const std::shared_ptr<Wipe>& wipe, bool log, bool again) {
        if (SteadyClock::now() > wipe->until)
            return wipe->done(fail(errc::unavailable, "Redis has not written its files anew in time"));
        client_.ask_later(
            rewrite_pause, {"INFO", "persistence"}, [this, wipe, log, again](const Result<Reply>& info) {
                if (!info) return wipe->done(std::unexpected(info.error()));
                const auto is = [&](std::string_view name, std::string_view value) {
                    return info_of(info->text, name) == value;
                };
                const bool idle = is("aof_rewrite_in_progress", "0") && is("aof_rewrite_scheduled", "0") &&
                                  is("rdb_bgsave_in_progress", "0");
                if (!idle) return await_rewrite(wipe, log, again);
                if (again) return start_rewrite(wipe, log);
                if (!is(log ? "aof_last_bgrewrite_status" : "rdb_last_bgsave_status", "ok"))
                    return wipe->done(fail(errc::io, "Redis could not write its files anew"));
                rewrite(wipe);
            });
    }

    const std::chrono::seconds keep_nobody_;
    const bool redis_time_;
    RedisNotices book_;
    redis::Client
        client_;  // last: its destructor runs the callbacks it still holds, which use all the others
};

}  // namespace

std::unique_ptr<RedisStore> make_redis_store(RedisOptions options) {
    return std::make_unique<Redis>(std::move(options));
}

}  // namespace decorum::store
