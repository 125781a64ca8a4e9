// A letter on its way to the mail server: every step fails or stalls in turn, and the process dies between
// any two of them. Whatever goes wrong, the letter arrives, and by its Message-ID exactly once.
#include "gateway/session/notice_sender.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "gateway/base/log.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/store/store.hpp"
#include "tests/support/people.hpp"
#include "tests/support/session/mail_server.hpp"
#include "tests/support/session/world.hpp"
#include "tests/unit/notice/parts.hpp"

namespace decorum::session {
namespace {

using decorum::test::MailServer;
using decorum::test::MailServerOptions;
using decorum::test::MemoryPlan;
using decorum::test::MemoryStream;
using decorum::test::Watch;
using decorum::test::WatchedStream;

constexpr std::size_t most_letter_steps = 500;  // more than a letter takes
constexpr std::size_t most_handlers = 100'000;  // likewise, in turns of the event loop
constexpr std::chrono::hours past_any_pause{5};

// Outlives processes: what is stored, and the mail server.
class Post {
public:
    Post() {
        (void)log::start({.level = log::Level::off, .format = log::Format::text});
        settings->notice.from = "Decorum <decorum@example.org>";
        settings->notice.upstream = "out";
        settings->notice.rate.clear();
        settings->outbound.domains = {"example.org"};
        auto kept = store::make_memory_store();
        store_ = kept.get();
        profiles_ = std::make_unique<lookup::ProfileService>(
            lookup::ProfileService::Options{.cache = settings->cache,
                                            .lookup = settings->lookup,
                                            .max_versions = settings->retention.versions,
                                            .own_domains = settings->outbound.domains,
                                            .now = [this] { return now; }},
            std::vector<std::shared_ptr<profile::Connector>>{std::make_shared<decorum::test::People>()},
            std::move(kept), Secret("a secret for the cache"));
        notices = std::make_unique<notice::Notices>(
            notice::Notices::Options{.settings = *settings,
                                     .own = *config::parse_sender(settings->notice.from),
                                     .stationery = notice::test::stationery(),
                                     .store = *store_,
                                     .profiles = *profiles_,
                                     .cache_secret = Secret("a secret for the cache"),
                                     .token_key = Secret("a secret for the tokens"),
                                     .charter = [] { return notice::test::charter(); },
                                     .owns = [](std::string_view, std::string_view) { return false; },
                                     .addresses_of = {},
                                     .opt_out = [](const std::string&) -> Result<bool> { return false; },
                                     .now = [this] { return now; }});
        notices->warn(notice::test::paul(), notice::test::verdict());
        EXPECT_EQ(notices->tally().queued.value(), 1U);
    }
    ~Post() { notices->close(); }
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;

    [[nodiscard]] std::uint64_t concluded() const {
        const auto& tally = notices->tally();
        return tally.sent.value() + tally.refused.value() + tally.expired.value();
    }
    // Of what the server took: all of them one and the same letter.
    void expect_one_letter() const {
        ASSERT_FALSE(server.accepted().empty()) << "the letter is lost";
        for (const auto& mail : server.accepted()) {
            EXPECT_EQ(mail.reverse_path, "");
            EXPECT_EQ(mail.recipients, std::vector<std::string>{"paul@example.org"});
            EXPECT_EQ(mail.content, server.accepted().front().content);
            EXPECT_EQ(message::scan_header(mail.content).count("Message-ID"), 1U);
        }
    }

