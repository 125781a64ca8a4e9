// The thread behind the connector, its questions and its connection. Invariant: each question is answered
// exactly once, without a lock held; what only the thread touches stands apart from what the lock guards.
#include "connectors/ldap.hpp"

#include <fmt/format.h>
#include <ldap.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/log.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;
using TimePoint = SteadyClock::time_point;

constexpr std::size_t max_questions = 5'000;   // that wait or are under way
constexpr std::size_t max_under_way = 100;     // less than a socket's buffer holds: writing never blocks
constexpr std::size_t max_asked_octets = 320;  // RFC 3696 errata 1690: 254, and room
constexpr int max_pages = 2;  // the first may be empty although there is a match (RFC 2696 §3)
constexpr Milliseconds longest_pause{60'000};

struct LdapQuestion {
    std::string address;
    profile::Connector::Done done;
    TimePoint deadline;
    TimePoint sent{};
    std::vector<LdapEntry> entries{};
    int pages = 0;
};

// Servers compare by rules of their own: to some, look-alikes beyond ASCII are equal and a NUL ends a text
// (RFC 4518). Nobody is found by an address that isn't exactly theirs.
bool can_be_asked(std::string_view address) {
    return !address.empty() && address.size() <= max_asked_octets &&
           std::ranges::all_of(address, [](char c) { return c > 0x20 && c < 0x7f; });
}

Answer answer_of(const LdapFault& fault) {
    Answer answer;
    answer.outcome = fault.outcome;
    answer.detail = fault.detail;
    return answer;
}

}  // namespace

class Ldap::Desk {
public:
    explicit Desk(Options options)
        : options_(std::move(options)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (!wake_) throw std::system_error(errno, std::system_category(), "eventfd");
        thread_ = std::jthread([this] { run(); });
    }

    ~Desk() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake();
        thread_.join();
    }

    void ask(const std::string& address, Done done) {
        Answer refusal;
        refusal.outcome = Outcome::failed;
        {
            const std::lock_guard lock(mutex_);
            if (down_) {
                refusal = answer_of(*down_);
            } else if (stopping_) {
                refusal.detail = "shutting down";
            } else if (questions_ == max_questions) {
                refusal.detail = "too many questions wait";
            } else {
                ++questions_;
                inbox_.push_back({.address = address,
                                  .done = std::move(done),
                                  .deadline = SteadyClock::now() + options_.timeout});
                if (inbox_.size() == 1) wake();
                return;
            }
        }
        done(std::move(refusal));
    }

