#include "gateway/session/stream_input.hpp"

#include <algorithm>

namespace decorum::session {

net::Task<Result<std::string_view>> StreamInput::read(bool idle, Milliseconds limit) {
    if (idle) {
        lease_.reset();
        const auto octets = co_await stream_.read_some(small_, limit);
        if (!octets) co_return std::unexpected(octets.error());
        if (*octets < small_.size()) co_return std::string_view(small_.data(), *octets);
        lease_.emplace(buffers_.borrow());
        const std::span<char> buffer = lease_->octets();
        std::ranges::copy(small_, buffer.begin());
        // An error shows at the next read.
        const auto more = stream_.try_read(buffer.subspan(small_.size()));
        co_return std::string_view(buffer.data(), small_.size() + more.value_or(0));
    }
    if (!lease_) lease_.emplace(buffers_.borrow());
    const std::span<char> buffer = lease_->octets();
    const auto octets = co_await stream_.read_some(buffer, limit);
    if (!octets) co_return std::unexpected(octets.error());
    co_return std::string_view(buffer.data(), *octets);
}

}  // namespace decorum::session
