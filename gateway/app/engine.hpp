// What every command that looks people up shares: keys, store, connectors, profile service, our own names.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "config/settings.hpp"
#include "connectors/directory.hpp"
#include "gateway/base/result.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/pipeline/annotator.hpp"

namespace decorum::app {

// What to do where the state directory can't be used.
enum class StateNeed : std::uint8_t {
    required,  // run: an error for the keys; the store falls back to memory, with a warning
    wished,    // annotate, lookup: go on with passing keys and memory, with a warning
};

class Engine {
public:
    // `settings` must outlive the engine.
    [[nodiscard]] static Result<std::unique_ptr<Engine>> make(const config::Settings& settings,
                                                              StateNeed need);

    [[nodiscard]] lookup::ProfileService& profiles() { return *profiles_; }
    [[nodiscard]] const pipeline::Annotator::Shared& annotation() const { return *annotation_; }

private:
    explicit Engine(const config::Settings& settings) : settings_(settings) {}
    [[nodiscard]] std::shared_ptr<const message::OwnNames> own_names();

    const config::Settings& settings_;
    std::shared_ptr<connectors::Directory> directory_;  // null where it is off
    std::unique_ptr<lookup::ProfileService> profiles_;
    std::unique_ptr<pipeline::Annotator::Shared> annotation_;

    std::mutex names_mutex_;
    std::shared_ptr<const message::OwnNames> names_;
    std::uint64_t names_generation_ = 0;
};

}  // namespace decorum::app
