// A pair of ByteStreams joined in memory: what one end writes, the other reads, on one io_context.
//
// The buffer between them is bounded, so a writer really waits for its reader. Each end follows a Plan of
// faults: sessions are tested by failing, or stalling, every one of their steps in turn. A stall costs no
// time: the operation answers `timed_out` as if its limit had passed.
// start_tls does no cryptography: it waits for nothing and encrypted() turns true.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/net/byte_stream.hpp"

namespace decorum::test {

struct MemoryPlan {
    // Operations (read_some, wait_readable, write, start_tls) are counted from 1; a try_write that takes all
    // its octets is one too. Those that the plan spoils it leaves to write().
    std::size_t fail_at = 0;  // this one, and all after it, answer `failure`
    errc failure = errc::reset;
    std::size_t stall_at = 0;               // this one answers timed_out
    std::size_t throw_at = 0;               // this one throws std::runtime_error, as a bug would
    std::vector<std::size_t> read_sizes{};  // a read gives at most so many octets, the list over and over
    bool verified = false;                  // what verified() says after start_tls
    net::Peer peer{.address = {}, .port = 0, .local = true};
};

struct MemoryPipe;

class MemoryStream final : public net::ByteStream {
public:
    // Both ends run on `executor`; `capacity_octets` is held in each direction.
    [[nodiscard]] static std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> pair(
        const net::Executor& executor, std::size_t capacity_octets = 65536);
    ~MemoryStream() override;

    net::Task<Result<std::size_t>> read_some(std::span<char> into, Milliseconds limit) override;
    Result<std::size_t> try_read(std::span<char> into) override;
    net::Task<Result<>> wait_readable(Milliseconds limit) override;
    net::Task<Result<>> write(std::span<const std::string_view> pieces, Milliseconds limit) override;
    using ByteStream::write;
    [[nodiscard]] std::size_t try_write(std::string_view octets) override;
    net::Task<Result<>> start_tls(const net::TlsContext& context, Milliseconds limit) override;
    [[nodiscard]] bool encrypted() const noexcept override { return encrypted_; }
    [[nodiscard]] bool verified() const noexcept override { return encrypted_ && plan_.verified; }
    [[nodiscard]] const net::Peer& peer() const noexcept override { return plan_.peer; }
    void close() noexcept override;
    void cancel() noexcept override;

    void follow(MemoryPlan plan) { plan_ = std::move(plan); }
    // Ends our side only: the peer reads what was written, then `closed`; we can read on.
    void shut_down_writing() noexcept;
    // The peer's operations answer `reset` from now on.
    void reset() noexcept;

    [[nodiscard]] std::size_t operations() const noexcept { return operations_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    // The limit of the operation that stalled or failed by plan.
    [[nodiscard]] std::optional<Milliseconds> limit_at_fault() const noexcept { return limit_at_fault_; }

private:
    MemoryStream(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out);
    // Counts an operation; the error that the plan, or the state of the stream, has for it.
    [[nodiscard]] net::Task<Result<>> begin(Milliseconds limit);
    [[nodiscard]] Result<std::size_t> take(std::span<char> into);
    net::Task<Result<>> wait_for_octets(Milliseconds limit);

    std::shared_ptr<MemoryPipe> in_, out_;
    MemoryPlan plan_;
    std::size_t operations_ = 0;
    std::size_t reads_ = 0;
    unsigned epoch_ = 0;
    bool encrypted_ = false;
    bool closed_ = false;
    std::optional<Milliseconds> limit_at_fault_;
};

}  // namespace decorum::test
