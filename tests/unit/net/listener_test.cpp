// Listeners with real threads; clients are plain blocking sockets.
#include "gateway/net/listener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <map>
#include <mutex>
#include <thread>

#include "gateway/base/log.hpp"
#include "gateway/net/bind.hpp"
#include "gateway/net/event.hpp"
#include "gateway/net/socket_address.hpp"
#include "gateway/net/socket_stream.hpp"
#include "tests/support/certificates.hpp"

namespace decorum::net {
namespace {
using decorum::test::TemporaryFolder;
constexpr Milliseconds long_enough{20000};

// A client whose waits end after 20 s at the latest.
class Client {
public:
    explicit Client(int family = AF_INET) : descriptor_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{.tv_sec = 20, .tv_usec = 0};
        setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    explicit Client(const Endpoint& endpoint)
        : Client(endpoint.is_unix()            ? AF_UNIX
                 : endpoint.host.contains(':') ? AF_INET6
                                               : AF_INET) {
        connect_to(endpoint);
    }
    void connect_to(const Endpoint& endpoint) {
        const SocketAddress address = endpoint.is_unix()
                                          ? socket_address_of_path(endpoint.path)
                                          : socket_address(*IpAddress::parse(endpoint.host), endpoint.port);
        EXPECT_EQ(::connect(descriptor_.get(), address.get(), address.size), 0) << errno;
    }
    void say(std::string_view octets) {
        EXPECT_EQ(send(descriptor_.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(octets.size()));
    }
    // A line, or what came before the end; "!" and the error where there is one.
    std::string line() {
        std::string out;
        for (char c; !out.ends_with('\n');) {
            const ssize_t got = recv(descriptor_.get(), &c, 1, 0);
            if (got < 0) return "!" + text_of_errno(errno);
            if (got == 0) break;
            out += c;
        }
        return out;
    }
    std::string ask(std::string_view line_) {
        say(line_);
        return line();
    }

private:
    Descriptor descriptor_;
};

// A session of one-line commands: "who", "thread", "nodelay", "work" (waits between asking and answering),
// any other is repeated. Greets first.
struct Sessions {
    std::atomic<bool> working{false}, release{false}, are_new{false};

    static Task<> serve(Sessions* self, StreamPtr stream, Admission admission) {
        admission.set_new(self->are_new);
        if (!co_await stream->write("hello\n", long_enough)) co_return;
        for (;;) {
            std::string line;
            admission.set_between_commands(true);
            while (!line.ends_with('\n') && !admission.draining()) {
                char c;
                const auto got = co_await stream->read_some(std::span(&c, 1), long_enough);
                if (!got && got.error().code == errc::cancelled) break;
                if (!got) co_return;
                line += c;
            }
            admission.set_between_commands(false);
            if (admission.draining() || !line.ends_with('\n')) {
                co_await stream->write("421 going\n", long_enough);
                co_return;
            }
            admission.spoke();
            if (line == "who\n") line = stream->peer().text() + "\n";
            if (line == "thread\n") line = std::to_string(admission.thread()) + "\n";
            if (line == "nodelay\n") {
                int on = 0;
                socklen_t size = sizeof on;
                getsockopt(dynamic_cast<SocketStream&>(*stream).descriptor(), IPPROTO_TCP, TCP_NODELAY, &on,
                           &size);
                line = std::to_string(on) + "\n";
            }
            if (line == "work\n") {
                self->working = true;
                while (!self->release) co_await sleep_for(Milliseconds(2));
                line = "done\n";
            }
            if (!co_await stream->write(line, long_enough)) co_return;
        }
    }
    SessionHandler handler() {
        return [this](StreamPtr stream, Admission admission) {
            return serve(this, std::move(stream), std::move(admission));
        };
    }
};

class ListenerTest : public testing::Test {
protected:
    void open(const std::string& endpoint = "127.0.0.1:0", std::size_t thread_count = 2) {
        options.name = "test";
        options.refusal = "421 too many\n";
        options.backlog = 1024;
        threads = std::make_unique<IoThreads>(thread_count);
        auto opened = Listener::open(*threads, *Endpoint::parse(endpoint), options, sessions.handler());
        ASSERT_TRUE(opened) << opened.error().text();
        listener = std::move(*opened);
        threads->start();
    }
    [[nodiscard]] const Endpoint& there() const { return listener->endpoint(); }

    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 10'000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(Milliseconds(2));
        }
        return false;
    }