private:
    void wake() {
        const std::uint64_t one = 1;
        (void)!::write(wake_.get(), &one, sizeof one);  // full is awake too
    }

    void run() {
        // libldap writes without MSG_NOSIGNAL: a lost connection is an error here, not the end.
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        while (take_inbox()) {
            expire();
            const bool wanted = is_down_ ? SteadyClock::now() >= retry_at_ : !waiting_.empty();
            if (!session_ && wanted) connect();
            send();
            wait();
            if (session_) receive();
        }
        const LdapFault leaving{.detail = "shutting down"};
        lose(leaving);
        fail_waiting(leaving);
    }

    // False: time to stop.
    bool take_inbox() {
        const std::lock_guard lock(mutex_);
        std::ranges::move(inbox_, std::back_inserter(waiting_));
        inbox_.clear();
        return !stopping_;
    }

    void connect() {
        auto session = LdapSession::open(options_.server, options_.timeout);
        if (session) {
            session_ = std::move(*session);
            received_ = SteadyClock::now();
            pause_ = Milliseconds{0};
            if (is_down_) log::info("ldap_up", {{"server", options_.server.url}});
            tell_down(std::nullopt);
            return;
        }
        const LdapFault& fault = session.error();
        const auto least =
            fault.outcome == Outcome::forbidden ? options_.refused_pause : options_.first_pause;
        pause_ = std::max(least, std::min(pause_ * 2, longest_pause));
        // Not in step with other gateways that lost the same server.
        std::uniform_real_distribution<double> jitter(0.8, 1.2);
        retry_at_ = SteadyClock::now() + std::chrono::duration_cast<Milliseconds>(pause_ * jitter(random_));
        if (!is_down_) log::error("ldap_down", {{"server", options_.server.url}, {"fault", fault.detail}});
        tell_down(fault);
        (void)take_inbox();
        fail_waiting(fault);
    }

    void tell_down(const std::optional<LdapFault>& fault) {
        is_down_ = fault.has_value();
        const std::lock_guard lock(mutex_);
        down_ = fault;
    }

    void send() {
        while (session_ && !waiting_.empty() && under_way_.size() < max_under_way) {
            LdapQuestion question = std::move(waiting_.front());
            waiting_.pop_front();
            send(std::move(question), {});
        }
    }

    void send(LdapQuestion question, std::string cookie) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(question.deadline - SteadyClock::now());
        const auto id = session_->search({.base_dn = options_.base_dn,
                                          .filter = ldap_filter_for(options_.filter, question.address),
                                          .attributes = ldap_attributes(options_.worker != nullptr),
                                          .cookie = std::move(cookie),
                                          .limit = std::max(left, std::chrono::seconds{1})});
        if (!id) {
            finish(std::move(question), answer_of(id.error()));
            return lose(id.error());
        }
        question.sent = SteadyClock::now();
        ++question.pages;
        under_way_.emplace(*id, std::move(question));
    }

    // Until there is something to do.
    void wait() {
        std::optional<TimePoint> until;
        const auto not_after = [&](TimePoint time) { until = until ? std::min(*until, time) : time; };
        if (is_down_) not_after(retry_at_);
        if (!waiting_.empty()) not_after(waiting_.front().deadline);
        for (const auto& [id, question] : under_way_) not_after(question.deadline);
        int limit = -1;
        if (until) {
            const auto left = std::chrono::ceil<Milliseconds>(*until - SteadyClock::now()).count();
            limit = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
        }
        pollfd ready[] = {{wake_.get(), POLLIN, 0}, {session_ ? session_->descriptor() : -1, POLLIN, 0}};
        (void)::poll(ready, std::size(ready), limit);
        std::uint64_t ignored = 0;
        (void)!::read(wake_.get(), &ignored, sizeof ignored);
    }

    void receive() {
        for (;;) {
            auto message = session_->next();
            if (!message) return lose(message.error());
            if (!*message) return;
            received_ = SteadyClock::now();
            take(std::move(**message));
            if (!session_) return;
        }
    }

    void take(LdapSession::Message message) {
        const auto found = under_way_.find(message.id);
        if (found == under_way_.end()) return;
        LdapQuestion& question = found->second;
        if (message.entry) {
            question.entries.push_back(std::move(*message.entry));
            if (question.entries.size() < 2) return;
            session_->abandon(message.id);
        }
        LdapQuestion over = std::move(question);
        under_way_.erase(found);
        if (over.entries.size() < 2 && message.code == LDAP_SUCCESS && !message.cookie.empty() &&
            over.pages < max_pages)
            return send(std::move(over), std::move(message.cookie));
        settle(std::move(over), message);
    }

    // The search is over.
    void settle(LdapQuestion question, const LdapSession::Message& result) {
        Answer answer;
        const bool more = !result.cookie.empty() || result.code == LDAP_SIZELIMIT_EXCEEDED;
        if (question.entries.size() > 1 || (question.entries.size() == 1 && more)) {
            answer.outcome = Outcome::not_found;
            answer.detail = "ambiguous";
        } else if (result.code != LDAP_SUCCESS) {
            answer.outcome = outcome_of(result.code);
            answer.detail = fmt::format("searching: {}", ldap_err2string(result.code));
        } else if (question.entries.empty() && more) {
            answer.detail = "searching: pages without an entry";
        } else if (question.entries.empty()) {
            answer.outcome = Outcome::not_found;
        } else {
            return found(std::move(question));
        }
        finish(std::move(question), std::move(answer));
    }

    void found(LdapQuestion question) {
        LdapEntry& entry = question.entries.front();
        Answer answer;
        answer.outcome = Outcome::found;
        answer.reason = "the address stands in the person's entry";
        answer.profile = profile_of(entry);
        std::string picture;
        if (options_.worker != nullptr) picture = picture_of(entry, options_.max_picture_octets);
        if (picture.empty()) return finish(std::move(question), std::move(answer));
        uncount();
        options_.worker->run(
            worker::Job::face, std::move(picture),
            [done = std::move(question.done), answer = std::move(answer)](Result<std::string> face) mutable {
                if (face)
                    answer.profile.photo_png.value = std::move(*face);
                else
                    log::warning("photo_not_shown", {{"source", "ldap"}, {"reason", face.error().text()}});
                done(std::move(answer));
            });
    }

    void expire() {
        const TimePoint now = SteadyClock::now();
        const LdapFault late{.detail = "no answer in time"};
        while (!waiting_.empty() && waiting_.front().deadline <= now) {
            finish(std::move(waiting_.front()), answer_of(late));
            waiting_.pop_front();
        }
        bool is_silent = false;
        for (auto at = under_way_.begin(); at != under_way_.end();) {
            if (at->second.deadline > now) {
                ++at;
                continue;
            }
            session_->abandon(at->first);
            is_silent = is_silent || received_ < at->second.sent;
            finish(std::move(at->second), answer_of(late));
            at = under_way_.erase(at);
        }
        // Nothing at all since that was sent: a server that hangs, or a connection that nobody told us is
        // gone.
        if (is_silent) lose(late);
    }

    void lose(const LdapFault& fault) {
        session_.reset();
        for (auto& [id, question] : std::exchange(under_way_, {}))
            finish(std::move(question), answer_of({.detail = fault.detail}));
    }

    void fail_waiting(const LdapFault& fault) {
        for (LdapQuestion& question : std::exchange(waiting_, {}))
            finish(std::move(question), answer_of(fault));
    }

    void uncount() {
        const std::lock_guard lock(mutex_);
        --questions_;
    }

    void finish(LdapQuestion question, Answer answer) {
        uncount();
        question.done(std::move(answer));
    }

    const Options options_;
    const Descriptor wake_;

    std::mutex mutex_;
    std::deque<LdapQuestion> inbox_;
    std::optional<LdapFault> down_;  // why nothing can be asked now
    std::size_t questions_ = 0;
    bool stopping_ = false;

    // The thread's own.
    std::deque<LdapQuestion> waiting_;
    std::map<LdapSession::MessageId, LdapQuestion> under_way_;
    std::unique_ptr<LdapSession> session_;
    TimePoint received_;  // the last message
    bool is_down_ = false;
    TimePoint retry_at_;
    Milliseconds pause_{0};
    std::minstd_rand random_{std::random_device{}()};

    std::jthread thread_;  // last: it uses all the others
};

Ldap::Ldap(Options options) : desk_(std::make_unique<Desk>(std::move(options))) {}

Ldap::~Ldap() = default;

const profile::Traits& Ldap::traits() const {
    static constexpr profile::Traits traits{
        .name = "ldap", .reach = profile::Reach::own, .by_address = true, .tier = profile::Tier::s};
    return traits;
}

void Ldap::find(const profile::Query& query, Done done) {
    if (!can_be_asked(query.address)) {
        Answer answer;
        answer.outcome = Outcome::not_found;
        return done(std::move(answer));
    }
    desk_->ask(query.address, std::move(done));
}

}  // namespace decorum::connectors
