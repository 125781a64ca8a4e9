#include "gateway/app/spend_cap.hpp"

#include <utility>

#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

constexpr std::uint64_t microdollars_a_cent = 10'000;

std::chrono::sys_days day_of(Instant time) {
    return std::chrono::floor<std::chrono::days>(time);
}

profile::Answer held(std::string why, Instant until) {
    profile::Answer answer;
    answer.outcome = profile::Outcome::throttled;
    answer.detail = std::move(why);
    answer.retry_at = until;
    return answer;
}

class Capped final : public profile::Connector {
public:
    Capped(std::shared_ptr<profile::Connector> source, store::Store* ledger, std::uint64_t cap_microdollars,
           WallClock now)
        : source_(std::move(source)), ledger_(ledger), cap_(cap_microdollars), now_(std::move(now)) {}

    [[nodiscard]] const profile::Traits& traits() const override { return source_->traits(); }
    [[nodiscard]] bool answers(const profile::Handle& handle) const override {
        return source_->answers(handle);
    }
    [[nodiscard]] std::uint64_t max_microdollars() const override { return source_->max_microdollars(); }

    // All that the question can cost is on record before it is asked, and in its place what it did cost.
    void find(const profile::Query& query, Done done) override {
        const Instant now = now_();
        if (!ledger_) return done(held("what it has cost today is not known", now));
        const std::string name(traits().name);
        const std::uint64_t most = source_->max_microdollars();
        const auto end = [ledger = ledger_, now, name, most](std::uint64_t cost, profile::Answer answer,
                                                             Done done) {
            ledger->spend(name, day_of(now), store::change_of_cost(most, cost),
                          [done = std::move(done),
                           answer = std::move(answer)](const Result<std::uint64_t>& recorded) mutable {
                              if (!recorded) answer.detail = "its cost could not be recorded";
                              done(std::move(answer));
                          });
        };
        ledger_->spend(name, day_of(now), store::change_of_cost(0, most),
                       [source = source_, cap = cap_, now, query, end,
                        done = std::move(done)](const Result<std::uint64_t>& spent) mutable {
                           if (!spent) return done(held("what it has cost today is not known", now));
                           const Instant tomorrow = day_of(now) + std::chrono::days{1};
                           if (*spent > cap)
                               return end(0, held("the money for today is spent", tomorrow), std::move(done));
                           source->find(query, [end, done = std::move(done)](profile::Answer answer) mutable {
                               const std::uint64_t cost = answer.microdollars;
                               end(cost, std::move(answer), std::move(done));
                           });
                       });
    }

private:
    const std::shared_ptr<profile::Connector> source_;
    store::Store* const ledger_;  // null: it could not be opened
    const std::uint64_t cap_;
    const WallClock now_;
};

}  // namespace

void keep_to_spend_caps(const config::Settings& settings,
                        std::vector<std::shared_ptr<profile::Connector>>& connectors,
                        std::unique_ptr<store::Store>& ledger, WallClock now) {
    for (auto& connector : connectors) {
        const auto section = settings.connectors.find(std::string(connector->traits().name));
        const std::uint64_t cap = section == settings.connectors.end() ? 0 : section->second.spend_cap;
        if (cap == 0 || connector->max_microdollars() == 0) continue;
        if (!ledger)
            if (auto opened = store::open_store(settings)) ledger = std::move(*opened);
        connector =
            std::make_shared<Capped>(std::move(connector), ledger.get(), cap * microdollars_a_cent, now);
    }
}

}  // namespace decorum::app
