// The face of a person: fetched last, shown with the version it came in time for.
#include "gateway/profile/face.hpp"
#include "parts.hpp"
#include "tests/unit/profile/sample.hpp"

namespace decorum::lookup {
namespace {

using namespace test;
using profile::Outcome;
using profile::Tier;

// How it looks is nobody's concern here.
std::string face(char look) {
    return profile::sample::png(48, 48, static_cast<std::size_t>(look));
}

class Painter final : public profile::Portraits {
public:
    void fetch(std::string url, Done done) override {
        urls.push_back(std::move(url));
        if (answer)
            done(*answer);
        else
            kept.push_back(std::move(done));
    }
    std::vector<std::string> urls;
    std::optional<Result<std::string>> answer;
    std::vector<Done> kept;
};

profile::Answer pictured(std::string url, Tier tier = Tier::d) {
    profile::Answer answer = person("", "Jane", Tier::d, {});
    answer.profile.photo_url = {std::move(url), {{}, tier, {}, {}}};
    return answer;
}

struct Studio : Desk {
    Studio() {
        options.portraits = painter;
        painter->answer = face('a');
    }
    std::string face_at(int date) {
        const auto asked = ask(date);
        EXPECT_TRUE(*asked && (*asked)->shown);
        return *asked && (*asked)->shown ? (*asked)->shown->face_png : "?";
    }
    std::shared_ptr<Painter> painter = std::make_shared<Painter>();
};

constexpr auto photo = "https://gravatar.example/avatar/1?s=200";

TEST(Portraits, AFaceThatComesInTimeIsShownAtOnce) {
    Studio studio;
    ASSERT_TRUE(profile::is_face(face('a')));
    studio.add("gravatar", false)->answer_with(pictured(photo));
    EXPECT_EQ(studio.face_at(0), face('a'));
    EXPECT_EQ(studio.painter->urls, std::vector<std::string>{photo});
    EXPECT_EQ(studio.report(false).profile->photo_png.origin.tier, Tier::a);
}

TEST(Portraits, AFaceThatIsLateBelongsToTheNextVersion) {
    Studio studio;
    studio.painter->answer.reset();
    studio.add("gravatar", false)->answer_with(pictured(photo));
    const auto asked = studio.ask(0);
    EXPECT_EQ(Desk::text(asked), "pending");
    const auto so_far = studio.service().found_so_far("jane@example.org", second(0));
    ASSERT_TRUE(so_far);
    EXPECT_EQ(so_far->shown->face_png, "");
    studio.painter->kept.at(0)(face('a'));
    EXPECT_EQ(studio.face_at(0), "") << "what a date has shown it shows for ever";
    EXPECT_EQ(studio.face_at(1), face('a'));
}

TEST(Portraits, AreRememberedAndFetchedAgainInTime) {
    Studio studio;
    const auto gravatar = studio.add("gravatar", false);
    gravatar->answer_with(pictured(photo));
    EXPECT_EQ(studio.face_at(0), face('a'));
    studio.restart();
    studio.clock.set(99);
    EXPECT_EQ(studio.face_at(99), face('a'));
    EXPECT_EQ(studio.painter->urls.size(), 1u);
    studio.painter->answer = face('b');
    studio.clock.set(100);
    EXPECT_EQ(studio.face_at(99), face('a'));
    EXPECT_EQ(studio.face_at(100), face('b'));
    EXPECT_EQ(studio.painter->urls.size(), 2u);
}

TEST(Portraits, AFailureLeavesTheFaceThatWasThere) {
    Studio studio;
    const auto gravatar = studio.add("gravatar", false);
    gravatar->answer_with(pictured(photo));
    EXPECT_EQ(studio.face_at(0), face('a'));
    for (const Result<std::string>& broken :
         {Result<std::string>("no picture"), Result<std::string>(fail(errc::timed_out))}) {
        studio.painter->answer = broken;
        studio.clock.set(100);
        static_cast<void>(studio.report(true));
        EXPECT_EQ(studio.face_at(100), face('a'));
    }
    gravatar->answer_with(pictured("https://gravatar.example/avatar/2"));
    static_cast<void>(studio.report(true));
    EXPECT_EQ(studio.face_at(101), "") << "another picture is another face";
}

TEST(Portraits, ThatAreNoFacesAreNone) {
    Studio studio;
    studio.painter->answer = Result<std::string>(std::string(800, 'x'));
    studio.add("gravatar", false)->answer_with(pictured(photo));
    EXPECT_EQ(studio.face_at(0), "");
}

TEST(Portraits, OfWhomNothingIsShownAreNotFetched) {
    Studio studio;
    studio.add("gravatar", false)->answer_with(pictured(photo, Tier::c));
    static_cast<void>(studio.report(false));
    EXPECT_TRUE(studio.painter->urls.empty());
}

TEST(Portraits, AreNotFetchedForSendersWithoutProof) {
    Studio studio;
    studio.add("directory", true)->answer_with(pictured(photo));
    EXPECT_EQ(studio.say(0, "jane@example.org", Scope::ours), "Jane");
    EXPECT_TRUE(studio.painter->urls.empty());
    EXPECT_EQ(studio.face_at(1), face('a'));
    EXPECT_EQ(studio.face_at(2), face('a'));
    EXPECT_EQ(studio.painter->urls.size(), 1u);
}

TEST(Portraits, OnTheSendersDomainAreFetchedOnlyWhereItIsListed) {
    for (const bool listed : {false, true}) {
        Studio studio;
        if (listed) studio.options.connectors["gravatar"].domains = {"example.org"};
        studio.add("gravatar", false)->answer_with(pictured("https://img.example.org/jane.png"));
        static_cast<void>(studio.report(false));
        EXPECT_EQ(studio.painter->urls.size(), listed ? 1u : 0u);
        static_cast<void>(studio.report(false, "paul@example.org"));
        EXPECT_EQ(studio.painter->urls.size(), listed ? 1u : 0u) << "once, however many write";
    }
}

TEST(Portraits, OnADomainOfOursAreFetchedLikeAnyOther) {
    Studio studio;
    studio.options.own_domains = {"example.org"};
    studio.options.max_delay = std::chrono::hours{1};
    const auto gravatar = studio.add("gravatar", false);
    for (const char* who : {"jane", "paul"}) {
        gravatar->answer_with(pictured(std::string("https://img.example.org/") + who + ".png"));
        static_cast<void>(studio.say(0, std::string(who) + "@example.org"));
    }
    EXPECT_EQ(studio.painter->urls.size(), 2u);
}

TEST(Portraits, TheEndMayComeWhileOneIsFetched) {
    Studio studio;
    studio.painter->answer.reset();
    studio.add("gravatar", false)->answer_with(pictured(photo));
    const auto asked = studio.ask(0);
    studio.restart();
    EXPECT_EQ(Desk::text(asked), "unavailable");
    studio.painter->kept.at(0)(face('a'));
}

}  // namespace
}  // namespace decorum::lookup
