// The desk is shared with the answers under way, so that it is there when they come. Invariants: the lock is
// never held while fetcher, worker or a `done` is called; a URL under way has its waiters in `waiting_`, and
// whoever takes them from there calls them.
#include "connectors/portraits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connectors/web_url.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/face.hpp"

namespace decorum::connectors {
namespace {

constexpr auto face_lifetime = std::chrono::hours{24};
constexpr auto failure_lifetime = std::chrono::minutes{5};

// Where the pictures of Gravatar stand, also those that others (Libravatar) send on to: registrable domains.
constexpr std::array<std::string_view, 2> picture_domains{"gravatar.com", "wp.com"};

// Registrable domains of one network, which hand its pictures on to one another.
constexpr std::array<std::string_view, 3> facebook_domains{"facebook.com", "fbsbx.com", "fbcdn.net"};

bool may_lead(std::string_view from, std::string_view to) {
    const auto is_facebook = [](std::string_view domain) {
        return std::ranges::find(facebook_domains, domain) != facebook_domains.end();
    };
    return from == to || std::ranges::find(picture_domains, to) != picture_domains.end() ||
           (is_facebook(from) && is_facebook(to));
}

// A name of constant length for a URL of any.
std::string key_of(std::string_view url) {
    const auto digest = sha256({url});
    return std::string(view_of(digest));
}

}  // namespace

class Portraits::Desk : public std::enable_shared_from_this<Desk> {
public:
    Desk(net::Fetcher& fetcher, worker::Worker& worker, Options options)
        : fetcher_(fetcher), worker_(worker), options_(std::move(options)) {}

    void fetch(std::string url, Done done);
    void close();
    void forget();

private:
    using Time = SteadyClock::time_point;
    struct Kept {
        Result<std::string> face;
        Time until;
    };
    // One picture on its way.
    struct Order {
        std::string key;
        std::string host;
        std::uint64_t generation = 0;  // of what is kept, when it was ordered
    };

    void ask(std::string url, std::uint64_t generation);
    void reduce(Order order, Result<net::HttpResponse> fetched);
    void finish(const Order& order, Result<std::string> face);
    void keep(const std::string& key, const Result<std::string>& face);
    [[nodiscard]] bool closed();

    net::Fetcher& fetcher_;
    worker::Worker& worker_;
    const Options options_;

    std::mutex mutex_;
    bool closed_ = false;
    std::uint64_t generation_ = 0;  // rises with each forget()
    std::unordered_map<std::string, std::vector<Done>> waiting_;
    std::unordered_map<std::string, Kept> kept_;
    std::deque<std::string> by_age_;  // the keys of kept_, the oldest first
};

void Portraits::Desk::fetch(std::string url, Done done) {
    const std::string key = key_of(url);
    std::optional<Result<std::string>> known;
    bool first = false;
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto kept = kept_.find(key);
        if (kept != kept_.end() && options_.now() < kept->second.until) {
            known = kept->second.face;
        } else {
            auto& waiters = waiting_[key];
            first = waiters.empty();
            generation = generation_;
            waiters.push_back(std::move(done));
        }
    }
    if (known) return done(std::move(*known));
    if (first) ask(std::move(url), generation);
}

void Portraits::Desk::ask(std::string url, std::uint64_t generation) {
    Order order{.key = key_of(url), .host = host_of(url), .generation = generation};
    net::HttpRequest request;
    request.url = std::move(url);
    request.accept = "image/png, image/jpeg, image/webp";
    request.max_octets = options_.max_octets;
    request.limit = options_.timeout;
    request.may_lead_to = [domain = registrable_domain(order.host)](std::string_view host) {
        return may_lead(domain, registrable_domain(host));
    };
    request.cacheable = false;  // we keep the face; the picture is a thousand times as long
    fetcher_.fetch(std::move(request), [desk = shared_from_this(),
                                        order = std::move(order)](Result<net::HttpResponse> fetched) mutable {
        desk->reduce(std::move(order), std::move(fetched));
    });
}

void Portraits::Desk::reduce(Order order, Result<net::HttpResponse> fetched) {
    if (!fetched) return finish(order, std::unexpected(std::move(fetched.error())));
    if (fetched->status != 200)
        return finish(order, fail(errc::not_found, fmt::format("status {}", fetched->status)));
    if (closed()) return;
    worker_.run(worker::Job::face, std::move(fetched->body),
                [desk = shared_from_this(), order = std::move(order)](Result<std::string> face) {
                    if (face && !profile::is_face(*face))
                        face = fail(errc::syntax, "the worker made no face");
                    desk->finish(order, std::move(face));
                });
}

void Portraits::Desk::finish(const Order& order, Result<std::string> face) {
    std::vector<Done> waiters;
    {
        const std::lock_guard lock(mutex_);
        const auto found = waiting_.find(order.key);
        if (found == waiting_.end()) return;  // closed meanwhile
        waiters = std::move(found->second);
        waiting_.erase(found);
        // That we are shutting down says nothing of the picture; and whose it is may be erased since it was
        // ordered.
        const bool says_something = face || face.error().code != errc::cancelled;
        if (says_something && order.generation == generation_) keep(order.key, face);
    }
    if (!face && face.error().code != errc::cancelled)
        log::warning("portrait_not_shown", {{"host", order.host}, {"reason", name_of(face.error().code)}});
    for (Done& done : waiters) done(face);
}

void Portraits::Desk::keep(const std::string& key, const Result<std::string>& face) {
    const Time until =
        options_.now() + (face ? Time::duration(face_lifetime) : Time::duration(failure_lifetime));
    if (kept_.insert_or_assign(key, Kept{face, until}).second) by_age_.push_back(key);
    if (by_age_.size() <= options_.max_kept) return;
    kept_.erase(by_age_.front());
    by_age_.pop_front();
}

void Portraits::Desk::forget() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    kept_.clear();
    by_age_.clear();
}

bool Portraits::Desk::closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
}

void Portraits::Desk::close() {
    decltype(waiting_) waiting;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        waiting.swap(waiting_);
    }
    for (auto& [key, waiters] : waiting)
        for (Done& done : waiters) done(fail(errc::cancelled));
}

void Portraits::forget() {
    desk_->forget();
}

Portraits::Portraits(net::Fetcher& fetcher, worker::Worker& worker, Options options)
    : desk_(std::make_shared<Desk>(fetcher, worker, std::move(options))) {}

Portraits::~Portraits() {
    desk_->close();
}

void Portraits::fetch(std::string url, Done done) {
    desk_->fetch(std::move(url), std::move(done));
}

}  // namespace decorum::connectors
