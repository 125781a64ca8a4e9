// What Redis adds: others share it, it may be away, and it may be somebody else's.
#include <fstream>
#include <latch>
#include <map>

#include "gateway/base/log.hpp"
#include "gateway/store/redis/reply.hpp"
#include "gateway/store/shared.hpp"
#include "tests/support/redis_server.hpp"

namespace decorum::store {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr auto patience = 30s;

// Waits for what comes by itself.
template <class Condition>
bool comes(Condition condition) {
    const auto until = SteadyClock::now() + patience;
    while (!condition()) {
        if (SteadyClock::now() > until) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

Result<std::optional<Record>> show(Store& store, const std::string& key, Instant until, Instant latest) {
    return wait_for<std::optional<Record>>(
        [&](auto done) { store.shared()->show(key, until, latest, std::move(done)); });
}
bool take(Store& store, const std::string& token, Milliseconds lease) {
    return wait_for<bool>(
               [&](auto done) { store.shared()->take_flight("key", token, lease, std::move(done)); })
        .value();
}
Document read(Store& store, const std::string& file, const std::string& known = {}) {
    return wait_for<Document>([&](auto done) { store.shared()->read_document(file, known, std::move(done)); })
        .value();
}
bool write(Store& store, const std::string& file, const std::string& known, const Document& next) {
    return wait_for<bool>(
               [&](auto done) { store.shared()->write_document(file, known, next, std::move(done)); })
        .value();
}

void expect_same(const profile::History& a, const profile::History& b) {
    ASSERT_EQ(a.versions.size(), b.versions.size());
    for (std::size_t i = 0; i < a.versions.size(); ++i) {
        EXPECT_EQ(a.versions[i].time, b.versions[i].time);
        EXPECT_EQ(a.versions[i].shown->profile, b.versions[i].shown->profile);
        if (i > 0) EXPECT_LT(a.versions[i - 1].time, a.versions[i].time);
    }
}

TEST(RedisStore, TwoGatewaysRacingLoseNothingAndSeeTheSame) {
    const RedisServer server;
    const auto one = server.open();
    const auto two = server.open();
    constexpr int rounds = 50;
    {
        std::vector<std::jthread> writers;
        for (Store* store : {static_cast<Store*>(one.get()), static_cast<Store*>(two.get())})
            writers.emplace_back([store, name = store == one.get() ? "one" : "two"] {
                for (int i = 0; i < rounds; ++i)
                    EXPECT_TRUE(update(*store, "key", found(name + std::to_string(i), second(i))));
            });
    }
    const auto a = load(*one, "key")->history;
    EXPECT_EQ(a.versions.size(), 2U * rounds);
    expect_same(a, load(*two, "key")->history);
}

// One clock decides, whatever those of the gateways say.
TEST(RedisStore, VersionsBeginByTheClockOfRedisAlone) {
    const RedisServer server;
    RedisOptions options = server.options();
    options.redis_time = true;
    const auto ahead = make_redis_store(options);
    const auto behind = make_redis_store(options);
    const Instant before = wall_clock_now();
    constexpr std::chrono::hours skew{5};
    ASSERT_TRUE(update(*ahead, "key", found("a", before + skew)));
    ASSERT_TRUE(update(*behind, "key", found("b", before - skew)));
    ASSERT_TRUE(update(*ahead, "key", found("c", before + skew)));
    const auto versions = load(*behind, "key")->history.versions;
    ASSERT_EQ(versions.size(), 3U);
    EXPECT_GE(versions[0].time, before);
    EXPECT_LE(versions[2].time, wall_clock_now() + std::chrono::seconds{3});
    EXPECT_EQ(versions[0].shown->profile, "a");
    EXPECT_EQ(versions[1].shown->profile, "b");
    expect_same(load(*ahead, "key")->history, load(*behind, "key")->history);
    // Whoever is ahead has shown "c" at his time: nothing that comes may begin before.
    EXPECT_EQ(show(*ahead, "key", before + skew, versions[2].time).value(), std::nullopt);
    EXPECT_EQ(update(*behind, "key", found("d", before))->history.versions.back().time,
              before + skew + std::chrono::seconds{1});
}

TEST(RedisStore, WhatIsShownIsOnRecordOrTheLaterVersionComesInstead) {
    const RedisServer server;
    const auto store = server.open();
    ASSERT_NE(store->shared(), nullptr);
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    EXPECT_EQ(show(*store, "key", second(100), second(10)).value(), std::nullopt);
    EXPECT_EQ(load(*store, "key")->history.served, second(100));
    ASSERT_TRUE(update(*store, "key", found("b", second(50))));
    const auto later = show(*store, "key", second(200), second(10)).value();
    ASSERT_TRUE(later);
    ASSERT_EQ(later->history.versions.size(), 2U);
    EXPECT_EQ(later->history.versions[1].time, second(101));
    EXPECT_EQ(later->history.served, second(200));
    ASSERT_TRUE(erase(*store, "key", second(300)));
    EXPECT_EQ(show(*store, "key", second(400), second(101)).value()->forgotten, second(300));
    const auto lost = show(*store, "unknown", second(400), second(101)).value();
    ASSERT_TRUE(lost);
    EXPECT_TRUE(lost->history.versions.empty());
    EXPECT_EQ(lost->history.served, Instant{});
}

TEST(RedisStore, OneGatewayAtATimeHasTheFlight) {
    const RedisServer server;
    const auto one = server.open();
    const auto two = server.open();
    EXPECT_TRUE(take(*one, "a", 1h));
    EXPECT_FALSE(take(*two, "b", 1h));
    two->shared()->end_flight("key", "b");  // not his
    EXPECT_FALSE(take(*two, "b", 1h));
    one->shared()->end_flight("key", "a");
    one->flush();
    EXPECT_TRUE(take(*two, "b", 50ms));  // and dies
    EXPECT_TRUE(comes([&] { return take(*one, "a", 1h); }));
}

TEST(RedisStore, WhatOneGatewayRefusedAndLetPassTheOthersHear) {
    const RedisServer server;
    const auto one = server.open();
    const auto two = server.open();
    const auto heard = [&](std::uint64_t cursor) {
        return wait_for<Refusals>([&](auto done) { two->shared()->refusals_since(cursor, std::move(done)); })
            .value();
    };
    const auto tell = [&](const std::string& message, bool passed, std::chrono::seconds latest) {
        EXPECT_TRUE(wait_for<void>([&](auto done) {
            passed ? one->shared()->passed(message, latest, std::move(done))
                   : one->shared()->refused(message, latest, std::move(done));
        }));
    };
    EXPECT_TRUE(heard(0).entries.empty());
    tell("a", false, 900s);
    tell("b", false, 900s);
    const auto both = heard(0);
    ASSERT_EQ(both.entries.size(), 2U);
    EXPECT_EQ(both.entries[0].message, "a");
    ASSERT_TRUE(both.entries[0].ago);
    EXPECT_LE(*both.entries[0].ago, patience);
    EXPECT_TRUE(heard(both.cursor).entries.empty());
    tell("a", true, 900s);
    const auto passed = heard(both.cursor);
    ASSERT_EQ(passed.entries.size(), 1U);
    EXPECT_EQ(passed.entries[0].message, "a");
    EXPECT_FALSE(passed.entries[0].ago);
    EXPECT_EQ(heard(9'000'000'000'000'000).entries.size(), 2U) << "a cursor of what was lost";
}

TEST(RedisStore, OfARefusedMessageNothingStaysWhenItsTimeIsOver) {
    const RedisServer server;
    const auto store = server.open();
    const auto tell = [&](const std::string& message, std::chrono::seconds latest) {
        EXPECT_TRUE(
            wait_for<void>([&](auto done) { store->shared()->refused(message, latest, std::move(done)); }));
    };
    const auto count = [&] {
        return wait_for<Refusals>([&](auto done) { store->shared()->refusals_since(0, std::move(done)); })
            ->entries.size();
    };
    for (int i = 0; i < 50; ++i) tell("brief" + std::to_string(i), 1s);
    tell("long", 900s);
    EXPECT_GE(count(), 1U);
    ASSERT_TRUE(comes([&] { return count() == 1; })) << "whoever looks drops them all";
    for (const char* part :
         {"ZRANGE decorum:refusals 0 -1", "ZRANGE decorum:refusals:ends 0 -1", "HKEYS decorum:refusals:at"})
        EXPECT_EQ(server.cli(part), "long\n") << part;
    const RedisServer other;
    const auto alone = other.open();
    EXPECT_TRUE(wait_for<void>([&](auto done) { alone->shared()->refused("brief", 1s, std::move(done)); }));
    EXPECT_TRUE(comes([&] { return !other.cli("KEYS decorum:*").contains("refusals\n"); })) << "nobody looks";
    EXPECT_EQ(other.cli("EXISTS decorum:refusals:at decorum:refusals:ends"), "0\n");
}

TEST(RedisStore, OfTwoWhoChangeADocumentOneBeginsAnew) {
    const RedisServer server;
    const auto one = server.open();
    const auto two = server.open();
    EXPECT_EQ(read(*one, "list").version, 0U);
    EXPECT_TRUE(write(*one, "list", "", {1, "first ", std::string("a\0b", 3)}));
    EXPECT_FALSE(write(*two, "list", "", {1, "other ", "c"}));
    EXPECT_EQ(read(*two, "list").octets, std::string("a\0b", 3));
    EXPECT_EQ(read(*two, "list").name(), "first");
    EXPECT_EQ(read(*two, "list", "first").version, 1U);
    EXPECT_EQ(read(*two, "list", "first").octets, "") << "known";
    EXPECT_TRUE(write(*two, "list", "first", {2, "second first ", ""}));
    EXPECT_FALSE(write(*one, "list", "first", {2, "third first ", ""}));
    EXPECT_EQ(read(*one, "list").version, 2U);
    EXPECT_EQ(read(*one, "list").lineage, "second first ");
    EXPECT_EQ(read(*one, "other").version, 0U);
}

TEST(RedisStore, FailsAtOnceWhileRedisIsAwayAndGoesOnByItself) {
    RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
    const auto store = server.open();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    server.kill();
    const auto lost = load(*store, "key");
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, errc::unavailable);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(serve(*store, "key", second(i)));
    store->flush();
    EXPECT_FALSE(store->state());
    server.start();
    ASSERT_TRUE(comes([&] { return load(*store, "key").has_value(); }));
    EXPECT_EQ(load(*store, "key")->history.versions.size(), 1U);
    EXPECT_TRUE(store->state());
    EXPECT_TRUE(update(*store, "key", found("b", second(20))));
}

TEST(RedisStore, NobodyWaitsLongerThanTheLimitForOneThatHangs) {
    RedisServer server;
    RedisOptions options = server.options();
    options.server.timeout = 100ms;
    const auto store = make_redis_store(options);
    ASSERT_TRUE(comes([&] { return update(*store, "key", found("a", second(10))).has_value(); }));
    server.stop();
    const auto stalled = load(*store, "key");
    ASSERT_FALSE(stalled);
    EXPECT_EQ(stalled.error().code, errc::unavailable);
    server.go_on();
    EXPECT_TRUE(comes([&] { return load(*store, "key").has_value(); }));
}

TEST(RedisStore, AtItsEndEverybodyHasAnAnswer) {
    RedisServer server;
    std::atomic<int> answers = 0;
    constexpr int questions = 500;
    {
        const auto store = server.open();
        for (int i = 0; i < questions; ++i) store->load("key", [&](const Result<Record>&) { ++answers; });
        store->wipe([&](const Result<>&) { ++answers; });
    }
    EXPECT_EQ(answers, questions + 1);
    server.kill();
    {
        const auto store = server.open();
        for (int i = 0; i < questions; ++i)
            store->load("key", [&](const Result<Record>& record) {
                EXPECT_FALSE(record);
                ++answers;
            });
    }
    EXPECT_EQ(answers, 2 * questions + 1);
}

// Of a Redis that is there: nothing else tells why all mail says that nobody is known.
TEST(RedisStore, WhatRedisRefusesIsCountedAndLoggedOnceForEachReason) {
    const RedisServer server;
    const std::string file = (server.folder() / "operational").native();
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = file}));
    const auto store = server.open();
    server.cli("SET decorum:state:kind x");
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(load(*store, "kind"));
    server.cli("CONFIG SET maxmemory 1");
    for (int i = 0; i < 3; ++i) {
        const auto full = update(*store, "key", found("a", second(10)));
        ASSERT_FALSE(full);
        EXPECT_EQ(full.error().code, errc::limit) << full.error().text();
    }
    EXPECT_FALSE(wait_for<bool>(
        [&](auto done) { store->shared()->take_flight("key", "token", 1h, std::move(done)); }));
    const auto before = store->tally().failures.value();
    EXPECT_EQ(before, 7U);
    EXPECT_FALSE(wait_for<Standing>([&](auto done) {
        store->notices().amend(
            "key",
            [](Standing& standing) {
                standing.language = "fr";
                return std::nullopt;
            },
            std::move(done));
    }));
    EXPECT_EQ(store->tally().failures.value(), before + 1) << "notices count, too";
    ASSERT_TRUE(log::start({.level = log::Level::info, .format = log::Format::text, .target = "stderr"}));
    std::ifstream in(file);
    std::map<std::string, int> words;
    for (std::string line; std::getline(in, line);)
        if (const auto at = line.find("store_failed error="); at != std::string::npos)
            ++words[line.substr(at + 19, line.find(' ', at + 19) - at - 19)];
    EXPECT_EQ(words, (std::map<std::string, int>{{"OOM", 1}, {"WRONGTYPE", 1}}));
}

// Its callbacks come while the client ends, and ask it anew.
TEST(RedisStore, AnAmendmentThatIsUnderWayAtTheEndHasAnAnswer) {
    RedisServer server;
    for (int i = 0; i < 20; ++i) {
        int answers = 0;
        auto store = server.open();
        ASSERT_TRUE(store->state());
        server.stop();
        for (int j = 0; j < 5; ++j)
            store->notices().amend(
                "key",
                [](Standing& standing) {
                    standing.language = "fr";
                    return std::nullopt;
                },
                [&](const Result<Standing>&) { ++answers; });
        std::jthread later([&] {
            std::this_thread::sleep_for(5ms);
            server.go_on();
        });
        store.reset();
        EXPECT_EQ(answers, 5);
    }
}

TEST(RedisStore, ScriptsThatRedisHasForgottenAreSentAnew) {
    const RedisServer server;
    const auto store = server.open();
    ASSERT_TRUE(update(*store, "key", found("a", second(10))));
    server.cli("SCRIPT FLUSH");
    EXPECT_EQ(update(*store, "key", found("b", second(20)))->history.versions.size(), 2U);
}

TEST(RedisStore, AWrongPasswordNamesItsSetting) {
    const RedisServer server({"--requirepass", "right"});
    const auto fault_of = [&](const std::string& user, const std::string& password) {
        RedisOptions options = server.options();
        options.server.user = user;
        options.server.password = Secret(password);
        const auto store = make_redis_store(options);
        const auto state = store->state();
        return state ? std::string() : state.error().detail;
    };
    EXPECT_EQ(fault_of("", "right"), "");
    EXPECT_TRUE(fault_of("", "wrong").starts_with("store.password_file: ")) << fault_of("", "wrong");
    EXPECT_TRUE(fault_of("", "").starts_with("store.password_file: ")) << fault_of("", "");
    EXPECT_TRUE(fault_of("jane", "right").starts_with("store.user, store.password_file: "));
    EXPECT_FALSE(fault_of("", "wrong").contains("wrong"));
}

TEST(RedisStore, ANewerSchemaIsLeftAlone) {
    const RedisServer server;
    server.cli("SET decorum:schema 99");
    const auto store = server.open();
    const auto state = store->state();
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, errc::unsupported);
    EXPECT_FALSE(update(*store, "key", found("a", second(10))));
    EXPECT_EQ(server.cli("DBSIZE"), "1\n");
}

