// The public face of the service; its working: engine.cpp, flight.cpp.
#include "gateway/lookup/profile_service.hpp"

#include "gateway/lookup/engine.hpp"

namespace decorum::lookup {

ProfileService::ProfileService(Options options, std::vector<std::shared_ptr<profile::Connector>> connectors,
                               std::unique_ptr<store::Store> store, Secret cache_secret)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(connectors),
                                                       std::move(store), std::move(cache_secret))) {}

ProfileService::~ProfileService() = default;

void ProfileService::find(std::string_view address, Instant date, Done done) {
    implementation_->find(address, date, std::move(done));
}

void ProfileService::report(std::string_view address, bool refresh,
                            std::move_only_function<void(Report)> done) {
    implementation_->report(address, refresh, std::move(done));
}

ProfileService::Counters ProfileService::counters() const {
    return implementation_->counters();
}

void ProfileService::close() {
    implementation_->close();
}

}  // namespace decorum::lookup