    ListenerOptions options;
    Sessions sessions;
    std::unique_ptr<IoThreads> threads;
    std::unique_ptr<Listener> listener;  // before the threads go
};

TEST_F(ListenerTest, ServesIpv4WithoutDelayAndKnowsItsPort) {
    open();
    EXPECT_NE(there().port, 0);
    Client client(there());
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_EQ(client.ask("nodelay\n"), "1\n");
    EXPECT_TRUE(client.ask("who\n").starts_with("127.0.0.1:"));
}

TEST_F(ListenerTest, ServesIpv6AndLeavesIpv4Alone) {
    open("[::]:0");
    Client client(Endpoint{.host = "::1", .port = there().port, .path = {}});
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_TRUE(client.ask("who\n").starts_with("[::1]:"));
    const auto any = bind_tcp(*Endpoint::parse("[::]:0"), true);
    int only = 0;
    socklen_t size = sizeof only;
    getsockopt(any->get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, &size);
    EXPECT_EQ(only, 1);
}

TEST_F(ListenerTest, ServesAUnixSocketAndTakesItsPathAwayAfterwards) {
    const TemporaryFolder folder;
    const std::string path = folder.file("lmtp");
    open("unix:" + path);
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666U);
    Client client(there());
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_EQ(client.ask("who\n"), "unix\n");
    listener.reset();
    EXPECT_NE(stat(path.c_str(), &status), 0);
}

TEST_F(ListenerTest, AStalePathIsTakenOverButNeitherALivingSocketNorAFile) {
    const TemporaryFolder folder;
    const std::string path = folder.file("lmtp");
    {
        const auto stale = bind_unix(Endpoint{.host = {}, .port = 0, .path = path}, 1, 0600);
    }
    open("unix:" + path);
    EXPECT_EQ(Client(there()).line(), "hello\n");
    const auto second = Listener::open(*threads, there(), options, sessions.handler());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::invalid);
    const Endpoint file{.host = {}, .port = 0, .path = folder.write("file", "precious")};
    EXPECT_FALSE(Listener::open(*threads, file, options, sessions.handler()));
    EXPECT_TRUE(std::filesystem::exists(file.path));
}

TEST_F(ListenerTest, APortInUseAndANameAreFaultsThatSayWhere) {
    open();
    const auto second = Listener::open(*threads, there(), options, sessions.handler());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::invalid);
    EXPECT_NE(second.error().detail.find(there().text()), std::string::npos);
    EXPECT_FALSE(Listener::open(*threads, *Endpoint::parse("localhost:0"), options, sessions.handler()));
}

TEST_F(ListenerTest, SpreadsConnectionsOverTheThreads) {
    const TemporaryFolder folder;
    for (const std::string& endpoint : {std::string("127.0.0.1:0"), "unix:" + folder.file("s")}) {
        open(endpoint);
        std::vector<std::unique_ptr<Client>> clients;
        std::map<std::string, int> served;
        for (int i = 0; i < 20; ++i) {
            clients.push_back(std::make_unique<Client>(there()));
            EXPECT_EQ(clients.back()->line(), "hello\n");
            ++served[clients.back()->ask("thread\n")];
        }
        EXPECT_GE(served["0\n"], 9);
        EXPECT_GE(served["1\n"], 9);
        EXPECT_EQ(listener->connections(), 20U);
        clients.clear();
        EXPECT_TRUE(listener->wait_until_empty(long_enough));
        listener.reset();
    }
}

