#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <thread>

#include "connectors/directory.hpp"
#include "connectors/make_connectors.hpp"
#include "connectors/people_file.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
using profile::Outcome;

constexpr std::string_view jane_entry = R"([[person]]
addresses    = ["jane@example.org", "Jane.Martin@Mail.example"]
display_name = "Jane Martin"
headline     = "HR Director"
organisation = "ACME"
location     = "Lyon, FR"
summary      = ""
photo_file   = "jane.png"
[[person.link]]
network = "github"
url     = "https://github.com/janem"
[[person.activity]]
time    = 2026-11-20T08:00:00Z
network = "mastodon"
text    = "Nous recrutons"
url     = "https://piaille.example/@jane/113"
[[person.position]]
title = "HR Director"
organisation = "ACME"
start = "2019"
end   = ""
[[person.recommendation]]
author = "Paul Petit"
text   = "A rare listener."
)";

std::string portrait() {
    return std::string(
        "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x30\0\0\0\x30\x08\x06\0\0\0CRC!\0\0\0\0IENDCRC!", 45);
}

class DirectoryTest : public testing::Test {
protected:
    DirectoryTest() {
        std::string name = (fs::temp_directory_path() / "decorum-people-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        folder_ = name;
        file_ = folder_ / "people.toml";
    }
    ~DirectoryTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    // Replaced as an editor does: the new file appears whole.
    void write(std::string_view text) const {
        std::ofstream(folder_ / "new") << text;
        fs::rename(folder_ / "new", file_);
    }
    std::shared_ptr<Directory> open() const {
        auto opened = Directory::open({.path = file_, .look_interval = Milliseconds{0}});
        if (!opened) throw std::runtime_error(opened.error().text());
        return *opened;
    }
    static profile::Answer ask(Directory& directory, std::string address) {
        std::optional<profile::Answer> answer;
        directory.find({std::move(address), std::nullopt}, [&](profile::Answer a) { answer = std::move(a); });
        EXPECT_TRUE(answer) << "a local connector answers at once";
        return answer.value_or(profile::Answer{});
    }
    fs::path folder_;
    fs::path file_;
};

TEST_F(DirectoryTest, GivesEveryFieldAsAFact) {
    std::ofstream(folder_ / "jane.png") << portrait();
    write(jane_entry);
    const auto directory = open();
    EXPECT_TRUE(profile::is_local(*directory));
    const auto answer = ask(*directory, "jane@example.org");
    ASSERT_EQ(answer.outcome, Outcome::found);
    const profile::Profile& p = answer.profile;
    EXPECT_EQ(p.display_name.value, "Jane Martin");
    EXPECT_EQ(p.display_name.origin.source, "directory");
    EXPECT_EQ(p.display_name.origin.tier, profile::Tier::s);
    EXPECT_EQ(p.display_name.origin.reason, "listed in the directory");
    EXPECT_EQ(p.headline.value, "HR Director");
    EXPECT_EQ(p.organisation.value, "ACME");
    EXPECT_EQ(p.location.value, "Lyon, FR");
    EXPECT_EQ(p.photo_png.value, portrait());
    ASSERT_EQ(p.links.size(), 1u);
    EXPECT_EQ(p.links[0].url, "https://github.com/janem");
    EXPECT_EQ(answer.profile.links.size(), 1u);
    ASSERT_EQ(p.activities.size(), 1u);
    EXPECT_EQ(to_rfc3339(p.activities[0].time), "2026-11-20T08:00:00Z");
    ASSERT_EQ(p.positions.size(), 1u);
    EXPECT_EQ(p.positions[0].start, "2019");
    ASSERT_EQ(p.recommendations.size(), 1u);
    EXPECT_EQ(p.recommendations[0].author, "Paul Petit");
}

TEST_F(DirectoryTest, FindsEachAddressWithoutRegardToCase) {
    write(jane_entry);
    const auto directory = open();
    for (const char* address : {"jane@example.org", "JANE@example.org", "jane.martin@mail.example"})
        EXPECT_EQ(ask(*directory, address).outcome, Outcome::found) << address;
    for (const char* address : {"", "jane", "jane@example.com", "ane@example.org", "jane@example.org "})
        EXPECT_EQ(ask(*directory, address).outcome, Outcome::not_found) << address;
}

TEST_F(DirectoryTest, TimesMayHaveAnOffsetOrBeDates) {
    write(
        "[[person]]\naddresses=['a@b.example']\n[[person.activity]]\ntime=2026-11-20T08:00:00+02:00\ntext='x'"
        "\n"
        "[[person.activity]]\ntime=2026-11-20\ntext='y'\n");
    const auto activities = ask(*open(), "a@b.example").profile.activities;
    ASSERT_EQ(activities.size(), 2u);
    EXPECT_EQ(to_rfc3339(activities[0].time), "2026-11-20T06:00:00Z");
    EXPECT_EQ(to_rfc3339(activities[1].time), "2026-11-20T00:00:00Z");
}

TEST_F(DirectoryTest, APhotoThatDoesNotFitIsLeftOut) {
    for (const std::string& photo :
         {std::string("GIF89a"), portrait() + "x", std::string(100'000, 'x'), std::string()}) {
        std::ofstream(folder_ / "jane.png", std::ios::trunc) << photo;
        write(jane_entry);
        const auto answer = ask(*open(), "jane@example.org");
        EXPECT_EQ(answer.outcome, Outcome::found);
        EXPECT_TRUE(answer.profile.photo_png.empty());
    }
    fs::remove(folder_ / "jane.png");
    EXPECT_EQ(ask(*open(), "jane@example.org").outcome, Outcome::found);
}

TEST_F(DirectoryTest, NamesTheOwnPeopleAndOrganisations) {
    write(
        "[[person]]\naddresses=['a@b.example']\ndisplay_name='Zoe'\norganisation='ACME'\n"
        "[[person]]\naddresses=['c@b.example']\ndisplay_name='Ann'\norganisation='ACME'\n"
        "[[person]]\naddresses=['d@b.example']\n");
    const auto directory = open();
    EXPECT_EQ(directory->names(), (std::vector<std::string>{"Ann", "Zoe"}));
    EXPECT_EQ(directory->organisations(), std::vector<std::string>{"ACME"});
}

TEST_F(DirectoryTest, NamesAreMissingUntilTheFileIsReadOnce) {
    write("[[person]]\naddresses = 7\n");
    const auto directory = Directory::open_anyway({.path = file_, .look_interval = Milliseconds{0}});
    EXPECT_FALSE(directory->knows_all_names());
    const auto before = directory->generation();
    write(jane_entry);
    while (directory->generation() == before) std::this_thread::yield();
    EXPECT_TRUE(directory->knows_all_names());
    EXPECT_EQ(directory->names(), std::vector<std::string>{"Jane Martin"});
    write("[[person]]\naddresses = 7\n");
    EXPECT_FALSE(directory->reload());
    EXPECT_TRUE(directory->knows_all_names());
    fs::remove(file_);
    EXPECT_FALSE(directory->reload());
    EXPECT_TRUE(directory->knows_all_names());
}

TEST_F(DirectoryTest, AnEmptyFileHasNobodyInIt) {
    write("");
    EXPECT_TRUE(open()->knows_all_names());
    EXPECT_EQ(ask(*open(), "jane@example.org").outcome, Outcome::not_found);
}

TEST_F(DirectoryTest, AChangedFileIsReadWithoutBeingAsked) {
    write(jane_entry);
    const auto directory = open();
    const auto before = directory->generation();
    write("[[person]]\naddresses=['new@example.org']\n");
    while (directory->generation() == before) std::this_thread::yield();
    EXPECT_EQ(ask(*directory, "jane@example.org").outcome, Outcome::not_found);
    EXPECT_EQ(ask(*directory, "new@example.org").outcome, Outcome::found);
}

TEST_F(DirectoryTest, AnUnchangedFileIsNotReadAgain) {
    write(jane_entry);
    const auto directory = open();
    const auto before = directory->generation();
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(directory->generation(), before);
}

TEST_F(DirectoryTest, AFaultKeepsTheLastGoodVersionUntilItIsMended) {
    write(jane_entry);
    const auto directory = open();
    const auto before = directory->generation();
    write("[[person]]\naddresses = 7\n");
    const auto read = directory->reload();
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().detail.starts_with(file_.native() + ":2: person.addresses: "))
        << read.error().detail;
    EXPECT_EQ(directory->generation(), before);
    EXPECT_EQ(ask(*directory, "jane@example.org").outcome, Outcome::found);
    fs::remove(file_);
    EXPECT_FALSE(directory->reload());
    EXPECT_EQ(ask(*directory, "jane@example.org").outcome, Outcome::found);
    write("[[person]]\naddresses=['new@example.org']\n");
    while (directory->generation() == before) std::this_thread::yield();
    EXPECT_EQ(ask(*directory, "new@example.org").outcome, Outcome::found);
}

TEST_F(DirectoryTest, FindersAndReadersDoNotDisturbEachOther) {
    write(jane_entry);
    const auto directory = open();
    std::atomic<bool> stop = false;
    std::vector<std::jthread> finders;
    for (int t = 0; t < 2; ++t)
        finders.emplace_back([&] {
            while (!stop) EXPECT_EQ(ask(*directory, "jane@example.org").outcome, Outcome::found);
        });
    for (int i = 0; i < 20; ++i) {
        write(std::string(jane_entry) + "# " + std::to_string(i) + "\n");
        EXPECT_TRUE(directory->reload());
    }
    stop = true;
}

struct Fault {
    const char* name;
    std::string text;
    int line;
    const char* says;
};

class PeopleFault : public testing::TestWithParam<Fault> {};

TEST_P(PeopleFault, NamesFileLineAndWhatWouldBeRight) {
    const auto people = parse_people(GetParam().text, "/etc/people.toml");
    ASSERT_FALSE(people);
    const std::string begin = "/etc/people.toml:" + std::to_string(GetParam().line) + ": ";
    EXPECT_TRUE(people.error().detail.starts_with(begin)) << people.error().detail;
    EXPECT_NE(people.error().detail.find(GetParam().says), std::string::npos) << people.error().detail;
}

TEST(PeopleFaults, AreAllNamedWhereAskedFor) {
    std::vector<std::string> all;
    const auto people = parse_people(
        "[[person]]\naddresses = ['a b@c', 'd e@f']\ntitel = 'x'\n[[person]]\naddresses = ['a@b.example']\n"
        "headline = 3\n",
        "people.toml", &all);
    ASSERT_FALSE(people);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0], people.error().detail);
    EXPECT_TRUE(all[0].starts_with("people.toml:3: person.titel: ")) << all[0];
    EXPECT_TRUE(all[1].starts_with("people.toml:2: person.addresses: ")) << all[1];
    EXPECT_TRUE(all[2].starts_with("people.toml:6: person.headline: ")) << all[2];
}

