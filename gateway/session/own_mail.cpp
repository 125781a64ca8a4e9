#include "gateway/session/own_mail.hpp"

#include <algorithm>
#include <atomic>
#include <memory>

#include "gateway/net/event.hpp"

namespace decorum::session {
namespace {

using Taken = notice::Notices::Taken;

constexpr std::chrono::seconds store_limit{30};

struct Answer {
    explicit Answer(net::Executor executor) : event(std::move(executor)) {}
    net::Event event;
    std::atomic<Taken> taken = Taken::unavailable;
};

}  // namespace

void OwnMail::feed(std::string_view octets) {
    while (!octets.empty() && mail_.octets.size() < max_octets) {
        const std::size_t end = octets.find('\n');
        std::string_view line = octets.substr(0, end == std::string_view::npos ? end : end + 1);
        octets.remove_prefix(line.size());
        const bool stuffed = line_start_ && line.starts_with('.');
        line_start_ = line.ends_with('\n');
        if (stuffed) line.remove_prefix(1);
        mail_.octets.append(line.substr(0, max_octets - mail_.octets.size()));
    }
}

net::Task<bool> OwnMail::take() {
    const auto answer = std::make_shared<Answer>(co_await net::this_executor());
    notices_.take(std::move(mail_), [answer](Taken taken) {
        answer->taken = taken;
        answer->event.raise();
    });
    if (co_await answer->event.wait(store_limit)) taken_ = answer->taken;
    co_return taken_ != Taken::unavailable;
}

smtp::Reply OwnMail::reply() const {
    switch (taken_) {
        case Taken::obeyed: return smtp::make_reply(250, "2.0.0", "Ok, taken by the gateway itself");
        case Taken::not_theirs:
            return smtp::make_reply(550, "5.7.1", "Answer from the address that the message went to");
        case Taken::unavailable: break;
    }
    return smtp::make_reply(451, "4.3.0", "The gateway can't do that now, try again later");
}

}  // namespace decorum::session
