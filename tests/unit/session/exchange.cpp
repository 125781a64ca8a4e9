// The client gives up at the first reply that it did not hope for: what matters is what it was told by then.
#include "tests/unit/session/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "gateway/message/block.hpp"
#include "gateway/message/header_section.hpp"
#include "tests/support/run_task.hpp"

namespace decorum::session::test {
namespace {

using decorum::test::Wire;

constexpr Milliseconds guard{10000};  // the session must have ended by then, whatever happened

config::Settings settings_of(const Setting& setting) {
    config::Settings settings =
        decorum::test::session_settings(setting.lmtp ? config::Protocol::lmtp : config::Protocol::smtp);
    settings.annotate.require = config::Require::none;
    if (setting.held_back) {
        settings.listeners.front().policy = config::Policy::outbound;
        settings.listeners.front().position = config::Position::submission;
        settings.outbound.domains = {"example.org"};
    }
    if (setting.tls) settings.listeners.front().tls = config::TlsMode::starttls;
    if (setting.tls) settings.upstreams.at("out").tls = config::TlsMode::starttls;
    settings.listeners.front().deadline = Milliseconds{5};
    auto& timeouts = settings.timeouts;
    for (auto* limit : {&timeouts.connect, &timeouts.greeting, &timeouts.command, &timeouts.handshake,
                        &timeouts.data_block, &timeouts.data_end})
        *limit = setting.patience;
    return settings;
}

MailServerOptions server_of(const Setting& setting, const Faults& faults) {
    MailServerOptions options;
    options.lmtp = setting.lmtp;
    if (!setting.pipelined) std::erase(options.extensions, "PIPELINING");
    if (setting.tls) options.extensions.emplace_back("STARTTLS");
    if (setting.held_back) options.extensions.emplace_back("AUTH PLAIN");
    options.silent_from = faults.server_silent_from;
    options.reads_on = faults.server_reads_on;
    return options;
}

}  // namespace

Exchange::Exchange(const Setting& setting, const Faults& faults)
    : setting_(setting),
      faults_(faults),
      server_(server_of(setting, faults)),
      world_(settings_of(setting), 0, setting.held_back ? decorum::test::charter_toml("block") : "") {
    world_.capacity_octets = setting.capacity_octets;
    world_.upstream_plan = faults.upstream;
    world_.people().add(
        sender(),
        {.name = "Jane Martin",
         .headline = setting.held_back ? "My boss is a complete moron, as everyone knows" : "HR Director",
         .organisation = "ACME"});
    if (setting.held_back) {
        const auto assessed = world_.outbound().assess(sender());
        EXPECT_TRUE(assessed && assessed->external.action == conduct::Action::block);
    }
    if (setting.silent_people) world_.people().feel(decorum::test::People::Mood::silent);
    world_.on_dial = [this](std::size_t number) {
        net::detach(world_.context().get_executor(), server_.serve(*world_.connections()[number - 1].end),
                    "mail server");
    };
}

std::size_t Exchange::upstream_operations() const {
    auto& connections = const_cast<World&>(world_).connections();
    return connections.empty() ? 0 : connections.front().watch->operations;
}

std::string Exchange::message(std::size_t number) const {
    std::string text = "From: Jane <" + sender() + ">\r\nTo: paul@example.org\r\nSubject: message " +
                       std::to_string(number) + "\r\n\r\n";
    while (text.size() < setting_.content_octets) text += ".a line that begins with a dot, and goes on\r\n";
    return text;
}

bool Exchange::is_silent() {
    return ++client_steps_ >= faults_.client_silent_from && faults_.client_silent_from != 0;
}

net::Task<bool> Exchange::send(Wire& wire, std::string octets) {
    if (is_silent()) co_return false;
    co_return (co_await wire.send(std::move(octets), guard)).has_value();
}

net::Task<int> Exchange::reply(Wire& wire) {
    if (is_silent()) co_return 0;
    const auto code = co_await wire.reply(guard);
    if (!code) co_return 0;
    replies_.push_back(*code);
    co_return *code;
}

std::vector<std::string> Exchange::recipients(std::size_t number) const {
    const std::string domain = is_held_back(number) ? "client.example" : "example.org";
    return {"a@" + domain, "b@" + domain};
}

net::Task<bool> Exchange::send_message(Wire& wire, std::size_t number) {
    std::vector<std::string> commands{"MAIL FROM:<" + sender() + ">\r\n"};
    for (const auto& recipient : recipients(number)) commands.push_back("RCPT TO:<" + recipient + ">\r\n");
    commands.emplace_back("DATA\r\n");
    if (setting_.pipelined) {
        std::string batch;
        for (const auto& command : commands) batch += command;
        if (!co_await send(wire, batch)) co_return false;
    }
    bool going = true;
    for (const auto& command : commands) {
        if (!setting_.pipelined && !co_await send(wire, command)) co_return false;
        const int code = co_await reply(wire);
        if (code == 0) co_return false;
        going = going && (code == 250 || code == 354);
    }
    if (!going) co_return false;

    std::string wired;
    for (char c : message(number)) {
        if (c == '.' && (wired.empty() || wired.ends_with('\n'))) wired += '.';
        wired += c;
    }
    const std::size_t half = wired.size() / 2;
    if (!co_await send(wire, wired.substr(0, half)) || !co_await send(wire, wired.substr(half)) ||
        !co_await send(wire, ".\r\n"))
        co_return false;
    sent_.push_back(number);
    auto& verdicts = verdicts_.emplace_back();
    for (std::size_t i = 0; i < (setting_.lmtp ? 2 : 1); ++i) {
        const int code = co_await reply(wire);
        if (code == 0) co_return false;
        verdicts.push_back(code);
    }
    co_return true;
}

// False: it gave up, or fell silent.
net::Task<bool> Exchange::talk(Wire wire) {
    if (co_await reply(wire) != 220) co_return false;
    const std::string hello = setting_.lmtp ? "LHLO client\r\n" : "EHLO client\r\n";
    if (!co_await send(wire, hello) || co_await reply(wire) != 250) co_return false;
    if (setting_.tls) {
        if (!co_await send(wire, "STARTTLS\r\n") || co_await reply(wire) != 220) co_return false;
        if (!co_await send(wire, hello) || co_await reply(wire) != 250) co_return false;
    }
    if (setting_.held_back) {
        if (!co_await send(wire, "AUTH PLAIN AGphbmVAZXhhbXBsZS5vcmcAc2VjcmV0\r\n")) co_return false;
        if (co_await reply(wire) != 235) co_return false;
    }
    for (std::size_t number = 1; number <= messages; ++number)
        if (!co_await send_message(wire, number)) co_return false;
    if (!co_await send(wire, "QUIT\r\n")) co_return false;
    co_return co_await reply(wire) == 221;
}

net::Task<> Exchange::play() {
    MemoryPlan plan = faults_.client;
    plan.peer = decorum::test::outside_peer();
    World::Client client = world_.connect(std::move(plan));
    (void)co_await talk(Wire(*client.end));
    const bool silent = faults_.client_silent_from != 0 && client_steps_ >= faults_.client_silent_from;
    if (!silent) client.end->close();  // a silent client stays
    ended_ = co_await client.ended->wait(guard);
    client_operations_ = client.watch->operations;
    co_await World::quiesce();
}

std::string Exchange::original_of(const MailServer::Mail& mail) const {
    const auto header = message::scan_header(mail.content);
    if (setting_.held_back) {
        if (header.fields.empty()) return {};
        EXPECT_TRUE(header.fields.front().is("Received"));
        return mail.content.substr(header.fields.front().end);
    }
    const auto seal = message::check_seal(mail.content, header, world_.seal_key(), "Sender-Profile");
    EXPECT_EQ(seal.verdict, message::SealVerdict::valid) << seal.reason;
    if (!seal.block) return {};
    EXPECT_EQ(seal.block->begin, 0U);
    EXPECT_EQ(seal.block->status, setting_.silent_people ? message::Status::pending : message::Status::found);
    return mail.content.substr(seal.block->end);
}

std::size_t Exchange::number_of(const MailServer::Mail& mail) const {
    EXPECT_EQ(mail.reverse_path, sender());
    const std::string original = original_of(mail);
    for (std::size_t number = 1; number <= messages; ++number) {
        if (original != message(number)) continue;
        EXPECT_EQ(mail.recipients, recipients(number));
        EXPECT_FALSE(is_held_back(number)) << "what is held back went out";
        return number;
    }
    ADD_FAILURE() << "the server took what nobody sent: " << decorum::test::visible(original.substr(0, 300))
                  << "… of " << original.size() << " octets";
    return 0;
}

void Exchange::run() {
    decorum::test::run_tasks(world_.context(), play());
    EXPECT_TRUE(ended_) << "the session goes on";

    std::map<std::size_t, std::ptrdiff_t> confirmed;
    for (const auto& mail : server_.accepted()) {
        const auto [at, first] =
            confirmed.emplace(number_of(mail), static_cast<std::ptrdiff_t>(mail.confirmed));
        EXPECT_TRUE(first) << "message " << at->first << " was delivered twice";
    }
    for (std::size_t i = 0; i < verdicts_.size(); ++i)
        EXPECT_LE(std::ranges::count_if(verdicts_[i], [](int code) { return code >= 200 && code < 300; }),
                  confirmed[sent_[i]])
            << "2yz for a message that nobody took";
    const ListenerTally& tally = world_.listening().tally_of(0);
    EXPECT_EQ(tally.sessions.value(), 1U);
    EXPECT_EQ(tally.open.value(), 0);
    // Whoever was told of success was counted; nothing was counted that the server did not take.
    const auto told = std::ranges::count_if(verdicts_, [](const std::vector<int>& verdicts) {
        return std::ranges::any_of(verdicts, [](int code) { return code >= 200 && code < 300; });
    });
    const auto counted = static_cast<std::ptrdiff_t>(tally.messages[MessageVerdict::accepted].value());
    EXPECT_GE(counted, told);
    EXPECT_LE(counted, std::ssize(server_.accepted()));
    std::vector<int> lasting;
    std::ranges::copy_if(replies_, std::back_inserter(lasting), [](int code) { return code >= 500; });
    std::vector<int> held_back;
    for (std::size_t i = 0; i < verdicts_.size(); ++i)
        if (is_held_back(sent_[i]) && verdicts_[i] == std::vector{550}) held_back.push_back(550);
    EXPECT_EQ(lasting, held_back) << "a passing fault was called a lasting one";
}

}  // namespace decorum::session::test
