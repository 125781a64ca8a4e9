// Sends the gateway's own letters: one after the other, at the configured rate, to notice.upstream.
//
// A letter leaves the store only once the upstream has said 250 to it, or a final no; whatever else happens,
// a crash in between included, it is sent again, with the same octets and Message-ID.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/event.hpp"
#include "gateway/net/task.hpp"
#include "gateway/notice/notices.hpp"
#include "gateway/session/smtp_upstream.hpp"

namespace decorum::session {

class NoticeSender {
public:
    struct Way {
        SmtpUpstream::Options options;
        std::shared_ptr<const config::Settings> settings;
    };

    // `upstream` refers to the settings.
    NoticeSender(notice::Notices& notices, SmtpUpstream::Options upstream,
                 std::shared_ptr<const config::Settings> settings, net::Executor executor);

    void start();  // once
    // On the executor's thread: for the letters to come.
    void use(SmtpUpstream::Options upstream, std::shared_ptr<const config::Settings> settings);
    // On the executor's thread: the letter under way is cut off, and so is whatever the upstream is waited
    // for. ended() follows.
    void stop();
    [[nodiscard]] std::future<void> ended() { return ended_.get_future(); }

private:
    using Fate = notice::Notices::Fate;
    struct Outcome {
        Fate fate = Fate::not_now;
        int reply = 0;
    };

    [[nodiscard]] net::Task<> run();
    [[nodiscard]] net::Task<> pause(SteadyClock::time_point until);
    [[nodiscard]] net::Task<std::optional<store::Letter>> claim();
    [[nodiscard]] net::Task<Result<std::string>> write(store::Letter letter);
    [[nodiscard]] net::Task<> settle(store::Letter letter, Outcome outcome);
    [[nodiscard]] net::Task<Outcome> send(store::Letter letter);
    [[nodiscard]] net::Task<Result<Acquired>> open(std::shared_ptr<const Way> way);
    [[nodiscard]] net::Task<Outcome> deliver(std::string address, std::string octets);

    notice::Notices& notices_;
    std::shared_ptr<const Way> way_;
    net::Executor executor_;
    Milliseconds interval_{};            // between two letters
    UpstreamPtr upstream_;               // of the letter under way
    std::optional<net::Event> opening_;  // raised: it has been opened, or nobody waits for it any more
    bool stopped_ = false;
    std::promise<void> ended_;
};

}  // namespace decorum::session