    std::shared_ptr<config::Settings> settings =
        std::make_shared<config::Settings>(decorum::test::session_settings(config::Protocol::smtp));
    Instant now = notice::test::at("2026-11-23T10:00:00Z");
    MailServer server{MailServerOptions{}};
    std::unique_ptr<notice::Notices> notices;

private:
    store::Store* store_ = nullptr;
    std::unique_ptr<lookup::ProfileService> profiles_;
};

enum class Greeting : std::uint8_t { at_once, never };

// A running gateway, as far as it sends letters.
class Running {
public:
    // The plans are of the sender's end of each connection, and of the mail server's.
    explicit Running(Post& post, MemoryPlan plan = {}, MemoryPlan server_plan = {},
                     Greeting greeting = Greeting::at_once)
        : post_(post),
          greeting_(greeting),
          plan_(std::move(plan)),
          server_plan_(std::move(server_plan)),
          sender_(*post.notices,
                  {.settings = post.settings->upstreams.at("out"),
                   .timeouts = post.settings->timeouts,
                   .limits = post.settings->limits,
                   .hostname = "mx.example.org",
                   .tls = nullptr,
                   .dial = [this](Endpoint, Milliseconds) { return dial(); }},
                  post.settings, context_->get_executor()) {
        sender_.start();
    }
    // One that died goes on just long enough to end, after everything has been looked at.
    ~Running() {
        sender_.stop();
        context_->poll();
        context_.reset();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    // Until `done`, or no more than so many turns of the event loop.
    template <class Done>
    std::size_t run(Done done, std::size_t handlers = most_handlers) {
        std::size_t ran = 0;
        while (ran < handlers && !done() && context_->poll_one() != 0) ++ran;
        return ran;
    }
    [[nodiscard]] bool dialled() const { return !ends_.empty(); }
    // No time passes here: what has a limit alone to end it does not.
    [[nodiscard]] bool ends_when_stopped() {
        const auto ended = sender_.ended();
        sender_.stop();
        context_->poll();
        return ended.wait_for(Milliseconds{0}) == std::future_status::ready;
    }
    [[nodiscard]] std::size_t operations() const { return watch_ ? watch_->operations : 0; }
    [[nodiscard]] std::size_t server_operations() const {
        return ends_.empty() ? 0 : ends_.back()->operations();
    }

private:
    net::Task<Result<net::StreamPtr>> dial() {
        auto [ours, theirs] = MemoryStream::pair(context_->get_executor());
        ours->follow(plan_);
        ends_.push_back(std::move(theirs));
        watch_ = std::make_shared<Watch>();
        ends_.back()->follow(server_plan_);
        if (greeting_ == Greeting::at_once)
            net::detach(context_->get_executor(), serve(*ends_.back()), "mail server");
        co_return std::make_unique<WatchedStream>(std::move(ours), watch_);
    }

    // Until it ends, or dies.
    net::Task<> serve(MemoryStream& end) {
        co_await post_.server.serve(end);
        end.close();
    }

    Post& post_;
    const Greeting greeting_;
    const MemoryPlan plan_, server_plan_;
    std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>(1);
    std::vector<std::unique_ptr<MemoryStream>> ends_;
    std::shared_ptr<Watch> watch_;
    NoticeSender sender_;
};

// The gateway starts again, and nothing is wrong any more.
void expect_it_arrives(Post& post) {
    const bool sent = post.concluded() != 0;
    const std::size_t before = post.server.accepted().size();
    post.now += past_any_pause;
    Running again(post);
    again.run([&] { return post.concluded() > (sent ? 1U : 0U); });
    EXPECT_EQ(post.notices->tally().sent.value(), 1U);
    EXPECT_EQ(post.server.accepted().size(), before + (sent ? 0 : 1)) << "sent: " << sent;
    post.expect_one_letter();
}

TEST(NoticeSender, SendsALetterOnceWhereNothingGoesWrong) {
    Post post;
    Running running(post);
    running.run([&] { return post.concluded() == 1; });
    EXPECT_EQ(post.server.accepted().size(), 1U);
    expect_it_arrives(post);
}

TEST(NoticeSender, WhatTheServerHasAgainstUsIsNoLastWord) {
    for (const char* refusal : {"504 5.5.2 <gateway>: Helo command rejected: need fully-qualified hostname",
                                "554 5.7.1 <paul@example.org>: Relay access denied", "530 5.7.0 Log in",
                                "554 5.7.1 <gateway>: Client host rejected"}) {
        SCOPED_TRACE(refusal);
        Post post;
        post.server = MailServer({.to_rcpt = refusal});
        {
            Running running(post);
            running.run([&] { return post.concluded() + post.notices->tally().delayed.value() != 0; });
        }
        EXPECT_EQ(post.notices->tally().delayed.value(), 1U);
        post.server = MailServer(MailServerOptions{});
        expect_it_arrives(post);
    }
}

TEST(NoticeSender, ANoForTheRecipientIsFinal) {
    for (const char* refusal : {"550 5.1.1 Nobody here", "550 No such user", "552 5.2.2 Mailbox full"}) {
        SCOPED_TRACE(refusal);
        Post post;
        post.server = MailServer({.to_rcpt = refusal});
        Running running(post);
        running.run([&] { return post.concluded() + post.notices->tally().delayed.value() != 0; });
        EXPECT_EQ(post.notices->tally().refused.value(), 1U);
    }
}

TEST(NoticeSender, StoppingDoesNotWaitForAServerThatDoesNotGreet) {
    Post post;
    {
        Running running(post, {}, {}, Greeting::never);
        running.run([] { return false; });
        EXPECT_TRUE(running.dialled());
        EXPECT_TRUE(running.ends_when_stopped());
    }
    EXPECT_EQ(post.concluded() + post.notices->tally().delayed.value(), 0U);
    expect_it_arrives(post);
}

TEST(NoticeSender, WhicheverStepFailsOrStallsTheLetterArrivesAndIsTheSame) {
    for (const errc failure : {errc::reset, errc::closed, errc::timed_out}) {
        for (std::size_t step = 1;; ++step) {
            SCOPED_TRACE(std::string(name_of(failure)) + " at step " + std::to_string(step));
            ASSERT_LT(step, most_letter_steps);
            Post post;
            Running running(post, failure == errc::timed_out
                                      ? MemoryPlan{.stall_at = step}
                                      : MemoryPlan{.fail_at = step, .failure = failure});
            running.run([&] { return post.concluded() + post.notices->tally().delayed.value() != 0; });
            EXPECT_EQ(post.notices->tally().refused.value(), 0U)
                << "a passing fault was called a lasting one";
            const bool there_was_none = running.operations() < step;
            if (there_was_none) EXPECT_EQ(post.concluded(), 1U);
            expect_it_arrives(post);
            if (testing::Test::HasFailure()) return;
            if (there_was_none) {
                EXPECT_GT(step, 8U);
                break;
            }
        }
    }
}

TEST(NoticeSender, WhereverTheMailServerDiesTheLetterArrivesAndIsTheSame) {
    for (std::size_t step = 1;; ++step) {
        SCOPED_TRACE("at step " + std::to_string(step));
        ASSERT_LT(step, most_letter_steps);
        Post post;
        // In several goes, so that it dies with the letter on its way, too.
        Running running(post, {}, {.fail_at = step, .read_sizes = {2000}});
        running.run([&] { return post.concluded() + post.notices->tally().delayed.value() != 0; });
        const bool there_was_none = running.server_operations() < step;
        if (post.concluded() != 0) EXPECT_FALSE(post.server.accepted().empty()) << "nobody has it";
        expect_it_arrives(post);
        if (testing::Test::HasFailure()) return;
        if (!there_was_none) continue;
        EXPECT_GT(step, 8U);
        return;
    }
}

TEST(NoticeSender, WheneverTheProcessDiesTheLetterArrivesAndIsTheSame) {
    std::size_t twice = 0;
    for (std::size_t handlers = 1;; ++handlers) {
        SCOPED_TRACE("after " + std::to_string(handlers) + " turns");
        Post post;
        Running running(post);
        const std::size_t ran = running.run([&] { return post.concluded() == 1; }, handlers);
        const bool had_ended = post.concluded() == 1 && ran < handlers;
        expect_it_arrives(post);
        if (testing::Test::HasFailure()) return;
        if (post.server.accepted().size() == 2) ++twice;
        if (!had_ended) continue;
        EXPECT_GT(handlers, 30U);
        // The mail server has it, and we have not heard so.
        EXPECT_GT(twice, 0U) << "no death fell between its verdict and ours";
        return;
    }
}

}  // namespace
}  // namespace decorum::session
