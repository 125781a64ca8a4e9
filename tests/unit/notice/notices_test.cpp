// The telling half whole, over the memory store and a clock of the test's own: who is told when, whose word
// counts, and that nothing is said before it is stored.
#include "gateway/notice/notices.hpp"

#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "config/loader.hpp"
#include "gateway/message/readable_text.hpp"
#include "gateway/notice/rules.hpp"
#include "parts.hpp"
#include "tests/support/people.hpp"

namespace decorum::notice {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Recipient = Notices::Recipient;
using Taken = Notices::Taken;

const Secret key("the secret of the test's records");
constexpr std::string_view account = "https://social.example/@paul";

// The registry, which learns of an account of Paul's when it is read again.
class Declared final : public profile::Connector {
public:
    [[nodiscard]] const profile::Traits& traits() const override {
        static constexpr profile::Traits traits{
            .name = "registry", .reach = profile::Reach::local, .by_address = true, .tier = profile::Tier::s};
        return traits;
    }
    [[nodiscard]] std::uint64_t generation() const override { return tied ? 1 : 0; }
    void find(const profile::Query&, Done done) override {
        profile::Answer answer;
        answer.outcome = tied ? profile::Outcome::found : profile::Outcome::not_found;
        answer.profile.links.push_back(
            {"mastodon", "paul", std::string(account), {{}, profile::Tier::s, "declared", {}}});
        done(std::move(answer));
    }
    std::atomic<bool> tied = false;
};

class Telling : public testing::Test {
protected:
    Telling() {
        settings.notice.from = "Decorum <decorum@example.org>";
        settings.gateway.hostname = "mx.example.org";
        settings.outbound.domains = {"example.org"};
        settings.annotate.authserv_ids = {"mx.example.org"};
        auto kept = store::make_memory_store();
        store = kept.get();
        people->add("paul@example.org",
                    {.name = "Paul Petit", .headline = "Engineer", .organisation = "ACME"});
        profiles = std::make_unique<lookup::ProfileService>(
            lookup::ProfileService::Options{
                .cache = settings.cache, .lookup = settings.lookup, .now = clock()},
            std::vector<std::shared_ptr<profile::Connector>>{people, registry}, std::move(kept), key);
        begin();
    }
    ~Telling() override {
        notices->close();
        people->answer_all();
        profiles.reset();
    }

    WallClock clock() {
        return [this] { return now; };
    }
    void begin() {
        notices = std::make_unique<Notices>(Notices::Options{
            .settings = settings,
            .own = *config::parse_sender(settings.notice.from),
            .stationery = stationery(),
            .store = *store,
            .profiles = *profiles,
            .cache_secret = key,
            .token_key = Secret("the secret of the test's tokens"),
            .charter = [this] { return held; },
            .owns = [](std::string_view login, std::string_view address) { return login == address; },
            .addresses_of = [this](std::string_view address) -> std::vector<std::string> {
                if (std::ranges::find(registered, address) == registered.end()) return {};
                return registered;
            },
            .opt_out = [this](const std::string& address) -> Result<bool> {
                if (opting_out) opting_out();
                if (list_fails) return fail(errc::io, "for the test");
                return listed.insert(address).second;
            },
            .look_again = [this] { looked_again(); },
            .now = clock()});
    }

    // The next letter, which the mail server takes.
    struct Sent {
        store::Letter letter;
        std::string octets;
        std::string text;
        std::string reply_to;
    };
    std::optional<Sent> sent() {
        std::promise<std::optional<store::Letter>> claimed;
        notices->claim([&](auto letter) { claimed.set_value(std::move(letter)); });
        const auto letter = claimed.get_future().get();
        if (!letter) return std::nullopt;
        std::promise<Result<std::string>> written;
        notices->write(*letter, [&](auto octets) { written.set_value(std::move(octets)); });
        const auto octets = written.get_future().get();
        EXPECT_TRUE(octets) << octets.error().text();
        std::promise<void> settled;
        notices->settle(*letter, Notices::Fate::taken, 250, [&] { settled.set_value(); });
        settled.get_future().wait();
        const auto header = message::scan_header(*octets);
        return Sent{*letter, *octets, message::readable_text(*octets).value_or(""),
                    message::unfold(header.first("Reply-To")->body)};
    }

