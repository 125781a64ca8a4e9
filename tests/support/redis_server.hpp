// A Redis of the test's own, on a unix socket in its scratch folder.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gateway/store/redis/redis_store.hpp"
#include "tests/unit/store/scratch.hpp"

namespace decorum::store::test {

class RedisServer {
public:
    explicit RedisServer(std::vector<std::string> more = {}) : more_(std::move(more)) { start(); }
    ~RedisServer() { kill(); }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    void start() {
        const std::string socket = path().native();
        const std::string folder = (scratch_ / "").native();
        std::vector<std::string> words{"redis-server", "--port", "0", "--unixsocket", socket,        "--dir",
                                       folder,         "--save", "",  "--logfile",    folder + "log"};
        words.insert(words.end(), more_.begin(), more_.end());
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!answers()) {
            int status = 0;
            if (::waitpid(process_, &status, WNOHANG) == process_ || std::chrono::steady_clock::now() > until)
                throw std::runtime_error("redis-server does not start: is it installed?");
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }

    // As a crash ends it: what it held is gone, but for what it keeps in files.
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
        ::unlink(path().c_str());
    }
    void stop() { ::kill(process_, SIGSTOP); }
    void go_on() { ::kill(process_, SIGCONT); }

    [[nodiscard]] std::filesystem::path path() const { return scratch_ / "redis.sock"; }
    [[nodiscard]] std::filesystem::path folder() const { return scratch_ / ""; }

    // With the clock of whoever writes, as the other stores have it.
    [[nodiscard]] RedisOptions options() const {
        RedisOptions options;
        options.server.servers.push_back(Endpoint{.host = {}, .path = path().native()});
        options.server.timeout = std::chrono::seconds{20};  // of a loaded machine
        options.redis_time = false;
        options.min_pause = std::chrono::milliseconds{5};
        options.max_pause = std::chrono::milliseconds{50};
        return options;
    }
    [[nodiscard]] std::unique_ptr<RedisStore> open() const { return make_redis_store(options()); }

    // What redis-cli prints.
    std::string cli(const std::string& arguments) const {
        const std::string command = "redis-cli -s " + path().native() + " " + arguments;
        FILE* pipe = ::popen(command.c_str(), "r");
        std::string out;
        char buffer[4096];
        for (std::size_t n = 0; (n = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
        ::pclose(pipe);
        return out;
    }

private:
    [[nodiscard]] bool answers() const {
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().native().copy(address.sun_path, sizeof address.sun_path - 1);
        const bool up = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(descriptor);
        return up;
    }

    std::vector<std::string> more_;
    Scratch scratch_;
    pid_t process_ = 0;
};

}  // namespace decorum::store::test
