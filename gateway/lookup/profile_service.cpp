// The public face of the service; its working: engine.cpp, flight.cpp, publish.cpp.
#include "gateway/lookup/profile_service.hpp"

#include "gateway/lookup/engine.hpp"

namespace decorum::lookup {

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::found: return "found";
        case Verdict::none: return "none";
        case Verdict::opted_out: return "opted-out";
        case Verdict::unavailable: break;
    }
    return "unavailable";
}

ProfileService::ProfileService(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                               std::unique_ptr<store::Store> store, Secret cache_secret)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(connectors),
                                                       std::move(store), std::move(cache_secret))) {}

ProfileService::~ProfileService() = default;

void ProfileService::find(std::string_view address, Instant date, Scope scope, Done done) {
    implementation_->find(address, date, scope, std::move(done));
}

std::optional<Found> ProfileService::found_so_far(std::string_view address, Instant date) {
    return implementation_->found_so_far(address, date);
}

void ProfileService::prefetch(std::string_view address) {
    implementation_->prefetch(address);
}

void ProfileService::report(std::string_view address, bool refresh,
                            std::move_only_function<void(Report)> done) {
    implementation_->report(address, refresh, std::move(done));
}

ProfileService::Counters ProfileService::counters() const {
    return implementation_->counters();
}

std::vector<ProfileService::SourceState> ProfileService::sources() const {
    return implementation_->sources();
}

void ProfileService::close() {
    implementation_->close();
}

}  // namespace decorum::lookup
