// It is told port 0 and doesn't say which one it got: its sockets' inodes are looked up among those that
// listen.
#include "tests/unit/net_http/nghttpd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace decorum::net {
namespace {
namespace fs = std::filesystem;

void require(bool done, const char* step) {
    if (!done) throw std::runtime_error(std::string("nghttpd: ") + step);
}

std::set<std::string> socket_inodes(pid_t process) {
    constexpr std::string_view prefix = "socket:[";
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
        const std::string target = fs::read_symlink(entry.path()).string();
        if (target.starts_with(prefix))
            out.insert(target.substr(prefix.size(), target.size() - prefix.size() - 1));
    }
    return out;
}

// proc(5): sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
std::uint16_t listening_port(pid_t process) {
    constexpr std::string_view listen_state = "0A";
    const auto inodes = socket_inodes(process);
    std::ifstream table("/proc/net/tcp");
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::vector<std::string> columns;
        for (std::string word; words >> word;) columns.push_back(word);
        if (columns.size() < 10 || columns[3] != listen_state || !inodes.contains(columns[9])) continue;
        const std::string digits = columns[1].substr(columns[1].find(':') + 1);
        std::uint16_t port = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), port, 16);
        return port;
    }
    return 0;
}
}  // namespace

Nghttpd::Nghttpd(const std::string& folder, const test::CertificateFiles& files) {
    std::array<int, 2> ends{};
    require(pipe2(ends.data(), O_CLOEXEC) == 0, "pipe");
    output_ = Descriptor(ends[0]);
    const Descriptor input(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
    std::vector<std::string> words{"nghttpd",
                                   "-v",
                                   "--address=127.0.0.1",
                                   "--htdocs=" + folder,
                                   "0",
                                   files.private_key_file,
                                   files.certificate_file};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int spawned = posix_spawnp(&process_, "nghttpd", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    require(spawned == 0, "spawn");
    read_until_listening();
    port_ = listening_port(process_);
    reader_ = std::thread([this] {
        std::array<char, 4096> buffer;
        for (ssize_t octets; (octets = read(output_.get(), buffer.data(), buffer.size())) > 0;)
            said_.append(buffer.data(), static_cast<std::size_t>(octets));
    });
}

Nghttpd::~Nghttpd() {
    static_cast<void>(stop());
}

void Nghttpd::read_until_listening() {
    while (!said_.contains("listen")) {
        char octet = 0;
        require(read(output_.get(), &octet, 1) == 1, "it ended");
        said_ += octet;
    }
}

std::string Nghttpd::stop() {
    if (process_ > 0) {
        kill(process_, SIGTERM);
        waitpid(process_, nullptr, 0);
        process_ = -1;
        reader_.join();
    }
    return said_;
}

}  // namespace decorum::net
