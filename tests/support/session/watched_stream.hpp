// A stream that somebody else watches: a session owns the WatchedStream, a test holds the Watch and learns
// how many steps were taken, what was written in how many goes, and when the session let go of it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/memory_stream.hpp"

namespace decorum::test {

struct Watch {
    std::size_t operations = 0;       // as MemoryPlan counts them
    std::vector<std::string> writes;  // the octets of each write, whatever became of it
    MemoryStream* stream = nullptr;   // null once the session has let go of it
};

class WatchedStream final : public net::ByteStream {
public:
    WatchedStream(std::unique_ptr<MemoryStream> inner, std::shared_ptr<Watch> watch);
    ~WatchedStream() override;
    WatchedStream(const WatchedStream&) = delete;
    WatchedStream& operator=(const WatchedStream&) = delete;

    net::Task<Result<std::size_t>> read_some(std::span<char> into, Milliseconds limit) override;
    Result<std::size_t> try_read(std::span<char> into) override { return inner_->try_read(into); }
    net::Task<Result<>> wait_readable(Milliseconds limit) override;
    net::Task<Result<>> write(std::span<const std::string_view> pieces, Milliseconds limit) override;
    using ByteStream::write;
    [[nodiscard]] std::size_t try_write(std::string_view octets) override;
    net::Task<Result<>> start_tls(const net::TlsContext& context, Milliseconds limit) override;
    [[nodiscard]] bool encrypted() const noexcept override { return inner_->encrypted(); }
    [[nodiscard]] bool verified() const noexcept override { return inner_->verified(); }
    [[nodiscard]] const net::Peer& peer() const noexcept override { return inner_->peer(); }
    void close() noexcept override { inner_->close(); }
    void cancel() noexcept override { inner_->cancel(); }

private:
    std::unique_ptr<MemoryStream> inner_;
    std::shared_ptr<Watch> watch_;
};

}  // namespace decorum::test
