#include "gateway/session/imap_client_out.hpp"

#include <array>
#include <utility>

namespace decorum::session {

net::Task<Result<>> ImapClientOut::relay(std::span<const std::string_view> pieces, bool ends) {
    within_ = true;  // from now on nothing may come in between
    while (writing_) {
        relay_.emplace(co_await net::this_executor());
        co_await relay_->wait(limit_);
    }
    relay_.reset();
    writing_ = true;
    const auto sent = co_await stream_.write(pieces, limit_);
    writing_ = false;
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
    writing_ = true;
    while (sent && !interjected_.empty()) {
        const std::string octets = std::exchange(interjected_, {});
        sent = co_await stream_.write(octets, limit_);
        if (within_) break;  // relay() waits: what came meanwhile stands behind its response
    }
    writing_ = false;
    if (relay_) relay_->raise();
    co_return sent;
}

}  // namespace decorum::session
