// One coroutine plays the steps in their order; the sessions run beside it.
#include "tests/transcript/replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <stdexcept>

#include "gateway/message/header_section.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/session/wire.hpp"
#include "tests/support/session/world.hpp"
#include "tests/transcript/dialogue.hpp"

namespace decorum::test {
namespace {

constexpr Milliseconds patience{10000};  // only a failing dialogue ever waits so long

class Player {
public:
    Player(const Dialogue& dialogue, std::vector<std::size_t> read_sizes);
    void run();

private:
    struct ClientSide {
        World::Client client;
        Wire wire;
    };
    struct ServerSide {
        explicit ServerSide(MemoryStream& end, net::Executor executor)
            : wire(end), greeted(std::move(executor)) {}
        Wire wire;
        net::Event greeted;
        std::string fault;  // of the handshake
        std::size_t writes_seen = 0;
    };

    [[noreturn]] void fail_at(const Step& step, std::string_view what) const;
    ClientSide& client(std::size_t number);
    [[nodiscard]] net::Task<ServerSide*> server(const Step& step);
    [[nodiscard]] net::Task<> greet(std::size_t number);
    [[nodiscard]] net::Task<> play();
    [[nodiscard]] net::Task<> perform(const Step& step);
    [[nodiscard]] net::Task<> expect(const Step& step, Wire& wire, std::string pattern);
    [[nodiscard]] net::Task<> expect_end(const Step& step, Wire& wire);
    [[nodiscard]] net::Task<> expect_block(const Step& step, Wire& wire);
    [[nodiscard]] net::Task<> expect_fixed_block(const Step& step, Wire& wire);
    void expect_field(const Step& step) const;
    void expect_limit(const Step& step);
    [[nodiscard]] net::Task<> direct_client(const Step& step);
    [[nodiscard]] net::Task<> direct_server(const Step& step);
    void direct(const Step& step);
    [[nodiscard]] net::Task<> end();

