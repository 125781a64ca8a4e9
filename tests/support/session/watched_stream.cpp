// Counts, then hands on. The counts agree with MemoryStream's as long as nothing is called after close().
#include "tests/support/session/watched_stream.hpp"

namespace decorum::test {

WatchedStream::WatchedStream(std::unique_ptr<MemoryStream> inner, std::shared_ptr<Watch> watch)
    : inner_(std::move(inner)), watch_(std::move(watch)) {
    watch_->stream = inner_.get();
}

WatchedStream::~WatchedStream() {
    watch_->stream = nullptr;
}

net::Task<Result<std::size_t>> WatchedStream::read_some(std::span<char> into, Milliseconds limit) {
    ++watch_->operations;
    co_return co_await inner_->read_some(into, limit);
}

net::Task<Result<>> WatchedStream::wait_readable(Milliseconds limit) {
    ++watch_->operations;
    co_return co_await inner_->wait_readable(limit);
}

net::Task<Result<>> WatchedStream::write(std::span<const std::string_view> pieces, Milliseconds limit) {
    ++watch_->operations;
    std::string octets;
    for (std::string_view piece : pieces) octets.append(piece);
    watch_->writes.push_back(std::move(octets));
    co_return co_await inner_->write(pieces, limit);
}

std::size_t WatchedStream::try_write(std::string_view octets) {
    const std::size_t taken = inner_->try_write(octets);
    if (taken == 0) return 0;
    if (taken == octets.size()) ++watch_->operations;
    watch_->writes.emplace_back(octets.substr(0, taken));
    return taken;
}

net::Task<Result<>> WatchedStream::start_tls(const net::TlsContext& context, Milliseconds limit) {
    ++watch_->operations;
    co_return co_await inner_->start_tls(context, limit);
}

}  // namespace decorum::test