    Taken take(OwnMail mail) {
        std::promise<Taken> taken;
        notices->take(std::move(mail), [&](Taken how) { taken.set_value(how); });
        return taken.get_future().get();
    }
    static OwnMail from(std::string address, std::string to, std::string_view word,
                        std::string_view more = "") {
        return {.recipients = {std::move(to)},
                .reverse_path = address,
                .octets = "From: <" + address + ">\r\nSubject: Re: x\r\n" + std::string(more) +
                          "Message-ID: <" + std::to_string(++numbers) + "@test>\r\n\r\n" + std::string(word) +
                          "\r\n",
                .login = {},
                .results_trusted = true};
    }
    // Paul, who logged in.
    Taken paul_says(std::string to, std::string_view word) {
        auto mail = from("paul@example.org", std::move(to), word);
        mail.login = "paul@example.org";
        return take(std::move(mail));
    }

    Notices::Answer answer(std::string fingerprint, std::string_view address = "paul@example.org") {
        return notices->answer(address, verdict(std::move(fingerprint)), conduct::Action::notice);
    }

    static inline int numbers = 0;
    Instant now = at("2026-11-23T10:00:00Z");
    config::Settings settings = config::defaults();
    std::shared_ptr<conduct::Charter> held = charter();
    std::shared_ptr<decorum::test::People> people = std::make_shared<decorum::test::People>();
    std::shared_ptr<Declared> registry = std::make_shared<Declared>();
    std::function<void()> looked_again = [] {};
    store::Store* store = nullptr;
    std::unique_ptr<lookup::ProfileService> profiles;
    std::unique_ptr<Notices> notices;
    std::set<std::string> listed;
    bool list_fails = false;
    std::function<void()> opting_out;
    std::vector<std::string> registered;  // addresses of one person
};

TEST_F(Telling, AVerdictIsToldOnceHoweverOftenItIsMet) {
    for (int i = 0; i < 100; ++i) notices->warn(paul(), verdict());
    const auto letter = sent();
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->letter.address, "paul@example.org");
    EXPECT_THAT(letter->text, HasSubstr("complete idiot"));
    EXPECT_FALSE(sent());
    notices->close();
    begin();  // the next run
    notices->warn(paul(), verdict());
    EXPECT_FALSE(sent());
}

TEST_F(Telling, AChangeWaitsForTheCapAndIsToldThen) {
    notices->warn(paul(), verdict("first"));
    ASSERT_TRUE(sent());
    now += std::chrono::days{6};
    notices->warn(paul(), verdict("second"));
    EXPECT_FALSE(sent());
    now += std::chrono::days{1};
    notices->warn(paul(), verdict("second"));
    EXPECT_TRUE(sent());
}

TEST_F(Telling, AckSilencesAndIsAnswered) {
    notices->warn(paul(), verdict());
    const auto letter = sent();
    EXPECT_EQ(notices->recognise(letter->reply_to), Recipient::own);
    EXPECT_EQ(take(from("paul@example.org", letter->reply_to, "ACK")), Taken::obeyed)
        << "the token is enough";
    EXPECT_EQ(answer("first"), Notices::Answer::acknowledged);
    EXPECT_EQ(answer("second"), Notices::Answer::none);
    const auto answer = sent();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->octets, HasSubstr("In-Reply-To: <"));
    EXPECT_EQ(answer->letter.address, "paul@example.org");
}

TEST_F(Telling, WrongCountsOnce) {
    notices->warn(paul(), verdict());
    const auto letter = sent();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(paul_says(letter->reply_to, "WRONG"), Taken::obeyed);
    EXPECT_EQ(answer("first"), Notices::Answer::wrong);
    std::promise<store::Standings> standings;
    store->notices().standings_since(0, [&](auto changed) { standings.set_value(std::move(*changed)); });
    EXPECT_EQ(standings.get_future().get().entries.at(0).standing.wrongs, 1u);
}

