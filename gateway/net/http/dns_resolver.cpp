// c-ares tells which sockets to watch and when to be called again; it calls back exactly once a question, at
// the latest when the channel is destroyed. A callback only leaves its result and raises events: nothing of
// ours runs inside of c-ares.
#include "gateway/net/http/dns_resolver.hpp"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/net/event.hpp"

namespace decorum::net {
namespace {

constexpr int try_milliseconds = 2000;  // of one server, at first
constexpr int tries = 2;
constexpr int max_datagram_octets = 1232;  // RFC 9715: never fragmented; what is longer comes over TCP
constexpr std::size_t max_addresses = 16;
constexpr std::size_t max_records = 32;
constexpr std::size_t max_record_octets = 4096;
constexpr std::size_t max_name_octets = 253;
constexpr std::size_t max_remembered = 1000;
constexpr std::chrono::seconds max_lifetime{60};

std::string fault_text(int status) {
    return ares_strerror(status);
}

Error error_of(int status, const std::string& name) {
    switch (status) {
        case ARES_ENODATA:
        case ARES_ENOTFOUND: return {errc::not_found, name + ": no such name"};
        case ARES_ETIMEOUT: return {errc::timed_out, name + ": the name servers don't answer"};
        case ARES_EBADNAME: return {errc::invalid, "not a name for the DNS"};
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION: return {errc::cancelled, "shutting down"};
        default: return {errc::refused, name + ": " + fault_text(status)};
    }
}

// What c-ares takes: "ADDRESS:PORT" with IPv6 in brackets.
Result<std::string> server_list(const std::vector<std::string>& servers) {
    std::string out;
    for (const std::string& server : servers) {
        Endpoint endpoint{server, NAMESERVER_PORT, {}};
        if (!IpAddress::parse(server)) {
            const auto parsed = Endpoint::parse(server);
            if (!parsed || !IpAddress::parse(parsed->host))
                return fail(errc::invalid, "not a name server's address: " + server);
            endpoint = *parsed;
        }
        out += (out.empty() ? "" : ",") + endpoint.text();
    }
    return out;
}

IpAddress address_of(const ares_addrinfo_node& node) {
    if (node.ai_family == AF_INET) {
        const auto& socket = *reinterpret_cast<const sockaddr_in*>(node.ai_addr);
        std::array<std::uint8_t, 4> octets;
        std::memcpy(octets.data(), &socket.sin_addr, octets.size());
        return IpAddress::from_v4(octets);
    }
    const auto& socket = *reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
    std::array<std::uint8_t, 16> octets;
    std::memcpy(octets.data(), &socket.sin6_addr, octets.size());
    return IpAddress(octets);
}

std::string host_text(std::string_view name) {
    if (name.empty()) return ".";  // the root
    if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
    return ascii::lower(name);
}

template <class Reply>
using Replies = std::unique_ptr<Reply, decltype([](Reply* reply) { ares_free_data(reply); })>;

// RFC 2782
int parse_services(const unsigned char* message, int octets, ServiceRecords& out) {
    ares_srv_reply* first = nullptr;
    const int status = ares_parse_srv_reply(message, octets, &first);
    const Replies<ares_srv_reply> owner(first);
    if (status != ARES_SUCCESS) return status;
    for (const auto* record = first; record && out.size() < max_records; record = record->next)
        out.push_back({record->priority, record->weight, record->port, host_text(record->host)});
    std::ranges::sort(out, [](const ServiceRecord& a, const ServiceRecord& b) {
        return a.priority != b.priority ? a.priority < b.priority : a.weight > b.weight;
    });
    return status;
}

// RFC 1035 §3.3.14: one or more character-strings a record; readers join them.
int parse_texts(const unsigned char* message, int octets, TextRecords& out) {
    ares_txt_ext* first = nullptr;
    const int status = ares_parse_txt_reply_ext(message, octets, &first);
    const Replies<ares_txt_ext> owner(first);
    if (status != ARES_SUCCESS) return status;
    for (const auto* piece = first; piece; piece = piece->next) {
        if (piece->record_start || out.empty()) {
            if (out.size() == max_records) break;
            out.emplace_back();
        }
        const std::size_t room = max_record_octets - out.back().size();
        out.back().append(reinterpret_cast<const char*>(piece->txt), std::min(piece->length, room));
    }
    return status;
}

}  // namespace

template <class T>
struct DnsResolver::Question {
    std::string name;
    std::vector<Event> waiting;
    std::optional<Result<T>> result;

