// One desk a source keeps the token and whoever waits for it; callbacks hold the desk, so an answer that
// comes after the connector is gone still finds it.
#include "connectors/client_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <utility>
#include <vector>

#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "connectors/loose_json.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_access_token_octets = 4096;
constexpr std::chrono::seconds early{60};  // a token is given up before its time
constexpr std::chrono::seconds shortest_life{60};
constexpr std::chrono::hours longest_life{24};  // whatever the endpoint says

// It goes into a header field as it is.
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::chrono::seconds life_of(const boost::json::value& body) {
    constexpr std::size_t max_digits = 20;
    const std::string text = loose_json::text(body, {"expires_in"}, max_digits);
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || seconds <= 0) return longest_life;
    return std::clamp(std::chrono::seconds{seconds} - early, shortest_life,
                      std::chrono::seconds{longest_life});
}

}  // namespace

class ClientCredentials::Desk : public std::enable_shared_from_this<Desk> {
public:
    Desk(net::Fetcher& fetcher, ClientCredentialsOptions options)
        : fetcher_(fetcher), options_(std::move(options)) {}

    // What came instead of a token, as an answer to the question itself.
    struct Refused {
        Result<net::HttpResponse> answer;
    };
    using Got = std::move_only_function<void(std::expected<Secret, Refused>)>;

    // A token other than `stale`.
    void get(const Secret& stale, Got got) {
        {
            std::unique_lock lock(mutex_);
            const Instant now = options_.now();
            const bool usable = !token_.empty() && now >= fetched_ && now < expires_ &&
                                (stale.empty() || token_.reveal() != stale.reveal());
            if (usable) {
                Secret token = token_;
                lock.unlock();
                return got(std::move(token));
            }
            token_ = Secret{};
            waiting_.push_back(std::move(got));
            if (std::exchange(fetching_, true)) return;
        }
        fetch();
    }

    void ask(Prepare prepare, Expired expired, Answered done, Secret stale = {}) {
        get(stale,
            [self = shared_from_this(), prepare = std::move(prepare), expired = std::move(expired),
             done = std::move(done), first = stale.empty()](std::expected<Secret, Refused> token) mutable {
                if (!token) return done(std::move(token.error().answer));
                net::HttpRequest request = prepare(*token);
                self->fetcher_.fetch(
                    std::move(request),
                    [self, prepare = std::move(prepare), expired = std::move(expired), done = std::move(done),
                     used = *token, first](Result<net::HttpResponse> answer) mutable {
                        if (first && answer && expired(*answer))
                            return self->ask(std::move(prepare), std::move(expired), std::move(done), used);
                        done(std::move(answer));
                    });
            });
    }

private:
    void fetch() {
        net::HttpRequest request;
        request.url = options_.endpoint;
        request.method = "POST";
        request.accept = "application/json";
        request.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = fmt::format("client_id={}&client_secret={}&grant_type=client_credentials{}{}",
                                   url_escaped(options_.id), url_escaped(options_.secret.reveal()),
                                   options_.scope.empty() ? "" : "&scope=", url_escaped(options_.scope));
        request.max_octets = loose_json::max_octets;
        request.limit = options_.timeout;
        request.cacheable = false;
        request.allow_port = true;  // the configuration names the server
        fetcher_.fetch(std::move(request), [self = shared_from_this()](Result<net::HttpResponse> fetched) {
            self->take(fetched);
        });
    }

    void take(Result<net::HttpResponse>& fetched) {
        std::string token;
        std::chrono::seconds life{};
        if (fetched && fetched->status == 200) {
            if (const auto body = json_body(*fetched)) {
                token = loose_json::text(*body, {"access_token"}, max_access_token_octets);
                life = life_of(*body);
            }
            if (!is_token(token)) {
                token.clear();
                fetched = fail(errc::syntax, "the endpoint's answer holds no token");
            }
        } else if (fetched && (fetched->status == bad_request || fetched->status == unauthorized)) {
            // "invalid_client", RFC 6749 §5.2: it is our credentials that are refused.
            fetched->status = unauthorized;
            fetched->body.clear();
        } else if (fetched && fetched->status >= 200 && fetched->status <= 399) {
            fetched = fail(errc::syntax, "the endpoint's answer is none to a request for a token");
        }
        std::vector<Got> waiting;
        {
            const std::lock_guard lock(mutex_);
            fetching_ = false;
            waiting.swap(waiting_);
            token_ = Secret(token);
            fetched_ = options_.now();
            expires_ = fetched_ + life;
        }
        for (Got& got : waiting) {
            if (!token.empty())
                got(Secret(token));
            else
                got(std::unexpected(Refused{fetched}));
        }
    }

    net::Fetcher& fetcher_;
    const ClientCredentialsOptions options_;
    std::mutex mutex_;
    Secret token_;
    Instant fetched_{};  // a clock that was set back makes no token last for ever
    Instant expires_{};
    bool fetching_ = false;
    std::vector<Got> waiting_;
};

ClientCredentials::ClientCredentials(net::Fetcher& fetcher, ClientCredentialsOptions options)
    : desk_(std::make_shared<Desk>(fetcher, std::move(options))) {}

ClientCredentials::~ClientCredentials() = default;

void ClientCredentials::ask(Prepare prepare, Expired expired, Answered done) {
    desk_->ask(std::move(prepare), std::move(expired), std::move(done));
}

}  // namespace decorum::connectors
