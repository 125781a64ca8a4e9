// The directory over a folder of files, and its pictures.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <thread>

#include "connectors/directory.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
using profile::Outcome;

std::string marked_face(char mark) {
    std::string png("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x30\0\0\0\x30\x08\x06\0\0\0CRC!\0\0\0\0IENDCRC!",
                    45);
    png[29] = mark;  // within the CRC, which nobody checks
    return png;
}

// Makes face(m) of a picture "picture m"; answers when the test says so.
class SlowWorker final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        const std::lock_guard lock(mutex_);
        EXPECT_EQ(job, worker::Job::face);
        ++runs;
        if (no_room) return done(fail(errc::unavailable, "too many jobs wait"));
        waiting_.emplace_back(std::move(input), std::move(done));
    }
    // How many it answered.
    int answer() {
        std::deque<std::pair<std::string, Done>> jobs;
        {
            const std::lock_guard lock(mutex_);
            jobs.swap(waiting_);
        }
        for (auto& [input, done] : jobs) {
            if (input.starts_with("picture "))
                done(marked_face(input.back()));
            else
                done(fail(errc::syntax, "not a picture"));
        }
        return static_cast<int>(jobs.size());
    }
    std::atomic<int> runs = 0;
    std::atomic<bool> no_room = false;

private:
    std::mutex mutex_;
    std::deque<std::pair<std::string, Done>> waiting_;
};

class DirectoryFolder : public testing::Test {
protected:
    DirectoryFolder() {
        std::string name = (fs::temp_directory_path() / "decorum-folder-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
        scratch_ = name;
        folder_ = scratch_ / "people";
        fs::create_directory(folder_);
    }
    ~DirectoryFolder() override {
        std::error_code ignored;
        fs::remove_all(scratch_, ignored);
    }
    void write(const std::string& name, std::string_view text) const {
        std::ofstream(scratch_ / "new") << text;
        fs::rename(scratch_ / "new", folder_ / name);
    }
    void write_card(const std::string& name, const std::string& address, const std::string& more = "") const {
        write(name, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Card of " + address +
                        "\r\nORG:Cards\r\nEMAIL:" + address + "\r\n" + more + "END:VCARD\r\n");
    }
    std::shared_ptr<Directory> open() {
        auto opened = Directory::open({.path = folder_,
                                       .worker = &worker_,
                                       .max_picture_octets = 1000,
                                       .look_interval = Milliseconds{0}});
        if (!opened) throw std::runtime_error(opened.error().text());
        return *opened;
    }
    static profile::Answer ask(Directory& directory, const std::string& address) {
        std::optional<profile::Answer> answer;
        directory.find({address, std::nullopt}, [&](profile::Answer a) { answer = std::move(a); });
        EXPECT_TRUE(answer) << "a local connector answers at once";
        return answer.value_or(profile::Answer{});
    }
    static bool knows(Directory& directory, const std::string& address) {
        return ask(directory, address).outcome == Outcome::found;
    }
    static std::string face_of(Directory& directory, const std::string& address) {
        return ask(directory, address).profile.photo_png.value;
    }
    template <class Condition>
    static void wait_until(Condition holds) {
        while (!holds()) std::this_thread::yield();
    }

    SlowWorker worker_;
    fs::path scratch_;
    fs::path folder_;
};

TEST_F(DirectoryFolder, HoldsEachFormat) {
    write("a.toml", "[[person]]\naddresses=['toml@b.example']\norganisation='ACME'\ndisplay_name='T'\n");
    write_card("b.VCF", "card@b.example");
    write("c.json", R"({"basics":{"name":"R","email":"resume@b.example"}})");
    write("d.json", R"([{"basics":{"email":"one@b.example"}},{"basics":{"email":"two@b.example"}}])");
    write("e.toml~", "not read");
    write(".hidden.toml", "not read");
    const auto directory = open();
    for (const char* name : {"toml", "card", "resume", "one", "two"})
        EXPECT_TRUE(knows(*directory, std::string(name) + "@b.example")) << name;
    const auto profile = ask(*directory, "card@b.example").profile;
    EXPECT_EQ(profile.display_name.origin.tier, profile::Tier::s);
    EXPECT_EQ(profile.display_name.origin.source, "directory");
    EXPECT_EQ(directory->names(), (std::vector<std::string>{"Card of card@b.example", "R", "T"}));
    EXPECT_EQ(directory->organisations(), (std::vector<std::string>{"ACME", "Cards"}));
}

TEST_F(DirectoryFolder, AFileOfOneFormatMayBeTheDirectory) {
    write_card("b.vcf", "card@b.example");
    const auto opened = Directory::open({.path = folder_ / "b.vcf"});
    ASSERT_TRUE(opened) << opened.error().text();
    EXPECT_TRUE(knows(**opened, "card@b.example"));
}

TEST_F(DirectoryFolder, FollowsWhatIsAddedChangedAndRemoved) {
    const auto directory = open();
    EXPECT_FALSE(knows(*directory, "a@b.example"));
    write_card("a.vcf", "a@b.example");
    wait_until([&] { return knows(*directory, "a@b.example"); });
    write_card("a.vcf", "changed@b.example");
    wait_until([&] { return knows(*directory, "changed@b.example"); });
    EXPECT_FALSE(knows(*directory, "a@b.example"));
    write_card("b.vcf", "b@b.example");
    wait_until([&] { return knows(*directory, "b@b.example"); });
    fs::remove(folder_ / "a.vcf");
    wait_until([&] { return !knows(*directory, "changed@b.example"); });
    EXPECT_TRUE(knows(*directory, "b@b.example"));
}

TEST_F(DirectoryFolder, AFaultCostsItsOwnFileAloneAndIsNamed) {
    write_card("a.vcf", "a@b.example");
    write_card("b.vcf", "b@b.example");
    const auto directory = open();
    write("a.vcf", "BEGIN:VCARD\r\n");
    write_card("b.vcf", "new@b.example");
    wait_until([&] { return knows(*directory, "new@b.example"); });
    EXPECT_TRUE(knows(*directory, "a@b.example")) << "its last good version";
    const auto read = directory->reload();
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().detail.starts_with((folder_ / "a.vcf").native() + ":1: "))
        << read.error().detail;
    EXPECT_FALSE(Directory::open({.path = folder_}));
    const auto anyway = Directory::open_anyway({.path = folder_});
    EXPECT_TRUE(knows(*anyway, "new@b.example"));
}