    void answer(Result<T> what) {
        result.emplace(std::move(what));
        for (const Event& event : waiting) event.raise();
    }
};

struct DnsResolver::AddressQuestion : Question<Addresses> {};

DnsResolver::DnsResolver(const Executor& executor)
    : executor_(executor),
      watcher_(executor,
               [this](int socket, bool readable, bool writable) {
                   process(readable ? socket : ARES_SOCKET_BAD, writable ? socket : ARES_SOCKET_BAD);
               }),
      timer_(executor) {}

DnsResolver::~DnsResolver() {
    shut_down();
}

Result<std::unique_ptr<DnsResolver>> DnsResolver::open(const Executor& executor,
                                                       const std::vector<std::string>& servers) {
    std::unique_ptr<DnsResolver> out(new DnsResolver(executor));
    if (auto opened = out->open_channel(servers); !opened) return std::unexpected(std::move(opened.error()));
    return out;
}

Result<> DnsResolver::open_channel(const std::vector<std::string>& servers) {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
    ares_options options{};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS;
    options.ednspsz = max_datagram_octets;
    options.timeout = try_milliseconds;
    options.tries = tries;
    options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
        static_cast<DnsResolver*>(self)->watcher_.watch(socket, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    int status = ares_init_options(
        &channel_, &options,
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ);
    if (status != ARES_SUCCESS) return fail(errc::unavailable, "the resolver: " + fault_text(status));
    if (servers.empty()) return {};
    const auto list = server_list(servers);
    if (!list) return std::unexpected(list.error());
    status = ares_set_servers_ports_csv(channel_, list->c_str());
    if (status != ARES_SUCCESS) return fail(errc::invalid, "the name servers: " + fault_text(status));
    return {};
}

void DnsResolver::shut_down() {
    if (!channel_) return;
    timer_.cancel();
    ares_destroy(channel_);
    channel_ = nullptr;
}

template <class T>
Task<Result<T>> DnsResolver::wait(std::shared_ptr<Question<T>> question, Milliseconds limit) {
    // c-ares may have answered at once (/etc/hosts).
    if (!question->result) {
        const Event answered(executor_);
        question->waiting.push_back(answered);
        set_timer();
        if (!co_await answered.wait(limit)) co_return fail(errc::timed_out, "resolving " + question->name);
    }
    co_return *question->result;
}

Task<Result<Addresses>> DnsResolver::addresses(std::string host, Milliseconds limit) {
    if (!channel_) co_return fail(errc::cancelled, "shutting down");
    if (const auto known = remembered_.find(host); known != remembered_.end()) {
        if (SteadyClock::now() < known->second.until) co_return known->second.addresses;
        remembered_.erase(known);
    }
    auto& question = asked_[host];
    if (question) co_return co_await wait<Addresses>(question, limit);
    question = std::make_shared<AddressQuestion>();
    question->name = host;
    const std::shared_ptr<AddressQuestion> asked = question;

    struct Call {
        DnsResolver& resolver;
        std::shared_ptr<AddressQuestion> question;
    };
    const auto answered = [](void* argument, int status, int, ares_addrinfo* info) {
        const std::unique_ptr<Call> call(static_cast<Call*>(argument));
        auto& [resolver, waiting] = *call;
        resolver.asked_.erase(waiting->name);
        if (status != ARES_SUCCESS) return waiting->answer(std::unexpected(error_of(status, waiting->name)));
        Addresses found;
        std::chrono::seconds lifetime = max_lifetime;
        for (const auto* node = info->nodes; node && found.size() < max_addresses; node = node->ai_next) {
            const IpAddress address = address_of(*node);
            if (std::ranges::find(found, address) == found.end()) found.push_back(address);
            lifetime = std::min(lifetime, std::chrono::seconds(node->ai_ttl));
        }
        ares_freeaddrinfo(info);
        if (found.empty()) return waiting->answer(std::unexpected(error_of(ARES_ENODATA, waiting->name)));
        resolver.remember(waiting->name, found, lifetime);
        waiting->answer(std::move(found));
    };
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, answered, new Call{*this, asked});
    co_return co_await wait<Addresses>(asked, limit);
}

template <class T, class Parse>
Task<Result<T>> DnsResolver::query(std::string name, int type, Parse parse, Milliseconds limit) {
    if (!channel_) co_return fail(errc::cancelled, "shutting down");
    if (name.empty() || name.size() > max_name_octets || !ascii::is_ascii(name) || name.contains('\0'))
        co_return fail(errc::invalid, "not a name for the DNS");
    struct Call {
        std::shared_ptr<Question<T>> question;
        Parse parse;
    };
    const auto question = std::make_shared<Question<T>>();
    question->name = name;
    const auto answered = [](void* argument, int status, int, unsigned char* message, int octets) {
        const std::unique_ptr<Call> call(static_cast<Call*>(argument));
        T records;
        if (status == ARES_SUCCESS) status = call->parse(message, octets, records);
        if (status != ARES_SUCCESS)
            return call->question->answer(std::unexpected(error_of(status, call->question->name)));
        call->question->answer(std::move(records));
    };
    ares_query(channel_, name.c_str(), ns_c_in, type, answered, new Call{question, parse});
    co_return co_await wait<T>(question, limit);
}

Task<Result<ServiceRecords>> DnsResolver::services(std::string name, Milliseconds limit) {
    return query<ServiceRecords>(std::move(name), ns_t_srv, parse_services, limit);
}

Task<Result<TextRecords>> DnsResolver::texts(std::string name, Milliseconds limit) {
    return query<TextRecords>(std::move(name), ns_t_txt, parse_texts, limit);
}

void DnsResolver::remember(const std::string& host, const Addresses& addresses,
                           std::chrono::seconds lifetime) {
    if (lifetime <= std::chrono::seconds(0)) return;
    if (remembered_.size() >= max_remembered) remembered_.clear();
    remembered_[host] = {addresses, SteadyClock::now() + lifetime};
}

void DnsResolver::process(int readable, int writable) {
    if (!channel_) return;
    ares_process_fd(channel_, readable, writable);
    set_timer();
}

void DnsResolver::set_timer() {
    if (!channel_) return;
    timeval room{};
    const timeval* next = ares_timeout(channel_, nullptr, &room);
    if (!next) return;
    timer_.expires_after(std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    });
}

}  // namespace decorum::net
