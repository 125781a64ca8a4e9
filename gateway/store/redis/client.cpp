#include "gateway/store/redis/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "gateway/base/log.hpp"

namespace decorum::store::redis {
namespace {

constexpr std::size_t max_batch = 64;
constexpr std::chrono::seconds report_interval{60};
constexpr std::chrono::hours idle{1};
constexpr std::size_t max_words = 32;  // of errors that are told apart

// What is as good as no connection: the server can't do now what another, or it later, can.
constexpr auto passing =
    std::to_array<std::string_view>({"READONLY", "LOADING", "MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN",
                                     "NOAUTH", "MISCONF", "BUSY", "TRYAGAIN"});

Milliseconds jittered(Milliseconds pause) {
    static thread_local std::minstd_rand generator{std::random_device{}()};
    return Milliseconds(
        std::uniform_int_distribution<Milliseconds::rep>(pause.count() / 2, pause.count())(generator));
}

}  // namespace

Client::Client(ClientOptions options) : options_(std::move(options)), pause_(options_.min_pause) {
    net::detach(threads_.executor(0), serve(), "redis");
    threads_.start();
}

Client::~Client() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (wake_) wake_->raise();
    }
    ended_.get_future().wait();
}

void Client::ask(std::vector<std::string> command, Done done) {
    submit({no_script, std::move(command), std::move(done)});
}

void Client::run(std::size_t script, std::vector<std::string> keys, std::vector<std::string> arguments,
                 Done done) {
    std::vector<std::string> command{std::to_string(keys.size())};
    std::ranges::move(keys, std::back_inserter(command));
    std::ranges::move(arguments, std::back_inserter(command));
    submit({script, std::move(command), std::move(done)});
}

void Client::ask_later(Milliseconds delay, std::vector<std::string> command, Done done) {
    net::detach(threads_.executor(0),
                wait_and_submit(delay, {no_script, std::move(command), std::move(done)}), "redis");
}

net::Task<> Client::wait_and_submit(Milliseconds delay, Question question) {
    // Where the client ends first the task is destroyed as it waits.
    struct Guard {
        Question question;
        ~Guard() {
            if (question.done) question.done(fail(errc::cancelled, "the store is closing"));
        }
    } guard{std::move(question)};
    co_await net::sleep_for(delay);
    submit(std::exchange(guard.question, {}));
}

void Client::submit(Question question) {
    std::optional<Error> refusal;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            refusal = Error{errc::cancelled, "the store is closing"};
        } else {
            if (state_ == State::down) refusal = fault_;
            if (waiting_.size() >= options_.max_waiting)
                refusal = Error{errc::unavailable, "the store's queue is full"};
            if (!refusal) {
                waiting_.push_back(std::move(question));
                if (wake_) wake_->raise();
                return;
            }
            ++under_way_;
        }
    }
    if (refusal->code == errc::cancelled) return question.done(std::unexpected(std::move(*refusal)));
    // Not from here: whoever asks may hold locks that his answer takes.
    net::detach(threads_.executor(0), refuse(std::move(question), std::move(*refusal)), "redis");
}

net::Task<> Client::refuse(Question question, Error error) {
    answer(question, std::unexpected(std::move(error)));
    co_return;
}

void Client::flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && under_way_ == 0; });
}

Result<> Client::state() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ != State::first_try; });
    if (state_ == State::up) return {};
    return std::unexpected(fault_);
}

