// Names for people that say nothing: HMAC(salt of the address, address), where the salt is random, stands in
// one file, and is destroyed when the person is forgotten. What the log says of them then is said of nobody
// who could be found again, and its chain holds all the same.
//
// The file: a header and records of 64 octets {key of the address, salt, day of its last use}; the key is the
// one the store uses (an HMAC under cache.key), so no address stands there. Erasing overwrites a record in
// place; its room is used again, which the header counts, so that who knows the file reads it anew. Several
// processes share it under a lock; who holds names in memory looks at the header's count of erasures, and
// asks again each day. Where the file can't be used, or is full, names hold until the process ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/audit/chain.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"

namespace decorum::audit {

class Pseudonyms {
public:
    static constexpr std::size_t key_octets = 32;
    static constexpr std::size_t max_records = 1'000'000;

    // The store's key of an address.
    using KeyOf = std::function<std::string(std::string_view address)>;

    // Never fails: without a file names are passing ones, which is logged.
    Pseudonyms(std::filesystem::path file, KeyOf key_of, Clock now = clock_now);

    // On any thread. "p-" and 24 hex digits; the same for an address in any case, and for its tagged forms.
    // Empty for an empty address.
    [[nodiscard]] std::string of(std::string_view address);
    // The same where the address has one, without giving it one.
    [[nodiscard]] std::optional<std::string> known(std::string_view address);
    // Destroys the salt. False: there was none.
    [[nodiscard]] Result<bool> forget(std::string_view address);
    [[nodiscard]] Result<bool> forget_key(std::string_view key);
    // Rises with each erasure by any process.
    [[nodiscard]] std::uint64_t erasures() const;
    // To the disk.
    void synchronise();
    // Destroys the salts of those who were last named before that day; how many.
    std::size_t drop_unused_since(std::uint32_t day);
    // Days since 1970.
    [[nodiscard]] std::uint32_t today() const;
    // Of max_records.
    [[nodiscard]] std::size_t used() const;

    [[nodiscard]] static std::filesystem::path file_in(const std::filesystem::path& state_dir) {
        return state_dir / "pseudonyms";
    }

private:
    struct Found {
        std::uint32_t record;
        std::string salt;
        std::uint32_t day;
    };

    [[nodiscard]] Result<> open();
    [[nodiscard]] Result<> read_changes();
    [[nodiscard]] Result<> read_new_records();
    // Under the mutex; nothing: there is none.
    [[nodiscard]] std::optional<Found> find(std::string_view key);
    [[nodiscard]] std::string take_salt(std::string_view key);
    [[nodiscard]] std::string name_from(std::string_view salt, std::string_view key) const;

    const std::filesystem::path path_;
    const KeyOf key_of_;
    const Clock now_;
    const Secret passing_;  // names of those who have no salt

    mutable std::mutex mutex_;
    Descriptor file_;
    std::unordered_map<std::uint64_t, std::uint32_t> index_;  // first octets of the key: record
    std::vector<std::uint32_t> free_;                         // records that were erased
    std::uint32_t records_ = 0;                               // with those
    std::uint64_t reuses_ = 0;                                // of the header, when the file was last read
    bool dirty_ = false;
    bool told_full_ = false;
};

// How one thread calls people: pseudonyms, held for a while, or addresses as they are.
class Names {
public:
    // Null: in clear.
    explicit Names(Pseudonyms* pseudonyms) : pseudonyms_(pseudonyms) {}

    [[nodiscard]] std::string of(std::string_view address);

private:
    static constexpr std::size_t max_held = 8192;
    static constexpr std::chrono::seconds look_interval{1};

    Pseudonyms* pseudonyms_;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> held_;  // by address as it was given
    std::uint64_t erasures_ = 0;
    std::uint32_t day_ = 0;
    SteadyClock::time_point next_look_{};
};

}  // namespace decorum::audit