TEST_F(DirectoryFolder, AFolderThatIsGoneKeepsItsPeople) {
    write_card("a.vcf", "a@b.example");
    const auto directory = open();
    fs::rename(folder_, scratch_ / "aside");
    EXPECT_FALSE(directory->reload());
    EXPECT_TRUE(knows(*directory, "a@b.example"));
    EXPECT_TRUE(directory->knows_all_names());
    fs::rename(scratch_ / "aside", folder_);
    EXPECT_TRUE(directory->reload());
    EXPECT_TRUE(knows(*directory, "a@b.example"));
}

TEST_F(DirectoryFolder, NamesAreMissingWhileAFileWasNeverRead) {
    write_card("a.vcf", "a@b.example");
    write("b.vcf", "BEGIN:VCARD\r\n");
    const auto directory = Directory::open_anyway({.path = folder_, .look_interval = Milliseconds{0}});
    EXPECT_TRUE(knows(*directory, "a@b.example"));
    EXPECT_FALSE(directory->knows_all_names());
    write_card("b.vcf", "b@b.example");
    EXPECT_TRUE(directory->reload());
    EXPECT_TRUE(directory->knows_all_names());
    write("c.vcf", "BEGIN:VCARD\r\n");
    EXPECT_FALSE(directory->reload());
    EXPECT_FALSE(directory->knows_all_names()) << "there is somebody new, and nobody knows who";
    fs::remove(folder_ / "c.vcf");
    EXPECT_TRUE(directory->reload());
    EXPECT_TRUE(directory->knows_all_names());
}

TEST_F(DirectoryFolder, NamesAreMissingOfAFolderThatWasNeverThere) {
    fs::remove(folder_);
    const auto directory = Directory::open_anyway({.path = folder_, .look_interval = Milliseconds{0}});
    EXPECT_FALSE(directory->knows_all_names());
    fs::create_directory(folder_);
    EXPECT_TRUE(directory->reload());
    EXPECT_TRUE(directory->knows_all_names()) << "nobody is in it";
}

TEST_F(DirectoryFolder, OfAnAddressThatStandsTwiceTheFirstFileSpeaks) {
    write("b.toml", "[[person]]\naddresses=['a@b.example']\ndisplay_name='Second'\n");
    write("a.toml", "[[person]]\naddresses=['A@b.example']\ndisplay_name='First'\n");
    EXPECT_EQ(ask(*open(), "a@b.example").profile.display_name.value, "First");
}

TEST_F(DirectoryFolder, FaultsOfJsonNameTheFile) {
    for (const char* text : {"{", "{}", "[1]", R"([{"basics":{}},{"x":1}])"}) {
        write("a.json", text);
        const auto opened = Directory::open({.path = folder_});
        ASSERT_FALSE(opened) << text;
        EXPECT_TRUE(opened.error().detail.starts_with((folder_ / "a.json").native() + ":1: "))
            << opened.error().detail;
    }
}

