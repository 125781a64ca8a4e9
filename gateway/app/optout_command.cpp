// decorum optout: who wants to be shown nowhere.
//
// Being listed and being erased go together: the list keeps a person from being shown and looked up from now
// on, the erasure takes what was stored before. Whole domains are listed only: what is stored is kept under
// hashes, which don't tell who is of a domain.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/shared_files.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/base/file_edit.hpp"
#include "gateway/lookup/opt_out.hpp"

namespace decorum::app {
namespace {

using lookup::OptOutList;

// All of what was typed, or nothing: a misspelt entry must not leave half of the work done.
std::optional<std::vector<std::string>> entries_of(const std::vector<std::string>& typed) {
    std::vector<std::string> entries;
    for (const std::string& text : typed) {
        std::optional<std::string> address = text;
        if (!text.starts_with('@')) address = typed_address("optout", text);
        if (!address) return std::nullopt;
        auto entry = OptOutList::entry_of(*address);
        if (!entry) {
            fmt::print(stderr, "decorum optout: {}: {}\n", shown(text), entry.error().detail);
            return std::nullopt;
        }
        entries.push_back(std::move(*entry));
    }
    return entries;
}

bool is_domain(std::string_view entry) {
    return entry.starts_with('@');
}

int optout_failed(const Error& error) {
    fmt::print(stderr, "decorum optout: {}\n", shown(error.detail));
    return exit_failure;
}

// Changes the list under its lock. `change` says of each entry whether anything changed.
template <class Change>
Result<std::vector<bool>> edit_list(const config::Settings& settings, const std::vector<std::string>& entries,
                                    Change change) {
    const auto file = lookup::opt_out_path(settings);
    std::vector<bool> changed;
    auto edited = edit_shared(settings, SharedFile::optout, [&] {
        changed.clear();
        return edit_file(file, OptOutList::max_octets, [&](std::string_view octets) -> Result<std::string> {
            auto list = OptOutList::parse(octets, file);
            if (!list) return std::unexpected(std::move(list.error()));
            for (const std::string& entry : entries) changed.push_back(change(*list, entry));
            return list->to_toml();
        });
    });
    if (!edited) return std::unexpected(std::move(edited.error()));
    return changed;
}

}  // namespace

Result<bool> opt_out(const config::Settings& settings, const std::string& address) {
    const auto entry = OptOutList::entry_of(address);
    if (!entry) return std::unexpected(entry.error());
    const auto added =
        edit_list(settings, {*entry}, [](OptOutList& list, const std::string& one) { return list.add(one); });
    if (!added) return std::unexpected(added.error());
    if (const auto removed = remove_from_registry(settings, address); !removed)
        return std::unexpected(removed.error());
    return added->front();
}

int optout_add(const std::optional<std::filesystem::path>& config, const std::vector<std::string>& typed) {
    const auto entries = entries_of(typed);
    if (!entries) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto added = edit_list(*settings, *entries,
                                 [](OptOutList& list, const std::string& entry) { return list.add(entry); });
    if (!added) return optout_failed(added.error());

    std::vector<std::string> addresses;
    std::ranges::copy_if(*entries, std::back_inserter(addresses), std::not_fn(is_domain));
    std::vector<Forgotten> erased;
    if (!addresses.empty()) erased = forget_everything(*settings, addresses);
    int status = exit_done;
    auto next = erased.cbegin();
    for (std::size_t i = 0; i < entries->size(); ++i) {
        const std::string& entry = (*entries)[i];
        const std::string_view listed = (*added)[i] ? "listed" : "was listed already";
        if (is_domain(entry)) {
            fmt::print(
                "{}: {}; what is stored of its people is shown no more, and decorum forget ADDRESS erases "
                "it\n",
                shown(entry), listed);
            continue;
        }
        const Forgotten& forgotten = *next++;
        fmt::print("{}: {}; erased {}\n", shown(entry), listed, forgotten.text());
        if (!forgotten.failure) continue;
        fmt::print(stderr, "decorum optout: {}: {}\n", shown(entry), shown(forgotten.failure->detail));
        // Without a database there is nothing to erase, and the list alone does it.
        if (forgotten.failure->code != errc::unsupported) status = exit_failure;
    }
    return status;
}

int optout_remove(const std::optional<std::filesystem::path>& config, const std::vector<std::string>& typed) {
    const auto entries = entries_of(typed);
    if (!entries) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto removed = edit_list(
        *settings, *entries, [](OptOutList& list, const std::string& entry) { return list.remove(entry); });
    if (!removed) return optout_failed(removed.error());

    int status = exit_done;
    bool changed = false;
    auto people = StoredPeople::open(*settings);
    if (!people && people.error().code != errc::unsupported) status = optout_failed(people.error());
    for (std::size_t i = 0; i < entries->size(); ++i) {
        const std::string& entry = (*entries)[i];
        const bool was_listed = (*removed)[i];
        bool lifted = false;
        if (people && !is_domain(entry)) {
            const auto revived = people->revive(entry);
            if (!revived) status = optout_failed(revived.error());
            lifted = revived.value_or(false);
        }
        fmt::print("{}: {}{}\n", shown(entry), was_listed ? "listed no more" : "was not listed",
                   lifted ? "; may be looked up and stored again" : "");
        changed = changed || was_listed || lifted;
    }
    return status == exit_done && !changed ? exit_no : status;
}

int optout_list(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto list = lookup::read_opt_out(lookup::opt_out_path(*settings));
    if (!list) return optout_failed(list.error());
    for (const std::string& entry : list->entries()) fmt::print("{}\n", shown(entry));
    return exit_done;
}

}  // namespace decorum::app
