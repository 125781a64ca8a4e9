// RFC 1035 §4: header, question, answers that name the question by a pointer.
#include "tests/support/dns_server.hpp"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gateway/base/ascii.hpp"
#include "gateway/net/socket_address.hpp"
#include "tests/support/require.hpp"

namespace decorum::test {
namespace {
constexpr std::size_t header_octets = 12;

std::string number16(std::size_t value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

std::string number32(std::uint32_t value) {
    return number16(value >> 16) + number16(value & 0xffff);
}

std::string encoded_name(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        out += static_cast<char>(dot);
        out += name.substr(0, dot);
        name.remove_prefix(std::min(dot + 1, name.size()));
    }
    return out + '\0';
}

// The name that begins at `at`, which moves behind it.
std::string decoded_name(std::string_view message, std::size_t& at) {
    std::string out;
    while (at < message.size() && message[at] != 0) {
        const auto label_octets = static_cast<unsigned char>(message[at]);
        if (!out.empty()) out += '.';
        out += message.substr(at + 1, label_octets);
        at += 1U + label_octets;
    }
    ++at;
    return ascii::lower(out);
}

std::string address_octets(const IpAddress& address) {
    const auto& octets = address.octets();
    return std::string(octets.begin() + (address.is_v4() ? 12 : 0), octets.end());
}

}  // namespace

DnsServer::DnsServer()
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), stop_(eventfd(0, EFD_CLOEXEC)) {
    net::SocketAddress there = net::socket_address(IpAddress::parse("127.0.0.1").value(), 0);
    require(socket_ && stop_ && bind(socket_.get(), there.get(), there.size) == 0, "bind");
    require(getsockname(socket_.get(), there.get(), &there.size) == 0, "getsockname");
    port_ = net::endpoint_of(there).port;
    thread_ = std::thread([this] { serve(); });
}

DnsServer::~DnsServer() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
}

void DnsServer::a(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl) {
    const std::lock_guard lock(mutex_);
    Records records;
    for (const std::string& text : addresses) {
        const auto address = IpAddress::parse(text).value();
        records.push_back(
            {static_cast<std::uint16_t>(address.is_v4() ? ns_t_a : ns_t_aaaa), ttl, address_octets(address)});
    }
    names_[name] = {std::move(records)};
}

void DnsServer::a_in_turn(const std::string& name, const std::vector<std::vector<std::string>>& addresses) {
    std::vector<Records> turns;
    for (const auto& turn : addresses) {
        a(name, turn);
        const std::lock_guard lock(mutex_);
        turns.push_back(names_[name].front());
    }
    const std::lock_guard lock(mutex_);
    names_[name] = std::move(turns);
}

void DnsServer::srv(const std::string& name, const std::vector<Service>& services) {
    Records records;
    for (const Service& service : services)
        records.push_back({ns_t_srv, 0,
                           number16(service.priority) + number16(service.weight) + number16(service.port) +
                               encoded_name(service.target)});
    const std::lock_guard lock(mutex_);
    names_[name] = {std::move(records)};
}

void DnsServer::txt(const std::string& name, const std::vector<std::vector<std::string>>& records) {
    Records made;
    for (const auto& strings : records) {
        std::string data;
        for (const std::string& text : strings) data += static_cast<char>(text.size()) + text;
        made.push_back({ns_t_txt, 0, std::move(data)});
    }
    const std::lock_guard lock(mutex_);
    names_[name] = {std::move(made)};
}

void DnsServer::silent(const std::string& name) {
    const std::lock_guard lock(mutex_);
    silent_.insert(name);
}

std::string DnsServer::address() const {
    return "127.0.0.1:" + std::to_string(port_);
}

std::size_t DnsServer::questions(const std::string& name, std::uint16_t type) const {
    const std::lock_guard lock(mutex_);
    const auto at = questions_.find({name, type});
    return at == questions_.end() ? 0 : at->second;
}

void DnsServer::serve() {
    for (;;) {
        std::array<pollfd, 2> entries{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
        if (poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) return;
        if (entries[1].revents != 0) return;
        if (entries[0].revents == 0) continue;
        std::array<char, 4096> buffer;
        net::SocketAddress peer;
        const ssize_t octets =
            recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, peer.get(), &peer.size);
        if (octets < static_cast<ssize_t>(header_octets)) continue;
        const std::string answer = answer_to({buffer.data(), static_cast<std::size_t>(octets)});
        if (!answer.empty()) sendto(socket_.get(), answer.data(), answer.size(), 0, peer.get(), peer.size);
    }
}

// Empty: no answer.
std::string DnsServer::answer_to(const std::string& message) {
    std::size_t at = header_octets;
    const std::string name = decoded_name(message, at);
    if (at + 4 > message.size()) return {};
    const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 |
                                                 static_cast<unsigned char>(message[at + 1]));
    const std::string question = message.substr(header_octets, at + 4 - header_octets);

    const std::lock_guard lock(mutex_);
    const std::size_t before = questions_[{name, type}]++;
    if (silent_.contains(name)) return {};
    const auto known = names_.find(name);
    std::string answers;
    std::size_t count = 0;
    if (known != names_.end()) {
        const auto& turns = known->second;
        for (const Record& record : turns[std::min(before, turns.size() - 1)]) {
            if (record.type != type) continue;
            answers += "\xc0\x0c" + number16(type) + number16(ns_c_in) + number32(record.ttl) +
                       number16(record.data.size()) + record.data;
            ++count;
        }
    }
    const std::size_t flags = 0x8180 | (known == names_.end() ? ns_r_nxdomain : 0);  // response, RD, RA
    return message.substr(0, 2) + number16(flags) + number16(1) + number16(count) + number16(0) +
           number16(0) + question + answers;
}

}  // namespace decorum::test
