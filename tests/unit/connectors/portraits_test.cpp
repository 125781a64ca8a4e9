// Pictures of the web become faces: who is asked how often, what is kept, and what a failure leaves behind.
#include "connectors/portraits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/worker/picture/face_encoder.hpp"
#include "tests/unit/connectors/web.hpp"

namespace decorum::connectors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const std::string picture_url = "https://0.gravatar.com/avatar/33252cd1?secret=1";

// Decodes nothing: says `answer` to whatever it is given.
class Bench final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        EXPECT_EQ(job, worker::Job::face);
        inputs.push_back(std::move(input));
        if (holding)
            held.push_back(std::move(done));
        else
            done(answer);
    }
    Result<std::string> answer = worker::encode_face(worker::FacePixels{});
    bool holding = false;
    std::vector<std::string> inputs;
    std::vector<Done> held;
};

class PortraitsTest : public testing::Test {
protected:
    void SetUp() override { web_.put(picture_url, 200, "image/png", "picture"); }
    void TearDown() override { EXPECT_TRUE(log::start({})); }

    // How it ended, each time that somebody was told.
    auto told() {
        return [this](Result<std::string> face) { ends_.push_back(std::move(face)); };
    }
    Result<std::string> fetch(const std::string& where = picture_url) {
        std::optional<Result<std::string>> end;
        portraits_->fetch(where, [&](Result<std::string> face) { end = std::move(face); });
        return end ? std::move(*end) : fail(errc::io, "not answered");
    }
    std::string log_of(const std::function<void()>& deed) {
        const auto file = std::filesystem::temp_directory_path() /
                          ("portraits_test." + std::to_string(::getpid()) + ".log");
        EXPECT_TRUE(log::start({.format = log::Format::text, .target = file}));
        deed();
        log::flush();
        std::ifstream in(file);
        std::string lines(std::istreambuf_iterator<char>(in), {});
        std::filesystem::remove(file);
        return lines;
    }

    test::Web web_;
    Bench bench_;
    SteadyClock::time_point now_{};
    std::vector<Result<std::string>> ends_;
    std::unique_ptr<Portraits> portraits_ = std::make_unique<Portraits>(
        web_, bench_, Portraits::Options{.max_octets = 1000, .max_kept = 3, .now = [this] { return now_; }});
};

TEST_F(PortraitsTest, APictureBecomesAFace) {
    const auto face = fetch();
    ASSERT_TRUE(face);
    EXPECT_EQ(*face, *bench_.answer);
    EXPECT_THAT(bench_.inputs, ElementsAre("picture"));
    ASSERT_THAT(web_.requests, SizeIs(1));
    EXPECT_EQ(web_.requests[0].max_octets, 1000U);
    EXPECT_EQ(web_.requests[0].accept, "image/png, image/jpeg, image/webp");
}

TEST_F(PortraitsTest, AllWhoAskMeanwhileGetTheSameFace) {
    web_.hold();
    bench_.holding = true;
    portraits_->fetch(picture_url, told());
    portraits_->fetch(picture_url, told());
    web_.answer_all();
    portraits_->fetch(picture_url, told());
    EXPECT_THAT(ends_, SizeIs(0));
    ASSERT_THAT(bench_.held, SizeIs(1));
    bench_.held[0](bench_.answer);
    EXPECT_THAT(ends_, SizeIs(3));
    for (const auto& end : ends_) EXPECT_TRUE(end);
    EXPECT_THAT(web_.asked(), ElementsAre(picture_url));
}

TEST_F(PortraitsTest, AFaceIsKeptForADay) {
    (void)fetch();
    now_ += std::chrono::hours{24} - std::chrono::seconds{1};
    EXPECT_TRUE(fetch());
    EXPECT_THAT(web_.asked(), SizeIs(1));
    now_ += std::chrono::seconds{1};
    EXPECT_TRUE(fetch());
    EXPECT_THAT(web_.asked(), SizeIs(2));
    portraits_->forget();
    EXPECT_TRUE(fetch());
    EXPECT_THAT(web_.asked(), SizeIs(3));
}

// Else whoever fills in a profile could have us ask any server, which then learns that mail came.
TEST_F(PortraitsTest, ARedirectLeadsToNoThirdParty) {
    const std::string page = "https://www.jane.example/me.png";
    for (const auto& [to, followed] : {std::pair<std::string, bool>("https://img.jane.example/me.png", true),
                                       {"https://secure.gravatar.com/avatar/1", true},
                                       {"https://i0.wp.com/me.png", true},
                                       {"https://tracker.example/me.png", false},
                                       {"https://gravatar.com.tracker.example/me.png", false}}) {
        web_.put(to, 200, "image/png", "picture");
        web_.redirect(page, to);
        EXPECT_EQ(fetch(page).has_value(), followed) << to;
        EXPECT_EQ(web_.followed.size(), followed ? 1U : 0U) << to;
        web_.followed.clear();
        now_ += std::chrono::hours{48};
    }
}

