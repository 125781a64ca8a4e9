// Which post may be shown.
#include "gateway/pipeline/clean_posts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/support/outbound/outbound_setup.hpp"

namespace decorum::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::size_t> clean_of(CleanPosts& judge, const std::vector<std::string>& texts,
                                  std::size_t most = 1) {
    std::vector<profile::Activity> posts;
    for (const std::string& text : texts) posts.push_back({wall_clock_now(), "mastodon", text, {}, {}});
    std::promise<std::vector<std::size_t>> promise;
    judge.find_clean(std::move(posts), most,
                     [&promise](std::vector<std::size_t> clean) { promise.set_value(std::move(clean)); });
    return promise.get_future().get();
}

TEST(CleanPosts, TheFirstWithoutAnyFindingAreShown) {
    CleanPosts judge([] { return decorum::test::shipped_conduct().current(); });
    const std::string bad = "What a load of bullshit that was";
    const std::string good = "We are hiring in Lyon";
    EXPECT_THAT(clean_of(judge, {good, bad}), ElementsAre(0u));
    EXPECT_THAT(clean_of(judge, {bad, "Putain, quelle merde ce bug", good}), ElementsAre(2u));
    EXPECT_THAT(clean_of(judge, {good, bad, good, good}, 2), ElementsAre(0u, 2u));
    EXPECT_THAT(clean_of(judge, {bad}), IsEmpty());
    EXPECT_THAT(clean_of(judge, {}), IsEmpty());
}

TEST(CleanPosts, AsksForTheAssessorBeforeAnybodyWaitsForIt) {
    std::promise<void> asked;
    CleanPosts judge([&asked] {
        asked.set_value();
        return std::shared_ptr<const conduct::Assessor>();
    });
    judge.prepare();
    EXPECT_EQ(asked.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
}

TEST(CleanPosts, WhereNobodyCanTellNoneIs) {
    CleanPosts judge([] { return std::shared_ptr<const conduct::Assessor>(); });
    EXPECT_THAT(clean_of(judge, {"We are hiring in Lyon"}), IsEmpty());
}

}  // namespace
}  // namespace decorum::pipeline
