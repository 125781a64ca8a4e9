#include "tests/unit/worker/processes.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

namespace decorum::test {
namespace {

namespace fs = std::filesystem;

struct Status {
    char state = '?';
    pid_t parent = 0;
};

// stat = pid SP "(" name ")" SP state SP ppid …   proc(5)
std::optional<Status> status_of(pid_t process) {
    std::ifstream in("/proc/" + std::to_string(process) + "/stat");
    std::string line;
    if (!std::getline(in, line)) return std::nullopt;
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos || name_end + 4 > line.size()) return std::nullopt;
    return Status{.state = line[name_end + 2], .parent = std::stoi(line.substr(name_end + 4))};
}

}  // namespace

std::vector<pid_t> child_processes_of(pid_t parent) {
    std::vector<pid_t> out;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        pid_t process = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (error != std::errc{} || end != name.data() + name.size()) continue;
        const auto status = status_of(process);
        if (status && status->parent == parent) out.push_back(process);
    }
    return out;
}

bool exists(pid_t process) {
    const auto status = status_of(process);
    return status && status->state != 'Z' && status->state != 'X';
}

std::size_t open_descriptors(pid_t process) {
    const fs::directory_iterator entries("/proc/" + std::to_string(process) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

bool becomes_true(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));  // between looks at what no event tells
    }
    return true;
}

}  // namespace decorum::test