TEST(RedisStore, DamagedRecordsAreErrorsOfTheirOwn) {
    const RedisServer server;
    const auto store = server.open();
    ASSERT_TRUE(update(*store, "good", found("a", second(10))));
    server.cli("RPUSH decorum:versions:bad nonsense");
    server.cli("HSET decorum:state:odd fetched x");
    server.cli("SET decorum:state:kind x");
    for (const char* key : {"bad", "odd"}) {
        const auto record = load(*store, key);
        ASSERT_FALSE(record) << key;
        EXPECT_EQ(record.error().code, errc::corrupt);
    }
    EXPECT_FALSE(load(*store, "kind"));
    EXPECT_TRUE(load(*store, "good"));
}

bool any_file_holds(const std::filesystem::path& folder, const std::string& words) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string octets(std::istreambuf_iterator<char>(file), {});
        if (octets.contains(words)) return true;
    }
    return false;
}

TEST(RedisStore, NoOctetOfWhoWasErasedStaysInTheFiles) {
    const RedisServer server(
        {"--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no"});
    const auto store = server.open();
    ASSERT_TRUE(update(*store, "key", found("unmistakable", second(10))));
    ASSERT_TRUE(any_file_holds(server.folder(), "unmistakable"));
    ASSERT_TRUE(erase(*store, "key", second(20)));
    const auto wiped = wipe(*store);
    ASSERT_TRUE(wiped) << wiped.error().text();
    EXPECT_TRUE(comes([&] { return !any_file_holds(server.folder(), "unmistakable"); }));
}

