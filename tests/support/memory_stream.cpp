// Two pipes, each a bounded string with whoever waits on either side. Invariants: at most one reader and one
// writer wait; a pipe's state only ever goes from open to ended or reset.
#include "tests/support/memory_stream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cassert>
#include <stdexcept>

#include "gateway/net/deadline.hpp"

namespace decorum::test {

struct MemoryPipe {
    explicit MemoryPipe(net::Executor executor_, std::size_t capacity_)
        : executor(std::move(executor_)), capacity(capacity_) {}

    net::Executor executor;
    std::size_t capacity;
    std::string octets;
    bool ended = false;        // the writer will write no more
    bool reader_gone = false;  // nobody will read any more
    bool broken = false;
    net::Timer* reader = nullptr;
    net::Timer* writer = nullptr;

    void wake() const {
        if (reader) reader->cancel();
        if (writer) writer->cancel();
    }
    [[nodiscard]] bool readable() const { return !octets.empty() || ended || broken; }
    [[nodiscard]] bool writable() const { return octets.size() < capacity || reader_gone || broken; }
};

namespace {
// Until somebody wakes the pipe; true: the limit has passed.
net::Task<bool> wait_at(std::shared_ptr<MemoryPipe> pipe, net::Timer* MemoryPipe::* side,
                        SteadyClock::time_point until) {
    net::Timer timer(pipe->executor, until);
    struct Registration {
        net::Timer*& slot;
        Registration(net::Timer*& slot_, net::Timer& timer_) : slot(slot_) { slot = &timer_; }
        ~Registration() { slot = nullptr; }
    } const registration((*pipe).*side, timer);
    const auto [error] = co_await timer.async_wait(net::as_result);
    co_return !error;
}

SteadyClock::time_point until_after(Milliseconds limit) {
    return SteadyClock::now() + net::bounded(limit);
}
}  // namespace

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> MemoryStream::pair(
    const net::Executor& executor, std::size_t capacity_octets) {
    auto forth = std::make_shared<MemoryPipe>(executor, capacity_octets);
    auto back = std::make_shared<MemoryPipe>(executor, capacity_octets);
    return {std::unique_ptr<MemoryStream>(new MemoryStream(back, forth)),
            std::unique_ptr<MemoryStream>(new MemoryStream(forth, back))};
}

MemoryStream::MemoryStream(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out)
    : in_(std::move(in)), out_(std::move(out)) {}

MemoryStream::~MemoryStream() {
    close();
}

net::Task<Result<>> MemoryStream::begin(Milliseconds limit) {
    const unsigned epoch = epoch_;
    // Other tasks get their turn at each step, as with sockets.
    co_await boost::asio::post(in_->executor, net::as_result);
    if (closed_ || epoch != epoch_) co_return fail(errc::cancelled);
    ++operations_;
    if (plan_.fail_at != 0 && operations_ >= plan_.fail_at) {
        if (!limit_at_fault_) limit_at_fault_ = limit;
        co_return fail(plan_.failure, "as planned");
    }
    if (operations_ == plan_.throw_at) throw std::runtime_error("as planned");
    if (operations_ == plan_.stall_at) {
        limit_at_fault_ = limit;
        co_return fail(errc::timed_out, "as planned");
    }
    co_return Result<>();
}

Result<std::size_t> MemoryStream::take(std::span<char> into) {
    if (in_->broken) return fail(errc::reset);
    if (in_->octets.empty()) {
        if (in_->ended) return fail(errc::closed);
        return 0;
    }
    std::size_t most = into.size();
    if (!plan_.read_sizes.empty())
        most = std::min(most, plan_.read_sizes[reads_++ % plan_.read_sizes.size()]);
    const std::size_t octets = std::min(most, in_->octets.size());
    std::copy_n(in_->octets.begin(), octets, into.begin());
    in_->octets.erase(0, octets);
    if (in_->writer) in_->writer->cancel();
    return octets;
}

net::Task<Result<>> MemoryStream::wait_for_octets(Milliseconds limit) {
    const unsigned epoch = epoch_;
    const auto until = until_after(limit);
    while (!in_->readable()) {
        const bool late = co_await wait_at(in_, &MemoryPipe::reader, until);
        if (epoch != epoch_) co_return fail(errc::cancelled);
        if (late) co_return fail(errc::timed_out);
    }
    co_return Result<>();
}

net::Task<Result<std::size_t>> MemoryStream::read_some(std::span<char> into, Milliseconds limit) {
    assert(!into.empty());
    if (auto begun = co_await begin(limit); !begun) co_return std::unexpected(begun.error());
    if (auto waited = co_await wait_for_octets(limit); !waited) co_return std::unexpected(waited.error());
    co_return take(into);
}

Result<std::size_t> MemoryStream::try_read(std::span<char> into) {
    assert(!into.empty());
    if (closed_) return fail(errc::cancelled, "the stream was closed");
    if (plan_.fail_at != 0 && operations_ >= plan_.fail_at) return fail(plan_.failure, "as planned");
    return take(into);
}

net::Task<Result<>> MemoryStream::wait_readable(Milliseconds limit) {
    if (auto begun = co_await begin(limit); !begun) co_return std::unexpected(begun.error());
    co_return co_await wait_for_octets(limit);
}

net::Task<Result<>> MemoryStream::write(std::span<const std::string_view> pieces, Milliseconds limit) {
    if (auto begun = co_await begin(limit); !begun) co_return std::unexpected(begun.error());
    const unsigned epoch = epoch_;
    const auto until = until_after(limit);
    for (std::string_view rest : pieces) {
        while (!rest.empty()) {
            while (!out_->writable()) {
                const bool late = co_await wait_at(out_, &MemoryPipe::writer, until);
                if (epoch != epoch_) co_return fail(errc::cancelled);
                if (late) co_return fail(errc::timed_out);
            }
            if (out_->broken || out_->reader_gone || out_->ended) co_return fail(errc::reset);
            const std::size_t octets = std::min(rest.size(), out_->capacity - out_->octets.size());
            out_->octets += rest.substr(0, octets);
            rest.remove_prefix(octets);
            if (out_->reader) out_->reader->cancel();
        }
    }
    co_return Result<>();
}

std::size_t MemoryStream::try_write(std::string_view octets) {
    const std::size_t number = operations_ + 1;
    if (plan_.stall_at == number || plan_.throw_at == number ||
        (plan_.fail_at != 0 && plan_.fail_at <= number))
        return 0;
    if (octets.empty() || closed_ || out_->broken || out_->reader_gone || out_->ended) return 0;
    const std::size_t taken = std::min(octets.size(), out_->capacity - out_->octets.size());
    out_->octets += octets.substr(0, taken);
    if (taken == octets.size()) operations_ = number;
    if (out_->reader) out_->reader->cancel();
    return taken;
}

net::Task<Result<>> MemoryStream::start_tls(const net::TlsContext&, Milliseconds limit) {
    if (auto begun = co_await begin(limit); !begun) co_return std::unexpected(begun.error());
    encrypted_ = true;
    co_return Result<>();
}

void MemoryStream::cancel() noexcept {
    ++epoch_;
    if (in_->reader) in_->reader->cancel();
    if (out_->writer) out_->writer->cancel();
}

void MemoryStream::close() noexcept {
    if (closed_) return;
    closed_ = true;
    in_->reader_gone = true;
    out_->ended = true;
    cancel();
    in_->wake();
    out_->wake();
}

void MemoryStream::shut_down_writing() noexcept {
    out_->ended = true;
    out_->wake();
}

void MemoryStream::reset() noexcept {
    in_->broken = true;
    out_->broken = true;
    in_->wake();
    out_->wake();
}

}  // namespace decorum::test
