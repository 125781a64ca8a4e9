// Which posts readers are shown where a judge is asked first.
#include <gtest/gtest.h>

#include "tests/unit/lookup/parts.hpp"

namespace decorum::lookup {
namespace {

using namespace test;

// Finds texts clean that don't begin with "bad"; or keeps the question.
class Judge final : public profile::PostJudge {
public:
    void find_clean(std::vector<profile::Activity> posts, std::size_t most, Done done) override {
        ++questions;
        seen = posts.size();
        std::vector<std::size_t> answer;
        for (std::size_t i = 0; i < posts.size() && answer.size() < most && !fails; ++i)
            if (!posts[i].text.starts_with("bad")) answer.push_back(i);
        if (keeps)
            kept.emplace_back([done = std::move(done), answer]() mutable { done(answer); });
        else
            done(answer);
    }

    bool keeps = false;
    bool fails = false;
    int questions = 0;
    std::size_t seen = 0;
    std::vector<std::move_only_function<void()>> kept;
};

class Posts : public testing::Test {
protected:
    Posts() {
        desk_.options.presentation.activity = true;
        desk_.options.posts = judge_;
        source_ = desk_.add("directory", true);
    }
    // The latest first.
    void say(const std::vector<std::string>& texts, profile::Tier tier = profile::Tier::s) {
        profile::Answer answer = person("directory", "Jane Martin", profile::Tier::s, second(0));
        int age = 0;
        for (const std::string& text : texts)
            answer.profile.activities.push_back(
                {second(-age++), "mastodon", text, {}, {"directory", tier, "for the test", second(0)}});
        source_->answer_with(std::move(answer));
    }
    std::string activity(int date) {
        const Asked asked = desk_.ask(date);
        if (!*asked) return "pending";
        return (*asked)->shown ? (*asked)->shown->activity : "nobody";
    }

    std::shared_ptr<Judge> judge_ = std::make_shared<Judge>();
    Desk desk_;
    std::shared_ptr<Source> source_;
};

TEST_F(Posts, TheLatestCleanOneIsShown) {
    say({"bad one", "bad two", "We are hiring", "older"});
    EXPECT_NE(activity(1).find("We are hiring"), std::string::npos);
}

TEST_F(Posts, AsManyCleanOnesAsAreAskedFor) {
    desk_.options.presentation.activities = 2;
    say({"bad one", "We are hiring", "bad two", "older", "oldest"});
    const std::string shown = activity(1);
    EXPECT_TRUE(shown.contains("We are hiring") && shown.contains("older"));
    EXPECT_FALSE(shown.contains("bad") || shown.contains("oldest")) << shown;
}

TEST_F(Posts, WhereNoneIsCleanNoneIsShown) {
    say({"bad one", "bad two"});
    EXPECT_EQ(activity(1), "");
}

TEST_F(Posts, WhereTheJudgeCannotTellNoneIsShown) {
    judge_->fails = true;
    say({"We are hiring"});
    EXPECT_EQ(activity(1), "");
}

TEST_F(Posts, WithoutAJudgeTheLatestIsShown) {
    desk_.options.posts = nullptr;
    say({"bad one", "We are hiring"});
    EXPECT_NE(activity(1).find("bad one"), std::string::npos);
}

TEST_F(Posts, WhatIsNeverShownIsNotJudged) {
    say({"We are hiring"}, profile::Tier::c);
    EXPECT_EQ(activity(1), "");
    EXPECT_EQ(judge_->questions, 0);
    desk_.options.presentation.activity = false;
    desk_.restart();
    say({"We are hiring"});
    EXPECT_EQ(activity(2), "");
    EXPECT_EQ(judge_->questions, 0);
}

TEST_F(Posts, NoMoreThanTwentyAreJudged) {
    std::vector<std::string> texts(20, "bad");
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] += std::to_string(i);
    texts.emplace_back("We are hiring");
    say(texts);
    EXPECT_EQ(activity(1), "");
    EXPECT_EQ(judge_->seen, 20u);
}

TEST_F(Posts, WhoCannotWaitForTheJudgeIsShownThePersonWithoutAPost) {
    judge_->keeps = true;
    say({"We are hiring"});
    const Asked asked = desk_.ask(0);
    EXPECT_FALSE(*asked);
    const auto so_far = desk_.service().found_so_far("jane@example.org", second(0));
    ASSERT_TRUE(so_far && so_far->shown);
    EXPECT_EQ(so_far->shown->display_name, "Jane Martin");
    EXPECT_EQ(so_far->shown->activity, "");
    for (auto& answer : std::exchange(judge_->kept, {})) answer();
    ASSERT_TRUE(*asked);
    EXPECT_EQ((*asked)->shown->activity, "") << "what a message has shown it shows for ever";
    desk_.clock.set(10);
    EXPECT_NE(activity(10).find("We are hiring"), std::string::npos);
}

TEST_F(Posts, AJudgeThatAnswersAfterTheEndHarmsNobody) {
    judge_->keeps = true;
    say({"We are hiring"});
    const Asked asked = desk_.ask(1);
    desk_.restart();
    ASSERT_TRUE(*asked);
    EXPECT_EQ((*asked)->verdict, Verdict::unavailable);
    for (auto& answer : std::exchange(judge_->kept, {})) answer();
}

TEST_F(Posts, AReportTellsEveryWordOfWhatIsTied) {
    say({"bad one", "We are hiring"});
    const Report report = desk_.report(false);
    ASSERT_EQ(report.said.size(), 1u);
    EXPECT_EQ(report.said[0].source, "directory");
    EXPECT_EQ(report.said[0].account, "");
    EXPECT_EQ(report.said[0].tier, profile::Tier::s);
    EXPECT_EQ(report.said[0].profile.activities.size(), 2u);
    EXPECT_EQ(report.profile->activities.size(), 2u);
}

}  // namespace
}  // namespace decorum::lookup
