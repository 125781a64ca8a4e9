// One visit an account: the account, then by its id the posts. The desk remembers what was paid for today.
#include "connectors/x.hpp"

#include <fmt/format.h>

#include <mutex>
#include <unordered_set>
#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/json_fetch.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/post.hpp"
#include "connectors/web_url.hpp"
#include "connectors/x_answers.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;

constexpr std::string_view user_fields =
    "description,entities,location,name,profile_image_url,protected,username";
constexpr std::string_view post_fields = "created_at,entities,text";
constexpr std::size_t max_paid = 100'000;  // things remembered of a day

}  // namespace

class X::Desk {
public:
    Desk(net::Fetcher& fetcher, XOptions options)
        : options(std::move(options)), host(host_of(this->options.base_url)), fetcher_(fetcher) {}

    void get(std::string target, net::Fetcher::Done done) {
        net::HttpRequest request;
        request.url = options.base_url + target;
        request.accept = "application/json";
        request.bearer = options.token;
        request.max_octets = loose_json::max_octets;
        request.limit = options.timeout;
        request.allow_port = true;  // the configuration names the server
        fetcher_.fetch(std::move(request), std::move(done));
    }

    // What the thing costs now: nothing where it was paid for on this day already.
    std::uint64_t pay(std::string thing, std::uint64_t price) {
        const std::lock_guard lock(mutex_);
        const auto today = std::chrono::floor<std::chrono::days>(options.now());
        if (day_ != today || paid_.size() >= max_paid) paid_.clear();
        day_ = today;
        return paid_.insert(std::move(thing)).second ? price : 0;
    }

    const XOptions options;
    const std::string host;

private:
    net::Fetcher& fetcher_;
    std::mutex mutex_;
    std::chrono::sys_days day_{};
    std::unordered_set<std::string> paid_;
};

class X::Visit : public std::enable_shared_from_this<Visit> {
public:
    Visit(std::shared_ptr<Desk> desk, std::string username, Done done)
        : desk_(std::move(desk)), username_(std::move(username)), done_(std::move(done)) {}

    void start() {
        desk_->get(fmt::format("/2/users/by/username/{}?user.fields={}", username_, url_escaped(user_fields)),
                   [self = shared_from_this()](const Result<net::HttpResponse>& fetched) {
                       self->take_account(fetched);
                   });
    }

private:
    [[nodiscard]] Instant now() const { return desk_->options.now(); }

    // Whatever becomes of it, what was read is paid for.
    void end(Answer answer) {
        answer.microdollars = spent_;
        done_(std::move(answer));
    }

    // What was asked and didn't come whole may be paid for all the same; so may be what can't be read.
    void pay_if_lost(const Result<net::HttpResponse>& fetched, std::uint64_t price) {
        if (fetched) return;
        const errc code = fetched.error().code;
        if (code == errc::timed_out || code == errc::reset || code == errc::limit) spent_ += price;
    }
    void end_unreadable(const net::HttpResponse& response, std::uint64_t price, const Error& error) {
        if (!response.from_cache) spent_ += price;
        end(failed(error.text()));
    }

    void take_account(const Result<net::HttpResponse>& fetched) {
        pay_if_lost(fetched, desk_->options.user_price);
        if (auto refused = refusal(fetched, now())) return end(refused_by_status(std::move(*refused)));
        const auto root = json_body(*fetched);
        if (!root) return end_unreadable(*fetched, desk_->options.user_price, root.error());
        auto account = x::account_in(*root, desk_->host);
        if (!account) {
            auto errors = x::errors_in(*root);
            if (!errors) errors = failed("JSON, but no account of X's API v2");
            errors->quota = quota_of(*fetched, now());
            return end(std::move(*errors));
        }
        if (!fetched->from_cache) spent_ += desk_->pay("user " + account->id, desk_->options.user_price);
        if (!ascii::equals_nocase(account->username, username_))
            return end(not_found("the account has another name now"));
        if (account->is_protected) return end(hidden("the account is protected"));
        username_ = account->username;
        answer_.outcome = Outcome::found;
        answer_.reason = "the account itself";
        answer_.account_id = account->id;
        answer_.profile = std::move(account->profile);
        answer_.quota = quota_of(*fetched, now());
        desk_->get(
            fmt::format("/2/users/{}/tweets?max_results={}&exclude=replies%2Cretweets&tweet.fields={}",
                        account->id, max_posts_asked, url_escaped(post_fields)),
            [self = shared_from_this()](const Result<net::HttpResponse>& posts) { self->take_posts(posts); });
    }

    // A status of 404 would mean that the interface has moved: of an account it says so within 200.
    static Answer refused_by_status(Answer refused) {
        if (refused.outcome == Outcome::not_found) refused.outcome = Outcome::failed;
        return refused;
    }

    void take_posts(const Result<net::HttpResponse>& fetched) {
        const std::uint64_t posts_price = max_posts_asked * desk_->options.post_price;
        pay_if_lost(fetched, posts_price);
        // Accounts and posts have allowances of their own; the one that is used up holds both back.
        if (const auto quota = fetched ? quota_of(*fetched, now()) : std::nullopt; quota && quota->left == 0U)
            answer_.quota = quota;
        if (auto refused = refusal(fetched, now())) {
            // Where our plan does not hold posts there is a profile without any.
            if (refused->outcome != Outcome::forbidden) return end(refused_by_status(std::move(*refused)));
        } else {
            const auto root = json_body(*fetched);
            if (!root) return end_unreadable(*fetched, posts_price, root.error());
            if (loose_json::member(*root, "data").is_null()) {
                // Gone, suspended or locked since the question before. Without posts there is neither.
                if (auto errors = x::errors_in(*root); errors && errors->outcome != Outcome::forbidden)
                    return end(std::move(*errors));
                if (!loose_json::member(*root, "meta").is_object() &&
                    !loose_json::member(*root, "errors").is_array())
                    return end(failed("JSON, but no posts of X's API v2"));
            }
            for (std::string& id : x::add_posts(*root, username_, answer_.profile))
                if (!fetched->from_cache)
                    spent_ += desk_->pay("post " + std::move(id), desk_->options.post_price);
        }
        profile::cap(answer_.profile);
        end(std::move(answer_));
    }

    const std::shared_ptr<Desk> desk_;
    std::string username_;
    std::uint64_t spent_ = 0;  // microdollars
    Answer answer_;
    Done done_;
};

X::X(net::Fetcher& fetcher, XOptions options)
    : desk_(std::make_shared<Desk>(fetcher, std::move(options))),
      traits_{
          .name = "x", .reach = profile::Reach::outside, .default_rate = "1200/h", .server = desk_->host} {}

X::~X() = default;

bool X::answers(const profile::Handle& handle) const {
    const auto account = profile::account_of(handle.url, "x");
    return handle.network == "x" && account && !account->handle.empty();
}

std::uint64_t X::max_microdollars() const {
    return desk_->options.user_price + max_posts_asked * desk_->options.post_price;
}

void X::find(const profile::Query& query, Done done) {
    auto account = query.handle ? profile::account_of(query.handle->url, "x") : std::nullopt;
    if (!account || account->handle.empty()) return done(not_found("no account to ask for"));
    std::make_shared<Visit>(desk_, std::move(account->handle), std::move(done))->start();
}

}  // namespace decorum::connectors