    const Dialogue& dialogue_;
    std::vector<std::size_t> read_sizes_;
    World world_;
    Drain drain_;
    std::map<std::size_t, std::unique_ptr<ClientSide>> clients_;
    std::map<std::size_t, std::unique_ptr<ServerSide>> servers_;
    std::string block_;
};

Player::Player(const Dialogue& dialogue, std::vector<std::size_t> read_sizes)
    : dialogue_(dialogue),
      read_sizes_(std::move(read_sizes)),
      world_(dialogue.settings, dialogue.imap_epoch,
             dialogue.charter.empty() ? std::string{} : charter_toml(dialogue.charter)) {
    for (const auto& [address, person] : dialogue.people) world_.people().add(address, person);
    world_.people().feel(dialogue.mood);
    world_.capacity_octets = 4 * 1024 * 1024;  // a side writes all it has to write before the other reads
    world_.upstream_verified = dialogue.upstream_verified;
    world_.on_dial = [this](std::size_t number) {
        servers_.emplace(number, std::make_unique<ServerSide>(*world_.connections()[number - 1].end,
                                                              world_.context().get_executor()));
        if (!dialogue_.manual_handshake)
            net::detach(world_.context().get_executor(), greet(number), "greeting");
    };
}

// Spares stand ready before the first client comes.
void Player::run() {
    if (dialogue_.settings.upstreams.at("out").spares != 0) {
        world_.pool().start();
        world_.run_ready();
    }
    run_tasks(world_.context(), play());
}

void Player::fail_at(const Step& step, std::string_view what) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", dialogue_.file.filename().string(), step.line, what));
}

Player::ClientSide& Player::client(std::size_t number) {
    auto& side = clients_[number];
    if (!side) {
        const bool drainable = clients_.size() == 1;
        World::Client made = world_.connect({.read_sizes = read_sizes_, .peer = dialogue_.peer},
                                            drainable ? drain_.admit() : net::Admission{});
        MemoryStream& end = *made.end;
        side = std::make_unique<ClientSide>(std::move(made), Wire(end));
    }
    return *side;
}

net::Task<> Player::greet(std::size_t number) {
    ServerSide& side = *servers_.at(number);
    const config::Protocol protocol = dialogue_.settings.listeners.front().protocol;
    if (protocol == config::Protocol::imap) {
        (void)co_await side.wire.send(
            fmt::format("* OK [CAPABILITY {}] back\r\n", fmt::join(dialogue_.extensions, " ")), patience);
        co_return side.greeted.raise();
    }
    const bool lmtp = protocol == config::Protocol::lmtp;
    (void)co_await side.wire.send("220 back.example.org\r\n", patience);
    const auto hello = co_await side.wire.line(patience);
    const std::string expected = fmt::format("{} mx.example.org\r\n", lmtp ? "LHLO" : "EHLO");
    if (!hello || *hello != expected) {
        side.fault = fmt::format("instead of the hello on connection {}: {}", number,
                                 hello ? visible(*hello) : hello.error().text());
    } else {
        std::string reply = "250-back.example.org\r\n";
        for (const auto& extension : dialogue_.extensions)
            reply.append("250-").append(extension).append("\r\n");
        reply[reply.rfind("250-") + 3] = ' ';
        (void)co_await side.wire.send(reply, patience);
        side.writes_seen = world_.connections()[number - 1].watch->writes.size();
    }
    side.greeted.raise();
}

net::Task<Player::ServerSide*> Player::server(const Step& step) {
    if (!co_await world_.dialled(step.number, patience)) fail_at(step, "this connection was never dialled");
    ServerSide& side = *servers_.at(step.number);
    if (!dialogue_.manual_handshake) {
        (void)co_await side.greeted.wait(patience);
        if (!side.fault.empty()) fail_at(step, side.fault);
    }
    co_return &side;
}

net::Task<> Player::expect(const Step& step, Wire& wire, std::string pattern) {
    const auto line = co_await wire.line(patience);
    if (!line)
        fail_at(step, fmt::format("expected {}\n  came {} after '{}'", visible(pattern), line.error().text(),
                                  visible(wire.unread())));
    if (!matches(pattern, *line))
        fail_at(step, fmt::format("expected {}\n  came     {}", visible(pattern), visible(*line)));
}

net::Task<> Player::expect_end(const Step& step, Wire& wire) {
    const Error end = co_await wire.end(patience);
    if (end.code != errc::closed && end.code != errc::reset)
        fail_at(step, fmt::format("expected the end, came {}", end.text()));
}

// Reads as far as the seal goes, and the padding field below it.
net::Task<> Player::expect_block(const Step& step, Wire& wire) {
    block_.clear();
    bool in_seal = false;
    for (;;) {
        const std::string& there = wire.unread();
        if (in_seal && !there.empty() && there.front() != ' ' && there.front() != '\t' &&
            !there.starts_with("Sender-Profile-Pad:"))
            break;
        const auto line = co_await wire.line(patience);
        if (!line) fail_at(step, fmt::format("within the block: {}", line.error().text()));
        const bool fold = line->starts_with(' ') || line->starts_with('\t');
        if (!(fold && !block_.empty()) && !line->starts_with("Sender-Profile") && !line->starts_with("Face:"))
            fail_at(step, fmt::format("no field of a block: {}", visible(*line)));
        if (line->size() > 80) fail_at(step, fmt::format("not folded: {}", visible(*line)));
        block_ += *line;
        if (line->starts_with("Sender-Profile-Pad:")) break;
        if (line->starts_with("Sender-Profile-Seal:")) in_seal = true;
        if (in_seal) co_await World::quiesce();
    }
    const auto fields = message::scan_header(block_);
    const message::Field* source = fields.first("Sender-Profile-Source");
    if (source == nullptr) fail_at(step, "the block has no Source field");
    const std::string said = message::unfold(source->body);
    if (!matches(step.text, said)) fail_at(step, fmt::format("expected {}\n  came     {}", step.text, said));
}

// As many octets as imap.block says, which end with a line.
net::Task<> Player::expect_fixed_block(const Step& step, Wire& wire) {
    block_.clear();
    while (block_.size() < dialogue_.settings.imap.block) {
        const auto line = co_await wire.line(patience);
        if (!line) fail_at(step, fmt::format("within the block: {}", line.error().text()));
        block_ += *line;
    }
    if (block_.size() != dialogue_.settings.imap.block)
        fail_at(step, fmt::format("a block of {} octets", block_.size()));
    const auto fields = message::scan_header(block_);
    const message::Field* source = fields.first("Sender-Profile-Source");
    const std::string said = source == nullptr ? "padding" : message::unfold(source->body);
    if (!matches(step.text, said)) fail_at(step, fmt::format("expected {}\n  came     {}", step.text, said));
}

void Player::expect_field(const Step& step) const {
    const auto fields = message::scan_header(block_);
    for (const auto& field : fields.fields)
        if (matches(step.text, fmt::format("{}: {}", field.name, message::unfold(field.body)))) return;
    fail_at(step, fmt::format("no such field in the block:\n{}", block_));
}

void Player::expect_limit(const Step& step) {
    const auto& limits = world_.listening().tally_of(0).limits;
    std::vector<std::string> hit;
    for (std::size_t i = 0; i < session::limit_names.size(); ++i)
        if (const auto count = limits[static_cast<session::Limit>(i)].value(); count != 0)
            hit.push_back(fmt::format("{} {}", session::limit_names[i], count));
    if (const std::string said = fmt::format("{}", fmt::join(hit, ", ")); said != step.text)
        fail_at(step, fmt::format("expected {}\n  came     {}", step.text, said));
}

net::Task<> Player::direct_client(const Step& step) {
    ClientSide& side = client(step.number);
    if (step.directive == "close") {
        side.client.end->shut_down_writing();
    } else if (step.directive == "reset") {
        side.client.end->reset();
    } else if (step.directive == "closed") {
        co_await expect_end(step, side.wire);
    } else if (step.directive == "reply") {
        const auto code = co_await side.wire.reply(patience);
        if (!code || std::to_string(*code) != step.text)
            fail_at(step, fmt::format("expected a reply {}, came {}", step.text,
                                      code ? std::to_string(*code) : code.error().text()));
    } else if (step.directive == "block" && step.side == 'S') {
        co_await expect_fixed_block(step, side.wire);
    } else if (step.directive == "block") {
        (void)co_await side.wire.send(block_, patience);
    } else if (step.directive == "field") {
        expect_field(step);
    } else {
        fail_at(step, "unknown directive");
    }
}

net::Task<> Player::direct_server(const Step& step) {
    if (step.directive == "down" || step.directive == "up") {
        world_.reachable = step.directive == "up";
        co_return;
    }
    ServerSide& side = *co_await server(step);
    World::Connection& connection = world_.connections()[step.number - 1];
    if (step.directive == "close") {
        connection.end->close();
    } else if (step.directive == "reset") {
        connection.end->reset();
    } else if (step.directive == "closed") {
        co_await expect_end(step, side.wire);
    } else if (step.directive == "abandoned") {
        for (auto line = co_await side.wire.line(patience); line; line = co_await side.wire.line(patience))
            if (*line == ".\r\n") fail_at(step, "the final dot came");
        if (!connection.end->closed() && connection.watch->stream != nullptr)
            fail_at(step, "the connection was not given up");
        if (side.wire.unread().ends_with("\r\n.\r")) fail_at(step, "the final dot came in part");
        side.wire.forget();
    } else if (step.directive == "block") {
        co_await expect_block(step, side.wire);
    } else if (step.directive == "same-block") {
        std::string_view rest = block_;
        while (!rest.empty()) {
            const std::size_t end = rest.find("\r\n") + 2;
            co_await expect(step, side.wire, std::string(rest.substr(0, end)));
            rest.remove_prefix(end);
        }
    } else if (step.directive == "field") {
        expect_field(step);
    } else if (step.directive == "writes") {
        const std::size_t writes = connection.watch->writes.size();
        const std::size_t since = writes - std::exchange(side.writes_seen, writes);
        if (std::to_string(since) != step.text) fail_at(step, fmt::format("{} writes", since));
    } else {
        fail_at(step, "unknown directive");
    }
}

void Player::direct(const Step& step) {
    if (step.directive == "connections") {
        if (std::to_string(world_.connections().size()) != step.text)
            fail_at(step, fmt::format("{} connections", world_.connections().size()));
    } else if (step.directive == "drain") {
        drain_.begin(*client(1).client.watch);
    } else if (step.directive == "alert") {
        world_.alerts().ask("paul@example.org", step.text, step.text);
    } else if (step.directive == "assessed") {
        if (!world_.outbound().assess(step.text)) fail_at(step, "could not be assessed");
    } else if (step.directive == "warned") {
        const std::size_t count = world_.outbound().told().warned().size();
        if (std::to_string(count) != step.text) fail_at(step, fmt::format("{} warnings", count));
    } else if (step.directive == "limit") {
        expect_limit(step);
    } else if (step.directive == "clock") {
        world_.outbound().advance(std::chrono::seconds(std::stoi(step.text)));
    } else if (step.directive == "store" && step.text == "down") {
        world_.outbound().told().answers(pipeline::Warnings::Answer::unknown);
    } else if (step.directive == "people" && step.text == "answering") {
        world_.people().feel(People::Mood::answering);
        world_.people().answer_all();
    } else if (step.directive == "people" && step.text == "silent") {
        world_.people().feel(People::Mood::silent);
    } else {
        fail_at(step, "unknown directive");
    }
}

net::Task<> Player::perform(const Step& step) {
    if (step.directive == "wait") co_return co_await net::sleep_for(Milliseconds(std::stoul(step.text)));
    if (!step.directive.empty()) {
        co_await World::quiesce();
        if (step.side == 0) co_return direct(step);
        if (step.side == 'C' || step.side == 'S') co_return co_await direct_client(step);
        co_return co_await direct_server(step);
    }
    std::string text;
    for (std::size_t i = 0; i < step.times; ++i) text += step.text;
    switch (step.side) {
        case 'C': (void)co_await client(step.number).wire.send(std::move(text), patience); co_return;
        case 'R': (void)co_await (co_await server(step))->wire.send(std::move(text), patience); co_return;
        case 'S':
            for (std::size_t i = 0; i < step.times; ++i)
                co_await expect(step, client(step.number).wire, step.text);
            co_return;
        default:
            for (std::size_t i = 0; i < step.times; ++i)
                co_await expect(step, (co_await server(step))->wire, step.text);
            co_return;
    }
}

net::Task<> Player::play() {
    (void)client(1);
    const auto& steps = dialogue_.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        Step step = steps[i];
        const auto sent_along = [&step](const Step& next) {
            return next.side == step.side && next.number == step.number && next.directive.empty() &&
                   next.times == 1;
        };
        if ((step.side == 'C' || step.side == 'R') && step.directive.empty() && step.times == 1)
            while (i + 1 < steps.size() && sent_along(steps[i + 1])) step.text += steps[++i].text;
        co_await perform(step);
    }
    co_await end();
}

net::Task<> Player::end() {
    Step last = dialogue_.steps.back();
    co_await World::quiesce();
    for (auto& [number, side] : clients_) {
        if (const std::string& unread = side->wire.unread(); !unread.empty())
            fail_at(last, fmt::format("left unread by client {}: {}", number, visible(unread)));
        side->client.end->close();
        if (!co_await side->client.ended->wait(patience))
            fail_at(last, fmt::format("the session of client {} does not end", number));
    }
    co_await World::quiesce();
    for (auto& [number, side] : servers_) {
        const std::string& unread = side->wire.unread();
        if (!unread.empty() && unread != "QUIT\r\n" && unread != "decorum LOGOUT\r\n")
            fail_at(last, fmt::format("left unread on connection {}: {}", number, visible(unread)));
    }
}

}  // namespace

bool wants_splits(const std::filesystem::path& file) {
    return read_dialogue(file).splits;
}

void replay(const std::filesystem::path& file, std::vector<std::size_t> read_sizes) {
    const Dialogue dialogue = read_dialogue(file);
    Player player(dialogue, std::move(read_sizes));
    player.run();
}

}  // namespace decorum::test
