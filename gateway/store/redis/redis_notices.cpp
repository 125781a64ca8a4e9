#include "gateway/store/redis/redis_notices.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/store/redis/scripts.hpp"

namespace decorum::store {
namespace {

using redis::corrupt;
using redis::Reply;
using redis::Script;
using redis::text_of;

constexpr int max_tries = 100;

// Numbers of a reply; remembers the first that is none.
class Numbers {
public:
    std::int64_t of(const Reply& reply) {
        const auto number = reply.as_number();
        good_ = good_ && number.has_value();
        return number.value_or(0);
    }
    Instant instant_of(const Reply& reply) { return Instant{std::chrono::seconds{of(reply)}}; }
    [[nodiscard]] bool good() const { return good_; }

private:
    bool good_ = true;
};

Result<std::optional<Letter>> letter_of(const Reply& reply, Instant due) {
    constexpr std::size_t parts = 10;
    const auto& list = reply.list;
    if (list.empty()) return std::optional<Letter>{};
    if (list.size() != parts) return corrupt("not a letter");
    Numbers numbers;
    const std::int64_t kind = numbers.of(list[2]);
    Letter letter{.id = list[0].text,
                  .key = list[1].text,
                  .kind = static_cast<LetterKind>(kind),
                  .address = list[3].text,
                  .language = list[4].text,
                  .about = list[5].text,
                  .mark = {},
                  .octets = list[6].text,
                  .queued = numbers.instant_of(list[7]),
                  .expires = numbers.instant_of(list[8]),
                  .due = due,
                  .tries = static_cast<std::uint64_t>(numbers.of(list[9]))};
    if (!numbers.good() || kind < 0 || kind > 2) return corrupt("a letter without its numbers");
    return std::optional(std::move(letter));
}

Result<NoticeRecord> notice_of(const Reply& reply) {
    constexpr std::size_t parts = 7;
    const auto& list = reply.list;
    if (list.size() != parts) return corrupt("not a notice");
    Numbers numbers;
    const std::int64_t state = numbers.of(list[5]);
    NoticeRecord notice{.id = list[0].text,
                        .key = list[1].text,
                        .mark = list[2].text,
                        .about = list[3].text,
                        .queued = numbers.instant_of(list[4]),
                        .state = static_cast<LetterState>(state),
                        .ended = numbers.instant_of(list[6])};
    if (!numbers.good() || state < 0 || state > 3) return corrupt("a notice without its numbers");
    return notice;
}

Result<Standing> standing_of(std::string_view json) {
    return json.empty() ? Standing{} : standing_from_json(json);
}

template <class T, class Read>
redis::Client::Done reading(NoticeBook::Done<T> done, Read read) {
    return [done = std::move(done), read](Result<Reply> reply) mutable {
        if (!reply) return done(std::unexpected(std::move(reply.error())));
        done(read(*reply));
    };
}

redis::Client::Done acknowledging(NoticeBook::Done<void> done) {
    return reading<void>(std::move(done), [](const Reply&) -> Result<> { return {}; });
}

}  // namespace

struct RedisNotices::Amendment {
    std::string key;
    Amend amend;
    Done<Standing> done;
    int tries = 0;
};

void RedisNotices::run(Script script, std::vector<std::string> arguments, redis::Client::Done done) {
    client_.run(static_cast<std::size_t>(script), {}, std::move(arguments),
                [this, done = std::move(done), begun = SteadyClock::now()](Result<Reply> reply) mutable {
                    tally_.latency.record(SteadyClock::now() - begun);
                    if (!reply) tally_.failures.add();
                    done(std::move(reply));
                });
}

void RedisNotices::amend(std::string key, Amend amend, Done<Standing> done) {
    const auto amendment =
        std::make_shared<Amendment>(Amendment{std::move(key), std::move(amend), std::move(done)});
    run(Script::standing, {amendment->key}, [this, amendment](Result<Reply> reply) {
        if (!reply) return amendment->done(std::unexpected(std::move(reply.error())));
        if (reply->list.size() != 2) return amendment->done(corrupt("not a standing"));
        if (reply->list[0].text == "1") return amendment->done(Standing{});  // forgotten
        try_amendment(amendment, std::move(reply->list[1].text));
    });
}

void RedisNotices::try_amendment(const std::shared_ptr<Amendment>& amendment, std::string before) {
    auto standing = standing_of(before);
    if (!standing) return amendment->done(std::unexpected(std::move(standing.error())));
    if (++amendment->tries > max_tries)
        return amendment->done(fail(errc::unavailable, "others change the same standing all the time"));
    const Standing was = *standing;
    const auto letter = amendment->amend(*standing);
    std::vector<std::string> arguments{amendment->key, before,
                                       *standing == was ? before : to_json(*standing)};
    if (letter)
        for (std::string& argument : std::vector<std::string>{
                 letter->id, std::to_string(static_cast<int>(letter->kind)), letter->address,
                 letter->language, letter->about, letter->mark, letter->octets, text_of(letter->queued),
                 text_of(letter->expires), text_of(letter->due)})
            arguments.push_back(std::move(argument));
    run(Script::amend, std::move(arguments),
        [this, amendment, standing = std::move(*standing)](Result<Reply> reply) mutable {
            if (!reply) return amendment->done(std::unexpected(std::move(reply.error())));
            if (reply->list.size() != 2) return amendment->done(corrupt("not a standing"));
            const std::string& outcome = reply->list[0].text;
            if (outcome == "2") return try_amendment(amendment, std::move(reply->list[1].text));
            amendment->done(outcome == "0" ? std::move(standing) : Standing{});
        });
}

void RedisNotices::standings_since(std::uint64_t cursor, Done<Standings> done) {
    run(Script::standings_since, {std::to_string(cursor)},
        reading<Standings>(std::move(done), [](const Reply& reply) -> Result<Standings> {
            const auto at = reply.list.empty() ? std::nullopt : reply.list[0].as_number();
            if (!at || reply.list.size() % 2 != 1) return corrupt("not a list of standings");
            Standings out;
            out.cursor = static_cast<std::uint64_t>(*at);
            for (std::size_t i = 1; i < reply.list.size(); i += 2) {
                auto standing = standing_of(reply.list[i + 1].text);
                if (!standing) return std::unexpected(std::move(standing.error()));
                out.entries.push_back({reply.list[i].text, std::move(*standing)});
            }
            return out;
        }));
}

void RedisNotices::claim(Instant now, Instant again, Done<std::optional<Letter>> done) {
    run(Script::claim, {text_of(now), text_of(again)},
        reading<std::optional<Letter>>(std::move(done),
                                       [again](const Reply& reply) { return letter_of(reply, again); }));
}

void RedisNotices::write(std::string id, std::string octets, Done<void> done) {
    run(Script::write, {std::move(id), std::move(octets)}, acknowledging(std::move(done)));
}

void RedisNotices::postpone(std::string id, Instant due, Done<void> done) {
    run(Script::postpone, {std::move(id), text_of(due)}, acknowledging(std::move(done)));
}

void RedisNotices::conclude(std::string id, LetterState state, Instant now, Done<void> done) {
    run(Script::conclude, {std::move(id), std::to_string(static_cast<int>(state)), text_of(now)},
        acknowledging(std::move(done)));
}

void RedisNotices::notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) {
    run(Script::notices, {std::move(key), std::to_string(limit)},
        reading<std::vector<NoticeRecord>>(
            std::move(done), [](const Reply& reply) -> Result<std::vector<NoticeRecord>> {
                std::vector<NoticeRecord> out;
                for (const Reply& entry : reply.list) {
                    auto notice = notice_of(entry);
                    if (!notice) return std::unexpected(std::move(notice.error()));
                    out.push_back(std::move(*notice));
                }
                std::ranges::sort(out, [](const NoticeRecord& a, const NoticeRecord& b) {
                    return std::tie(b.queued, a.id) < std::tie(a.queued, b.id);
                });
                return out;
            }));
}

// A thousand at a time: Redis answers nobody else meanwhile.
void RedisNotices::drop_notices(Instant before, Done<void> done) {
    run(Script::drop_notices, {text_of(before)},
        [this, before, done = std::move(done)](Result<Reply> reply) mutable {
            if (!reply) return done(std::unexpected(std::move(reply.error())));
            if (reply->number > 0) return drop_notices(before, std::move(done));
            done({});
        });
}

}  // namespace decorum::store