TEST_F(DirectoryFolder, ThePictureBecomesAFaceWhileTheTextServes) {
    write("a.toml", "[[person]]\naddresses=['toml@b.example']\nphoto_file='t.jpg'\n");
    write("t.jpg", "picture t");
    write_card("b.vcf", "card@b.example", "PHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    const auto directory = open();
    const auto before = directory->generation();
    EXPECT_EQ(face_of(*directory, "toml@b.example"), "");
    EXPECT_EQ(face_of(*directory, "card@b.example"), "");
    EXPECT_EQ(worker_.answer(), 2);
    wait_until([&] { return directory->generation() != before; });
    EXPECT_EQ(face_of(*directory, "toml@b.example"), marked_face('t'));
    EXPECT_EQ(face_of(*directory, "card@b.example"), marked_face('c'));
}

TEST_F(DirectoryFolder, AFaceIsKeptAsLongAsThePictureIsTheSame) {
    write_card("b.vcf", "card@b.example", "PHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    const auto directory = open();
    (void)worker_.answer();
    wait_until([&] { return !face_of(*directory, "card@b.example").empty(); });
    write_card("b.vcf", "card@b.example", "TITLE:New\r\nPHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    ASSERT_TRUE(directory->reload());
    EXPECT_EQ(ask(*directory, "card@b.example").profile.headline.value, "New");
    EXPECT_EQ(face_of(*directory, "card@b.example"), marked_face('c'));
    EXPECT_EQ(worker_.runs, 1);
}

TEST_F(DirectoryFolder, AChangedPictureIsNoticed) {
    write("a.toml", "[[person]]\naddresses=['toml@b.example']\nphoto_file='t.jpg'\n");
    const auto directory = open();
    EXPECT_EQ(worker_.runs, 0) << "there is none yet";
    write("t.jpg", "picture 1");
    wait_until([&] { return (void)directory->generation(), worker_.answer() == 1; });
    wait_until([&] { return face_of(*directory, "toml@b.example") == marked_face('1'); });
    write("t.jpg", "picture 2");
    wait_until([&] { return (void)directory->generation(), worker_.answer() == 1; });
    wait_until([&] { return face_of(*directory, "toml@b.example") == marked_face('2'); });
}

TEST_F(DirectoryFolder, WhatTheWorkerHasNoRoomForIsTriedAgain) {
    worker_.no_room = true;
    write_card("b.vcf", "card@b.example", "PHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    const auto directory = open();
    EXPECT_EQ(face_of(*directory, "card@b.example"), "");
    worker_.no_room = false;
    wait_until([&] {
        (void)worker_.answer();
        return !face_of(*directory, "card@b.example").empty();
    });
}

TEST_F(DirectoryFolder, APictureThatIsNoneOrTooLargeIsLeftOut) {
    write_card("a.vcf", "a@b.example", "PHOTO;ENCODING=b:" + to_base64("GIF89a") + "\r\n");
    write_card("b.vcf", "b@b.example",
               "PHOTO;ENCODING=b:" + to_base64("picture " + std::string(1000, 'x')) + "\r\n");
    write("c.toml", "[[person]]\naddresses=['c@b.example']\nphoto_file='c.jpg'\n");
    write("c.jpg", "picture " + std::string(1000, 'x'));
    const auto directory = open();
    EXPECT_EQ(worker_.answer(), 1) << "what is too large is not even tried";
    directory->await_faces(Milliseconds{0});
    for (const char* address : {"a@b.example", "b@b.example", "c@b.example"}) {
        EXPECT_TRUE(knows(*directory, address)) << address;
        EXPECT_EQ(face_of(*directory, address), "") << address;
    }
}

TEST_F(DirectoryFolder, WhoAsksOnceMayWaitForTheFaces) {
    write_card("b.vcf", "card@b.example", "PHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    const auto directory = open();
    std::jthread later([&] { wait_until([&] { return worker_.answer() == 1; }); });
    directory->await_faces(std::chrono::seconds{60});
    EXPECT_EQ(face_of(*directory, "card@b.example"), marked_face('c'));
}

TEST_F(DirectoryFolder, AnAnswerMayComeAfterTheDirectoryWent) {
    write_card("b.vcf", "card@b.example", "PHOTO;ENCODING=b:" + to_base64("picture c") + "\r\n");
    open().reset();
    EXPECT_EQ(worker_.answer(), 1);
}

}  // namespace
}  // namespace decorum::connectors