using redis::Reply;
using redis::ReplyReader;

std::vector<Reply> read_in(const std::string& octets, std::size_t piece) {
    ReplyReader reader;
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < octets.size(); at += piece) {
        EXPECT_TRUE(reader.feed(std::string_view(octets).substr(at, piece)));
        for (;;) {
            auto reply = reader.next();
            EXPECT_TRUE(reply);
            if (!reply || !*reply) break;
            replies.push_back(std::move(**reply));
        }
    }
    return replies;
}

TEST(RedisReply, TheSameForEverySplit) {
    const std::string octets =
        "+OK\r\n-WRONGPASS "
        "no\r\n:-7\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*3\r\n*2\r\n$1\r\nx\r\n:1\r\n*0\r\n$0\r\n\r\n:9\r\n";
    const auto whole = read_in(octets, octets.size());
    ASSERT_EQ(whole.size(), 8U);
    EXPECT_EQ(whole[0].text, "OK");
    EXPECT_EQ(whole[1].error_word(), "WRONGPASS");
    EXPECT_EQ(whole[2].as_number(), -7);
    EXPECT_EQ(whole[3].text, "a\r\nb");
    EXPECT_EQ(whole[4].kind, Reply::Kind::nil);
    EXPECT_EQ(whole[5].kind, Reply::Kind::nil);
    ASSERT_EQ(whole[6].list.size(), 3U);
    EXPECT_EQ(whole[6].list[0].list[0].text, "x");
    EXPECT_EQ(whole[6].list[1].kind, Reply::Kind::list);
    for (std::size_t piece = 1; piece < octets.size(); ++piece) EXPECT_EQ(read_in(octets, piece), whole);
}

