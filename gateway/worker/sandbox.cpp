// Limits first, the filter last: setting limits is itself forbidden by it. The filter is an allow-list, and
// its default ends the whole process.
#include "gateway/worker/sandbox.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include "gateway/base/descriptor.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DECORUM_WORKER_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DECORUM_WORKER_SANITIZED
#endif

namespace decorum::worker {
namespace {

#ifdef DECORUM_WORKER_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Address space in use, from the first number of statm (proc(5)).
std::optional<std::uint64_t> mapped_octets() {
    const Descriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const ssize_t octets = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (octets <= 0) return std::nullopt;
    std::uint64_t pages = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + octets, pages);
    if (error != std::errc{}) return std::nullopt;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool set_limit(__rlimit_resource resource, std::uint64_t value) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) return false;
    limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(value, limit.rlim_max);
    return ::setrlimit(resource, &limit) == 0;
}

bool set_limits(const SandboxLimits& limits) {
    if (!sanitized) {
        const auto mapped = mapped_octets();
        if (!mapped || !set_limit(RLIMIT_AS, *mapped + limits.memory)) return false;
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits.processor).count();
    return set_limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 1))) &&
           set_limit(RLIMIT_NOFILE, 0) && set_limit(RLIMIT_FSIZE, 0) && set_limit(RLIMIT_CORE, 0);
}

class Filter {
public:
    Filter() : context_(::seccomp_init(SCMP_ACT_KILL_PROCESS), ::seccomp_release) {
        good_ = context_ &&
                ::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0;
    }
    void allow(int call) { note(good_ && ::seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call, 0) == 0); }
    void allow(int call, scmp_arg_cmp condition) { add(SCMP_ACT_ALLOW, call, condition); }
    // Fails, and nothing else comes of it.
    void refuse(int call, scmp_arg_cmp condition) { add(SCMP_ACT_ERRNO(EBADF), call, condition); }
    [[nodiscard]] bool load() const { return good_ && ::seccomp_load(context_.get()) == 0; }

private:
    void add(std::uint32_t action, int call, scmp_arg_cmp condition) {
        note(good_ && ::seccomp_rule_add(context_.get(), action, call, 1, condition) == 0);
    }
    void note(bool good) { good_ = good_ && good; }
    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
    bool good_ = false;
};

scmp_arg_cmp equals(unsigned argument, int value) {
    return {argument, SCMP_CMP_EQ, static_cast<scmp_datum_t>(value), 0};
}

// The third argument of mmap and mprotect without PROT_EXEC.
scmp_arg_cmp not_executable() {
    return {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
}

bool load_filter(int descriptor) {
    Filter filter;
    filter.allow(SCMP_SYS(read), equals(0, descriptor));
    filter.allow(SCMP_SYS(write), equals(0, descriptor));
    // Decoders warn there, of colour profiles for one, and go on.
    filter.refuse(SCMP_SYS(write), equals(0, STDERR_FILENO));
    filter.allow(SCMP_SYS(mmap), not_executable());
    filter.allow(SCMP_SYS(mprotect), not_executable());
    for (const int call :
         {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex),
          SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
          SCMP_SYS(exit), SCMP_SYS(exit_group)})
        filter.allow(call);
    // Spin locks of the sanitizers' allocators, their switch of signal masks, and their look at the stack
    // before a function that doesn't return.
    if (sanitized)
        for (const int call :
             {SCMP_SYS(sched_yield), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid), SCMP_SYS(sigaltstack)})
            filter.allow(call);
    return filter.load();
}

}  // namespace

bool enter_sandbox(const SandboxLimits& limits, int descriptor) {
    return set_limits(limits) && ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && load_filter(descriptor);
}

}  // namespace decorum::worker
