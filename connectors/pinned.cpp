#include "connectors/pinned.hpp"

#include <utility>

#include "gateway/profile/account_url.hpp"

namespace decorum::connectors {

void Pinned::find(const profile::Query& query, Done done) {
    const auto account =
        query.handle ? profile::account_of(query.handle->url, query.handle->network) : std::nullopt;
    std::string id = account ? registry_->pinned_id(account->key) : std::string{};
    if (id.empty()) return network_->find(query, std::move(done));
    network_->find(query, [id = std::move(id), done = std::move(done)](profile::Answer answer) mutable {
        const bool somebody = answer.outcome == profile::Outcome::found && !answer.account_id.empty();
        if (somebody && answer.account_id != id) {
            // What it cost and what is left of our allowance stay true.
            answer.outcome = profile::Outcome::not_found;
            answer.detail = "the account's name is somebody else's now";
            answer.profile = {};
            answer.reason.clear();
        }
        done(std::move(answer));
    });
}

}  // namespace decorum::connectors
