// HTTP/2, against a server that speaks nothing else.
#include <gmock/gmock.h>

#include <latch>

#include "tests/unit/net_http/client_fixture.hpp"
#include "tests/unit/net_http/nghttpd.hpp"

namespace decorum::net {
namespace {

class Http2 : public HttpClientTest {
protected:
    [[nodiscard]] std::string url(const std::string& path) const {
        return "https://profiles.example:" + std::to_string(nghttpd.port()) + path;
    }
    const std::string jane = folder.write("jane.json", R"({"name":"Jane"})");
    const std::string large = folder.write("large", std::string(2 * 1024 * 1024, 'x'));
    Nghttpd nghttpd{folder.path().string(), authority.issue("h2", {.alt_names = "DNS:profiles.example"})};
};

TEST_F(Http2, IsSpokenWhereTheServerOffersItAndItsConnectionIsReused) {
    for (int i = 0; i < 3; ++i) {
        auto asked = request(url("/jane.json"));
        asked.cacheable = false;
        const auto out = fetch(asked);
        ASSERT_TRUE(out) << out.error().text();
        EXPECT_EQ(out->status, 200);
        EXPECT_EQ(out->body, R"({"name":"Jane"})");
        EXPECT_THAT(std::string(out->field("server")), testing::HasSubstr("nghttpd"));
    }
    EXPECT_EQ(get(url("/nobody"))->status, 404);
    client->close();
    const std::string said = nghttpd.stop();
    EXPECT_THAT(said, testing::HasSubstr("[id=1]"));
    EXPECT_THAT(said, testing::Not(testing::HasSubstr("[id=2]")));
}

TEST_F(Http2, AnswersAreRevalidated) {
    EXPECT_FALSE(get(url("/jane.json"))->from_cache);
    const auto out = get(url("/jane.json"));
    ASSERT_TRUE(out) << out.error().text();
    EXPECT_TRUE(out->from_cache);
    EXPECT_EQ(out->body, R"({"name":"Jane"})");
}

TEST_F(Http2, ABodyThatIsTooLongEndsItsStreamAndNotTheOthers) {
    constexpr int count = 20;
    std::latch left(2 * count);
    std::atomic<int> answered = 0;
    std::atomic<int> limited = 0;
    for (int i = 0; i < count; ++i) {
        for (const char* path : {"/jane.json", "/large"}) {
            auto asked = request(url(path));
            asked.cacheable = false;
            client->fetch(std::move(asked), [&](const Result<HttpResponse>& result) {
                if (result)
                    ++answered;
                else if (result.error().code == errc::limit)
                    ++limited;
                left.count_down();
            });
        }
    }
    left.wait();
    EXPECT_EQ(answered, count);
    EXPECT_EQ(limited, count);
}

}  // namespace
}  // namespace decorum::net