TEST_F(Telling, StopEndsItWhereTheCharterAllows) {
    notices->warn(paul(), verdict());
    const auto letter = sent();
    held->opt_out = false;
    EXPECT_EQ(paul_says(letter->reply_to, "STOP"), Taken::obeyed);
    EXPECT_FALSE(notices->opted_out("paul@example.org"));
    EXPECT_THAT(sent()->text, HasSubstr("does not let people"));
    held->opt_out = true;
    EXPECT_EQ(paul_says(letter->reply_to, "STOP"), Taken::obeyed);
    EXPECT_TRUE(notices->opted_out("paul@example.org"));
    now += std::chrono::days{30};
    EXPECT_TRUE(sent());
    notices->warn(paul(), verdict("second"));
    EXPECT_FALSE(sent());
}

TEST_F(Telling, MeTellsThePersonAloneWhatOthersSee) {
    notices->warn(paul(), verdict());
    const auto letter = sent();
    EXPECT_EQ(take(from("paul@example.org", "decorum@example.org", "ME")), Taken::obeyed);
    EXPECT_FALSE(sent()) << "neither a token nor proof that it was Paul";
    EXPECT_EQ(take(from("jane@example.org", letter->reply_to, "ME")), Taken::not_theirs);
    EXPECT_FALSE(sent());
    const auto told = [&] {
        const auto me = sent();
        ASSERT_TRUE(me);
        EXPECT_EQ(me->letter.address, "paul@example.org");
        EXPECT_THAT(me->text, HasSubstr("Paul Petit, Engineer at ACME"));
        EXPECT_NE(me->reply_to, "decorum@example.org");
    };
    EXPECT_EQ(take(from("paul@example.org", letter->reply_to, "ME")), Taken::obeyed);
    told();  // the token, which was sent to Paul, is enough: so is the letter
    EXPECT_EQ(paul_says("decorum@example.org", "ME"), Taken::obeyed);
    told();  // whoever was never told anything has no token, and logs in
}

TEST_F(Telling, WhoTiedAnAccountIsToldWhatIsSoFromNowOn) {
    // Somebody wrote to us before: what was shown of Paul then is remembered.
    std::promise<void> shown;
    profiles->find("paul@example.org", now, lookup::Scope::all, [&](const lookup::Found& found) {
        EXPECT_EQ(found.verdict, lookup::Verdict::found);
        shown.set_value();
    });
    shown.get_future().wait();
    const auto letter = profile_request(settings.notice, store::record_key(key, "paul@example.org"),
                                        "paul@example.org", account, "en", "seed", now);
    const auto written = [&] {
        std::promise<Result<std::string>> octets;
        notices->write(letter, [&](auto result) { octets.set_value(std::move(result)); });
        return octets.get_future().get();
    };
    EXPECT_EQ(written().error().code, errc::unavailable) << "another gateway's registry may know it already";
    looked_again = [this] { registry->tied = true; };
    const auto octets = written();
    ASSERT_TRUE(octets) << octets.error().text();
    const std::string text = message::readable_text(*octets).value_or("");
    EXPECT_THAT(text, HasSubstr("Sender-Profile-Networks: " + std::string(account)));
    EXPECT_THAT(text, HasSubstr("The account " + std::string(account)));
    looked_again = [] {};
    registry->tied = false;
    now += 2h;
    EXPECT_EQ(written().error().code, errc::invalid)
        << "it was taken away meanwhile: there is nothing to tell";
}

TEST_F(Telling, AnotherPersonsTokenIsOfNoUse) {
    notices->warn(paul(), verdict());
    const auto letter = sent();
    auto mail = from("jane@example.org", letter->reply_to, "ACK");
    mail.login = "jane@example.org";
    EXPECT_EQ(take(std::move(mail)), Taken::not_theirs);
    EXPECT_EQ(answer("first"), Notices::Answer::none);
    EXPECT_FALSE(sent());
}

