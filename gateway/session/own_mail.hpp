// A message that is, perhaps among others, for the gateway itself: kept as it streams by, and handed to who
// obeys it at its end.
//
// Only its beginning is kept: what a person says stands there.
#pragma once

#include <string>
#include <string_view>

#include "gateway/net/task.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/smtp/reply.hpp"

namespace decorum::session {

class OwnMail {
public:
    // `envelope` without octets.
    OwnMail(notice::Notices& notices, notice::OwnMail envelope)
        : notices_(notices), mail_(std::move(envelope)) {}

    // Content in wire form: dots are stuffed.
    void feed(std::string_view octets);

    // Once, at the end. True: what it asks for, if anything, is stored.
    [[nodiscard]] net::Task<bool> take();

    // What its sender is told of it, after take().
    [[nodiscard]] smtp::Reply reply() const;

private:
    static constexpr std::size_t max_octets = std::size_t{512} << 10;

    notice::Notices& notices_;
    notice::OwnMail mail_;
    bool line_start_ = true;
    notice::Notices::Taken taken_ = notice::Notices::Taken::unavailable;
};

}  // namespace decorum::session
