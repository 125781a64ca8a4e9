// posix_spawn, which is safe among threads. The keeper's end of the pair becomes its descriptor 0; 1 and 2
// lead to /dev/null, and all others are closed there, whether or not they were marked for it.
#include "gateway/worker/keeper_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

// glibc before 2.37 forgets to say that it is C.
extern "C" {
#include <sys/pidfd.h>
}

namespace decorum::worker {
namespace {

constexpr int milliseconds_to_end = 1000;

std::string text_of(int error) {
    return std::system_category().message(error);
}

class FileActions {
public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    [[nodiscard]] posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

class Attributes {
public:
    // No blocked signal and no ignored one is inherited.
    Attributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

}  // namespace

Result<KeeperProcess> KeeperProcess::spawn(const std::string& program) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return fail(errc::unavailable, fmt::format("socketpair: {}", text_of(errno)));
    Descriptor ours(pair[0]);
    const Descriptor theirs(pair[1]);

    FileActions actions;
    int error = ::posix_spawn_file_actions_adddup2(actions.get(), theirs.get(), keeper_socket);
    if (error == 0) error = ::posix_spawn_file_actions_addopen(actions.get(), 1, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = ::posix_spawn_file_actions_adddup2(actions.get(), 1, 2);
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(actions.get(), 3);
    std::string name = "decorum";
    std::string argument = keeper_argument;
    std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    const Attributes attributes;
    pid_t process = -1;
    if (error == 0)
        error = ::posix_spawn(&process, program.c_str(), actions.get(), attributes.get(), arguments.data(),
                              environment.data());
    if (error != 0) return fail(errc::unavailable, fmt::format("{}: {}", program, text_of(error)));
    return KeeperProcess(std::move(ours), process);
}

KeeperProcess::~KeeperProcess() {
    if (process_ < 0) return;
    socket_ = Descriptor();
    const Descriptor watch(::pidfd_open(process_, 0));
    pollfd ended{watch.get(), POLLIN, 0};
    if (!watch || ::poll(&ended, 1, milliseconds_to_end) != 1) ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<> KeeperProcess::send(const Start& start, int stream) {
    Start copy = start;
    iovec part{&copy, sizeof copy};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof stream);
    std::memcpy(CMSG_DATA(rights), &stream, sizeof stream);
    if (::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof copy) return {};
    return fail(errc::unavailable, text_of(errno));
}

Result<std::optional<Ended>> KeeperProcess::receive() {
    Ended ended;
    const ssize_t octets = ::recv(socket_.get(), &ended, sizeof ended, MSG_DONTWAIT);
    if (octets == sizeof ended) return ended;
    if (octets < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    return fail(errc::unavailable, octets < 0 ? text_of(errno) : "it ended");
}

}  // namespace decorum::worker
