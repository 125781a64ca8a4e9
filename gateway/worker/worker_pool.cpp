// One thread polls everything: a wake-up for new jobs, the keeper's socket, the streams of the jobs under
// way. Invariants: only the thread touches keeper and running jobs; the lock is held for the waiting ones
// alone, and never while a callback runs; each job's `done` is called once.
#include "gateway/worker/worker_pool.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gateway/base/descriptor.hpp"
#include "gateway/base/log.hpp"
#include "gateway/worker/job_stream.hpp"
#include "gateway/worker/keeper_process.hpp"

namespace decorum::worker {
namespace {

// How long after a job's deadline its keeper must have said so.
constexpr Milliseconds keeper_grace{2000};
constexpr Milliseconds first_pause{100};
constexpr Milliseconds longest_pause{30'000};

std::string_view name_of(Job job) {
    switch (job) {
        case Job::face: return "face";
        case Job::page: return "page";
        case Job::text: return "text";
    }
    return "other";
}

// What a child's end means to whoever asked; `answered` is none of them.
Error error_of(const Ended& ended) {
    switch (ended.end) {
        case End::timed_out: return {errc::timed_out, "the deadline has passed"};
        case End::out_of_memory: return {errc::limit, "it takes too much memory"};
        case End::no_sandbox: return {errc::unavailable, "the kernel refused the sandbox"};
        case End::no_process: return {errc::unavailable, "no process could be started"};
        default: break;
    }
    if (ended.detail == SIGXCPU) return {errc::timed_out, "its time on the processor is used up"};
    if (ended.detail == SIGKILL) return {errc::limit, "the kernel ended it"};
    return {errc::syntax, fmt::format("the decoder was ended by signal {}", ended.detail)};
}

}  // namespace

class WorkerPool::Loop {
public:
    explicit Loop(Options options)
        : options_(std::move(options)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        thread_ = std::jthread([this] { run(); });
    }
    ~Loop() {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        wake();
    }

    void add(Job job, std::string input, Done done);

private:
    struct Waiting {
        Job job;
        std::string input;
        Done done;
    };
    struct Running {
        std::uint32_t id;
        Job job;
        Done done;
        JobStream stream;
        SteadyClock::time_point keeper_due;  // without word from the keeper by then, it is lost
        std::optional<Ended> ended{};
    };

    void wake() const { (void)::eventfd_write(wake_.get(), 1); }
    [[nodiscard]] std::optional<Waiting> next_waiting();
    [[nodiscard]] bool closing();

    void run();
    void start_jobs();
    [[nodiscard]] Result<> have_keeper();
    void start(Waiting waiting);
    void wait() const;
    void take_reports();
    void advance_jobs();
    void complete(Running& job);
    void keeper_failed(const Error& error);
    void cancel_all();

    const Options options_;
    const Descriptor wake_;

    std::mutex mutex_;
    std::deque<Waiting> waiting_;
    bool closing_ = false;

    // The thread's own.
    std::optional<KeeperProcess> keeper_;
    std::list<Running> running_;
    std::uint32_t last_id_ = 0;
    unsigned failures_ = 0;  // of the keeper, since it last reported anything
    SteadyClock::time_point keeper_not_before_{};

    std::jthread thread_;  // last: joined first
};

void WorkerPool::Loop::add(Job job, std::string input, Done done) {
    const std::uint64_t most = job == Job::face ? options_.max_picture : options_.max_html;
    if (input.size() > most) return done(fail(errc::limit, "too many octets"));
    std::optional<Error> refused;
    {
        const std::lock_guard lock(mutex_);
        if (closing_) {
            refused = Error{errc::cancelled, {}};
        } else if (waiting_.size() >= options_.max_waiting) {
            refused = Error{errc::unavailable, "too many jobs wait"};
        } else {
            waiting_.push_back({job, std::move(input), std::move(done)});
        }
    }
    if (refused) return done(std::unexpected(std::move(*refused)));
    wake();
}

std::optional<WorkerPool::Loop::Waiting> WorkerPool::Loop::next_waiting() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || closing_) return std::nullopt;
    std::optional<Waiting> next(std::move(waiting_.front()));
    waiting_.pop_front();
    return next;
}

bool WorkerPool::Loop::closing() {
    const std::lock_guard lock(mutex_);
    return closing_;
}

void WorkerPool::Loop::run() {
    while (!closing()) {
        start_jobs();
        wait();
        take_reports();
        advance_jobs();
    }
    cancel_all();
}

void WorkerPool::Loop::start_jobs() {
    while (running_.size() < options_.processes) {
        auto next = next_waiting();
        if (!next) return;
        if (auto ready = have_keeper(); !ready) {
            next->done(std::unexpected(std::move(ready.error())));
        } else {
            start(std::move(*next));
        }
    }
}

