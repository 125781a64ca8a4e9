// Commands to Redis from any thread: one connection, on a thread of its own, kept up.
//
// What is asked while others wait goes out together with them (pipelining); answers come in the order of the
// questions. While there is no connection nobody waits: after a first try has failed each question fails at
// once, until one succeeds; tries go on by themselves, further and further apart. A question that was under
// way when the connection broke is not asked again, as it may have been obeyed: it fails.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/event.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/store/redis/connection.hpp"

namespace decorum::store::redis {

struct ClientOptions {
    ServerOptions server;
    std::span<const std::string_view> scripts;  // Lua; in memory for as long as the client
    std::vector<std::string> first_command;     // asked once a connection; empty: none
    // Its answer; an Error: this server is not for us, tried again later.
    std::function<Result<>(const Reply&)> on_first_reply;
    std::size_t max_waiting = 4096;  // questions; more are refused with errc::unavailable
    Milliseconds min_pause{100};     // between two tries to connect; doubled after each failure
    Milliseconds max_pause{5000};
};

class Client {
public:
    // Once, on the client's thread (once the client ends: on any, perhaps before the call returns). Errors:
    // unavailable (no connection, or none any more), limit (Redis is full), io (Redis refuses the command),
    // cancelled.
    using Done = std::move_only_function<void(Result<Reply>)>;

    explicit Client(ClientOptions options);
    // Answers what was asked first; nothing may be asked any more.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // What Redis refuses of scripts is logged, once a minute for each word it says; of other commands it is
    // the asker's to tell.
    void ask(std::vector<std::string> command, Done done);
    void run(std::size_t script, std::vector<std::string> keys, std::vector<std::string> arguments,
             Done done);

    // The same after a while; cancelled where the client ends first.
    void ask_later(Milliseconds delay, std::vector<std::string> command, Done done);

    // Waits until all that was asked before is answered.
    void flush();
    // Of the last try to connect; nothing wrong: there is a connection. Waits for the first try.
    [[nodiscard]] Result<> state();
    // How many were made so far.
    [[nodiscard]] std::uint64_t connections() const { return connections_; }

private:
    static constexpr std::size_t no_script = static_cast<std::size_t>(-1);
    struct Question {
        std::size_t script = no_script;
        std::vector<std::string> command;  // with a script: how many keys, keys, arguments
        Done done;
    };
    enum class State : std::uint8_t { first_try, up, down };

    void submit(Question question);
    [[nodiscard]] net::Task<> refuse(Question question, Error error);
    [[nodiscard]] net::Task<> wait_and_submit(Milliseconds delay, Question question);
    net::Task<> serve();
    [[nodiscard]] net::Task<bool> connect();
    [[nodiscard]] net::Task<Result<>> prepare(Connection& connection);
    [[nodiscard]] net::Task<> exchange(std::vector<Question> questions);
    [[nodiscard]] net::Task<> wait_for_questions();
    [[nodiscard]] std::vector<Question> take();
    void lost(const Error& error);
    void refused(std::string_view word);
    void append(std::string& out, const Question& question, bool by_text) const;
    void answer(Question& question, Result<Reply> reply);

    const ClientOptions options_;
    std::atomic<std::uint64_t> connections_ = 0;

    // The client's own thread only.
    std::unique_ptr<Connection> connection_;
    std::vector<std::string> digests_;  // of the scripts, as Redis names them
    Milliseconds pause_{};
    std::string reported_;
    SteadyClock::time_point next_report_{};
    std::map<std::string, SteadyClock::time_point, std::less<>> refusals_;  // by word: when it was logged

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<Question> waiting_;
    std::size_t under_way_ = 0;  // taken, and not answered yet
    std::optional<net::Event> wake_;
    State state_ = State::first_try;
    Error fault_{errc::unavailable, {}};
    bool stopping_ = false;

    std::promise<void> ended_;
    net::IoThreads threads_{1};  // last: its tasks use all the others
};

}  // namespace decorum::store::redis
