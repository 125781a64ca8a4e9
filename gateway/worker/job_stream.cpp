// A child that ends early breaks the stream: the rest of its input is then dropped, and what it wrote counts
// only if the keeper says that it ended well.
#include "gateway/worker/job_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace decorum::worker {
namespace {

constexpr std::size_t max_answer_octets = std::size_t{4} << 20;
constexpr std::size_t max_detail_octets = 200;
constexpr std::size_t block_octets = std::size_t{64} << 10;

}  // namespace

Result<JobStream::Pair> JobStream::open(std::string input) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return fail(errc::unavailable, std::system_category().message(errno));
    Descriptor ours(pair[0]);
    Descriptor childs(pair[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    return Pair{.ours = JobStream(std::move(ours), std::move(input)), .childs = std::move(childs)};
}

short JobStream::events() const noexcept {
    return static_cast<short>(sent_ < input_.size() ? POLLIN | POLLOUT : POLLIN);
}

void JobStream::advance() {
    send_input();
    take_answer();
}

void JobStream::send_input() {
    while (sent_ < input_.size()) {
        const ssize_t octets =
            ::send(descriptor_.get(), input_.data() + sent_, input_.size() - sent_, MSG_NOSIGNAL);
        if (octets < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (octets < 0) break;
        sent_ += static_cast<std::size_t>(octets);
    }
    input_ = {};
    sent_ = 0;
}

void JobStream::take_answer() {
    std::array<char, block_octets> block;
    for (;;) {
        const ssize_t octets = ::recv(descriptor_.get(), block.data(), block.size(), 0);
        if (octets < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (octets <= 0) break;
        answer_.append(block.data(), static_cast<std::size_t>(octets));
        if (answer_.size() > max_answer_octets) break;
    }
    descriptor_ = Descriptor();
}

Result<std::string> JobStream::answer() && {
    if (answer_.size() > max_answer_octets) return fail(errc::limit, "the answer is too long");
    if (answer_.empty()) return fail(errc::syntax, "no answer");
    const auto status = static_cast<unsigned char>(answer_.front());
    answer_.erase(0, 1);
    if (status == 0) return std::move(answer_);
    answer_.resize(std::min(answer_.size(), max_detail_octets));
    const bool limit = status == 1 + static_cast<unsigned>(errc::limit);
    return fail(limit ? errc::limit : errc::syntax, std::move(answer_));
}

}  // namespace decorum::worker
