// The process and the build. Everything of the process comes from /proc/self (proc(5)): our unit shows no
// more of /proc (ProcSubset=pid).
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gateway/app/metrics.hpp"

namespace decorum::app {
namespace {

constexpr std::string_view compiler =
#if defined(__clang__)
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

std::string read_proc_file(const char* path) {
    std::ifstream file(path);
    std::ostringstream out;
    out << file.rdbuf();
    return std::move(out).str();
}

// The fields of /proc/self/stat behind the command's name, which may hold anything: 3 (state) comes first.
std::vector<std::string> stat_fields() {
    std::string text = read_proc_file("/proc/self/stat");
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos) return {};
    std::istringstream rest(text.substr(end + 1));
    std::vector<std::string> fields;
    for (std::string field; rest >> field;) fields.push_back(std::move(field));
    return fields;
}

double number_of(const std::string& text) {
    return std::strtod(text.c_str(), nullptr);
}

// Seconds since the epoch at which the machine was started, as the clock was at the first look: set it later,
// and no process seems to have been started anew.
double boot_time() {
    static const double boot = [] {
        const auto seconds = [](clockid_t clock) {
            timespec time{};
            ::clock_gettime(clock, &time);
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
        };
        return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME);
    }();
    return boot;
}

// Without the one that counts them. Negative: they can't be counted.
double open_descriptors() {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), ::closedir);
    if (!folder) return -1;
    double count = -1;
    while (const dirent* entry = ::readdir(folder.get()))
        if (entry->d_name[0] != '.') ++count;
    return count;
}

}  // namespace

void collect_build(Families& out) {
    out.gauge("decorum_build_info", "1, with the version and the compiler.", 1,
              {{"version", DECORUM_VERSION}, {"compiler", compiler}});
}

void collect_process(Families& out) {
    // Numbers of fields as in proc(5), less 3.
    constexpr std::size_t utime = 11, stime = 12, threads = 17, start_time = 19, vsize = 20, rss = 21;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    if (const auto fields = stat_fields(); fields.size() > rss) {
        out.counter("process_cpu_seconds_total", "CPU time that was used, of the system and of the program.",
                    (number_of(fields[utime]) + number_of(fields[stime])) / ticks);
        out.gauge("process_threads", "Threads.", number_of(fields[threads]));
        out.gauge("process_start_time_seconds", "When it was started, in seconds since 1970.",
                  boot_time() + number_of(fields[start_time]) / ticks);
        out.gauge("process_virtual_memory_bytes", "Virtual memory.", number_of(fields[vsize]));
        out.gauge("process_resident_memory_bytes", "Resident memory.",
                  number_of(fields[rss]) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    if (const double open = open_descriptors(); open >= 0)
        out.gauge("process_open_fds", "Open descriptors.", open);
    if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.gauge("process_max_fds", "How many descriptors there may be.",
                  static_cast<double>(limit.rlim_cur));
}

}  // namespace decorum::app