TEST_F(ListenerTest, AdoptsAnInheritedSocket) {
    auto inherited = bind_tcp(*Endpoint::parse("127.0.0.1:0"), false);
    ASSERT_TRUE(start_listening(*inherited, bound_endpoint(*inherited), 8));
    IoThreads two(2);
    auto adopted = Listener::adopt(two, inherited->release(), options, sessions.handler());
    ASSERT_TRUE(adopted) << adopted.error().text();
    two.start();
    Client client((*adopted)->endpoint());
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_EQ(client.ask("nodelay\n"), "1\n");
    Descriptor other(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(Listener::adopt(two, other.release(), options, sessions.handler()).error().code, errc::invalid);
    adopted->reset();
}

// A client at a dual-stack socket, as systemd opens them, has the address that trust and limits know it by.
TEST_F(ListenerTest, AnIpv4ClientOfAnInheritedIpv6SocketIsAnIpv4Client) {
    Descriptor inherited(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!inherited) GTEST_SKIP() << "no IPv6 here";
    const int off = 0;
    setsockopt(inherited.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    ASSERT_EQ(bind(inherited.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    ASSERT_EQ(::listen(inherited.get(), 8), 0);
    const std::uint16_t port = bound_endpoint(inherited).port;
    IoThreads two(2);
    auto adopted = Listener::adopt(two, inherited.release(), options, sessions.handler());
    ASSERT_TRUE(adopted) << adopted.error().text();
    two.start();
    Client client(*Endpoint::parse("127.0.0.1:" + std::to_string(port)));
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_TRUE(client.ask("who\n").starts_with("127.0.0.1")) << client.ask("who\n");
    adopted->reset();
}

TEST_F(ListenerTest, ADrainingInheritedSocketLeavesNewClientsToWhoTakesItOverNext) {
    auto held = bind_tcp(*Endpoint::parse("127.0.0.1:0"), false);
    ASSERT_TRUE(start_listening(*held, bound_endpoint(*held), 8));
    const Endpoint there = bound_endpoint(*held);
    const auto adopt = [&](IoThreads& pool) {
        auto adopted = Listener::adopt(pool, dup(held->get()), options, sessions.handler());
        EXPECT_TRUE(adopted) << adopted.error().text();
        return std::move(*adopted);
    };
    IoThreads first(2);
    auto before = adopt(first);
    first.start();
    EXPECT_EQ(Client(there).line(), "hello\n");
    before->drain();
    ASSERT_TRUE(before->wait_until_empty(long_enough));
    Client waiting(there);  // in the backlog
    first.stop();
    first.join();
    before.reset();

    IoThreads second(2);
    auto after = adopt(second);
    second.start();
    EXPECT_EQ(waiting.line(), "hello\n");
    after.reset();
}

TEST_F(ListenerTest, ADrainLetsNewSessionsGoOnUntilTheGraceIsOver) {
    sessions.are_new = true;
    open();
    Client client(there());
    EXPECT_EQ(client.line(), "hello\n");
    listener->drain();
    EXPECT_EQ(client.ask("x\n"), "x\n");
    EXPECT_FALSE(listener->wait_until_empty(Milliseconds{50}));
    listener->end_grace();
    EXPECT_TRUE(listener->wait_until_empty(long_enough));
}

TEST_F(ListenerTest, NewTermsHoldForConnectionsToCome) {
    options.limits = ConnectionLimits::make(1, 0);
    open();
    Client first(there());
    EXPECT_EQ(first.line(), "hello\n");
    EXPECT_EQ(first.ask("x\n"), "x\n");
    ListenerTerms terms = options;
    terms.refusal = "421 other words\n";
    listener->set_terms(terms);
    EXPECT_EQ(Client(there()).line(), "421 other words\n");
    EXPECT_EQ(first.ask("y\n"), "y\n");
}

TEST_F(ListenerTest, ManyClientsAtOnceAreAllServed) {
    open();
    std::atomic<int> served{0};
    {
        std::vector<std::jthread> clients;
        for (int t = 0; t < 8; ++t) {
            clients.emplace_back([&] {
                for (int i = 0; i < 50; ++i) {
                    Client client(there());
                    if (client.line() == "hello\n" && client.ask("x\n") == "x\n") ++served;
                }
            });
        }
    }
    EXPECT_EQ(served, 400);
    EXPECT_EQ(listener->counters().accepted, 400U);
    EXPECT_TRUE(listener->wait_until_empty(long_enough));
}

TEST_F(ListenerTest, BeyondItsShareAnAddressGetsTheRefusalAndAnEnd) {
    options.limits = ConnectionLimits::make(0, 2);
    open();
    auto first = std::make_unique<Client>(there());
    Client second(there());
    EXPECT_EQ(first->line() + second.line(), "hello\nhello\n");
    Client third(there());
    EXPECT_EQ(third.line(), "421 too many\n");
    EXPECT_EQ(third.line(), "");
    EXPECT_EQ(listener->counters().refused, 1U);
    EXPECT_EQ(listener->counters().refused_by_address, 1U);
    first.reset();
    EXPECT_TRUE(eventually([&] { return options.limits->open() == 1; }));
    EXPECT_EQ(Client(there()).line(), "hello\n");
}

TEST_F(ListenerTest, TrustedPeersAreNotCountedByAddress) {
    options.limits = ConnectionLimits::make(0, 1);
    options.trusted_peers = {*IpPrefix::parse("127.0.0.0/8")};
    open();
    Client first(there()), second(there());
    EXPECT_EQ(first.line() + second.line(), "hello\nhello\n");
}

TEST_F(ListenerTest, BeyondTheTotalTheRefusalMeetsThoseWhoSpokeLast) {
    options.limits = ConnectionLimits::make(2, 0);
    open();
    Client first(there()), second(there());
    for (Client* client : {&first, &second}) {
        EXPECT_EQ(client->line(), "hello\n");
        EXPECT_EQ(client->ask("x\n"), "x\n");
    }
    Client third(there());
    EXPECT_EQ(third.line(), "421 too many\n");
    EXPECT_EQ(third.line(), "");
    EXPECT_EQ(first.ask("y\n") + second.ask("y\n"), "y\ny\n");
    EXPECT_EQ(listener->counters().refused, 1U);
    EXPECT_EQ(listener->counters().refused_by_address, 0U);
}

TEST_F(ListenerTest, SilentConnectionsNeverKeepTheNextClientOut) {
    options.limits = ConnectionLimits::make(50, 0);
    open();
    Client speaker(there());
    EXPECT_EQ(speaker.line(), "hello\n");
    EXPECT_EQ(speaker.ask("x\n"), "x\n");
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 400; ++i) silent.push_back(std::make_unique<Client>(there()));
    EXPECT_TRUE(eventually([&] { return listener->counters().evicted >= 351; }));
    Client next(there());
    EXPECT_EQ(next.line(), "hello\n");
    EXPECT_EQ(next.ask("me\n"), "me\n");
    EXPECT_EQ(speaker.ask("still here\n"), "still here\n");
    // The first of them was greeted, told, and ended.
    EXPECT_EQ(silent.front()->line(), "hello\n");
    EXPECT_EQ(silent.front()->line(), "421 too many\n");
    EXPECT_EQ(silent.front()->line(), "");
    EXPECT_EQ(listener->counters().refused, 0U);
    EXPECT_TRUE(eventually([&] { return options.limits->open() <= 50; }));
}

TEST_F(ListenerTest, ASilentConnectionIsEvictedWhicheverThreadItIsOn) {
    for (int i = 0; i < 12; ++i) {
        options.limits = ConnectionLimits::make(2, 0);
        open();
        Client first(there()), second(there());
        EXPECT_EQ(first.line() + second.line(), "hello\nhello\n");
        EXPECT_EQ(first.ask("x\n"), "x\n");
        Client next(there());
        EXPECT_EQ(next.line(), "hello\n");
        EXPECT_EQ(second.line(), "421 too many\n");
        EXPECT_EQ(second.line(), "");
        EXPECT_EQ(first.ask("y\n") + next.ask("z\n"), "y\nz\n");
        listener.reset();
    }
}

TEST_F(ListenerTest, AProxyNamesTheClientAndItsFirstOctetsAreKept) {
    options.proxy_protocol = true;
    options.trusted_peers = {*IpPrefix::parse("127.0.0.1")};
    open();
    Client client(there());
    client.say("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\nwho\n");
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_EQ(client.line(), "192.0.2.1:4711\n");
    Client local(there());
    local.say("PROXY UNKNOWN\r\nwho\n");
    EXPECT_EQ(local.line(), "hello\n");
    EXPECT_TRUE(local.line().starts_with("127.0.0.1:"));  // the proxy itself, for all we know
}

TEST(PeerTest, WhomAProxyDidNotNameIsNeverTrusted) {
    const std::vector prefixes{*IpPrefix::parse("127.0.0.1")};
    Peer peer{.address = *IpAddress::parse("127.0.0.1"), .port = 1, .local = false, .anonymous = false};
    EXPECT_TRUE(trusts(prefixes, peer));
    peer.anonymous = true;
    EXPECT_FALSE(trusts(prefixes, peer));
}

TEST_F(ListenerTest, ATrustedPeerWithoutAHeaderIsClosedWithoutAWord) {
    options.proxy_protocol = true;
    options.proxy_limit = Milliseconds(100);
    options.trusted_peers = {*IpPrefix::parse("127.0.0.1")};
    open();
    Client speaks(there());
    speaks.say("EHLO client.example\r\n");
    EXPECT_EQ(speaks.line(), "");
    Client silent(there());
    EXPECT_EQ(silent.line(), "");
    EXPECT_TRUE(listener->wait_until_empty(long_enough));
}

TEST_F(ListenerTest, ASpoofedHeaderOfAnUntrustedPeerIsOnlyText) {
    for (const bool proxy_protocol : {true, false}) {
        options.proxy_protocol = proxy_protocol;
        options.trusted_peers = {*IpPrefix::parse("192.0.2.0/24")};
        open();
        Client client(there());
        EXPECT_EQ(client.line(), "hello\n");
        EXPECT_EQ(client.ask("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n"),
                  "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n");
        EXPECT_TRUE(client.ask("who\n").starts_with("127.0.0.1:"));
        listener.reset();
    }
}

TEST_F(ListenerTest, TheShareOfAnAddressIsThatOfTheClientBehindTheProxy) {
    options.proxy_protocol = true;
    options.trusted_peers = {*IpPrefix::parse("127.0.0.1")};
    options.limits = ConnectionLimits::make(0, 1);
    open();
    Client first(there()), again(there()), other(there());
    first.say("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n");
    EXPECT_EQ(first.line(), "hello\n");
    again.say("PROXY TCP4 192.0.2.1 198.51.100.2 4712 25\r\n");
    EXPECT_EQ(again.line(), "421 too many\n");
    other.say("PROXY TCP4 192.0.2.2 198.51.100.2 4711 25\r\n");
    EXPECT_EQ(other.line(), "hello\n");
}

TEST_F(ListenerTest, ConnectionsThatSendNoHeaderAreEvictedToo) {
    options.proxy_protocol = true;
    options.trusted_peers = {*IpPrefix::parse("127.0.0.1")};
    options.limits = ConnectionLimits::make(3, 0);
    open();
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 30; ++i) silent.push_back(std::make_unique<Client>(there()));
    EXPECT_TRUE(eventually([&] { return listener->counters().evicted == 27; }));
    Client next(there());
    next.say("PROXY UNKNOWN\r\n");
    EXPECT_EQ(next.line(), "hello\n");
}

TEST_F(ListenerTest, DrainingInterruptsBetweenCommandsAndLetsWorkEnd) {
    open();
    Client idle(there()), busy(there());
    EXPECT_EQ(idle.line() + busy.line(), "hello\nhello\n");
    EXPECT_EQ(idle.ask("x\n"), "x\n");
    EXPECT_EQ(busy.ask("x\n"), "x\n");
    busy.say("work\n");
    ASSERT_TRUE(eventually([&] { return sessions.working.load(); }));
    listener->drain();
    EXPECT_EQ(idle.line(), "421 going\n");
    EXPECT_EQ(idle.line(), "");
    EXPECT_TRUE(eventually([&] { return listener->connections() == 1; }));
    sessions.release = true;
    EXPECT_EQ(busy.line(), "done\n");
    EXPECT_EQ(busy.line(), "421 going\n");
    EXPECT_TRUE(listener->wait_until_empty(long_enough));
    // Nobody listens there any more.
    Client late;
    const SocketAddress address = socket_address(*IpAddress::parse("127.0.0.1"), there().port);
    const Descriptor probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_TRUE(eventually([&] { return ::connect(probe.get(), address.get(), address.size) != 0; }));
}

TEST_F(ListenerTest, CancelAllInterruptsEverySessionsWaits) {
    open();
    Client client(there());
    EXPECT_EQ(client.line(), "hello\n");
    EXPECT_EQ(client.ask("x\n"), "x\n");
    listener->cancel_all();
    EXPECT_EQ(client.line(), "421 going\n");
}

TEST_F(ListenerTest, WithoutDescriptorsItNeitherSpinsNorGivesUp) {
    open();
    EXPECT_EQ(Client(there()).line(), "hello\n");
    EXPECT_TRUE(listener->wait_until_empty(long_enough));
    // UBSan looks at a type that it meets for the first time through a pipe, which there won't be: the steps
    // of an accept that fails are taken once before.
    log::error("accept", {{"listener", "test"}, {"reason", text_of_errno(EMFILE)}});
    Client waiting(AF_INET);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    waiting.connect_to(there());
    const std::clock_t cpu = std::clock();
    std::this_thread::sleep_for(Milliseconds(400));
    const double cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_LT(cpu_seconds, 0.2);
    EXPECT_EQ(waiting.line(), "hello\n");
}

TEST_F(ListenerTest, AHandlerThatThrowsLosesItsConnectionOnly) {
    options.refusal = "";
    threads = std::make_unique<IoThreads>(1);
    std::atomic<int> calls{0};
    auto opened =
        Listener::open(*threads, *Endpoint::parse("127.0.0.1:0"), options,
                       [&](StreamPtr stream, Admission admission) -> Task<> {
                           if (++calls == 1) throw std::runtime_error("a bug");
                           return Sessions::serve(&sessions, std::move(stream), std::move(admission));
                       });
    ASSERT_TRUE(opened);
    listener = std::move(*opened);
    threads->start();
    EXPECT_EQ(Client(there()).line(), "");
    EXPECT_EQ(Client(there()).line(), "hello\n");
}

TEST_F(ListenerTest, StoppingTheThreadsWithSessionsUnderWayFreesThem) {
    options.limits = ConnectionLimits::make(10, 10);
    open();
    Client client(there());
    EXPECT_EQ(client.line(), "hello\n");
    threads->stop();
    threads->join();
    listener.reset();
    threads.reset();
    EXPECT_EQ(options.limits->open(), 0U);
    EXPECT_EQ(client.line(), "");
}

TEST(Trust, IsByPrefixAndNeverForALocalPeer) {
    const std::vector<IpPrefix> prefixes = {*IpPrefix::parse("192.0.2.0/24"), *IpPrefix::parse("::/0")};
    EXPECT_TRUE(trusts(prefixes, Peer{.address = *IpAddress::parse("192.0.2.9"), .port = 1, .local = false}));
    EXPECT_FALSE(trusts(prefixes, Peer{.address = {}, .port = 0, .local = true}));
    EXPECT_FALSE(trusts({}, Peer{.address = *IpAddress::parse("192.0.2.9"), .port = 1, .local = false}));
}

TEST(Admission, WithoutAListenerDoesNothing) {
    Admission admission;
    admission.spoke();
    admission.set_between_commands(true);
    EXPECT_FALSE(admission.draining());
    EXPECT_EQ(admission.thread(), 0U);
}

}  // namespace
}  // namespace decorum::net
