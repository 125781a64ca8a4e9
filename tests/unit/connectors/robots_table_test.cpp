#include "connectors/robots_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RobotsTableTest : public testing::Test {
protected:
    std::shared_ptr<RobotsTable> table(std::size_t max_sites = 1000, std::size_t max_octets = 1 << 20) {
        return RobotsTable::make(
            web_, {.max_sites = max_sites, .max_octets = max_octets, .now = [this] { return now_; }});
    }
    static std::string ask(RobotsTable& table, std::string_view url) {
        std::string answer = "none";
        table.ask(url, [&](Permission permission) {
            answer = permission == Permission::granted  ? "granted"
                     : permission == Permission::denied ? "denied"
                                                        : "unknown";
        });
        return answer;
    }
    void put(std::string_view origin, int status, std::string body = {}) {
        web_.put(std::string(origin) + "/robots.txt", status, "text/plain", std::move(body));
    }
    test::Web web_;
    SteadyClock::time_point now_{};
};

constexpr std::string_view closed = "User-agent: *\nDisallow: /\n";

TEST_F(RobotsTableTest, TheStatusDecidesWhereThereAreNoRules) {
    const auto robots = table();
    int site = 0;
    for (const auto& [status, permission] : std::vector<std::pair<int, std::string>>{{200, "denied"},
                                                                                     {206, "denied"},
                                                                                     {301, "granted"},
                                                                                     {400, "granted"},
                                                                                     {401, "granted"},
                                                                                     {403, "granted"},
                                                                                     {404, "granted"},
                                                                                     {410, "granted"},
                                                                                     {500, "unknown"},
                                                                                     {503, "unknown"}}) {
        const std::string origin = "https://site" + std::to_string(site++) + ".example";
        put(origin, status, std::string(closed));
        EXPECT_EQ(ask(*robots, origin + "/me"), permission) << status;
    }
    for (const errc code : {errc::timed_out, errc::refused, errc::tls_failed, errc::limit}) {
        const std::string origin = "https://site" + std::to_string(site++) + ".example";
        web_.put_error(origin + "/robots.txt", code);
        EXPECT_EQ(ask(*robots, origin + "/me"), "unknown") << name_of(code);
    }
}

TEST_F(RobotsTableTest, PathAndQueryAreWhatIsMatched) {
    put("https://jane.example", 200, "User-agent: decorum\nDisallow: /me$\nDisallow: /*?private\n");
    const auto robots = table();
    EXPECT_EQ(ask(*robots, "https://jane.example/me"), "denied");
    EXPECT_EQ(ask(*robots, "https://jane.example/me#top"), "denied");
    EXPECT_EQ(ask(*robots, "https://jane.example/me/"), "granted");
    EXPECT_EQ(ask(*robots, "https://jane.example/me?private"), "denied");
    EXPECT_EQ(ask(*robots, "https://jane.example?private"), "granted") << "no path, so no slash to match";
    EXPECT_EQ(web_.requests.size(), 1U);
}

TEST_F(RobotsTableTest, EachOriginHasItsOwn) {
    put("https://jane.example", 200, std::string(closed));
    const auto robots = table();
    EXPECT_EQ(ask(*robots, "https://jane.example/"), "denied");
    EXPECT_EQ(ask(*robots, "https://jane.example:8443/"), "granted");
    EXPECT_THAT(web_.asked(),
                ElementsAre("https://jane.example/robots.txt", "https://jane.example:8443/robots.txt"));
    EXPECT_EQ(web_.requests[0].max_octets, max_robots_octets);
}

TEST_F(RobotsTableTest, RulesAreKeptForADayAndSilenceForFiveMinutes) {
    put("https://jane.example", 200, std::string(closed));
    put("https://down.example", 503);
    const auto robots = table();
    EXPECT_EQ(ask(*robots, "https://jane.example/"), "denied");
    EXPECT_EQ(ask(*robots, "https://down.example/"), "unknown");
    put("https://jane.example", 404);
    put("https://down.example", 404);
    now_ += std::chrono::minutes{5} - std::chrono::seconds{1};
    EXPECT_EQ(ask(*robots, "https://down.example/"), "unknown");
    now_ += std::chrono::seconds{1};
    EXPECT_EQ(ask(*robots, "https://down.example/"), "granted");
    now_ += std::chrono::hours{23};
    EXPECT_EQ(ask(*robots, "https://jane.example/"), "denied");
    now_ += std::chrono::hours{1};
    EXPECT_EQ(ask(*robots, "https://jane.example/"), "granted");
}

