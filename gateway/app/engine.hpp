// What every command that looks people up shares: keys, store, connectors, profile service, our own names.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "config/latest.hpp"
#include "config/settings.hpp"
#include "connectors/directory.hpp"
#include "gateway/app/outbound_parts.hpp"
#include "gateway/app/outside.hpp"
#include "gateway/app/shared_state.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/result.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/pipeline/alerts.hpp"
#include "gateway/pipeline/annotator.hpp"

namespace decorum::app {

// What to do where the state directory can't be used.
enum class StateNeed : std::uint8_t {
    required,  // run: an error for the keys; the store falls back to memory, with a warning
    wished,    // annotate, lookup: go on with passing keys and memory, with a warning
};

class Engine {
public:
    // `settings` must outlive the engine, and so must `trail`; null: nothing is recorded.
    [[nodiscard]] static Result<std::unique_ptr<Engine>> make(const config::Settings& settings,
                                                              StateNeed need, audit::Trail* trail = nullptr);
    ~Engine();

    [[nodiscard]] lookup::ProfileService& profiles() { return *profiles_; }
    [[nodiscard]] const store::Store& store() const { return *store_; }
    [[nodiscard]] const audit::Trail* audit() const { return audit_; }  // null: nothing is recorded
    // The configured store can't be opened, and memory stands in for it.
    [[nodiscard]] bool store_stands_in() const { return store_stands_in_; }
    [[nodiscard]] const pipeline::Annotator::Shared& annotation() const { return *annotation_; }
    // The same by other settings, which outlive the result; reads the key of the seal.
    [[nodiscard]] Result<pipeline::Annotator::Shared> annotation_by(const config::Settings& settings);
    [[nodiscard]] pipeline::Alerts& alerts() { return alerts_; }

    // What assesses our own people. Run makes it where a listener asks for it; a command that needs it makes
    // it itself. An Error: it can't work as configured. `answers`: what people said to notices, where the
    // engine has none of its own; outlives it, may be null.
    [[nodiscard]] Result<> make_outbound(pipeline::Warnings* answers = nullptr);
    // Null: it was not made.
    [[nodiscard]] OutboundParts* outbound() { return outbound_.get(); }
    // Null: nothing is written to anybody (notice.from), or it can't be.
    [[nodiscard]] notice::Notices* notices() { return notices_.get(); }

    // Where others share the store: hears from them until close(). After make_outbound().
    void follow_others();

    // SIGHUP: lexicon, model and charter are read again; nothing of them is in use yet.
    struct Reread {
        std::shared_ptr<const conduct::Assessor> assessor;  // null: nobody has needed one
        std::shared_ptr<const conduct::Charter> charter;    // likewise
    };
    [[nodiscard]] Result<Reread> read_again();
    // So are the people, who are in use at once where there is no fault, as a running gateway follows them
    // anyway. After read_again().
    [[nodiscard]] Result<> read_people_again();
    // What was read, and what the reference marks so of the settings.
    void take_over(std::shared_ptr<const config::Settings> settings, Reread reread);
    // No more questions begin, and all that wait are answered.
    void close();

private:
    explicit Engine(const config::Settings& settings) : settings_(settings), latest_(settings) {}
    [[nodiscard]] std::shared_ptr<const message::OwnNames> own_names();  // Annotator::Shared::own_names

    const config::Settings& settings_;  // of the start
    audit::Trail* audit_ = nullptr;
    Secret store_secret_;  // what is kept of people is hidden under it
    config::Latest latest_;
    Outside outside_;
    // The judge of texts, read when somebody first needs it; null: it can't be read.
    [[nodiscard]] Result<conduct::Conduct*> conduct();
    [[nodiscard]] std::shared_ptr<const conduct::Assessor> assessor();

    std::mutex conduct_mutex_;
    std::unique_ptr<conduct::Conduct> conduct_;
    std::atomic<bool> conduct_failed_ = false;          // told once, and not tried again before a reload
    std::shared_ptr<connectors::Directory> directory_;  // null where it is off
    std::shared_ptr<connectors::Registry> registry_;
    [[nodiscard]] Result<> make_notices(store::Store& store);

    store::SharedStore* shared_ = nullptr;      // the store's, if any
    bool store_stands_in_ = false;              // the configured one can't be opened
    std::unique_ptr<notice::Notices> notices_;  // above the store, which calls back until its end
    std::unique_ptr<lookup::ProfileService> profiles_;
    store::Store* store_ = nullptr;  // the profile service's
    std::unique_ptr<pipeline::Annotator::Shared> annotation_;
    pipeline::Alerts alerts_;
    std::unique_ptr<OutboundParts> outbound_;
    std::unique_ptr<SharedState> shared_state_;

    std::mutex names_mutex_;
    std::shared_ptr<const message::OwnNames> names_;
    std::uint64_t names_generation_ = 0;
};

}  // namespace decorum::app
