// A lookup that takes several requests, step after step, of which one ends it: what all such lookups share.
//
// The visit keeps itself alive by the request under way. Each step is handed the reply to its request; a
// refusal is the whole lookup's answer unless the step says otherwise. Derived classes are held by a
// shared_ptr from the start, and call end() exactly once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "connectors/json_fetch.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {

template <class Derived>
class JsonVisit : public std::enable_shared_from_this<Derived> {
protected:
    using Done = profile::Connector::Done;
    using Step = void (Derived::*)(const JsonReply& reply);

    JsonVisit(net::Fetcher& fetcher, WallClock now, Done done)
        : fetcher_(fetcher), now_(std::move(now)), done_(std::move(done)) {}

    void get(net::HttpRequest request, Step next) {
        get_or(std::move(request), next,
               [](Derived& visit, Refusal& refused) { visit.end(std::move(refused.answer)); });
    }

    // `otherwise`: void(Derived&, Refusal&).
    template <class Otherwise>
    void get_or(net::HttpRequest request, Step next, Otherwise otherwise) {
        fetch_json(fetcher_, std::move(request), now_,
                   [self = this->shared_from_this(), next,
                    otherwise = std::move(otherwise)](std::expected<JsonReply, Refusal> reply) mutable {
                       self->note(reply ? reply->quota : reply.error().answer.quota);
                       if (!reply) return otherwise(*self, reply.error());
                       ((*self).*next)(*reply);
                   });
    }

    // With the allowance that is most used up of those that the replies told of (a network may have several).
    void end(profile::Answer answer) {
        if (quota_) answer.quota = quota_;
        answer.account_id = std::move(account_id_);
        done_(std::move(answer));
    }

    void end_found(profile::Profile profile, std::string reason) {
        profile::Answer answer;
        answer.outcome = profile::Outcome::found;
        answer.reason = std::move(reason);
        answer.profile = std::move(profile);
        cap(answer.profile);
        end(std::move(answer));
    }

    // What the network calls the account for ever.
    void identify(std::string account_id) { account_id_ = std::move(account_id); }

    [[nodiscard]] net::Fetcher& fetcher() const { return fetcher_; }
    [[nodiscard]] Instant now() const { return now_(); }

private:
    // One that is used up stands: the next reply may tell of another.
    void note(const std::optional<profile::Quota>& quota) {
        if (quota && (!quota_ || quota_->left != 0U)) quota_ = quota;
    }

    net::Fetcher& fetcher_;
    const WallClock now_;
    Done done_;
    std::optional<profile::Quota> quota_;
    std::string account_id_;
};

}  // namespace decorum::connectors
