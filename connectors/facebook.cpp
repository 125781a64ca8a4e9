// One visit an account: its profile, then its posts. Each step hands the visit on to the next; whichever ends
// it answers once.
#include "connectors/facebook.hpp"

#include <fmt/format.h>

#include <utility>

#include "connectors/facebook_answers.hpp"
#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/post.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;

constexpr std::string_view fields_of_a_page =
    "id,name,about,link,website,picture.width(200){url,is_silhouette}";
constexpr std::string_view fields_of_a_person = "id,name,link,picture.width(200){url,is_silhouette}";
constexpr std::string_view fields_of_a_post = "message,created_time,permalink_url,privacy";

}  // namespace

// What all questions share: where, with what, how long.
class Facebook::Graph {
public:
    Graph(net::Fetcher& fetcher, FacebookOptions options)
        : options(std::move(options)), host(host_of(this->options.graph)), fetcher_(fetcher) {
        if (this->options.app_id.empty()) return;
        tokens_ = std::make_unique<ClientCredentials>(
            fetcher, ClientCredentialsOptions{.endpoint = this->options.graph + "/oauth/access_token",
                                              .id = this->options.app_id,
                                              .secret = this->options.secret,
                                              .scope = {},
                                              .timeout = this->options.timeout,
                                              .now = this->options.now});
    }

    // `target` is path and query, in which nothing needs escaping any more.
    void get(std::string target, ClientCredentials::Answered done) const {
        auto prepare = [target = std::move(target), this](const Secret& token) {
            net::HttpRequest request;
            request.url = options.graph + target;
            // The proof shows that we know the app's secret: a stolen token is worth nothing without.
            if (tokens_)
                request.url += "&appsecret_proof=" +
                               to_hex(view_of(hmac_sha256(options.secret.reveal(), {token.reveal()})));
            request.accept = "application/json";
            request.bearer = token;
            request.max_octets = loose_json::max_octets;
            request.limit = options.timeout;
            request.cacheable = false;  // kept answers would be found again by URLs that hold a proof
            request.allow_port = true;  // the configuration names the server
            return request;
        };
        if (!tokens_) return fetcher_.fetch(prepare(options.secret), std::move(done));
        tokens_->ask(std::move(prepare), facebook::token_has_expired, std::move(done));
    }

    const FacebookOptions options;
    const std::string host;

private:
    net::Fetcher& fetcher_;
    std::unique_ptr<ClientCredentials> tokens_;  // null: one that can't be renewed
};

class Facebook::Visit : public std::enable_shared_from_this<Visit> {
public:
    Visit(std::shared_ptr<const Graph> graph, profile::Account account, std::string person, Done done)
        : graph_(std::move(graph)),
          account_(std::move(account)),
          person_(std::move(person)),
          done_(std::move(done)) {}

    void start() {
        const std::string_view fields = person_.empty() ? fields_of_a_page : fields_of_a_person;
        const std::string& name = person_.empty() ? account_.handle : person_;
        graph_->get(fmt::format("/{}?fields={}", url_escaped(name), url_escaped(fields)),
                    [self = shared_from_this()](const Result<net::HttpResponse>& fetched) {
                        self->take_profile(fetched);
                    });
    }

private:
    [[nodiscard]] Instant now() const { return graph_->options.now(); }

    void take_profile(const Result<net::HttpResponse>& fetched) {
        if (auto refused = facebook::refusal(fetched, now())) return done_(std::move(*refused));
        const auto root = json_body(*fetched);
        if (!root) return done_(failed(root.error().text()));
        auto found = facebook::account_in(*root, graph_->host);
        if (!found) return done_(failed("JSON, but no account of the Graph API"));
        if (!is_the_one(*root, found->id)) return done_(not_found("the account has another name now"));
        answer_.outcome = Outcome::found;
        answer_.reason = person_.empty() ? "the Page itself" : "the person signed in there";
        answer_.account_id = found->id;
        answer_.quota = facebook::usage(*fetched, now());
        answer_.profile = std::move(found->profile);
        graph_->get(
            fmt::format("/{}/posts?fields={}&limit={}", found->id, url_escaped(fields_of_a_post),
                        max_posts_asked),
            [self = shared_from_this()](const Result<net::HttpResponse>& posts) { self->take_posts(posts); });
    }

    // Whoever has the name now is not always whoever had it when it was declared.
    [[nodiscard]] bool is_the_one(const boost::json::value& root, const std::string& id) const {
        if (!person_.empty()) return id == person_;
        const auto link =
            profile::account_of(loose_json::text(root, {"link"}, profile::max_url_octets), "facebook");
        return !link || link->key == account_.key || account_.handle == id || link->handle == id;
    }

    void take_posts(const Result<net::HttpResponse>& fetched) {
        if (auto refused = facebook::refusal(fetched, now())) {
            // Without the permission there is a profile without posts; gone in between, there is none.
            if (refused->outcome != Outcome::forbidden) return done_(std::move(*refused));
        } else {
            const auto root = json_body(*fetched);
            if (!root) return done_(failed(root.error().text()));
            if (!loose_json::member(*root, "data").is_array())
                return done_(failed("JSON, but no posts of the Graph API"));
            facebook::add_posts(*root, person_.empty() ? facebook::Kind::page : facebook::Kind::person,
                                answer_.profile);
        }
        if (auto quota = fetched ? facebook::usage(*fetched, now()) : std::nullopt) answer_.quota = quota;
        profile::cap(answer_.profile);
        done_(std::move(answer_));
    }

    const std::shared_ptr<const Graph> graph_;
    const profile::Account account_;
    const std::string person_;  // the id by which we know them; empty: a Page
    Answer answer_;
    Done done_;
};

Facebook::Facebook(net::Fetcher& fetcher, FacebookOptions options)
    : graph_(std::make_shared<const Graph>(fetcher, std::move(options))),
      traits_{.name = "facebook",
              .reach = profile::Reach::outside,
              .default_rate = "200/h",
              .gives_activities = true,
              .server = graph_->host} {}

bool Facebook::answers(const profile::Handle& handle) const {
    return handle.network == "facebook" && profile::account_of(handle.url, "facebook").has_value();
}

void Facebook::find(const profile::Query& query, Done done) {
    auto account = query.handle ? profile::account_of(query.handle->url, "facebook") : std::nullopt;
    if (!account || account->handle.empty()) return done(not_found("no account to ask for"));
    std::string person = graph_->options.signed_in(account->key);
    std::make_shared<Visit>(graph_, std::move(*account), std::move(person), std::move(done))->start();
}

}  // namespace decorum::connectors
