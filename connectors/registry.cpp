// Answers from the version of the file that serves; reading is the watched file's.
#include "connectors/registry.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "connectors/registry_file.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/profile/account_url.hpp"

namespace decorum::connectors {
namespace {

std::string reason_of(const DeclaredAccount& account) {
    return fmt::format("declared by the person and confirmed on {} by {}", to_date(account.confirmed),
                       account.confirmed_by == DeclaredAccount::By::oauth ? "signing in there" : "a code");
}

struct DeclaredPerson {
    profile::Profile profile;  // the accounts
    std::vector<std::string> addresses;
};

struct Declared {
    std::unordered_map<std::string, std::shared_ptr<const DeclaredPerson>> persons;  // by address
    struct Id {
        std::string id;
        bool signed_in = false;
    };
    std::unordered_map<std::string, Id> ids;  // by the account's key
};

Declared declared_in(const RegistryFile& registry, Instant now) {
    Declared declared;
    for (const RegisteredPerson& registered : registry.persons) {
        auto person = std::make_shared<DeclaredPerson>();
        for (const DeclaredAccount& account : registered.accounts) {
            if (account.state != DeclaredAccount::State::confirmed) continue;
            person->profile.links.push_back({account.network,
                                             account.handle,
                                             account.url,
                                             {"registry", profile::Tier::s, reason_of(account), now}});
            const auto known = profile::account_of(account.url, account.network);
            const bool signed_in = account.confirmed_by == DeclaredAccount::By::oauth;
            if (known && !account.id.empty())
                declared.ids.emplace(known->key, Declared::Id{account.id, signed_in});
        }
        if (person->profile.links.empty()) continue;
        person->addresses = registered.addresses;
        for (const std::string& address : registered.addresses) declared.persons.emplace(address, person);
    }
    return declared;
}

}  // namespace

class Registry::File : public WatchedFile<Declared> {
public:
    File(const std::filesystem::path& path, Milliseconds look_interval)
        : WatchedFile({.path = path,
                       .name = "registry",
                       .max_octets = max_registry_octets,
                       .absent = WatchedFileOptions::Absent::empty,
                       .look_interval = look_interval},
                      [path](std::string_view octets) -> Result<Declared> {
                          const auto registry = RegistryFile::parse(octets, path);
                          if (!registry) return std::unexpected(registry.error());
                          return declared_in(*registry, wall_clock_now());
                      }) {}
};

Registry::Registry(std::unique_ptr<File> file) : file_(std::move(file)) {}

Registry::~Registry() = default;

Result<std::shared_ptr<Registry>> Registry::open(std::filesystem::path path, Milliseconds look_interval) {
    auto file = std::make_unique<File>(path, look_interval);
    if (auto read = file->read(); !read) return std::unexpected(std::move(read.error()));
    return std::shared_ptr<Registry>(new Registry(std::move(file)));
}

std::shared_ptr<Registry> Registry::open_anyway(std::filesystem::path path) {
    auto file = std::make_unique<File>(path, default_look_interval);
    if (auto read = file->read(); !read) log::error("registry_fault", {{"fault", read.error().detail}});
    return std::shared_ptr<Registry>(new Registry(std::move(file)));
}

const profile::Traits& Registry::traits() const {
    static constexpr profile::Traits traits{
        .name = "registry", .reach = profile::Reach::local, .by_address = true, .tier = profile::Tier::s};
    return traits;
}

std::uint64_t Registry::generation() const {
    file_->look();
    return file_->generation();
}

void Registry::read_again() {
    (void)file_->read();  // a fault is logged when the file is looked at
}

void Registry::find(const profile::Query& query, Done done) {
    file_->look();
    const auto declared = file_->value();
    profile::Answer answer;
    answer.outcome = profile::Outcome::not_found;
    const auto found = declared->persons.find(canonical_address(query.address));
    if (found != declared->persons.end()) {
        answer.outcome = profile::Outcome::found;
        answer.profile = found->second->profile;
    }
    done(std::move(answer));
}

std::string Registry::signed_in(std::string_view account) const {
    file_->look();
    const auto declared = file_->value();
    const auto found = declared->ids.find(std::string(account));
    return found == declared->ids.end() || !found->second.signed_in ? std::string{} : found->second.id;
}

std::string Registry::pinned_id(std::string_view account) const {
    file_->look();
    const auto declared = file_->value();
    const auto found = declared->ids.find(std::string(account));
    return found == declared->ids.end() ? std::string{} : found->second.id;
}

bool Registry::declares(std::string_view address) const {
    file_->look();
    return file_->value()->persons.contains(std::string(address));
}

bool Registry::same_person(std::string_view a, std::string_view b) const {
    file_->look();
    const auto declared = file_->value();
    const auto one = declared->persons.find(std::string(a));
    const auto other = declared->persons.find(std::string(b));
    return one != declared->persons.end() && other != declared->persons.end() && one->second == other->second;
}

std::vector<std::string> Registry::addresses_of(std::string_view address) const {
    file_->look();
    const auto declared = file_->value();
    const auto found = declared->persons.find(std::string(address));
    return found == declared->persons.end() ? std::vector<std::string>{} : found->second->addresses;
}

}  // namespace decorum::connectors
