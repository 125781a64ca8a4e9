// Lists, compares and reads. Invariant: a file's good version is replaced by a good one only, and goes only
// with the file itself.
#include "connectors/people_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "connectors/json_resume.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/people_file.hpp"
#include "connectors/vcard.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::connectors {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t max_resumes = 10'000;
constexpr std::size_t max_faults_of_file = 100;  // told of one file

std::string ending_of(const fs::path& file) {
    return ascii::lower(file.extension().native());
}

// Editors' backups and hidden files are none.
bool is_people_file(const fs::path& file) {
    constexpr std::array<std::string_view, 4> endings{".toml", ".vcf", ".vcard", ".json"};
    return !file.filename().native().starts_with('.') &&
           std::ranges::find(endings, ending_of(file)) != endings.end();
}

// One résumé, or a list of them. One without an address is nobody's whom a mail could come from.
Result<std::vector<Person>> parse_resumes(std::string_view octets, const fs::path& file,
                                          std::vector<std::string>* all) {
    std::size_t line = 1;
    const auto fault = [&](std::string_view why) {
        return fail(errc::syntax, fmt::format("{}:{}: {}", file.native(), line, why));
    };
    std::size_t good = 0;
    const auto root = loose_json::parse(octets, &good);
    if (!root) {
        line += static_cast<std::size_t>(std::ranges::count(octets.substr(0, good), '\n'));
        if (root.error().code == errc::syntax) return fault("must be JSON (RFC 8259)");
        return fault(root.error().text());
    }
    const boost::json::array* list = root->if_array();
    const std::size_t count = list == nullptr ? 1 : list->size();
    if (count > max_resumes) return fault(fmt::format("must hold at most {} résumés", max_resumes));
    std::vector<Person> people;
    std::optional<Error> first;
    for (std::size_t i = 0; i < count; ++i) {
        const boost::json::value& value = list == nullptr ? *root : (*list)[i];
        if (!is_json_resume(value)) {
            auto error = fault(fmt::format("entry {} must be a JSON Resume, with basics or work", i + 1));
            if (all == nullptr) return error;
            if (all->size() < max_faults_of_file) all->push_back(error.error().detail);
            if (!first) first = std::move(error.error());
            continue;
        }
        JsonResume resume = read_json_resume(value);
        Person person;
        person.profile = std::move(resume.profile);
        for (const std::string& address : resume.addresses)
            if (is_address(address)) (void)add_address(person, address);
        if (!person.addresses.empty()) people.push_back(std::move(person));
    }
    if (first) return std::unexpected(std::move(*first));
    return people;
}

}  // namespace

Result<std::vector<Person>> parse_people_file(std::string_view octets, const fs::path& file,
                                              std::vector<std::string>* all) {
    const std::string ending = ending_of(file);
    if (ending == ".vcf" || ending == ".vcard") return parse_vcards(octets, file, all);
    if (ending == ".json") return parse_resumes(octets, file, all);
    return parse_people(octets, file, all);
}

Result<std::set<std::string>> PeopleFiles::list() const {
    std::error_code error;
    if (!fs::is_directory(path_, error)) return std::set{path_.native()};
    std::set<std::string> found;
    for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
        if (!is_people_file(entry->path())) continue;
        if (found.size() == max_files)
            return fail(errc::limit, fmt::format("{}:1: the folder holds more than {} files of people",
                                                 path_.native(), max_files));
        found.insert(entry->path().native());
    }
    if (error) return fail(errc::io, fmt::format("{}:1: {}", path_.native(), error.message()));
    return found;
}

std::vector<std::string> PeopleFiles::all_faults() const {
    const auto listed = list();
    if (!listed) return {listed.error().detail};
    std::vector<std::string> faults;
    for (const std::string& path : *listed) {
        const auto octets = read_file(path, max_octets);
        std::vector<std::string> of_file;
        const auto people = octets ? parse_people_file(*octets, path, &of_file)
                                   : Result<std::vector<Person>>(std::unexpected(octets.error()));
        if (!people && of_file.empty()) of_file.push_back(people.error().detail);
        faults.insert(faults.end(), of_file.begin(), of_file.end());
    }
    return faults;
}

PeopleFiles::News PeopleFiles::refresh(bool anew, Instant now) {
    News news;
    const auto listed = list();
    if (!listed) {
        if (anew || folder_fault_ != listed.error().detail) news.faults.push_back(listed.error());
        folder_fault_ = listed.error().detail;
        return news;
    }
    folder_fault_.clear();
    // A folder that is gone for now is read as the file that isn't there: a fault, and all stays.
    if (!listed->contains(path_.native()))
        news.changed =
            std::erase_if(files_, [&](const auto& entry) { return !listed->contains(entry.first); }) > 0;
    for (const std::string& path : *listed) {
        const bool known = files_.contains(path);
        File& file = files_[path];
        // Taken before reading: what is written meanwhile differs from it, and is read again.
        const FileSignature signature = signature_of(path);
        if (known && !anew && signature == file.signature) continue;
        file.signature = signature;
        const auto octets = read_file(path, max_octets);
        auto people = octets ? parse_people_file(*octets, path)
                             : Result<std::vector<Person>>(std::unexpected(octets.error()));
        if (!people) {
            news.faults.push_back(std::move(people.error()));
            continue;
        }
        file.people = std::move(*people);
        file.read = now;
        news.changed = true;
    }
    // A folder that was read and is gone for now is no file that was never read.
    all_known_ = std::ranges::all_of(files_, [&](const auto& entry) {
        const bool gone_folder = entry.first == path_.native() && files_.size() > 1;
        return gone_folder || entry.second.read != Instant{};
    });
    return news;
}

}  // namespace decorum::connectors