const std::string person = "[[person]]\naddresses = ['a@b.example']\n";

INSTANTIATE_TEST_SUITE_P(
    Each, PeopleFault,
    testing::Values(
        Fault{"Syntax", "[[person]]\naddresses = [\n\n", 3, ""},
        Fault{"UnknownTopKey", "[[persons]]\n", 1, "persons: unknown key"},
        Fault{"UnknownKey", person + "titel = 'x'\n", 3, "person.titel: unknown key"},
        Fault{"UnknownLinkKey", person + "[[person.link]]\nuri = 'x'\n", 4, "person.link.uri: unknown key"},
        Fault{"TextIsNumber", person + "headline = 3\n", 3, "person.headline: must be a text"},
        Fault{"NoAddresses", "\n[[person]]\nheadline = 'x'\n", 2, "person.addresses: is missing"},
        Fault{"EmptyAddresses", "[[person]]\naddresses = []\n", 2, "at least one"},
        Fault{"AddressIsNumber", "[[person]]\naddresses = ['a@b.example',\n 7]\n", 3, "list of texts"},
        Fault{"NoAddress", "[[person]]\naddresses = ['a b@c']\n", 2, "mail addresses"},
        Fault{"NoDomain", "[[person]]\naddresses = ['a@']\n", 2, "mail addresses"},
        Fault{"AddressTwice", person + person, 4, "a second time"},
        Fault{"AddressTwiceInOtherCase", "[[person]]\naddresses = ['a@b.example', 'A@B.example']\n", 2,
              "second time"},
        Fault{"PersonIsTable", "[person]\naddresses = ['a@b.example']\n", 1, "[[person]]"},
        Fault{"LinkIsTable", person + "[person.link]\nurl = 'x'\n", 3, "[[person.link]]"},
        Fault{"ActivityWithoutTime", person + "[[person.activity]]\ntext = 'x'\n", 3, "time: is missing"},
        Fault{"ActivityTimeIsText", person + "[[person.activity]]\ntime = '2026-11-20'\n", 4,
              "must be a date"},
        Fault{"ActivityTimeIsLocal", person + "[[person.activity]]\ntime = 2026-11-20T08:00:00\n", 4,
              "offset"},
        Fault{"InvalidUtf8", person + "headline = '\xff'\n", 3, ""}),
    [](const auto& info) { return info.param.name; });

