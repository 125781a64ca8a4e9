// A keeper for the tests, with one job more than the real one: `trial` does what no decoder should, so that
// the tests see what becomes of it. Started with "host" instead, it is a gateway with a pool, to be killed.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "gateway/worker/keeper.hpp"
#include "gateway/worker/worker_pool.hpp"

namespace {

using namespace decorum;
using namespace decorum::worker;

constexpr Job trial{'!'};

[[noreturn]] void spin() {
    for (volatile unsigned turns = 0;; turns = turns + 1) {
    }
}

// Memory that is asked for and used, 16 MiB at a time.
std::string hoard(std::size_t most) {
    std::vector<std::string> held;
    for (std::size_t octets = 0; octets < most; octets += std::size_t{16} << 20)
        held.emplace_back(std::size_t{16} << 20, 'x');
    return "held " + std::to_string(held.size());
}

Result<std::string> try_it(std::string_view deed, const DecodeLimits&) {
    if (deed == "open") return std::to_string(::open("/etc/passwd", O_RDONLY));
    if (deed == "socket") return std::to_string(::socket(AF_INET, SOCK_STREAM, 0));
    if (deed == "fork") return std::to_string(::fork());
    if (deed == "execve") return std::to_string(::execl("/bin/true", "true", nullptr));
    if (deed == "kill") return std::to_string(::kill(::getppid(), SIGKILL));
    if (deed == "executable memory")
        return std::string(::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                                   MAP_FAILED
                               ? "refused"
                               : "mapped");
    if (deed == "other descriptor") return std::to_string(::write(1, "x", 1));
    if (deed == "environment") {
        std::string out;
        for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) out += *entry;
        return out;
    }
    if (deed == "spin") spin();
    if (deed == "abort") std::abort();
    if (deed == "throw") throw std::runtime_error("a bug");
    if (deed == "long answer") return std::string(std::size_t{5} << 20, 'x');
    if (deed == "no answer") ::_exit(0);
    if (deed == "hoard") return hoard(std::size_t{1} << 30);
    if (deed == "hoard a little") return hoard(std::size_t{32} << 20);
    return std::string(deed);
}

int host() {
    WorkerPool pool({.program = "/proc/self/exe", .deadline = std::chrono::minutes(2)});
    pool.run(trial, "spin", [](Result<std::string>) {});
    for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "host") return host();
    if (!is_keeper(argc, argv)) return EXIT_FAILURE;
    const auto real = decoders();
    std::vector<Decoder> table(real.begin(), real.end());
    table.push_back({trial, try_it});
    return keep(table);
}
