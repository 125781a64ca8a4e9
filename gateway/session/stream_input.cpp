#include "gateway/session/stream_input.hpp"

#include <algorithm>
#include <utility>

namespace decorum::session {

net::Task<Result<std::string_view>> StreamInput::read(bool idle, Milliseconds limit) {
    co_return take(co_await wait(idle, limit));
}

net::Task<Result<std::size_t>> StreamInput::wait(bool idle, Milliseconds limit) {
    if (idle) {
        lease_.reset();
        return stream_.read_some(small_, limit);
    }
    if (!lease_) lease_.emplace(buffers_.borrow());
    return stream_.read_some(lease_->octets(), limit);
}

Result<std::string_view> StreamInput::take(Result<std::size_t> awaited) {
    if (!awaited) return std::unexpected(std::move(awaited.error()));
    if (lease_) return std::string_view(lease_->octets().data(), *awaited);
    if (*awaited < small_.size()) return std::string_view(small_.data(), *awaited);
    lease_.emplace(buffers_.borrow());
    const std::span<char> buffer = lease_->octets();
    std::ranges::copy(small_, buffer.begin());
    // An error shows at the next read.
    const auto more = stream_.try_read(buffer.subspan(small_.size()));
    return std::string_view(buffer.data(), small_.size() + more.value_or(0));
}

}  // namespace decorum::session