TEST_F(Telling, RecipientsAreRecognisedInAnyCaseAndForgeriesToo) {
    notices->warn(paul(), verdict());
    const std::string token = sent()->reply_to;
    std::string upper = token;
    std::ranges::transform(upper, upper.begin(), ascii::to_upper);
    EXPECT_EQ(notices->recognise(upper), Recipient::own);
    EXPECT_EQ(notices->recognise("Decorum@Example.ORG"), Recipient::plain);
    EXPECT_EQ(notices->recognise("decorum+@example.org"), Recipient::plain);
    for (std::string_view path : {"decorum+x@example.org",
                                  "decorum+"
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                  "@example.org"})
        EXPECT_EQ(notices->recognise(path), Recipient::forged) << path;
    for (std::string_view path :
         {"decorums@example.org", "decorum@example.com", "paul@example.org", "", "decorum", "@"})
        EXPECT_EQ(notices->recognise(path), Recipient::other) << path;
    now += std::chrono::days{61};
    EXPECT_EQ(notices->recognise(token), Recipient::expired);
}

TEST_F(Telling, WhatAMachineWroteIsDropped) {
    notices->warn(paul(), verdict());
    const std::string token = sent()->reply_to;
    for (std::string_view more :
         {"Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "X-Autoreply: yes\r\n",
          "Content-Type: multipart/report; boundary=b\r\n", "List-Id: <x>\r\n"})
        EXPECT_EQ(take(from("paul@example.org", token, "STOP", more)), Taken::obeyed) << more;
    auto bounce = from("paul@example.org", token, "STOP");
    bounce.reverse_path.clear();
    EXPECT_EQ(take(std::move(bounce)), Taken::obeyed);
    EXPECT_FALSE(notices->opted_out("paul@example.org"));
    EXPECT_FALSE(sent());
}

TEST_F(Telling, AnswersAreCountedByDayAndWhatIsAskedIsDoneAllTheSame) {
    settings.notice.answers = 2;
    notices->warn(paul(), verdict());
    const std::string token = sent()->reply_to;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(paul_says(token, "what is this?"), Taken::obeyed);
    EXPECT_TRUE(sent());
    EXPECT_TRUE(sent());
    EXPECT_FALSE(sent());
    EXPECT_EQ(paul_says(token, "ACK"), Taken::obeyed);
    EXPECT_EQ(answer("first"), Notices::Answer::acknowledged);
    EXPECT_FALSE(sent());
    now += std::chrono::hours{24};
    EXPECT_EQ(paul_says(token, "ACK"), Taken::obeyed);
    EXPECT_TRUE(sent());
}

TEST_F(Telling, AnOutsiderOptsOutByProvedMail) {
    EXPECT_EQ(take(from("anna@elsewhere.example", "decorum@example.org", "STOP")), Taken::obeyed);
    EXPECT_TRUE(listed.empty());
    const std::string_view proof =
        "Authentication-Results: mx.example.org; dmarc=pass header.from=elsewhere.example\r\n";
    auto untrusted = from("anna@elsewhere.example", "decorum@example.org", "STOP", proof);
    untrusted.results_trusted = false;
    EXPECT_EQ(take(std::move(untrusted)), Taken::obeyed);
    EXPECT_TRUE(listed.empty());
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(take(from("anna@elsewhere.example", "decorum@example.org", "STOP", proof)), Taken::obeyed);
    EXPECT_THAT(listed, testing::ElementsAre("anna@elsewhere.example"));
    const auto letter = sent();
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->reply_to, "decorum@example.org");
    EXPECT_FALSE(sent()) << "said once";
    list_fails = true;
    EXPECT_EQ(take(from("anna@elsewhere.example", "decorum@example.org", "STOP", proof)), Taken::unavailable);
}

TEST_F(Telling, OptingOutByMailErasesWhatAnOlderVersionKeptUnderTagsToo) {
    const std::string older = store::older_record_key(key, "anna@müller.example");
    const std::string tagged = store::older_record_key(key, "anna+x@müller.example");
    store::Update update;
    update.found = true;
    update.fetched = now;
    update.profile_json = "[]";
    store->update(tagged, std::move(update), [](auto) {});
    EXPECT_EQ(take(from("anna@xn--mller-kva.example", "decorum@example.org", "STOP",
                        "Authentication-Results: mx.example.org; dmarc=pass "
                        "header.from=xn--mller-kva.example\r\n")),
              Taken::obeyed);
    EXPECT_EQ(listed.size(), 1u);
    for (const std::string& one : {older, tagged, store::record_key(key, "anna@müller.example")}) {
        std::promise<bool> forgotten;
        store->load(one, [&](const auto& record) { forgotten.set_value(record->forgotten.has_value()); });
        EXPECT_TRUE(forgotten.get_future().get());
    }
    std::promise<std::vector<std::string>> told;
    store->erased_since(0, [&](auto erasures) { told.set_value(std::move(erasures->keys)); });
    EXPECT_THAT(told.get_future().get(), testing::Contains(older)) << "other gateways hear of it";
}