TEST(PeopleFile, TheShippedExampleIsRead) {
    const fs::path file = fs::path(DECORUM_SOURCE_DIR) / "config/people.example.toml";
    std::ifstream in(file);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    ASSERT_FALSE(text.empty());
    const auto people = parse_people(text, file);
    ASSERT_TRUE(people) << people.error().detail;
    EXPECT_GT(people->size(), 0u);
}

TEST_F(DirectoryTest, AtTheStartAFaultIsAnError) {
    EXPECT_FALSE(Directory::open({.path = file_}));  // missing

    write("[[person]]\nx = 1\n");
    const auto opened = Directory::open({.path = file_});
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().detail.starts_with(file_.native() + ":2: ")) << opened.error().detail;
}

TEST_F(DirectoryTest, ATooLargeFileIsAnError) {
    write(std::string(PeopleFiles::max_octets + 1, '#'));
    const auto opened = Directory::open({.path = file_});
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().detail.find("larger than"), std::string::npos) << opened.error().detail;
}

TEST_F(DirectoryTest, LongTextsAreCut) {
    write("[[person]]\naddresses=['a@b.example']\ndisplay_name='" + std::string(100'000, 'x') + "'\n");
    EXPECT_EQ(ask(*open(), "a@b.example").profile.display_name.value.size(), 400u);
}

TEST_F(DirectoryTest, TheFactoryMakesWhatIsEnabled) {
    write(jane_entry);
    config::Settings settings;
    settings.file = folder_ / "decorum.toml";
    settings.gateway.state_dir = folder_ / "state";
    const auto names = [&] {
        std::vector<std::string> out;
        for (const auto& connector : make_connectors(settings, {})->all)
            out.emplace_back(connector->traits().name);
        return out;
    };
    const std::vector<std::string> registry_only{"registry"};
    EXPECT_EQ(names(), registry_only);
    settings.connectors["directory"].enabled = true;
    settings.connectors["directory"].file = "people.toml";
    const auto made = make_connectors(settings, {});
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(names(), (std::vector<std::string>{"registry", "directory"}));
    EXPECT_EQ(made->directory, made->all[1]);
    settings.connectors["directory"].file.clear();
    EXPECT_EQ(names(), registry_only);
    settings.connectors["directory"].file = "missing.toml";
    EXPECT_FALSE(make_connectors(settings, {}));
    settings.connectors["directory"].enabled = false;
    EXPECT_EQ(names(), registry_only);
}

}  // namespace
}  // namespace decorum::connectors
