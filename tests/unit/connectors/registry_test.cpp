// The registry: what its file may hold, and what its connector says.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "connectors/make_connectors.hpp"
#include "connectors/pinned.hpp"
#include "connectors/registry.hpp"
#include "connectors/registry_file.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
using State = DeclaredAccount::State;

const Instant some_time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours{8};

DeclaredAccount github(State state) {
    return {.network = "github",
            .handle = "janem",
            .url = "https://github.com/janem",
            .state = state,
            .code = state == State::pending ? "decorum-abcdefghjk" : "",
            .code_made = state == State::pending ? some_time : Instant{},
            .confirmed = state == State::confirmed ? some_time : Instant{},
            .confirmed_by = DeclaredAccount::By::code,
            .consent = {some_time, "fr", "Jane \"J\" Martin", "Je suis d'accord.\n\tOui \\ é \"\"\" '''\n"}};
}

RegistryFile jane_declared(State state) {
    return {{{{"jane@example.org", "jane.martin@mail.example"}, {github(state)}}}};
}

Result<RegistryFile> parse(std::string_view toml) {
    return RegistryFile::parse(toml, "registry.toml");
}

TEST(RegistryFile, ReadsBackWhatItWrites) {
    RegistryFile registry = jane_declared(State::confirmed);
    registry.persons[0].accounts.push_back(github(State::pending));
    DeclaredAccount oauth = github(State::confirmed);
    oauth.network = "facebook";
    oauth.handle = "jane.martin";
    oauth.url = "https://facebook.com/jane.martin";
    oauth.confirmed_by = DeclaredAccount::By::oauth;
    oauth.id = "100012345";
    oauth.consent = {some_time, "", "", "yes"};
    registry.persons[0].accounts.push_back(oauth);
    registry.persons.push_back({{"paul@example.org"}, {}});
    const auto read = parse(registry.to_toml());
    ASSERT_TRUE(read) << read.error().text() << "\n" << registry.to_toml();
    EXPECT_EQ(read->persons, registry.persons);
    EXPECT_EQ(parse(jane_declared(State::pending).to_toml())->persons, jane_declared(State::pending).persons);
}

TEST(RegistryFile, AnEmptyOneHoldsNobody) {
    EXPECT_TRUE(parse("")->persons.empty());
    EXPECT_TRUE(parse(RegistryFile{}.to_toml())->persons.empty());
}

TEST(RegistryFile, FindsAnAddressInAnyCaseAndAnAccountInAnySpelling) {
    RegistryFile registry = jane_declared(State::pending);
    RegisteredPerson* person = registry.find("Jane@Example.org");
    ASSERT_NE(person, nullptr);
    EXPECT_NE(person->find("http://www.github.com/JaneM/"), nullptr);
    EXPECT_EQ(person->find("https://github.com.evil.example/janem"), nullptr);
    EXPECT_EQ(registry.find("jane+tag@example.org"), nullptr);
    EXPECT_EQ(registry.find(""), nullptr);
}

TEST(RegistryFile, APersonGoesWithTheLastAddress) {
    RegistryFile registry = jane_declared(State::confirmed);
    const auto first = registry.remove("JANE@example.org");
    EXPECT_TRUE(first.address);
    EXPECT_EQ(first.accounts, 0u);
    ASSERT_EQ(registry.persons.size(), 1u);
    const auto last = registry.remove("jane.martin@mail.example");
    EXPECT_EQ(last.accounts, 1u);
    EXPECT_TRUE(registry.persons.empty());
    EXPECT_FALSE(registry.remove("jane@example.org").address);
}

TEST(RegistryFile, ACodeHoldsForSevenDays) {
    const DeclaredAccount account = github(State::pending);
    EXPECT_FALSE(account.is_expired(some_time + std::chrono::days{7} - std::chrono::seconds{1}));
    EXPECT_TRUE(account.is_expired(some_time + std::chrono::days{7}));
    EXPECT_FALSE(github(State::confirmed).is_expired(some_time + std::chrono::days{700}));
}