// A picture may stand on another host than what names it; there the same holds as everywhere.
TEST_F(PortraitsTest, ANetworkThatKeepsItsPicturesElsewhereIsFollowedThere) {
    const std::string lookaside = "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=77";
    for (const auto& [to, followed] :
         {std::pair<std::string, bool>("https://scontent-cdg4-1.xx.fbcdn.net/v/a.jpg", true),
          {"https://fbcdn.net.tracker.example/a.jpg", false}}) {
        web_.put(to, 200, "image/jpeg", "picture");
        web_.redirect(lookaside, to);
        EXPECT_EQ(fetch(lookaside).has_value(), followed) << to;
        EXPECT_FALSE(web_.requests.back().allow_port) << "no other port than that of https";
        EXPECT_EQ(web_.requests.back().max_octets, 1000U);
        now_ += std::chrono::hours{48};
    }
    web_.redirect("https://www.jane.example/me.png", "https://scontent-cdg4-1.xx.fbcdn.net/v/a.jpg");
    EXPECT_FALSE(fetch("https://www.jane.example/me.png")) << "from elsewhere it is a third party";
}

TEST_F(PortraitsTest, AFaceUnderWayDoesNotComeBackIntoWhatWasForgotten) {
    web_.hold();
    portraits_->fetch(picture_url, told());
    portraits_->forget();
    web_.answer_all();
    ASSERT_THAT(ends_, SizeIs(1));
    EXPECT_TRUE(ends_[0]);
    EXPECT_TRUE(fetch());
    EXPECT_THAT(web_.asked(), SizeIs(2));
}

TEST_F(PortraitsTest, AFailureIsKeptForFiveMinutes) {
    bench_.answer = fail(errc::syntax, "no picture");
    EXPECT_EQ(fetch().error().code, errc::syntax);
    now_ += std::chrono::minutes{5} - std::chrono::seconds{1};
    EXPECT_EQ(fetch().error().code, errc::syntax);
    EXPECT_THAT(web_.asked(), SizeIs(1));
    now_ += std::chrono::seconds{1};
    bench_.answer = worker::encode_face(worker::FacePixels{});
    EXPECT_TRUE(fetch());
    EXPECT_THAT(web_.asked(), SizeIs(2));
}

TEST_F(PortraitsTest, TheOldestOfTooManyIsForgotten) {
    for (const char* path : {"1", "2", "3", "4"}) {
        web_.put("https://a.example/" + std::string(path), 200, "image/png", "picture");
        EXPECT_TRUE(fetch("https://a.example/" + std::string(path)));
    }
    EXPECT_TRUE(fetch("https://a.example/4"));
    EXPECT_TRUE(fetch("https://a.example/2"));
    EXPECT_THAT(web_.asked(), SizeIs(4));
    EXPECT_TRUE(fetch("https://a.example/1"));
    EXPECT_THAT(web_.asked(), SizeIs(5));
}

TEST_F(PortraitsTest, AFailureIsOneLineThatDoesNotTellTheUrl) {
    web_.put_error("https://down.example/jane", errc::timed_out);
    const std::string lines = log_of([&] {
        EXPECT_EQ(fetch("https://down.example/jane").error().code, errc::timed_out);
        EXPECT_EQ(fetch("https://down.example/jane").error().code, errc::timed_out);
    });
    EXPECT_THAT(lines, HasSubstr("portrait_not_shown"));
    EXPECT_THAT(lines, HasSubstr("host=down.example"));
    EXPECT_THAT(lines, HasSubstr("reason=timed_out"));
    EXPECT_THAT(lines, Not(HasSubstr("jane")));
    EXPECT_THAT(lines, Not(HasSubstr("secret")));
    EXPECT_EQ(std::ranges::count(lines, '\n'), 1);
}

TEST_F(PortraitsTest, OnlyAnAnswerOf200IsAPicture) {
    for (const int status : {204, 206, 304, 403, 404, 500}) {
        const std::string where = "https://a.example/" + std::to_string(status);
        web_.put(where, status, "image/png", "picture");
        EXPECT_EQ(fetch(where).error().code, errc::not_found) << status;
    }
    EXPECT_THAT(bench_.inputs, SizeIs(0));
}

TEST_F(PortraitsTest, WhatIsNoFaceIsNotPassedOn) {
    bench_.answer = "surprise";
    EXPECT_EQ(fetch().error().code, errc::syntax);
}

TEST_F(PortraitsTest, ThatTheGatewayEndsSaysNothingOfThePicture) {
    web_.put_error(picture_url, errc::cancelled);
    EXPECT_EQ(fetch().error().code, errc::cancelled);
    web_.put(picture_url, 200, "image/png", "picture");
    EXPECT_TRUE(fetch());
}

TEST_F(PortraitsTest, WhoeverWaitsIsToldWhenItEnds) {
    web_.hold();
    portraits_->fetch(picture_url, told());
    portraits_.reset();
    ASSERT_THAT(ends_, SizeIs(1));
    EXPECT_EQ(ends_[0].error().code, errc::cancelled);
    web_.answer_all();
    EXPECT_THAT(ends_, SizeIs(1));
    EXPECT_THAT(bench_.inputs, SizeIs(0));
}

TEST_F(PortraitsTest, AFaceThatComesAfterItsEndIsDropped) {
    bench_.holding = true;
    portraits_->fetch(picture_url, told());
    portraits_.reset();
    ASSERT_THAT(bench_.held, SizeIs(1));
    bench_.held[0](bench_.answer);
    ASSERT_THAT(ends_, SizeIs(1));
    EXPECT_EQ(ends_[0].error().code, errc::cancelled);
}

}  // namespace
}  // namespace decorum::connectors