TEST_F(Telling, WhatIsErasedIsForgottenHereToo) {
    notices->warn(paul(), verdict());
    EXPECT_EQ(paul_says(sent()->reply_to, "STOP"), Taken::obeyed);
    EXPECT_TRUE(notices->opted_out("paul@example.org"));
    store->erase(store::record_key(key, "paul@example.org"), now, [](auto) {});
    notices->follow();
    EXPECT_FALSE(notices->opted_out("paul@example.org"));
    notices->warn(paul(), verdict("second"));
    EXPECT_FALSE(sent()) << "nothing is kept of somebody who was erased, not even a letter";
}

TEST_F(Telling, WhatAnotherProcessChangedIsFollowed) {
    notices->warn(paul(), verdict());
    ASSERT_TRUE(sent());
    store->notices().amend(
        store::record_key(key, "paul@example.org"),
        [](store::Standing& standing) {
            acknowledge(standing, standing.noticed);
            return std::nullopt;
        },
        [](auto) {});
    notices->follow();
    EXPECT_EQ(answer("first"), Notices::Answer::acknowledged);
}

TEST_F(Telling, ALetterThatIsNotTakenWaitsLongerEachTimeAndIsGivenUpAtTheEnd) {
    notices->warn(paul(), verdict());
    const auto attempt = [&] {
        std::promise<std::optional<store::Letter>> claimed;
        notices->claim([&](auto letter) { claimed.set_value(std::move(letter)); });
        const auto letter = claimed.get_future().get();
        if (letter) notices->settle(*letter, Notices::Fate::not_now, 451, [] {});
        return letter.has_value();
    };
    EXPECT_TRUE(attempt());
    now += 299s;
    EXPECT_FALSE(attempt());
    now += 1s;
    EXPECT_TRUE(attempt());
    now += 599s;
    EXPECT_FALSE(attempt());
    now += 1s;
    EXPECT_TRUE(attempt());
    now += std::chrono::days{5};
    EXPECT_TRUE(attempt());
    now += std::chrono::days{5};
    EXPECT_FALSE(attempt()) << "given up";
}

TEST_F(Telling, AckIsOfTheFindingsAndANewOneWarnsAgain) {
    held->weekly_notices = 7;
    auto person = paul();
    person.charter = held;
    conduct::Verdict both = verdict("first");
    both.findings.push_back(noted("Our clients are fools.", conduct::Action::notice, "other"));
    both.fingerprint = "both";
    notices->warn(person, both);
    const auto letter = sent();
    ASSERT_TRUE(letter);
    EXPECT_EQ(paul_says(letter->reply_to, "ACK"), Taken::obeyed);
    EXPECT_TRUE(sent());
    EXPECT_EQ(answer("first"), Notices::Answer::acknowledged) << "one of the posts was deleted";
    notices->warn(person, verdict("first"));
    EXPECT_FALSE(sent());
    conduct::Verdict three = both;
    three.findings.push_back(noted("My desk is a dump.", conduct::Action::notice, "third"));
    three.fingerprint = "three";
    EXPECT_EQ(notices->answer("paul@example.org", three, conduct::Action::notice), Notices::Answer::none);
    notices->warn(person, three);
    const auto again = sent();
    ASSERT_TRUE(again);
    EXPECT_THAT(again->text, HasSubstr("My desk is a dump."));
    EXPECT_THAT(again->text, Not(HasSubstr("Our clients are fools."))) << "that is acknowledged";
}

