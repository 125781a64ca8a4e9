// The registry connector: accounts that people declared as their own and confirmed. What it says is theirs by
// their own word and proof (tier S), shown with how and when it was confirmed. Pending accounts are nobody's.
//
// It follows registry.toml, which `decorum link` changes; an absent file holds nobody, a faulty one keeps the
// last good version.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/connector.hpp"

namespace decorum::connectors {

class Registry final : public profile::Connector {
public:
    static constexpr Milliseconds default_look_interval{1000};
    // A missing file is an empty one; a faulty one is an Error that names file and line.
    [[nodiscard]] static Result<std::shared_ptr<Registry>> open(
        std::filesystem::path path, Milliseconds look_interval = default_look_interval);

    // The same, but a faulty file is logged and followed: nothing is declared until it is mended.
    [[nodiscard]] static std::shared_ptr<Registry> open_anyway(std::filesystem::path path);

    ~Registry() override;
    [[nodiscard]] const profile::Traits& traits() const override;
    [[nodiscard]] std::uint64_t generation() const override;  // looks at the file too
    // Reads the file now, on the caller's thread: it is known to have changed. A fault keeps what was read.
    void read_again();
    void find(const profile::Query& query, Done done) override;

    // The id that a network gave us of whoever proved this account (its key, account_url.hpp) by signing in;
    // empty: nobody did.
    [[nodiscard]] std::string signed_in(std::string_view account) const;
    // What the network called this account when it was confirmed, however that was; empty: it did not say.
    [[nodiscard]] std::string pinned_id(std::string_view account) const;
    // Of addresses in lower case. Has the person confirmed any account?
    [[nodiscard]] bool declares(std::string_view address) const;
    // Are both addresses one person's, who has?
    [[nodiscard]] bool same_person(std::string_view a, std::string_view b) const;
    // All addresses of that person, in the order of the file; empty: nobody who has.
    [[nodiscard]] std::vector<std::string> addresses_of(std::string_view address) const;

private:
    class File;
    explicit Registry(std::unique_ptr<File> file);

    std::unique_ptr<File> file_;
};

}  // namespace decorum::connectors
