// The order of destruction matters: questions that are still open are answered while the context lives, then
// the context takes the coroutines with it, and only then goes what they refer to.
#include "tests/support/session/world.hpp"

#include <boost/asio/post.hpp>

#include "config/loader.hpp"
#include "gateway/base/log.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/listener_core.hpp"
#include "gateway/store/store.hpp"
#include "tests/support/certificates.hpp"

namespace decorum::test {
namespace {

struct TlsContexts {
    std::shared_ptr<const net::TlsContext> server, client;
};

// The in-memory stream does no cryptography, but a session hands it a context.
const TlsContexts& tls_contexts() {
    static const TlsContexts contexts = [] {
        const TemporaryFolder folder;
        const Authority authority(folder);
        const CertificateFiles files = authority.issue("mx");
        return TlsContexts{net::TlsContext::server(files.certificate_file, files.private_key_file).value(),
                           net::TlsContext::client(net::TlsVerify::none, {}, {}).value()};
    }();
    return contexts;
}

net::Task<> run_session(net::StreamPtr stream, net::Admission admission, const session::Listening& listening,
                        session::ThreadContext& thread, std::shared_ptr<net::Event> ended) {
    const bool reads_mail = listening.settings.protocol == config::Protocol::imap;
    if (reads_mail)
        co_await session::serve_imap(std::move(stream), std::move(admission), listening, thread, nullptr);
    else
        co_await session::serve_smtp(std::move(stream), std::move(admission), listening, thread);
    ended->raise();
}

}  // namespace

config::Settings session_settings(config::Protocol protocol) {
    const bool lmtp = protocol == config::Protocol::lmtp;
    config::Settings settings = config::defaults();
    settings.gateway.hostname = "mx.example.org";
    settings.annotate.authserv_ids = {"mx.example.org"};

    config::Listener listener;
    listener.name = "in";
    listener.protocol = protocol;
    listener.policy = config::Policy::inbound;
    listener.upstream = "out";
    listener.position = lmtp ? config::Position::delivery : config::Position::filter;
    listener.malformed = lmtp ? config::Malformed::pass : config::Malformed::refuse;
    listener.deadline = Milliseconds{2000};
    listener.max_connections = 100;
    settings.listeners.push_back(listener);

    config::Upstream upstream;
    upstream.name = "out";
    upstream.protocol = protocol;
    upstream.address = "192.0.2.25:25";
    upstream.verify = config::TlsVerify::required;
    upstream.max_idle = 8;
    settings.upstreams.emplace("out", upstream);
    return settings;
}

net::Peer outside_peer() {
    return {.address = IpAddress::from_v4({192, 0, 2, 7}), .port = 4711, .local = false};
}

struct Drain::Inner {
    net::IoThreads threads{1};  // never started: only its executor's address is needed
    std::shared_ptr<net::Listener::Core> core =
        std::make_shared<net::Listener::Core>(threads, net::ListenerOptions{}, net::SessionHandler{});
    net::Admission::Record* record = nullptr;
};

Drain::Drain() : inner_(std::make_unique<Inner>()) {}
Drain::~Drain() = default;

net::Admission Drain::admit() {
    inner_->core->open.fetch_add(1);
    inner_->core->shards.front()->connections.fetch_add(1);
    auto record = std::make_unique<net::Admission::Record>(inner_->core, 0);
    inner_->record = record.get();
    return net::Admission(std::move(record));
}

void Drain::begin(const Watch& watch) {
    inner_->core->draining = true;
    inner_->core->grace_is_over = true;
    if (watch.stream != nullptr && inner_->record->between_commands) watch.stream->cancel();
}

World::World(config::Settings settings, std::uint32_t imap_epoch, std::string_view charter)
    : settings_(std::move(settings)),
      context_(std::make_unique<boost::asio::io_context>(1)),
      people_(std::make_shared<People>()),
      next_dial_(std::make_shared<net::Event>(context_->get_executor())) {
    (void)log::start({.level = log::Level::off, .format = log::Format::text});
    profiles_ = std::make_unique<lookup::ProfileService>(
        lookup::ProfileService::Options{.cache = settings_.cache,
                                        .lookup = settings_.lookup,
                                        .max_versions = settings_.retention.versions,
                                        .own_domains = settings_.outbound.domains,
                                        .now = wall_clock_now},
        std::vector<std::shared_ptr<profile::Connector>>{people_}, store::make_memory_store(),
        Secret("a secret for the cache"));
    auto own_names = std::make_shared<message::OwnNames>();
    for (const auto& name : settings_.annotate.own_names) {
        own_names->add_person(name);
        own_names->add_organisation(name);
    }
    shared_ = std::make_unique<pipeline::Annotator::Shared>(
        pipeline::Annotator::Shared{.settings = settings_,
                                    .profiles = *profiles_,
                                    .seal_key = {"test", Secret("a secret for the seal")},
                                    .own_names = [own_names] { return own_names; },
                                    .now = wall_clock_now});
    if (!charter.empty()) outbound_ = std::make_unique<OutboundSetup>(settings_, *profiles_, charter);
    thread_ =
        std::make_unique<session::ThreadContext>(0, context_->get_executor(), settings_, *shared_, alerts_,
                                                 outbound_ ? &outbound_->outbound() : nullptr, nullptr);

    const config::Upstream& upstream = settings_.upstreams.at("out");
    thread_->upstreams.emplace(
        "out", std::make_unique<session::UpstreamPool>(
                   session::SmtpUpstream::Options{
                       .settings = upstream,
                       .timeouts = settings_.timeouts,
                       .limits = settings_.limits,
                       .hostname = settings_.gateway.hostname,
                       .tls = upstream.tls == config::TlsMode::none ? nullptr : tls_contexts().client,
                       .dial = [this](Endpoint, Milliseconds) { return dial(); }},
                   context_->get_executor()));
    thread_->imap_upstreams.emplace(
        "out", session::ImapUpstream::Options{
                   .settings = upstream,
                   .timeouts = settings_.timeouts,
                   .tls = upstream.tls == config::TlsMode::none ? nullptr : tls_contexts().client,
                   .dial = [this](Endpoint, Milliseconds) { return dial(); }});
    thread_->imap_epoch = imap_epoch;
    const config::Listener& listener = settings_.listeners.front();
    listening_ = std::make_unique<session::Listening>(listener);
    if (listener.tls != config::TlsMode::none) listening_->tls.store(tls_contexts().server);
    for (const auto& peer : listener.trusted_peers)
        listening_->trusted_prefixes.push_back(IpPrefix::parse(peer).value());
}

World::~World() {
    pool().stop();
    people_->feel(People::Mood::answering);
    people_->answer_all();
    context_.reset();
}

World::Client World::connect(MemoryPlan plan, net::Admission admission) {
    auto [ours, theirs] = MemoryStream::pair(context_->get_executor(), capacity_octets);
    theirs->follow(std::move(plan));
    Client client{std::move(ours), std::make_shared<Watch>(),
                  std::make_shared<net::Event>(context_->get_executor())};
    net::detach(context_->get_executor(),
                run_session(std::make_unique<WatchedStream>(std::move(theirs), client.watch),
                            std::move(admission), *listening_, *thread_, client.ended),
                "session");
    return client;
}

net::Task<Result<net::StreamPtr>> World::dial() {
    if (!reachable) co_return fail(errc::refused);
    auto [ours, theirs] = MemoryStream::pair(context_->get_executor(), capacity_octets);
    const std::size_t number = connections_.size() + 1;
    MemoryPlan plan = upstream_plan ? upstream_plan(number) : MemoryPlan{};
    plan.verified = upstream_verified;
    theirs->follow(std::move(plan));
    connections_.push_back({std::move(ours), std::make_shared<Watch>()});
    auto stream = std::make_unique<WatchedStream>(std::move(theirs), connections_.back().watch);
    if (on_dial) on_dial(number);
    std::exchange(next_dial_, std::make_shared<net::Event>(context_->get_executor()))->raise();
    co_return stream;
}

net::Task<bool> World::dialled(std::size_t count, Milliseconds limit) {
    while (connections_.size() < count)
        if (const auto event = next_dial_; !co_await event->wait(limit)) co_return false;
    co_return true;
}

net::Task<> World::quiesce() {
    constexpr int turns = 200;
    const net::Executor executor = co_await net::this_executor();
    for (int i = 0; i < turns; ++i) co_await boost::asio::post(executor, net::as_result);
}

}  // namespace decorum::test