TEST_F(Telling, AllAddressesOfAPersonAreOnePerson) {
    registered = {"p.petit@example.org", "paul@example.org"};
    auto other = paul();
    other.address = "p.petit@example.org";
    notices->warn(paul(), verdict("first"));
    const auto letter = sent();
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->letter.address, "paul@example.org");
    notices->warn(other, verdict("first"));
    EXPECT_FALSE(sent()) << "he was told";
    notices->warn(other, verdict("second"));
    EXPECT_FALSE(sent()) << "the cap is the person's";
    EXPECT_EQ(take(from("p.petit@example.org", letter->reply_to, "ACK")), Taken::obeyed)
        << "from whichever address";
    EXPECT_EQ(sent()->letter.address, "p.petit@example.org");
    for (const std::string_view address : registered) {
        EXPECT_EQ(answer("first", address), Notices::Answer::acknowledged) << address;
        EXPECT_FALSE(notices->opted_out(address)) << address;
    }
    EXPECT_EQ(paul_says(letter->reply_to, "STOP"), Taken::obeyed);
    for (const std::string_view address : registered) EXPECT_TRUE(notices->opted_out(address)) << address;
    // Nor does it get lost when one of the addresses is erased, and leaves the registry.
    store->erase(store::record_key(key, "p.petit@example.org"), now, [](auto) {});
    registered.clear();
    notices->follow();
    EXPECT_TRUE(notices->opted_out("paul@example.org"));
    EXPECT_FALSE(notices->opted_out("p.petit@example.org"));
}

TEST_F(Telling, WhatWasSaidBeforeTwoAddressesBecameOnePersonCounts) {
    EXPECT_EQ(paul_says("decorum@example.org", "STOP"), Taken::obeyed);
    EXPECT_TRUE(listed.empty()) << "of our own people the charter decides";
    EXPECT_FALSE(notices->opted_out("p.petit@example.org"));
    registered = {"p.petit@example.org", "paul@example.org"};
    EXPECT_TRUE(notices->opted_out("p.petit@example.org"));
}

TEST_F(Telling, ALetterGoesWithTheAddressThatItIsFor) {
    registered = {"p.petit@example.org", "paul@example.org"};
    notices->warn(paul(), verdict());
    store->erase(store::record_key(key, "paul@example.org"), now, [](auto) {});
    EXPECT_FALSE(sent());
}

TEST_F(Telling, WhatComplianceMaySeeIsWhatIsKept) {
    const auto kept = [&] {
        std::promise<std::vector<store::NoticeRecord>> records;
        store->notices().notices({}, 10, [&](auto found) { records.set_value(std::move(*found)); });
        return records.get_future().get().at(0).about;
    };
    auto person = paul();
    auto open = charter();
    open->compliance = {.category = true, .severity = false, .time = true, .excerpt = true};
    open->weekly_notices = 7;
    person.charter = open;
    notices->warn(person, verdict("first"));
    EXPECT_EQ(kept(), "harassment \"My boss is a complete idiot and everybody knows it.\"");
    now += 1s;
    open->compliance = {.category = false, .severity = true, .time = true, .excerpt = false};
    notices->warn(person, verdict("second"));
    EXPECT_EQ(kept(), "severity 2");
}

// Whoever was asked for something before the end is answered before it; afterwards nothing is begun.
TEST_F(Telling, AtTheEndNobodyIsLeftWithoutAnAnswer) {
    std::promise<void> begun;
    std::promise<void> go_on;
    opting_out = [&, goes = go_on.get_future().share()] {
        begun.set_value();
        goes.wait();
    };
    std::atomic<bool> answered = false;
    notices->take(
        from("anna@elsewhere.example", "decorum@example.org", "STOP",
             "Authentication-Results: mx.example.org; dmarc=pass header.from=elsewhere.example\r\n"),
        [&](Taken taken) { answered = taken == Taken::obeyed; });
    begun.get_future().wait();
    EXPECT_FALSE(answered);
    std::jthread closing([&] {
        notices->close();
        EXPECT_TRUE(answered);
    });
    go_on.set_value();
    closing.join();
    EXPECT_TRUE(answered);
    EXPECT_EQ(take(from("paul@example.org", "decorum@example.org", "STOP")), Taken::unavailable);
    notices->warn(paul(), verdict());
    EXPECT_TRUE(sent()) << "Anna's letter, which waits for the next run";
    EXPECT_FALSE(sent());
}

}  // namespace
}  // namespace decorum::notice