struct Edit {
    const char* name;
    const char* part;     // of a good file
    std::string instead;  // what stands there
    const char* key;      // that the fault names
};

class RegistryFault : public testing::TestWithParam<Edit> {};

// One good file, spoilt in one place each.
TEST_P(RegistryFault, IsRefusedWithItsKey) {
    std::string toml = R"([[person]]
addresses = ["jane@example.org"]
[[person.account]]
network = "github"
handle = "janem"
url = "https://github.com/janem"
state = "confirmed"
confirmed = 2026-11-20T08:00:00Z
confirmed_by = "code"
[person.account.consent]
time = 2026-11-20T08:00:00Z
language = "en"
given_by = "Jane"
wording = "Yes."
)";
    ASSERT_TRUE(parse(toml));
    const auto at = toml.find(GetParam().part);
    ASSERT_NE(at, std::string::npos);
    toml.replace(at, std::string_view(GetParam().part).size(), GetParam().instead);
    const auto read = parse(toml);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().detail.starts_with("registry.toml:")) << read.error().detail;
    EXPECT_NE(read.error().detail.find(GetParam().key), std::string::npos) << read.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Each, RegistryFault,
    testing::Values(
        Edit{"NoToml", "network = \"github\"", "network = \"git", ":4:"},
        Edit{"UnknownKey", "handle =", "handel =", "person.account.handel"},
        Edit{"NotAnAddress", "jane@example.org", "jane", "person.addresses"},
        Edit{"ControlInAnAddress", "jane@example.org", "jane\\n@example.org", "person.addresses"},
        Edit{"AddressTwice", "\"jane@example.org\"", R"("jane@example.org", "Jane@example.org")",
             "second time"},
        Edit{"LookAlike", "https://github.com/janem", "https://github.com.evil.example/janem", "network"},
        Edit{"NoUrl", "https://github.com/janem", "javascript:alert(1)", "url"},
        Edit{"UserInformation", "https://github.com/janem", "https://github.com@evil.example/janem", "url"},
        Edit{"BidiInTheHost", "https://github.com/janem", "https://github.com\xE2\x80\xAE/janem", "url"},
        Edit{"ControlInTheHandle", "handle = \"janem\"", "handle = \"ja\\u001bnem\"",
             "person.account.handle"},
        Edit{"HandleOf10Kb", "handle = \"janem\"", "handle = \"" + std::string(10'000, 'x') + "\"", "handle"},
        Edit{"WordingOf10Kb", "Yes.", std::string(10'000, 'x'), "person.account.consent.wording"},
        Edit{"NoWording", "Yes.", "", "wording"},
        Edit{"ControlInTheWording", "Yes.", "Yes\\u0007", "wording"},
        Edit{"UnknownState", "\"confirmed\"", "\"sure\"", "state"},
        Edit{"PendingWithoutCode", "\"confirmed\"", "\"pending\"", "code"},
        Edit{"TimeAsText", "confirmed = 2026-11-20T08:00:00Z", "confirmed = \"today\"", "confirmed"},
        Edit{"IdThatIsNoNumber", "confirmed_by = \"code\"", "confirmed_by = \"oauth\"\nid = \"12/../me\"",
             "id"},
        Edit{"UnknownWay", "\"code\"", "\"hearsay\"", "confirmed_by"},
        Edit{"NoConsent", "[person.account.consent]", "[[person]]\naddresses = [\"a@b.example\"]\n[person.x]",
             "consent"}),
    [](const auto& info) { return info.param.name; });

TEST(RegistryFile, AnAccountIsConfirmedOnce) {
    RegistryFile registry = jane_declared(State::confirmed);
    registry.persons.push_back({{"evil@example.net"}, {github(State::confirmed)}});
    registry.persons.back().accounts[0].url = "https://github.com/JaneM/";
    const auto read = parse(registry.to_toml());
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("second time"), std::string::npos);
    // Pending ones of others don't stand in anybody's way.
    registry.persons.back().accounts[0] = github(State::pending);
    EXPECT_TRUE(parse(registry.to_toml()));
}

class RegistryTest : public testing::Test {
protected:
    RegistryTest() {
        std::string name = (fs::temp_directory_path() / "decorum-registry-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        file_ = folder_ / "registry.toml";
    }
    ~RegistryTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void write(const std::string& text) const {
        std::ofstream(folder_ / "new") << text;
        fs::rename(folder_ / "new", file_);
    }
    static profile::Answer ask(profile::Connector& registry, std::string address) {
        std::optional<profile::Answer> answer;
        registry.find({std::move(address), std::nullopt}, [&](profile::Answer a) { answer = std::move(a); });
        EXPECT_TRUE(answer) << "a local connector answers at once";
        return answer.value_or(profile::Answer{});
    }
    static bool rises(const profile::Connector& registry, std::uint64_t generation) {
        const auto end = SteadyClock::now() + std::chrono::seconds{20};
        while (registry.generation() <= generation)
            if (SteadyClock::now() > end) return false;
        return true;
    }
    fs::path folder_;
    fs::path file_;
};

TEST_F(RegistryTest, GivesConfirmedAccountsAsLinksWithTheirReason) {
    write(jane_declared(State::confirmed).to_toml());
    const auto registry = Registry::open(file_);
    ASSERT_TRUE(registry) << registry.error().text();
    for (const char* address : {"jane@example.org", "Jane.Martin@mail.example"}) {
        const auto answer = ask(**registry, address);
        EXPECT_EQ(answer.outcome, profile::Outcome::found);
        ASSERT_EQ(answer.profile.links.size(), 1u);
        const profile::Link& link = answer.profile.links[0];
        EXPECT_EQ(link.network, "github");
        EXPECT_EQ(link.handle, "janem");
        EXPECT_EQ(link.url, "https://github.com/janem");
        EXPECT_EQ(link.origin.tier, profile::Tier::s);
        EXPECT_EQ(link.origin.reason, "declared by the person and confirmed on 2026-11-20 by a code");
    }
    EXPECT_EQ(ask(**registry, "paul@example.org").outcome, profile::Outcome::not_found);
}

TEST_F(RegistryTest, TellsTheIdOfWhoeverSignedIn) {
    RegistryFile people = jane_declared(State::confirmed);
    DeclaredAccount oauth = github(State::confirmed);
    oauth.network = "facebook";
    oauth.handle = "jane.martin";
    oauth.url = "https://facebook.com/jane.martin";
    oauth.confirmed_by = DeclaredAccount::By::oauth;
    oauth.id = "100012345";
    people.persons[0].accounts.push_back(oauth);
    oauth.url = "https://facebook.com/jane.pending";
    oauth.handle = "jane.pending";
    oauth.state = State::pending;
    oauth.code = "decorum-abcdefghjk";
    people.persons[0].accounts.push_back(oauth);
    write(people.to_toml());
    const auto registry = Registry::open(file_);
    ASSERT_TRUE(registry) << registry.error().text();
    EXPECT_EQ((*registry)->signed_in("https://facebook.com/janemartin"), "100012345");
    EXPECT_EQ((*registry)->signed_in("https://facebook.com/janepending"), "");
    EXPECT_EQ((*registry)->signed_in("https://github.com/janem"), "");
}

TEST_F(RegistryTest, KnowsWhoConfirmedAnythingAndWhoseAddressesAreOnes) {
    RegistryFile two = jane_declared(State::confirmed);
    two.persons.push_back({{"paul@example.org"}, {}});
    write(two.to_toml());
    const auto registry = Registry::open(file_);
    ASSERT_TRUE(registry) << registry.error().text();
    EXPECT_TRUE((*registry)->declares("jane@example.org"));
    EXPECT_FALSE((*registry)->declares("paul@example.org")) << "listed, and nothing confirmed";
    EXPECT_FALSE((*registry)->declares("anne@example.org"));
    EXPECT_TRUE((*registry)->same_person("jane@example.org", "jane.martin@mail.example"));
    EXPECT_FALSE((*registry)->same_person("jane@example.org", "paul@example.org"));
    EXPECT_FALSE((*registry)->same_person("anne@example.org", "anne@example.org"));
    EXPECT_EQ((*registry)->addresses_of("jane.martin@mail.example"),
              (std::vector<std::string>{"jane@example.org", "jane.martin@mail.example"}));
    EXPECT_TRUE((*registry)->addresses_of("paul@example.org").empty());
    write(jane_declared(State::pending).to_toml());
    const auto pending = Registry::open(file_);
    ASSERT_TRUE(pending);
    EXPECT_FALSE((*pending)->declares("jane@example.org"));
}

TEST_F(RegistryTest, NeverGivesPendingOnes) {
    write(jane_declared(State::pending).to_toml());
    const auto registry = Registry::open(file_);
    ASSERT_TRUE(registry);
    const auto answer = ask(**registry, "jane@example.org");
    EXPECT_EQ(answer.outcome, profile::Outcome::not_found);
    EXPECT_TRUE(answer.profile.links.empty());
}

TEST_F(RegistryTest, FollowsTheFileAndOutlivesAFault) {
    const auto opened = Registry::open(file_, Milliseconds{0});
    ASSERT_TRUE(opened) << "an absent file holds nobody: " << opened.error().text();
    Registry& registry = **opened;
    EXPECT_EQ(ask(registry, "jane@example.org").outcome, profile::Outcome::not_found);
    auto generation = registry.generation();
    write(jane_declared(State::confirmed).to_toml());
    ASSERT_TRUE(rises(registry, generation));
    EXPECT_EQ(ask(registry, "jane@example.org").outcome, profile::Outcome::found);
    write("[[person]]\n");
    for (int i = 0; i < 200; ++i)
        ASSERT_EQ(ask(registry, "jane@example.org").outcome, profile::Outcome::found);
    generation = registry.generation();
    write(jane_declared(State::pending).to_toml());
    ASSERT_TRUE(rises(registry, generation));
    EXPECT_EQ(ask(registry, "jane@example.org").outcome, profile::Outcome::not_found);
}

TEST_F(RegistryTest, IsMadeWithoutAnySectionForIt) {
    config::Settings settings;
    settings.gateway.state_dir = folder_;
    write(jane_declared(State::confirmed).to_toml());
    const auto made = make_connectors(settings, {});
    ASSERT_TRUE(made) << made.error().text();
    ASSERT_EQ(made->all.size(), 1u);
    EXPECT_EQ(made->all[0]->traits().name, "registry");
    EXPECT_EQ(made->all[0]->traits().reach, profile::Reach::local);
    EXPECT_EQ(ask(*made->all[0], "jane@example.org").outcome, profile::Outcome::found);

    write("[[person]]\n");
    const auto refused = make_connectors(settings, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("registry.toml:1:"), std::string::npos) << refused.error().detail;
    const auto carried_on = make_connectors(settings, {}, OnFault::carry_on);
    ASSERT_TRUE(carried_on);
    EXPECT_EQ(ask(*carried_on->all[0], "jane@example.org").outcome, profile::Outcome::not_found);
}

TEST(RegistryPath, IsInTheStateFolderUnlessConfigured) {
    config::Settings settings;
    settings.gateway.state_dir = "/state";
    EXPECT_EQ(registry_path(settings), "/state/registry.toml");
    settings.file = "/etc/decorum/decorum.toml";
    settings.registry.file = "declared.toml";
    EXPECT_EQ(registry_path(settings), "/etc/decorum/declared.toml");
}

TEST(RegistryFile, KeepsWhatTheNetworkCallsAnAccount) {
    for (const char* id :
         {"5218421", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "https://piaille.example/users/jane"}) {
        RegistryFile registry = jane_declared(State::confirmed);
        registry.persons[0].accounts[0].id = id;
        const auto read = parse(registry.to_toml());
        ASSERT_TRUE(read) << read.error().text();
        EXPECT_EQ(read->persons[0].accounts[0].id, id);
    }
    for (const std::string& id : {std::string("a b"), std::string("\u00e9"), std::string(501, '1')}) {
        RegistryFile registry = jane_declared(State::confirmed);
        registry.persons[0].accounts[0].id = id;
        EXPECT_FALSE(parse(registry.to_toml())) << id;
    }
    RegistryFile twice = jane_declared(State::confirmed);
    twice.persons[0].accounts[0].id = "5218421";
    twice.persons.push_back({{"paul@example.org"}, {twice.persons[0].accounts[0]}});
    twice.persons[1].accounts[0].handle = "paul";
    twice.persons[1].accounts[0].url = "https://github.com/paul";
    EXPECT_FALSE(parse(twice.to_toml())) << "one account, renamed";
    twice.persons[1].accounts[0].network = "gitlab";
    twice.persons[1].accounts[0].url = "https://gitlab.com/paul";
    EXPECT_TRUE(parse(twice.to_toml())) << "another network counts by itself";
}

class Renamed final : public profile::Connector {
public:
    [[nodiscard]] const profile::Traits& traits() const override {
        static constexpr profile::Traits traits{.name = "github", .reach = profile::Reach::outside};
        return traits;
    }
    [[nodiscard]] bool answers(const profile::Handle&) const override { return true; }
    [[nodiscard]] std::uint64_t max_microdollars() const override { return 7; }
    void find(const profile::Query&, Done done) override {
        profile::Answer answer;
        answer.outcome = outcome;
        answer.profile.display_name.value = "Somebody";
        answer.account_id = id;
        answer.microdollars = 3;
        done(std::move(answer));
    }
    std::string id = "1234";
    profile::Outcome outcome = profile::Outcome::found;
};

// A name that was given up, and taken by somebody else, is nobody of ours.
TEST(Pinned, AnAccountIsWhoItWasWhenItWasConfirmed) {
    const auto folder = fs::temp_directory_path() / fmt::format("decorum-pinned-{}", ::getpid());
    fs::create_directories(folder);
    RegistryFile file = jane_declared(State::confirmed);
    file.persons[0].accounts[0].id = "1234";
    std::ofstream(folder / "registry.toml") << file.to_toml();
    auto registry = Registry::open(folder / "registry.toml");
    ASSERT_TRUE(registry) << registry.error().text();
    const auto network = std::make_shared<Renamed>();
    Pinned pinned(network, *registry);
    const auto ask = [&](const profile::Query& query) {
        std::optional<profile::Answer> answer;
        pinned.find(query, [&](profile::Answer got) { answer = std::move(got); });
        return answer.value();
    };
    const profile::Query declared{"", profile::Handle{"github", "janem", "https://github.com/janem"}};
    const profile::Query other{"", profile::Handle{"github", "paul", "https://github.com/paul"}};
    EXPECT_EQ(ask(declared).outcome, profile::Outcome::found);
    network->id = "99";
    EXPECT_EQ(ask(declared).outcome, profile::Outcome::not_found);
    EXPECT_TRUE(ask(declared).profile.empty());
    EXPECT_EQ(ask(declared).microdollars, 3U) << "what it cost was paid";
    EXPECT_EQ(ask(other).outcome, profile::Outcome::found) << "no one declared that";
    EXPECT_EQ(ask({"jane@example.org", {}}).outcome, profile::Outcome::found)
        << "the address is its own proof";
    network->id.clear();
    EXPECT_EQ(ask(declared).outcome, profile::Outcome::found) << "the network does not tell";
    network->outcome = profile::Outcome::failed;
    EXPECT_EQ(ask(declared).outcome, profile::Outcome::failed);
    EXPECT_EQ(pinned.max_microdollars(), 7U);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace decorum::connectors
