// One visit a question: the search where there is an address, then the record. Each step hands the visit on
// to the next; whichever ends it answers once.
#include "connectors/orcid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/orcid_record.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;

constexpr int conflict = 409;    // deactivated, locked
constexpr int overloaded = 503;  // its way to say: slower
constexpr std::chrono::seconds pause{30};

// A phrase of Lucene's query language: nothing in it ends it.
std::string in_quotes(std::string_view address) {
    std::string out = "\"";
    for (const char c : address) {
        if (c == '"' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + '"';
}

std::optional<Answer> refused_by(const Result<net::HttpResponse>& fetched, Instant now) {
    auto refused = refusal(fetched, now);
    if (!refused || !fetched) return refused;
    if (fetched->status == overloaded) refused->outcome = Outcome::throttled;
    if (refused->outcome == Outcome::throttled && !refused->retry_at)
        refused->retry_at = retry_at(*fetched, now).value_or(now + pause);
    if (fetched->status == conflict) return not_found("the record is deactivated or locked");
    return refused;
}

}  // namespace

class Orcid::Desk {
public:
    Desk(net::Fetcher& fetcher, OrcidOptions options)
        : options(std::move(options)),
          tokens_(fetcher, {.endpoint = this->options.token_endpoint,
                            .id = this->options.app_id,
                            .secret = this->options.secret,
                            .scope = "/read-public",
                            .timeout = this->options.timeout,
                            .now = this->options.now}) {}

    void get(std::string target, ClientCredentials::Answered done) {
        tokens_.ask(
            [url = options.api + target, limit = options.timeout](const Secret& token) {
                net::HttpRequest request;
                request.url = url;
                request.accept = "application/json";
                request.bearer = token;
                request.max_octets = loose_json::max_octets;
                request.limit = limit;
                request.allow_port = true;  // the configuration names the server
                return request;
            },
            [](const net::HttpResponse& response) { return response.status == unauthorized; },
            std::move(done));
    }

    const OrcidOptions options;

private:
    ClientCredentials tokens_;
};

class Orcid::Visit : public std::enable_shared_from_this<Visit> {
public:
    Visit(std::shared_ptr<Desk> desk, std::string address, Done done)
        : desk_(std::move(desk)), address_(std::move(address)), done_(std::move(done)) {}

    void search() {
        desk_->get(fmt::format("/v3.0/expanded-search/?q={}", url_escaped("email:" + in_quotes(address_))),
                   [self = shared_from_this()](const Result<net::HttpResponse>& fetched) {
                       self->take_matches(fetched);
                   });
    }

    void read(const std::string& id) {
        id_ = id;
        desk_->get(fmt::format("/v3.0/{}/record", id),
                   [self = shared_from_this()](const Result<net::HttpResponse>& fetched) {
                       self->take_record(fetched);
                   });
    }

private:
    [[nodiscard]] Instant now() const { return desk_->options.now(); }

    void take_matches(const Result<net::HttpResponse>& fetched) {
        if (auto refused = refused_by(fetched, now())) {
            // Nobody would be 200: this is another place than we know.
            if (refused->outcome == Outcome::not_found) refused->outcome = Outcome::failed;
            return done_(std::move(*refused));
        }
        const auto root = json_body(*fetched);
        if (!root) return done_(failed(root.error().text()));
        const auto ids = orcid::matches(*root, address_);
        if (!ids) return done_(failed("JSON, but no search of ORCID's API v3.0"));
        if (ids->size() > 1) return done_(not_found("several records show the address"));
        if (ids->empty()) return done_(not_found());
        read(ids->front());
    }

    void take_record(const Result<net::HttpResponse>& fetched) {
        if (auto refused = refused_by(fetched, now())) return done_(std::move(*refused));
        const auto root = json_body(*fetched);
        if (!root) return done_(failed(root.error().text()));
        auto record = orcid::record_in(*root);
        if (!record) return done_(failed("JSON, but no record of ORCID's API v3.0"));
        if (record->deactivated) return done_(not_found("the record is deactivated"));
        if (record->id != id_) return done_(not_found("the record has become another one"));
        // The search may be older than the record.
        if (!address_.empty() && std::ranges::find(record->addresses, address_) == record->addresses.end())
            return done_(not_found("the record does not show the address any more"));
        Answer answer;
        answer.outcome = Outcome::found;
        answer.reason = "the address is public at ORCID";
        answer.quota = quota_of(*fetched, now());
        answer.profile = std::move(record->profile);
        profile::cap(answer.profile);
        done_(std::move(answer));
    }

    const std::shared_ptr<Desk> desk_;
    const std::string address_;  // in lower case; empty: by id
    std::string id_;
    Done done_;
};

Orcid::Orcid(net::Fetcher& fetcher, OrcidOptions options)
    : server_(host_of(options.api)),
      traits_{.name = "orcid",
              .reach = profile::Reach::outside,
              .by_address = true,
              .tier = profile::Tier::a,
              .default_rate = "10/s",
              .server = server_},
      desk_(std::make_shared<Desk>(fetcher, std::move(options))) {}

bool Orcid::answers(const profile::Handle& handle) const {
    const auto account = profile::account_of(handle.url);
    return account && account->network == "orcid";
}

void Orcid::find(const profile::Query& query, Done done) {
    const std::string address = ascii::lower(ascii::trim(query.address));
    const auto account = query.handle ? profile::account_of(query.handle->url) : std::nullopt;
    const bool by_id = account && account->network == "orcid";
    if (address.empty() && !by_id) return done(not_found("nobody to ask for"));
    const auto visit = std::make_shared<Visit>(desk_, by_id ? std::string{} : address, std::move(done));
    if (by_id)
        visit->read(account->handle);
    else
        visit->search();
}

}  // namespace decorum::connectors
