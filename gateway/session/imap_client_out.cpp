#include "gateway/session/imap_client_out.hpp"

#include <array>
#include <exception>
#include <utility>

namespace decorum::session {

// A stream that throws must leave no flag that the other side waits for. No guard object: where the
// io_context goes away first, this frame is destroyed after its session.
net::Task<Result<>> ImapClientOut::write(std::span<const std::string_view> pieces) {
    writing_ = true;
    std::optional<Result<>> sent;
    std::exception_ptr thrown;
    try {
        sent = co_await stream_.write(pieces, limit_);
    } catch (...) {
        thrown = std::current_exception();
    }
    writing_ = false;
    if (relay_) relay_->raise();
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*sent);
}

net::Task<Result<>> ImapClientOut::relay(std::span<const std::string_view> pieces, bool ends) {
    within_ = true;  // from now on nothing may come in between
    while (writing_) {
        relay_.emplace(co_await net::this_executor());
        co_await relay_->wait(limit_);
    }
    relay_.reset();
    const auto sent = co_await write(pieces);
    if (!sent) co_return sent;
    within_ = !ends;
    if (ends && !interjected_.empty()) co_return co_await send_interjected();
    co_return Result<>{};
}

net::Task<Result<>> ImapClientOut::interject(std::string_view responses) {
    interjected_.append(responses);
    if (interjected_.size() > max_interjected_octets) co_return fail(errc::limit, "unread responses");
    if (writing_ || within_) co_return Result<>{};
    co_return co_await send_interjected();
}

net::Task<Result<>> ImapClientOut::send_interjected() {
    Result<> sent;
    while (sent && !interjected_.empty()) {
        const std::string octets = std::exchange(interjected_, {});
        const std::array<std::string_view, 1> pieces{octets};
        sent = co_await write(pieces);
        if (within_) break;  // relay() waits: what came meanwhile stands behind its response
    }
    co_return sent;
}

}  // namespace decorum::session
