// Swaps whole snapshots. A finder takes a reference to the snapshot under a lock that is held for a copy of a
// pointer only; reading, parsing and composing happen outside of it.
#include "connectors/directory.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/canonical.hpp"
#include "gateway/base/log.hpp"

namespace decorum::connectors {
namespace {

void sort_each_once(std::vector<std::string>& texts) {
    std::ranges::sort(texts);
    const auto repeated = std::ranges::unique(texts);
    texts.erase(repeated.begin(), repeated.end());
}

}  // namespace

Directory::Directory(Options options)
    : options_(std::move(options)),
      files_(options_.path),
      gallery_(options_.worker, options_.max_picture_octets,
               [this] {
                   faces_came_.store(true);
                   watch_.soon();
               }),
      watch_([this] { check(); }, options_.look_interval) {}

Directory::~Directory() {
    gallery_.close();
}

const profile::Traits& Directory::traits() const {
    static constexpr profile::Traits traits{
        .name = "directory", .reach = profile::Reach::local, .by_address = true, .tier = profile::Tier::s};
    return traits;
}

Result<std::shared_ptr<Directory>> Directory::open(Options options) {
    std::shared_ptr<Directory> directory(new Directory(std::move(options)));
    if (auto read = directory->reload(); !read) return std::unexpected(std::move(read.error()));
    return directory;
}

std::shared_ptr<Directory> Directory::open_anyway(Options options) {
    std::shared_ptr<Directory> directory(new Directory(std::move(options)));
    directory->check();
    return directory;
}

Result<> Directory::reload() {
    const std::lock_guard one_reader(reading_);
    auto news = refresh(true);
    if (!news.faults.empty()) return std::unexpected(std::move(news.faults.front()));
    return {};
}

void Directory::check() {
    const std::lock_guard one_reader(reading_);
    const auto news = refresh(false);
    const std::string_view instead =
        people()->all ? "the last good version" : "no claims of others are shown";
    for (const Error& fault : news.faults)
        log::error("directory_fault", {{"fault", fault.detail}, {"instead", instead}});
    if (news.changed)
        log::info("directory_read", {{"file", options_.path.native()}, {"persons", people()->persons}});
    gallery_.resume();
}

PeopleFiles::News Directory::refresh(bool anew) {
    auto news = files_.refresh(anew, wall_clock_now());
    if (news.changed)
        for (auto& [path, file] : files_.files())
            for (Person& person : file.people)
                if (!person.picture.empty())
                    person.picture_key = gallery_.add(std::exchange(person.picture, {}), path);
    const bool pictures_changed = refresh_pictures();
    const bool faces_came = faces_came_.exchange(false);
    const bool all_changed = files_.all_known() != people()->all;
    if (news.changed || pictures_changed || faces_came || all_changed) compose(news.changed);
    return news;
}

bool Directory::refresh_pictures() {
    bool changed = false;
    std::map<std::string, PictureFile> in_use;
    for (auto& [path, file] : files_.files()) {
        for (Person& person : file.people) {
            if (person.picture_file.empty()) continue;
            const std::string& name = person.picture_file.native();
            auto [entry, is_first] = in_use.try_emplace(name);
            if (is_first) {
                PictureFile& picture = entry->second;
                picture.signature = signature_of(person.picture_file);
                const auto before = picture_files_.find(name);
                if (before != picture_files_.end() && before->second.signature == picture.signature) {
                    picture.key = before->second.key;
                } else if (auto octets = read_file(person.picture_file, options_.max_picture_octets)) {
                    picture.key = gallery_.add(std::move(*octets), name);
                } else {
                    log::warning("photo_not_shown", {{"file", name}, {"reason", octets.error().detail}});
                }
            }
            changed = changed || person.picture_key != entry->second.key;
            person.picture_key = entry->second.key;
        }
    }
    picture_files_ = std::move(in_use);
    return changed;
}

void Directory::add(const Person& person, const PeopleFiles::File& file, People& people) const {
    profile::Profile profile = person.profile;
    if (!person.picture_key.empty()) profile.photo_png.value = gallery_.face(person.picture_key);
    profile::stamp(profile, {.source = "directory",
                             .tier = profile::Tier::s,
                             .reason = "listed in the directory",
                             .fetched = file.read});
    if (!profile.display_name.empty()) people.names.push_back(profile.display_name.value);
    if (!profile.organisation.empty()) people.organisations.push_back(profile.organisation.value);
    const auto shared = std::make_shared<const profile::Profile>(std::move(profile));
    for (const std::string& address : person.addresses) people.by_address.try_emplace(address, shared);
    ++people.persons;
}

void Directory::compose(bool tell_doubles) {
    auto next = std::make_shared<People>();
    next->all = files_.all_known();
    std::set<Gallery::Key> used;
    for (const auto& [path, file] : files_.files()) {
        for (const Person& person : file.people) {
            const bool is_double = std::ranges::any_of(person.addresses, [&](const std::string& address) {
                return next->by_address.contains(address);
            });
            if (is_double && tell_doubles)
                log::warning("directory_double", {{"file", path},
                                                  {"line", person.line},
                                                  {"reason", "an address of this person stands before"}});
            used.insert(person.picture_key);
            add(person, file, *next);
        }
    }
    sort_each_once(next->names);
    sort_each_once(next->organisations);
    gallery_.keep_only(used);
    {
        const std::lock_guard lock(people_mutex_);
        people_ = std::move(next);
    }
    generation_.fetch_add(1, std::memory_order_release);
}

std::uint64_t Directory::generation() const {
    watch_.look();
    return generation_.load(std::memory_order_acquire);
}

std::shared_ptr<const Directory::People> Directory::people() const {
    const std::lock_guard lock(people_mutex_);
    return people_;
}

void Directory::find(const profile::Query& query, Done done) {
    watch_.look();
    const auto people = this->people();
    profile::Answer answer;
    answer.outcome = profile::Outcome::not_found;
    const auto found = people->by_address.find(canonical_address(query.address));
    if (found != people->by_address.end()) {
        answer.outcome = profile::Outcome::found;
        answer.profile = *found->second;
    }
    done(std::move(answer));
}

void Directory::await_faces(Milliseconds limit) {
    gallery_.wait(limit);
    check();
}

bool Directory::knows_all_names() const {
    return people()->all;
}

std::vector<std::string> Directory::names() const {
    return people()->names;
}

std::vector<std::string> Directory::organisations() const {
    return people()->organisations;
}

}  // namespace decorum::connectors