Result<> WorkerPool::Loop::have_keeper() {
    if (keeper_) return {};
    if (SteadyClock::now() < keeper_not_before_)
        return fail(errc::unavailable, "the worker process is being started again");
    auto spawned = KeeperProcess::spawn(options_.program);
    if (!spawned) {
        keeper_failed(spawned.error());
        return std::unexpected(std::move(spawned.error()));
    }
    keeper_.emplace(std::move(*spawned));
    return {};
}

void WorkerPool::Loop::start(Waiting waiting) {
    const Start message{.memory = options_.memory,
                        .input_octets = waiting.input.size(),
                        .id = ++last_id_,
                        .deadline_ms = static_cast<std::uint32_t>(options_.deadline.count()),
                        .max_side = options_.max_side,
                        .job = waiting.job};
    auto streams = JobStream::open(std::move(waiting.input));
    if (!streams) return waiting.done(std::unexpected(std::move(streams.error())));
    if (auto sent = keeper_->send(message, streams->childs.get()); !sent) {
        waiting.done(fail(errc::unavailable, "the worker process is lost"));
        return keeper_failed(sent.error());
    }
    running_.push_back({.id = message.id,
                        .job = waiting.job,
                        .done = std::move(waiting.done),
                        .stream = std::move(streams->ours),
                        .keeper_due = SteadyClock::now() + options_.deadline + keeper_grace});
}

void WorkerPool::Loop::wait() const {
    std::vector<pollfd> ready{{wake_.get(), POLLIN, 0}};
    if (keeper_) ready.push_back({keeper_->socket(), POLLIN, 0});
    int timeout = -1;
    const auto now = SteadyClock::now();
    for (const Running& job : running_) {
        if (!job.stream.ended()) ready.push_back({job.stream.descriptor(), job.stream.events(), 0});
        const auto left = std::chrono::ceil<Milliseconds>(job.keeper_due - now).count();
        const int milliseconds = static_cast<int>(std::max<std::int64_t>(left, 0));
        timeout = timeout < 0 ? milliseconds : std::min(timeout, milliseconds);
    }
    (void)::poll(ready.data(), ready.size(), timeout);
    eventfd_t ignored = 0;
    (void)::eventfd_read(wake_.get(), &ignored);
}

void WorkerPool::Loop::take_reports() {
    while (keeper_) {
        const auto message = keeper_->receive();
        if (!message) return keeper_failed(message.error());
        if (!*message) break;
        failures_ = 0;
        const auto job = std::ranges::find(running_, (*message)->id, &Running::id);
        if (job != running_.end()) job->ended = **message;
    }
    const auto now = SteadyClock::now();
    if (std::ranges::any_of(running_,
                            [now](const Running& job) { return !job.ended && job.keeper_due <= now; }))
        keeper_failed({errc::timed_out, "it does not answer"});
}

void WorkerPool::Loop::advance_jobs() {
    for (auto job = running_.begin(); job != running_.end();) {
        if (!job->stream.ended()) job->stream.advance();
        if (!job->ended || !job->stream.ended()) {
            ++job;
            continue;
        }
        complete(*job);
        job = running_.erase(job);
    }
}

void WorkerPool::Loop::complete(Running& job) {
    if (job.ended->end == End::answered) return job.done(std::move(job.stream).answer());
    Error error = error_of(*job.ended);
    log::warning("worker_job_failed", {{"job", name_of(job.job)}, {"reason", error.detail}});
    job.done(std::unexpected(std::move(error)));
}

// Takes with it what it had under way; the children die with their keeper.
void WorkerPool::Loop::keeper_failed(const Error& error) {
    log::error("worker_lost", {{"error", error.detail}, {"jobs", running_.size()}});
    keeper_.reset();
    if (++failures_ > 1) {
        const unsigned doublings = std::min(failures_ - 2, 16U);
        keeper_not_before_ = SteadyClock::now() + std::min(first_pause * (1 << doublings), longest_pause);
    }
    for (auto& job : std::exchange(running_, {}))
        job.done(fail(errc::unavailable, "the worker process is lost"));
}

void WorkerPool::Loop::cancel_all() {
    keeper_.reset();
    std::deque<Waiting> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(waiting_);
    }
    for (auto& job : running_) job.done(fail(errc::cancelled));
    for (auto& job : waiting) job.done(fail(errc::cancelled));
    running_.clear();
}

WorkerPool::WorkerPool(Options options) : loop_(std::make_unique<Loop>(std::move(options))) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::run(Job job, std::string input, Done done) {
    loop_->add(job, std::move(input), std::move(done));
}

}  // namespace decorum::worker
