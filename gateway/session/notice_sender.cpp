#include "gateway/session/notice_sender.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/io_threads.hpp"

namespace decorum::session {
namespace {

constexpr Milliseconds look_interval{1000};  // at the store: other processes queue letters too

// What a callback from another thread gives to the coroutine that waits for it.
template <class T>
struct Handed {
    explicit Handed(net::Executor executor) : event(std::move(executor)) {}
    net::Event event;
    T value{};
};

net::Task<> open_into(std::shared_ptr<const NoticeSender::Way> way,
                      std::shared_ptr<Handed<Result<Acquired>>> handed) {
    try {
        handed->value = co_await SmtpUpstream::open(way->options, nullptr);
    } catch (...) {
        handed->event.raise();
        throw;
    }
    handed->event.raise();
}

// Every line ends with CRLF already.
std::string dot_stuffed(std::string_view octets) {
    std::string out;
    out.reserve(octets.size() + 64);
    bool line_start = true;
    for (char c : octets) {
        if (line_start && c == '.') out.push_back('.');
        out.push_back(c);
        line_start = c == '\n';
    }
    return out + ".\r\n";
}

// A server says here too what it has against us: Postfix keeps until then what it thinks of our address, our
// name and our right to send (504 5.5.2, 554 5.7.1). That may be mended; a bad address (501 5.1.3) is one.
bool is_of_recipient(const smtp::Reply& reply) {
    if (reply.code >= 500 && reply.texts().front().starts_with("5.1.")) return true;
    if (reply.code < 510 || reply.code / 10 == 53) return false;
    const std::string_view text = reply.texts().front();
    return !text.starts_with("5.5.") && !text.starts_with("5.7.");
}

}  // namespace

NoticeSender::NoticeSender(notice::Notices& notices, SmtpUpstream::Options upstream,
                           std::shared_ptr<const config::Settings> settings, net::Executor executor)
    : notices_(notices), executor_(std::move(executor)) {
    use(std::move(upstream), std::move(settings));
    if (const auto rate = config::parse_rate(notices.settings()->notice.rate))
        interval_ = rate->per / static_cast<std::int64_t>(rate->requests);
}

void NoticeSender::use(SmtpUpstream::Options upstream, std::shared_ptr<const config::Settings> settings) {
    way_ = std::make_shared<const Way>(std::move(upstream), std::move(settings));
}

void NoticeSender::start() {
    net::detach(executor_, run(), "notices");
}

void NoticeSender::stop() {
    stopped_ = true;
    if (upstream_) upstream_->close();
    if (opening_) opening_->raise();
}

net::Task<> NoticeSender::run() {
    while (!stopped_) {
        const auto begin = SteadyClock::now();
        notices_.follow();
        auto letter = co_await claim();
        if (!letter) {
            co_await pause(begin + look_interval);
            continue;
        }
        const Outcome outcome = co_await send(*letter);
        // Cut off by our own end: nobody's failure, and it is due again soon.
        if (!stopped_ || outcome.fate != Fate::not_now) co_await settle(std::move(*letter), outcome);
        co_await pause(begin + interval_);
    }
    ended_.set_value();
}

net::Task<> NoticeSender::pause(SteadyClock::time_point until) {
    while (!stopped_) {
        const auto left = std::chrono::ceil<Milliseconds>(until - SteadyClock::now());
        if (left <= Milliseconds::zero()) break;
        co_await net::sleep_for(std::min(left, look_interval));
    }
}

net::Task<std::optional<store::Letter>> NoticeSender::claim() {
    const auto handed = std::make_shared<Handed<std::optional<store::Letter>>>(executor_);
    notices_.claim([handed](std::optional<store::Letter> letter) {
        handed->value = std::move(letter);
        handed->event.raise();
    });
    // A store that says nothing has given nothing: what it claimed is due again.
    if (!co_await handed->event.wait(notices_.settings()->notice.retry)) co_return std::nullopt;
    co_return std::move(handed->value);
}

net::Task<Result<std::string>> NoticeSender::write(store::Letter letter) {
    const auto handed = std::make_shared<Handed<Result<std::string>>>(executor_);
    notices_.write(std::move(letter), [handed](Result<std::string> octets) {
        handed->value = std::move(octets);
        handed->event.raise();
    });
    if (!co_await handed->event.wait(notices_.settings()->notice.retry))
        co_return fail(errc::timed_out, "the sources");
    co_return std::move(handed->value);
}

net::Task<> NoticeSender::settle(store::Letter letter, Outcome outcome) {
    const net::Event stored(executor_);
    notices_.settle(letter, outcome.fate, outcome.reply, [stored] { stored.raise(); });
    (void)co_await stored.wait(notices_.settings()->notice.retry);
}

net::Task<NoticeSender::Outcome> NoticeSender::send(store::Letter letter) {
    std::string address = letter.address;
    auto octets = co_await write(std::move(letter));
    if (!octets) {
        log::warning("notice_unwritten", {{"error", octets.error().text()}});
        co_return Outcome{octets.error().code == errc::invalid ? Fate::refused : Fate::not_now, 0};
    }
    if (stopped_) co_return Outcome{};
    const auto way = way_;
    auto opened = co_await open(way);
    if (stopped_) co_return Outcome{};
    if (!opened) {
        log::warning("upstream_down",
                     {{"upstream", way->options.settings.name}, {"error", opened.error().text()}});
        co_return Outcome{};
    }
    upstream_ = std::get<UpstreamPtr>(std::move(*opened));
    const Outcome outcome = co_await deliver(std::move(address), std::move(*octets));
    co_await upstream_->quit();
    upstream_.reset();
    co_return outcome;
}

// By a task of its own, which stop() leaves behind: whatever it waits for, it has time-outs, and what it
// opens then is closed.
net::Task<Result<Acquired>> NoticeSender::open(std::shared_ptr<const Way> way) {
    constexpr std::chrono::hours no_limit{24};
    const auto handed = std::make_shared<Handed<Result<Acquired>>>(executor_);
    handed->value = fail(errc::cancelled);
    opening_ = handed->event;
    net::detach(executor_, open_into(std::move(way), handed), "opening for notices");
    (void)co_await handed->event.wait(no_limit);
    opening_.reset();
    co_return std::move(handed->value);
}

// RFC 5321 §3.3, from the null path: nobody is told of a letter that can't be delivered (RFC 3834 §3.3). A
// refusal is final where it is the recipient's or the message's; what the upstream has against us may pass.
net::Task<NoticeSender::Outcome> NoticeSender::deliver(std::string address, std::string octets) {
    const auto deadline = SteadyClock::now() + notices_.settings()->notice.retry;
    const auto left = [deadline] {
        return std::max(std::chrono::floor<Milliseconds>(deadline - SteadyClock::now()), Milliseconds{1});
    };
    // SMTPUTF8 (RFC 6531) where the address asks for it.
    const bool utf8 = !ascii::is_ascii(address);
    if (utf8 && !upstream_->capabilities().has("SMTPUTF8")) co_return Outcome{Fate::refused, 0};
    const std::string commands[] = {fmt::format("MAIL FROM:<>{}\r\n", utf8 ? " BODY=8BITMIME SMTPUTF8" : ""),
                                    fmt::format("RCPT TO:<{}>\r\n", address), "DATA\r\n",
                                    dot_stuffed(octets)};
    enum Step : std::uint8_t { mail, rcpt, data, content };
    for (const Step step : {mail, rcpt, data, content}) {
        const std::string_view piece = commands[step];
        if (!co_await upstream_->send({&piece, 1}, left())) co_return Outcome{};
        const auto reply = co_await upstream_->receive(left());
        if (!reply) co_return Outcome{};
        const bool good = step == data ? reply->code == 354 : reply->code >= 250 && reply->code <= 252;
        if (good) continue;
        const bool final =
            reply->permanent() && ((step == rcpt && is_of_recipient(*reply)) || step == content);
        co_return Outcome{final ? Fate::refused : Fate::not_now, reply->code};
    }
    co_return Outcome{Fate::taken, 250};
}

}  // namespace decorum::session