TEST_F(RobotsTableTest, OneFetchServesAllThatWait) {
    put("https://jane.example", 200, "User-agent: *\nDisallow: /private\n");
    const auto robots = table();
    web_.hold();
    std::vector<Permission> answers;
    for (const char* url :
         {"https://jane.example/me", "https://jane.example/private", "https://jane.example/"})
        robots->ask(url, [&](Permission permission) { answers.push_back(permission); });
    EXPECT_THAT(answers, IsEmpty());
    EXPECT_EQ(web_.requests.size(), 1U);
    web_.answer_all();
    EXPECT_THAT(answers, ElementsAre(Permission::granted, Permission::denied, Permission::granted));
}

TEST_F(RobotsTableTest, OutlivesItsOwnerWhileAFetchIsUnderWay) {
    put("https://jane.example", 200, std::string(closed));
    web_.hold();
    std::optional<Permission> answer;
    table()->ask("https://jane.example/", [&](Permission permission) { answer = permission; });
    web_.answer_all();
    EXPECT_EQ(answer, Permission::denied);
}

TEST_F(RobotsTableTest, TheSiteThatExpiresFirstMakesRoom) {
    const auto robots = table(3);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(ask(*robots, "https://site" + std::to_string(i) + ".example/"), "granted");
        now_ += std::chrono::seconds{1};
        EXPECT_LE(robots->sites(), 3U);
    }
    const std::size_t before = web_.requests.size();
    EXPECT_EQ(ask(*robots, "https://site9.example/"), "granted");
    EXPECT_EQ(web_.requests.size(), before) << "the latest is still known";
    EXPECT_EQ(ask(*robots, "https://site0.example/"), "granted");
    EXPECT_EQ(web_.requests.size(), before + 1);
}

TEST_F(RobotsTableTest, NoRoomWhileAllAreUnderWay) {
    const auto robots = table(1);
    web_.hold();
    robots->ask("https://a.example/", [](Permission) {});
    EXPECT_EQ(ask(*robots, "https://b.example/"), "unknown");
    EXPECT_EQ(web_.requests.size(), 1U);
    web_.answer_all();
    EXPECT_EQ(ask(*robots, "https://b.example/"), "granted");
}

TEST_F(RobotsTableTest, RulesAreBoundedInOctets) {
    std::string many = "User-agent: *\n";
    for (int i = 0; i < 1000; ++i) many += "Disallow: /" + std::to_string(i) + "\n";
    const auto robots = table(1000, 200'000);
    for (int i = 0; i < 20; ++i) {
        const std::string origin = "https://site" + std::to_string(i) + ".example";
        put(origin, 200, many);
        EXPECT_EQ(ask(*robots, origin + "/5"), "denied");
        now_ += std::chrono::seconds{1};
    }
    EXPECT_LT(robots->sites(), 8U);
    EXPECT_GT(robots->sites(), 1U);
}

// Answers each question on a thread of its own.
class Threads final : public net::Fetcher {
public:
    void fetch(net::HttpRequest request, Done done) override {
        const std::lock_guard lock(mutex_);
        ++requests_[request.url];
        threads_.emplace_back([url = request.url, done = std::move(done)]() mutable {
            done(net::HttpResponse{200, {}, std::string(closed), url, false});
        });
    }
    std::map<std::string, int> join() {
        for (std::thread& thread : threads_) thread.join();
        return requests_;
    }

private:
    std::mutex mutex_;
    std::vector<std::thread> threads_;
    std::map<std::string, int> requests_;
};

TEST_F(RobotsTableTest, ManyThreadsShareOneFetchASite) {
    Threads fetcher;
    const auto robots = RobotsTable::make(fetcher);
    constexpr int askers = 8;
    constexpr int sites = 20;
    std::atomic<int> denied = 0;
    std::vector<std::thread> threads;
    for (int asker = 0; asker < askers; ++asker)
        threads.emplace_back([&] {
            for (int site = 0; site < sites; ++site)
                robots->ask(
                    "https://site" + std::to_string(site) + ".example/me",
                    [&](Permission permission) { denied += permission == Permission::denied ? 1 : 0; });
        });
    for (std::thread& thread : threads) thread.join();
    const auto requests = fetcher.join();
    EXPECT_EQ(denied, askers * sites);
    EXPECT_EQ(requests.size(), 20U);
    for (const auto& [url, count] : requests) EXPECT_EQ(count, 1) << url;
}

}  // namespace
}  // namespace decorum::connectors
