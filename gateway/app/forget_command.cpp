// decorum forget: erases all that is stored about an address, and keeps it so.
#include <fmt/format.h>

#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"

namespace decorum::app {

int forget(const std::optional<std::filesystem::path>& config, const std::string& typed) {
    const auto address = typed_address("forget", typed);
    if (!address) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const Forgotten forgotten = forget_everything(*settings, {*address}).front();
    fmt::print("{}: erased {}\n", shown(*address), forgotten.text());
    if (forgotten.failure) {
        fmt::print(stderr, "decorum forget: {}\n", shown(forgotten.failure->detail));
        return exit_failure;
    }
    fmt::print("Nothing more will be stored about it; decorum optout remove lifts that.\n");
    return exit_done;
}

}  // namespace decorum::app