std::vector<Client::Question> Client::take() {
    std::vector<Question> taken;
    const std::lock_guard lock(mutex_);
    while (!waiting_.empty() && taken.size() < max_batch) {
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    under_way_ += taken.size();
    return taken;
}

void Client::answer(Question& question, Result<Reply> reply) {
    question.done(std::move(reply));
    const std::lock_guard lock(mutex_);
    --under_way_;
    if (under_way_ == 0) changed_.notify_all();
    if (stopping_ && wake_) wake_->raise();
}

net::Task<> Client::serve() {
    for (;;) {
        if (connection_ == nullptr && !co_await connect()) {
            // Nobody waits for a server that is not there.
            for (auto questions = take(); !questions.empty(); questions = take())
                for (Question& question : questions) answer(question, std::unexpected(fault_));
            net::Event event(co_await net::this_executor());
            {
                const std::lock_guard lock(mutex_);
                if (stopping_ && under_way_ == 0) break;
                wake_ = event;  // raised by the end alone: nobody may ask meanwhile
            }
            co_await event.wait(jittered(pause_));
            pause_ = std::min(2 * pause_, options_.max_pause);
            continue;
        }
        auto questions = take();
        if (questions.empty()) {
            {
                const std::lock_guard lock(mutex_);
                if (stopping_ && waiting_.empty() && under_way_ == 0) break;
            }
            co_await wait_for_questions();
            continue;
        }
        if (connection_->is_quiet()) {
            co_await exchange(std::move(questions));
            continue;
        }
        // Ended while nobody asked. None of these was sent.
        connection_.reset();
        const std::lock_guard lock(mutex_);
        under_way_ -= questions.size();
        for (; !questions.empty(); questions.pop_back()) waiting_.push_front(std::move(questions.back()));
    }
    connection_.reset();
    ended_.set_value();
}

net::Task<> Client::wait_for_questions() {
    net::Event event(co_await net::this_executor());
    {
        const std::lock_guard lock(mutex_);
        if ((stopping_ && under_way_ == 0) || !waiting_.empty()) co_return;
        wake_ = event;
    }
    co_await event.wait(idle);
    const std::lock_guard lock(mutex_);
    wake_.reset();
}

net::Task<bool> Client::connect() {
    auto opened = co_await Connection::open(options_.server);
    if (opened)
        if (auto ready = co_await prepare(**opened); !ready)
            opened = std::unexpected(std::move(ready.error()));
    if (!opened) {
        lost(opened.error());
        co_return false;
    }
    connection_ = std::move(*opened);
    log::info("store_ready", {{"server", connection_->server()}});
    pause_ = options_.min_pause;
    reported_.clear();
    ++connections_;
    const std::lock_guard lock(mutex_);
    state_ = State::up;
    changed_.notify_all();
    co_return true;
}

net::Task<Result<>> Client::prepare(Connection& connection) {
    if (!options_.first_command.empty()) {
        const auto reply = co_await connection.ask(options_.first_command);
        if (!reply) co_return std::unexpected(reply.error());
        if (auto fits = options_.on_first_reply(*reply); !fits) co_return fits;
    }
    digests_.clear();
    for (const std::string_view script : options_.scripts) {
        const auto reply = co_await connection.ask({"SCRIPT", "LOAD", std::string(script)});
        if (!reply) co_return std::unexpected(reply.error());
        if (reply->is_error())
            co_return fail(
                reply->error_word() == "NOPERM" ? errc::invalid : errc::unavailable,
                fmt::format("{}: {}: {}", reply->error_word() == "NOPERM" ? "store.user" : "store.url",
                            connection.server(), reply->text));
        digests_.push_back(reply->text);
    }
    co_return Result<>{};
}

void Client::lost(const Error& error) {
    const auto now = SteadyClock::now();
    if (error.detail != reported_ || now >= next_report_)
        log::error("store_lost", {{"error", error.detail}, {"instead", "memory, until it is back"}});
    if (error.detail != reported_ || now >= next_report_) next_report_ = now + report_interval;
    reported_ = error.detail;
    const std::lock_guard lock(mutex_);
    state_ = State::down;
    fault_ = error;
    changed_.notify_all();
}

void Client::refused(std::string_view word) {
    const auto now = SteadyClock::now();
    const auto known = refusals_.find(word);
    if (known != refusals_.end() && now < known->second + report_interval) return;
    if (refusals_.size() >= max_words) refusals_.clear();
    refusals_.insert_or_assign(std::string(word), now);
    log::error("store_failed", {{"error", word}, {"server", connection_->server()}});
}

void Client::append(std::string& out, const Question& question, bool by_text) const {
    if (question.script == no_script) return append_command(out, question.command);
    std::vector<std::string> command;
    command.reserve(question.command.size() + 2);
    if (by_text) {
        command.emplace_back("EVAL");
        command.emplace_back(options_.scripts[question.script]);
    } else {
        command.emplace_back("EVALSHA");
        command.push_back(digests_[question.script]);
    }
    command.insert(command.end(), question.command.begin(), question.command.end());
    append_command(out, command);
}

// A script that Redis has forgotten (SCRIPT FLUSH, a failover) is sent once more as text.
net::Task<> Client::exchange(std::vector<Question> questions) {
    std::optional<Error> broken;
    for (bool by_text = false; !questions.empty(); by_text = true) {
        std::string octets;
        for (const Question& question : questions) append(octets, question, by_text);
        if (!broken)
            if (auto written = co_await connection_->write(std::move(octets)); !written)
                broken = std::move(written.error());
        std::vector<Question> again;
        for (Question& question : questions) {
            if (broken) {
                answer(question, std::unexpected(*broken));
                continue;
            }
            auto reply = co_await connection_->read();
            if (!reply) {
                broken = std::move(reply.error());
                answer(question, std::unexpected(*broken));
                continue;
            }
            if (!by_text && reply->error_word() == "NOSCRIPT") {
                again.push_back(std::move(question));
                continue;
            }
            if (!reply->is_error()) {
                answer(question, std::move(*reply));
                continue;
            }
            const std::string_view word = reply->error_word();
            if (question.script != no_script) refused(word);
            if (std::ranges::find(passing, word) != passing.end()) {
                // The others of this batch have answers of their own.
                answer(question, fail(errc::unavailable, reply->text));
                if (word == "READONLY") broken = Error{errc::unavailable, reply->text};
            } else {
                const errc code = word == "OOM" ? errc::limit : errc::io;
                answer(question, fail(code, reply->text));
            }
        }
        questions = std::move(again);
    }
    if (!broken) co_return;
    connection_.reset();
    log::warning("store_broken", {{"error", broken->detail}});
}

}  // namespace decorum::store::redis
