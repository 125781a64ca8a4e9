// The question, before any forge is asked.
#include "connectors/forge.hpp"

#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::connectors {
namespace {

ForgeOptions with_place(ForgeOptions options, std::string_view public_place) {
    if (options.base_url.empty()) options.base_url = public_place;
    return options;
}

profile::Traits of_a_forge(profile::Traits traits, std::string_view server) {
    traits.reach = profile::Reach::outside;
    traits.by_address = true;
    traits.tier = profile::Tier::a;
    traits.gives_activities = true;
    traits.server = server;
    return traits;
}

}  // namespace

Forge::Forge(net::Fetcher& fetcher, const ForgeOptions& options, std::string_view public_place,
             profile::Traits traits)
    : fetcher_(fetcher),
      options_(with_place(options, public_place)),
      server_(host_of(options_.base_url)),
      traits_(of_a_forge(std::move(traits), server_)) {}

void Forge::find(const profile::Query& query, Done done) {
    if (query.handle) {
        if (!answers(*query.handle)) return done(not_found("not an account of this forge's"));
        return visit({}, query.handle->name, std::move(done));
    }
    std::string address = ascii::lower(ascii::trim(query.address));
    if (!address.contains('@')) return done(not_found("not an address"));
    visit(std::move(address), {}, std::move(done));
}

}  // namespace decorum::connectors