TEST(RedisReply, TheErrorOfAScriptsCommandIsFoundInWhatRedis6Wraps) {
    const auto word_of = [](const std::string& text) {
        Reply reply;
        reply.kind = Reply::Kind::error;
        reply.text = text;
        return std::string(reply.error_word());
    };
    const std::string wrapper =
        "ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): ";
    EXPECT_EQ(
        word_of(wrapper + "@user_script:31: @user_script: 31: -READONLY You can't write against a read only "
                          "replica."),
        "READONLY");
    EXPECT_EQ(word_of(wrapper + "@user_script:7: -OOM command not allowed when used memory > 'maxmemory'."),
              "OOM");
    EXPECT_EQ(word_of(wrapper + "@user_script:7: WRONGTYPE Operation against a key holding the wrong kind"),
              "WRONGTYPE");
    EXPECT_EQ(word_of(wrapper + "@user_script:7: attempt to index a nil value"), "ERR");
    EXPECT_EQ(word_of(wrapper + "@user_script:7: "), "ERR");
    EXPECT_EQ(word_of("ERR Error running script"), "ERR");
    EXPECT_EQ(
        word_of("READONLY You can't write against a read only replica. script: 6b1b, on @user_script:31."),
        "READONLY");
    EXPECT_EQ(word_of("NOPERM"), "NOPERM");
}

TEST(RedisReply, WhatIsNotTheProtocolOrBeyondMeasureIsAnError) {
    const auto fault_of = [](const std::string& octets) {
        ReplyReader reader({.octets = 1000, .elements = 100});
        const auto fed = reader.feed(octets);
        if (!fed) return std::optional(fed.error().code);
        const auto reply = reader.next();
        EXPECT_FALSE(reader.next() && !reply) << "a reader that failed stays so";
        return reply ? std::nullopt : std::optional(reply.error().code);
    };
    EXPECT_EQ(fault_of("HTTP/1.1 400 Bad Request\r\n"), errc::syntax);
    EXPECT_EQ(fault_of("*2147483647\r\n"), errc::limit);
    EXPECT_EQ(fault_of("*2\r\n*60\r\n*60\r\n"), errc::limit) << "all lists together";
    EXPECT_EQ(fault_of("*99\r\n*2\r\n"), errc::limit);
    EXPECT_EQ(fault_of(std::string(1001, '+')), errc::limit);
    EXPECT_EQ(fault_of("*100\r\n"), std::nullopt);
}

}  // namespace
}  // namespace decorum::store
