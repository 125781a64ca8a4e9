// registry.toml: the accounts that people declared as their own, with their consent. `decorum link` keeps it.
//
//   [[person]]
//   addresses = ["jane@example.org"]
//   [[person.account]]
//   network = "github"
//   handle = "janem"
//   url = "https://github.com/janem"
//   state = "confirmed"                    # or "pending", with `code` and `code_made`
//   confirmed = 2026-11-20T08:00:00Z
//   confirmed_by = "code"                  # or "oauth"
//   id = "5218421"                         # what the network calls the account, whatever name it takes
//   [person.account.consent]
//   time = 2026-11-20T07:55:00Z
//   language = "en"
//   given_by = "Jane Martin"
//   wording = "…"
//
// Invariants, checked whenever it is read: an address stands once; so does a confirmed account, by its URL
// and by its id; an account's network and handle are those of its URL; every text is UTF-8 without controls,
// and bounded. A fault refuses the file whole.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::connectors {

inline constexpr std::size_t max_registry_octets = std::size_t{16} << 20;
inline constexpr std::size_t max_wording_octets = 8000;
inline constexpr std::chrono::days code_lifetime{7};

struct Consent {
    Instant time{};
    std::string language;  // "en", "fr", or what the administrator says
    std::string given_by;
    std::string wording;  // as it was shown

    bool operator==(const Consent&) const = default;
};

struct DeclaredAccount {
    enum class State : std::uint8_t { pending, confirmed };
    enum class By : std::uint8_t { code, oauth };

    std::string network;
    std::string handle;
    std::string url;
    State state = State::pending;
    std::string code;     // pending: what the person publishes there; or the state of the sign-in
    Instant code_made{};  // pending
    Instant confirmed{};  // confirmed
    By confirmed_by = By::code;
    Consent consent;
    // Confirmed: what the network calls the account for ever (profile::Answer::account_id); by oauth, whoever
    // signed in. Empty: it has nothing of the kind, or none was seen.
    std::string id{};

    [[nodiscard]] bool is_expired(Instant now) const {
        return state == State::pending && now >= code_made + code_lifetime;
    }
    bool operator==(const DeclaredAccount&) const = default;
};

// Is it what a network may call an account? Printable ASCII without spaces, at most 500 octets.
[[nodiscard]] bool is_account_id(std::string_view text);

struct RegisteredPerson {
    std::vector<std::string> addresses;  // in lower case
    std::vector<DeclaredAccount> accounts;

    // The account that `url` stands for, in any spelling. Null: there is none.
    [[nodiscard]] DeclaredAccount* find(std::string_view url);
    // The confirmed one that is the same as `account`: of one URL, or one network and id.
    [[nodiscard]] const DeclaredAccount* confirmed_as(const DeclaredAccount& account) const;
    bool operator==(const RegisteredPerson&) const = default;
};

struct RegistryFile {
    std::vector<RegisteredPerson> persons;

    // In any case. Null: nobody.
    [[nodiscard]] RegisteredPerson* find(std::string_view address);
    [[nodiscard]] const RegisteredPerson* find(std::string_view address) const;

    // `all` takes each fault; the Error is the first.
    [[nodiscard]] static Result<RegistryFile> parse(std::string_view toml, const std::filesystem::path& file,
                                                    std::vector<std::string>* all = nullptr);
    [[nodiscard]] std::string to_toml() const;

    // Takes an address away, and the person whose last one it was. What went with it:
    struct Removed {
        bool address = false;
        std::size_t accounts = 0;  // of a person who is gone
    };
    Removed remove(std::string_view address);
};

// registry.file, or registry.toml in state_dir.
[[nodiscard]] std::filesystem::path registry_path(const config::Settings& settings);

// Changes the registry under its lock (file_edit.hpp). What could not be read back is not written.
[[nodiscard]] Result<> edit_registry(const std::filesystem::path& file,
                                     const std::function<Result<>(RegistryFile&)>& change);

// The registry as it is now; without a file: nobody.
// `all` takes each fault of what was read; the Error is the first.
[[nodiscard]] Result<RegistryFile> read_registry(const std::filesystem::path& file,
                                                 std::vector<std::string>* all = nullptr);

}  // namespace decorum::connectors
