// One loop over two descriptors, the pool's socket and a signalfd for SIGCHLD. Invariants: each Start gets
// one Ended; no child outlives the loop; each child is waited for.
#include "gateway/worker/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/descriptor.hpp"
#include "gateway/worker/keeper_protocol.hpp"
#include "gateway/worker/sandbox.hpp"

namespace decorum::worker {
namespace {

enum ChildStatus : int { child_answered = 0, child_orphaned = 70, child_unsandboxed, child_out_of_memory };

constexpr int job_stream = 0;  // the child's only descriptor, beside two that lead to /dev/null

std::string read_input(std::uint64_t octets) {
    std::string input(octets, '\0');
    std::size_t got = 0;
    while (got < input.size()) {
        const ssize_t more = ::read(job_stream, input.data() + got, input.size() - got);
        if (more <= 0) break;  // the pool has gone, and nobody waits for an answer
        got += static_cast<std::size_t>(more);
    }
    input.resize(got);
    return input;
}

void write_answer(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(job_stream, octets.data(), octets.size());
        if (written <= 0) return;
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string answer_of(const Result<std::string>& result) {
    std::string answer(1, result ? '\0' : static_cast<char>(1 + static_cast<int>(result.error().code)));
    return answer += result ? *result : result.error().detail;
}

[[noreturn]] void decode_and_exit(const Start& start, int stream, pid_t keeper,
                                  std::span<const Decoder> decoders) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != keeper) ::_exit(child_orphaned);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_IGN);  // a pool that has read enough closes the stream, which is no crash
    if (::dup2(stream, job_stream) != job_stream || ::close_range(3, ~0U, 0) != 0 ||
        !enter_sandbox({.memory = start.memory, .processor = Milliseconds(start.deadline_ms)}, job_stream))
        ::_exit(child_unsandboxed);
    try {
        const std::string input = read_input(start.input_octets);
        const auto decoder = std::ranges::find(decoders, start.job, &Decoder::job);
        write_answer(answer_of(decoder == decoders.end()
                                   ? fail(errc::unsupported, "no decoder for this job")
                                   : decoder->decode(input, {.max_side = start.max_side})));
    } catch (const std::bad_alloc&) {
        ::_exit(child_out_of_memory);
    } catch (const std::exception&) {
        write_answer(answer_of(fail(errc::syntax, "the decoder gave up")));
    }
    ::_exit(child_answered);
}

class Keeper {
public:
    explicit Keeper(std::span<const Decoder> decoders) : decoders_(decoders) {}
    int run();

private:
    struct Child {
        pid_t process;
        std::uint32_t id;
        SteadyClock::time_point due;
        bool timed_out = false;
    };

    [[nodiscard]] bool watch_children();
    [[nodiscard]] int milliseconds_to_next_deadline() const;
    [[nodiscard]] bool take_job();
    void end_late_children();
    void collect_children();
    void end_all();
    void report(const Ended& ended);

    std::span<const Decoder> decoders_;
    pid_t own_ = ::getpid();
    Descriptor signals_;
    std::vector<Child> children_;
};

bool Keeper::watch_children() {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (::sigprocmask(SIG_BLOCK, &child, nullptr) != 0) return false;
    signals_ = Descriptor(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    return static_cast<bool>(signals_);
}

int Keeper::milliseconds_to_next_deadline() const {
    const auto now = SteadyClock::now();
    auto wait = Milliseconds::max();
    for (const Child& child : children_)
        if (!child.timed_out) wait = std::min(wait, std::chrono::ceil<Milliseconds>(child.due - now));
    if (wait == Milliseconds::max()) return -1;
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, std::numeric_limits<int>::max()));
}

// False: the pool has gone, or what came is no message of its.
bool Keeper::take_job() {
    Start start;
    iovec part{&start, sizeof start};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t octets = ::recvmsg(keeper_socket, &message, MSG_CMSG_CLOEXEC);
    if (octets < 0 && errno == EINTR) return true;
    const cmsghdr* rights = CMSG_FIRSTHDR(&message);
    if (octets != sizeof start || rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return false;
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights), sizeof number);
    const Descriptor stream(number);

    const pid_t process = ::fork();
    if (process == 0) decode_and_exit(start, stream.get(), own_, decoders_);
    if (process < 0) {
        report({.id = start.id, .detail = errno, .end = End::no_process});
    } else {
        children_.push_back({.process = process,
                             .id = start.id,
                             .due = SteadyClock::now() + Milliseconds(start.deadline_ms)});
    }
    return true;
}

void Keeper::end_late_children() {
    const auto now = SteadyClock::now();
    for (Child& child : children_) {
        if (child.timed_out || child.due > now) continue;
        child.timed_out = true;
        ::kill(child.process, SIGKILL);
    }
}

Ended ended_by(int status, bool timed_out) {
    if (timed_out) return {.end = End::timed_out};
    if (WIFSIGNALED(status)) return {.detail = WTERMSIG(status), .end = End::signalled};
    switch (WEXITSTATUS(status)) {
        case child_answered: return {.end = End::answered};
        case child_out_of_memory: return {.end = End::out_of_memory};
        default: return {.detail = WEXITSTATUS(status), .end = End::no_sandbox};
    }
}

void Keeper::collect_children() {
    signalfd_siginfo ignored{};
    while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        const auto child = std::ranges::find(children_, process, &Child::process);
        if (child == children_.end()) continue;
        Ended ended = ended_by(status, child->timed_out);
        ended.id = child->id;
        children_.erase(child);
        report(ended);
    }
}

void Keeper::end_all() {
    for (const Child& child : children_) ::kill(child.process, SIGKILL);
    for (const Child& child : children_) ::waitpid(child.process, nullptr, 0);
}

// Where this fails the pool has gone, which the loop sees by itself.
void Keeper::report(const Ended& ended) {
    (void)::send(keeper_socket, &ended, sizeof ended, MSG_NOSIGNAL);
}

// Where memory runs out, a picture is to go and not the gateway (proc(5), oom_score_adj); children inherit
// it.
void offer_to_go_first() {
    const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    constexpr std::string_view most = "1000";
    if (file) (void)!::write(file.get(), most.data(), most.size());
}

int Keeper::run() {
    offer_to_go_first();
    constexpr rlimit no_core{0, 0};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::setrlimit(RLIMIT_CORE, &no_core) != 0 ||
        !watch_children())
        return EXIT_FAILURE;
    for (;;) {
        std::array<pollfd, 2> ready{{{keeper_socket, POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), milliseconds_to_next_deadline()) < 0 && errno != EINTR) break;
        if (ready[1].revents != 0) collect_children();
        end_late_children();
        if (ready[0].revents != 0 && !take_job()) break;
    }
    end_all();
    return EXIT_SUCCESS;
}

}  // namespace

bool is_keeper(int argc, const char* const* argv) {
    return argc == 2 && std::string_view(argv[1]) == keeper_argument;
}

int keep(std::span<const Decoder> decoders) {
    return Keeper(decoders).run();
}

}  // namespace decorum::worker
