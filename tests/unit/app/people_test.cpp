// The commands about people who don't want to be shown, and people who do: files, store and exit statuses.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "gateway/notice/rules.hpp"
#include "people.hpp"

namespace decorum::app {
namespace {

namespace fs = std::filesystem;
using connectors::DeclaredAccount;
using test::github;
using test::People;
using State = DeclaredAccount::State;

TEST_F(People, ForgettingLeavesNoOctetInTheStateFolderAndCountsWhatWent) {
    remember("jane@example.org", "Jane Unmistakable");
    remember("paul@example.org", "Paul Remains");
    ASSERT_TRUE(state_holds("Unmistakable"));
    ASSERT_EQ(add(options()).first, exit_done);
    const auto [status, said] = run([&] { return forget(file(), "Jane@Example.org"); });
    EXPECT_EQ(status, exit_done);
    EXPECT_TRUE(
        said.starts_with("jane@example.org: erased 1 stored answer, 1 shown version, 1 address and 1 account "
                         "of the registry\n"))
        << said;
    EXPECT_FALSE(state_holds("Unmistakable"));
    EXPECT_FALSE(state_holds("jane@example.org"));
    EXPECT_TRUE(state_holds("Paul Remains"));
    EXPECT_TRUE(forgotten("jane@example.org"));
    EXPECT_FALSE(forgotten("paul@example.org"));
}

TEST_F(People, ForgettingAnUnknownAddressLaysTheTombstoneAllTheSame) {
    EXPECT_EQ(run([&] { return forget(file(), "nobody@example.org"); }).first, exit_done);
    EXPECT_TRUE(forgotten("nobody@example.org"));
    EXPECT_EQ(run([&] { return forget(file(), "no address"); }).first, exit_usage);
}

TEST_F(People, ForgettingOneOfSeveralAddressesKeepsThePerson) {
    ASSERT_EQ(add(options(github, "jane@example.org,jane@mail.example")).first, exit_done);
    const auto [status, said] = run([&] { return forget(file(), "jane@mail.example"); });
    EXPECT_EQ(status, exit_done);
    EXPECT_NE(said.find("1 address and 0 accounts"), std::string::npos) << said;
    EXPECT_EQ(registry().persons.at(0).addresses, std::vector<std::string>{"jane@example.org"});
    EXPECT_FALSE(state_holds("jane@mail.example")) << "not in the words of the consent either";
}

TEST_F(People, WithoutAStoreThatCommandsCanReachForgettingFailsAndOptingOutWorks) {
    configure("[store]\nurl = \"memory:\"\n");
    EXPECT_EQ(run([&] { return forget(file(), "jane@example.org"); }).first, exit_failure);
    EXPECT_NE(errors_.find("memory:"), std::string::npos);
    EXPECT_EQ(run([&] { return optout_add(file(), {"jane@example.org"}); }).first, exit_done);
    EXPECT_TRUE(listed("jane@example.org"));
    EXPECT_EQ(run([&] { return optout_remove(file(), {"jane@example.org"}); }).first, exit_done);
}

TEST_F(People, AFaultyRegistryDoesNotKeepTheStoreFromForgetting) {
    remember("jane@example.org", "Jane Unmistakable");
    std::ofstream(folder_ / "state/registry.toml") << "[[person]\n";
    EXPECT_EQ(run([&] { return forget(file(), "jane@example.org"); }).first, exit_failure);
    EXPECT_NE(errors_.find("registry.toml:1:"), std::string::npos) << errors_;
    EXPECT_FALSE(state_holds("Unmistakable"));
    EXPECT_TRUE(forgotten("jane@example.org"));
}

TEST_F(People, OptingOutListsErasesAndIsTakenBack) {
    remember("jane@example.org", "Jane Unmistakable");
    const auto [status, said] = run([&] { return optout_add(file(), {"Jane@example.org", "@Example.net"}); });
    EXPECT_EQ(status, exit_done);
    EXPECT_NE(said.find("jane@example.org: listed; erased 1 stored answer, 1 shown version\n"),
              std::string::npos)
        << said;
    EXPECT_TRUE(listed("jane+tag@example.org"));
    EXPECT_TRUE(listed("anybody@example.net"));
    EXPECT_TRUE(forgotten("jane@example.org"));
    EXPECT_FALSE(state_holds("Unmistakable"));
    EXPECT_EQ(run([&] { return optout_list(file()); }).second, "@example.net\njane@example.org\n");

    EXPECT_EQ(run([&] { return optout_remove(file(), {"JANE@example.org", "paul@example.org"}); }).first,
              exit_done);
    EXPECT_FALSE(listed("jane@example.org"));
    EXPECT_FALSE(forgotten("jane@example.org"));
    EXPECT_EQ(run([&] { return optout_remove(file(), {"jane@example.org"}); }).first, exit_no);
}

// The writing of the whole database anew raises its schema cookie by one (SQLite's file format §1.3.9).
TEST_F(People, HoweverManyAreErasedTheDatabaseIsWrittenAnewOnce) {
    const auto cookie = [&] {
        std::ifstream file(folder_ / "state/decorum.sqlite", std::ios::binary);
        file.seekg(40);
        int value = 0;
        for (int octet = 0; octet < 4; ++octet) value = value * 256 + file.get();
        return value;
    };
    remember("jane@example.org", "Jane Martin");
    remember("jane+news@example.org", "Tagged Jane");
    remember("paul@example.org", "Paul Petit");
    ASSERT_EQ(run([&] { return forget(file(), "nobody@example.org"); }).first, exit_done);
    const int before = cookie();
    ASSERT_EQ(run([&] { return optout_add(file(), {"jane@example.org", "paul@example.org"}); }).first,
              exit_done);
    EXPECT_EQ(cookie(), before + 1);
    for (const char* text : {"Jane Martin", "Tagged Jane", "Paul Petit"})
        EXPECT_FALSE(state_holds(text)) << text;
}

TEST_F(People, OneEntryThatIsNoneLeavesTheListAsItWas) {
    for (const char* wrong :
         {"jane", "@", "@exa mple.net", "a@b@", "a\x1b[31m@example.org", "@example.net\n"}) {
        EXPECT_EQ(run([&] { return optout_add(file(), {"jane@example.org", wrong}); }).first, exit_usage)
            << wrong;
        EXPECT_EQ(errors_.find('\x1b'), std::string::npos);
    }
    EXPECT_FALSE(listed("jane@example.org"));
    EXPECT_FALSE(fs::exists(folder_ / "state"));
}

TEST_F(People, AFaultyListIsNotOverwritten) {
    fs::create_directory(folder_ / "state");
    std::ofstream(folder_ / "state/optout.toml") << "entries = [";
    EXPECT_EQ(run([&] { return optout_add(file(), {"jane@example.org"}); }).first, exit_failure);
    EXPECT_EQ(run([&] { return optout_list(file()); }).first, exit_failure);
    EXPECT_TRUE(state_holds("entries = ["));
}

TEST_F(People, DeclaringRecordsTheWordsAndGivesACode) {
    LinkOptions declared =
        options("http://www.GitHub.com/JaneM/?tab=x", "Jane@example.org,jane@mail.example");
    declared.consent_by = "Jane Martin";
    declared.language = "fr";
    const auto [status, said] = add(declared);
    EXPECT_EQ(status, exit_done) << errors_;
    const auto persons = registry().persons;
    ASSERT_EQ(persons.size(), 1u);
    EXPECT_EQ(persons[0].addresses, (std::vector<std::string>{"jane@example.org", "jane@mail.example"}));
    const DeclaredAccount& account = persons[0].accounts.at(0);
    EXPECT_EQ(account.network, "github");
    EXPECT_EQ(account.url, github);
    EXPECT_EQ(account.state, State::pending);
    EXPECT_NE(said.find(account.code), std::string::npos);
    EXPECT_NE(said.find(account.consent.wording), std::string::npos)
        << "the words that are kept are those that were shown";
    EXPECT_NE(account.consent.wording.find("Je suis titulaire du compte https://github.com/janem."),
              std::string::npos);
    EXPECT_EQ(account.consent.given_by, "Jane Martin");
    EXPECT_EQ(account.consent.language, "fr");
    EXPECT_LE(wall_clock_now() - account.consent.time, std::chrono::minutes{1});
    EXPECT_EQ(fs::status(folder_ / "state/registry.toml").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(People, TheShippedWordsNameTheAccountInBothLanguages) {
    for (const char* language : {"en", "fr"}) {
        LinkOptions declared = options();
        declared.language = language;
        EXPECT_EQ(add(declared).first, exit_done) << errors_;
        EXPECT_NE(registry().persons.at(0).accounts.at(0).consent.wording.find(github), std::string::npos);
    }
    LinkOptions unknown = options();
    unknown.language = "../../etc/passwd\x1b";
    EXPECT_EQ(add(unknown).first, exit_failure);
}

TEST_F(People, OwnWordsMayStandInAFile) {
    LinkOptions declared = options();
    declared.consent_file = (folder_ / "words.txt").native();
    EXPECT_EQ(add(declared).first, exit_failure) << "it is not there";
    std::ofstream(declared.consent_file) << "Yes to {account}, {account}.\r\n";
    EXPECT_EQ(add(declared).first, exit_done) << errors_;
    EXPECT_EQ(registry().persons.at(0).accounts.at(0).consent.wording,
              "Yes to https://github.com/janem, https://github.com/janem.\n");
    std::ofstream(declared.consent_file) << "Yes\x1b[31m\n";
    EXPECT_EQ(add(declared).first, exit_failure) << "what could not be read back is not written";
    std::ofstream(declared.consent_file) << std::string(10'000, 'x');
    EXPECT_EQ(add(declared).first, exit_failure);
    EXPECT_EQ(registry().persons.at(0).accounts.size(), 1u);
}

TEST_F(People, HostileValuesAreRefusedAndNotEchoed) {
    for (const char* url :
         {"javascript:alert(1)", "https://github.com@evil.example/", "https://x.example/\x1b[31m", ""})
        EXPECT_EQ(add(options(url)).first, exit_usage) << url;
    LinkOptions foreign = options("https://evil.example/janem");
    foreign.network = "github\x1b[31m";
    EXPECT_EQ(add(foreign).first, exit_usage);
    EXPECT_EQ(errors_.find('\x1b'), std::string::npos);
    EXPECT_EQ(add(options(github, "jane@example.org,,")).first, exit_usage);
    LinkOptions control = options();
    control.consent_by = "Jane\x1b[31m";
    EXPECT_EQ(add(control).first, exit_failure);
    control.consent_by = std::string(10'000, 'x');
    EXPECT_EQ(add(control).first, exit_failure);
    EXPECT_TRUE(registry().persons.empty());
}

TEST_F(People, WhoOptedOutOrWasErasedIsNotDeclaredByTheWay) {
    ASSERT_EQ(run([&] { return forget(file(), "jane@example.org"); }).first, exit_done);
    EXPECT_EQ(add(options()).first, exit_no);
    EXPECT_NE(errors_.find("erased on request"), std::string::npos) << errors_;
    ASSERT_EQ(run([&] { return optout_add(file(), {"@example.net"}); }).first, exit_done);
    EXPECT_EQ(add(options(github, "paul@example.org,paul@example.net")).first, exit_no);
    EXPECT_TRUE(registry().persons.empty());
}

TEST_F(People, DeclaringAgainMakesANewCodeAndAddsAddresses) {
    ASSERT_EQ(add(options()).first, exit_done);
    const std::string before = registry().persons.at(0).accounts.at(0).code;
    ASSERT_EQ(add(options(github, "jane@mail.example,jane@example.org")).first, exit_done);
    const auto persons = registry().persons;
    ASSERT_EQ(persons.size(), 1u);
    EXPECT_EQ(persons[0].addresses.size(), 2u);
    ASSERT_EQ(persons[0].accounts.size(), 1u);
    EXPECT_NE(persons[0].accounts[0].code, before);
    ASSERT_EQ(add(options("https://jane.example/", "paul@example.org")).first, exit_done);
    EXPECT_EQ(add(options("https://x.com/j", "paul@example.org,jane@example.org")).first, exit_no)
        << "two persons";
}

// Else whoever may declare accounts would tie what Jane proved to any address.
TEST_F(People, AnAddressJoinsNoPersonWhoHasProvedOrIsProvingSomethingElse) {
    ASSERT_EQ(add(options()).first, exit_done);
    EXPECT_EQ(add(options("https://mallory.example/me", "mallory@evil.example,jane@example.org")).first,
              exit_no);
    ASSERT_EQ(registry().persons.size(), 1u);
    EXPECT_EQ(registry().persons[0].addresses, std::vector<std::string>{"jane@example.org"});
}

TEST_F(People, RemovingTakesAnAccountOrThePerson) {
    ASSERT_EQ(add(options()).first, exit_done);
    ASSERT_EQ(add(options("https://jane.example/")).first, exit_done);
    EXPECT_EQ(run([&] { return link_remove(file(), "jane@example.org", "https://other.example/"); }).first,
              exit_no);
    EXPECT_EQ(run([&] { return link_remove(file(), "jane@example.org", "https://github.com/JaneM"); }).first,
              exit_done);
    ASSERT_EQ(registry().persons.at(0).accounts.size(), 1u);
    EXPECT_EQ(run([&] { return link_remove(file(), "jane@example.org", ""); }).first, exit_done);
    EXPECT_TRUE(registry().persons.empty());
    EXPECT_EQ(run([&] { return link_remove(file(), "jane@example.org", ""); }).first, exit_no);
}

TEST_F(People, RemovingOneOfSeveralAddressesSaysWhoseTheAccountsStay) {
    ASSERT_EQ(add(options(github, "jane@example.org,jane@mail.example")).first, exit_done);
    const auto [status, said] = run([&] { return link_remove(file(), "jane@example.org", ""); });
    EXPECT_EQ(status, exit_done);
    EXPECT_TRUE(said.contains("what it shared with jane@mail.example stays there")) << said;
    ASSERT_EQ(registry().persons.size(), 1u);
    EXPECT_EQ(registry().persons[0].addresses, std::vector<std::string>{"jane@mail.example"});
    EXPECT_EQ(registry().persons[0].accounts.size(), 1u);
}

TEST_F(People, WhatOnlyFacebookTakesIsAnErrorElsewhere) {
    ASSERT_EQ(add(options()).first, exit_done);
    for (const LinkProof& proof : {LinkProof{"x", false}, LinkProof{"", true}}) {
        EXPECT_EQ(run([&] { return link_confirm(file(), "jane@example.org", github, proof); }).first,
                  exit_usage);
        EXPECT_NE(errors_.find("Facebook"), std::string::npos) << errors_;
    }
}

TEST_F(People, TheListShowsOneOrAllAsTextAndAsJson) {
    ASSERT_EQ(add(options()).first, exit_done);
    ASSERT_EQ(add(options("https://jane.example/", "paul@example.org")).first, exit_done);
    EXPECT_NE(run([&] { return link_list(file(), "", false); }).second.find("paul@example.org"),
              std::string::npos);
    const auto [status, one] = run([&] { return link_list(file(), "Jane@example.org", true); });
    EXPECT_EQ(status, exit_done);
    EXPECT_TRUE(one.starts_with(
        R"([{"addresses":["jane@example.org"],"accounts":[{"network":"github","handle":"janem")"))
        << one;
    EXPECT_EQ(one.find("paul"), std::string::npos);
    EXPECT_EQ(run([&] { return link_list(file(), "nobody@example.org", true); }).second, "[]\n");
    EXPECT_EQ(run([&] { return link_list(file(), "nobody@example.org", false); }).first, exit_no);
    EXPECT_NE(errors_.find("nobody@example.org has declared nothing"), std::string::npos) << errors_;
}

TEST_F(People, FacebookNeedsItsKeysAndPrintsWhereToSignIn) {
    EXPECT_EQ(add(options("https://www.facebook.com/jane.martin")).first, exit_failure);
    EXPECT_NE(errors_.find("connector.facebook.app_id"), std::string::npos) << errors_;
    std::ofstream(folder_ / "secret") << "s3cret\n";
    fs::permissions(folder_ / "secret", fs::perms::owner_read);
    configure(
        "[connector.facebook]\napp_id = \"123\"\nredirect_uri = \"https://decorum.example/back\"\ntoken_file "
        "= \"secret\"\n");
    const auto [status, said] = add(options("https://www.facebook.com/jane.martin"));
    EXPECT_EQ(status, exit_done) << errors_;
    const std::string state = registry().persons.at(0).accounts.at(0).code;
    EXPECT_NE(said.find("https://www.facebook.com/v19.0/dialog/oauth?client_id=123&"), std::string::npos);
    EXPECT_NE(said.find("state=" + state), std::string::npos);
    EXPECT_EQ(said.find("s3cret"), std::string::npos);
}

TEST_F(People, WithAFixedTokenOnlyAPageCanBeDeclared) {
    std::ofstream(folder_ / "token") << "t0ken\n";
    fs::permissions(folder_ / "token", fs::perms::owner_read);
    configure("[connector.facebook]\ntoken_file = \"token\"\n");
    const auto [status, said] =
        run([&] { return link_add(file(), options("https://facebook.com/harbour")); });
    EXPECT_EQ(status, exit_done) << errors_;
    EXPECT_NE(said.find("--page"), std::string::npos) << said;
    EXPECT_EQ(said.find("--code"), std::string::npos) << said;
    EXPECT_EQ(said.find("dialog/oauth"), std::string::npos) << said;
}

// Whoever writes an issue in somebody's repository would put the code there.
TEST_F(People, APageOfANetworkThatIsNoAccountIsRefused) {
    for (const char* url : {"https://github.com/victim/repo/issues/5", "https://x.com/jane/status/12"}) {
        for (const char* network : {"", "viadeo", "mastodon", "gitlab"}) {
            LinkOptions asked = options(url);
            asked.network = network;
            EXPECT_EQ(add(asked).first, exit_no) << url << " as " << network;
            EXPECT_NE(errors_.find("no account"), std::string::npos) << errors_;
        }
    }
    EXPECT_TRUE(registry().persons.empty());
}

TEST_F(People, WithoutNoticesThereIsNothingToListOrAcknowledge) {
    const auto [status, said] = run([&] { return notice_list(file(), "", true); });
    EXPECT_EQ(status, exit_done);
    EXPECT_EQ(said, "{\"notices\":[],\"called_wrong\":0,\"opted_out\":0}\n");
    EXPECT_EQ(run([&] { return notice_ack(file(), "jane@example.org"); }).first, exit_no);
    EXPECT_EQ(run([&] { return notice_ack(file(), "no address"); }).first, exit_usage);
    configure("[store]\nurl = \"memory:\"\n");
    EXPECT_EQ(run([&] { return notice_list(file(), "", false); }).first, exit_failure);
}

TEST_F(People, AllAddressesOfAPersonStandAsOneToNotices) {
    ASSERT_TRUE(connectors::edit_registry(connectors::registry_path(settings_),
                                          [](connectors::RegistryFile& registry) -> Result<> {
                                              auto& person = registry.persons.emplace_back();
                                              person.addresses = {"jane@example.org", "j.martin@example.org"};
                                              auto& account = person.accounts.emplace_back();
                                              account.network = "github";
                                              account.handle = "janem";
                                              account.url = github;
                                              account.state = connectors::DeclaredAccount::State::confirmed;
                                              account.confirmed = account.consent.time = wall_clock_now();
                                              account.consent.language = "en";
                                              account.consent.given_by = "Jane Martin";
                                              account.consent.wording = "Yes.";
                                              return {};
                                          }));
    const auto tell = [&](std::string_view address, std::string mark) {
        const auto store = std::move(*store::open_store(settings_));
        const std::string key = store::record_key(*cache_secret(settings_), address);
        std::promise<bool> told;
        store->notices().amend(
            key,
            [&](store::Standing& standing) {
                notice::note_told(standing, mark, {mark}, wall_clock_now());
                standing.opted_out = mark == "b";
                standing.wrongs = 1;
                store::Letter letter;
                letter.id = letter.mark = mark;
                letter.key = key;
                letter.kind = store::LetterKind::notice;
                return std::optional(letter);
            },
            [&](const auto& done) { told.set_value(done.has_value()); });
        EXPECT_TRUE(told.get_future().get());
    };
    tell("jane@example.org", "a");
    EXPECT_EQ(run([&] { return notice_ack(file(), "j.martin@example.org"); }).first, exit_done);
    EXPECT_EQ(run([&] { return notice_ack(file(), "jane@example.org"); }).first, exit_no);
    tell("j.martin@example.org", "b");
    const auto listed =
        boost::json::parse(run([&] { return notice_list(file(), "jane@example.org", true); }).second);
    EXPECT_EQ(listed.at("notices").as_array().size(), 2u);
    EXPECT_EQ(listed.at("called_wrong"), 2);
    EXPECT_EQ(listed.at("opted_out"), 1) << "one person";
    auto people = StoredPeople::open(settings_);
    const auto standing = people->standing("jane@example.org");
    ASSERT_TRUE(standing);
    EXPECT_TRUE(standing->opted_out);
    EXPECT_EQ(standing->told.size(), 2u);
    EXPECT_TRUE(notice::unanswered(*standing, std::vector<std::string>{"a"}).empty());
}

TEST_F(People, AConfirmedAccountIsToldByALetterThatTheGatewayWrites) {
    configure(
        "[notice]\nfrom = \"decorum@example.org\"\nupstream = \"mta\"\n"
        "[upstream.mta]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:10026\"\n");
    auto people = StoredPeople::open(settings_);
    ASSERT_TRUE(people);
    ASSERT_TRUE(people->tell_of_link(settings_.notice, "jane@example.org", github, "fr"));
    const auto store = std::move(*store::open_store(settings_));
    std::promise<std::optional<store::Letter>> claimed;
    store->notices().claim(wall_clock_now(), wall_clock_now(),
                           [&](auto letter) { claimed.set_value(std::move(*letter)); });
    const auto letter = claimed.get_future().get();
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->kind, store::LetterKind::profile);
    EXPECT_EQ(letter->address, "jane@example.org");
    EXPECT_EQ(letter->about, github);
    EXPECT_EQ(letter->language, "fr");
    EXPECT_TRUE(letter->octets.empty());
    EXPECT_TRUE(letter->id.ends_with("@example.org"));
}

// The key that an older version kept a domain beyond ASCII under.
class PeopleOfAnOlderVersion : public People {
protected:
    std::string older_key(std::string_view address) const {
        return store::older_record_key(*cache_secret(settings_), address);
    }
    void erased_by_an_older_version(std::string_view address) {
        const auto store = std::move(*store::open_store(settings_));
        std::promise<bool> erased;
        store->erase(older_key(address), wall_clock_now(),
                     [&](const auto& done) { erased.set_value(done.has_value()); });
        EXPECT_TRUE(erased.get_future().get());
    }
};

TEST_F(PeopleOfAnOlderVersion, WhoTheyErasedIsToldOfNoAccount) {
    configure(
        "[notice]\nfrom = \"decorum@example.org\"\nupstream = \"mta\"\n"
        "[upstream.mta]\nprotocol = \"smtp\"\naddress = \"127.0.0.1:10026\"\n");
    erased_by_an_older_version("jane@müller.example");
    auto people = StoredPeople::open(settings_);
    ASSERT_TRUE(people);
    ASSERT_TRUE(people->tell_of_link(settings_.notice, "jane@müller.example", github, "fr"));
    const auto store = std::move(*store::open_store(settings_));
    std::promise<bool> claimed;
    store->notices().claim(wall_clock_now(), wall_clock_now(),
                           [&](auto letter) { claimed.set_value(letter && letter->has_value()); });
    EXPECT_FALSE(claimed.get_future().get());
}

TEST_F(PeopleOfAnOlderVersion, AreErasedWithTheirTagsAndEveryNodeHears) {
    remember("jane@müller.example", "new words");
    {
        const auto store = std::move(*store::open_store(settings_));
        store::Update update;
        update.found = true;
        update.fetched = wall_clock_now();
        update.profile_json = "[]";
        auto shown = std::make_shared<profile::Presentation>();
        shown->profile = "older words";
        update.shown = std::move(shown);
        std::promise<bool> written;
        store->update(older_key("jane+x@müller.example"), std::move(update),
                      [&](const auto& record) { written.set_value(record.has_value()); });
        ASSERT_TRUE(written.get_future().get());
    }
    ASSERT_TRUE(state_holds("older words"));
    auto people = StoredPeople::open(settings_);
    ASSERT_TRUE(people);
    const auto erased = people->forget("jane@müller.example");
    ASSERT_TRUE(erased);
    EXPECT_EQ(erased->versions, 2u);
    ASSERT_TRUE(people->wipe());
    EXPECT_FALSE(state_holds("older words"));
    const auto store = std::move(*store::open_store(settings_));
    std::promise<std::vector<std::string>> told;
    store->erased_since(0, [&](auto erasures) { told.set_value(std::move(erasures->keys)); });
    EXPECT_THAT(told.get_future().get(),
                testing::IsSupersetOf({older_key("jane@müller.example"),
                                       store::record_key(*cache_secret(settings_), "jane@müller.example")}));
    EXPECT_TRUE(people->revive("jane@müller.example").value_or(false));
    EXPECT_FALSE(forgotten("jane@müller.example"));
}

}  // namespace
}  // namespace decorum::app
