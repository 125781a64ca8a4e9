// A DNS server for tests: UDP on a free port of 127.0.0.1, with answers that the test sets and may change at
// any time, also between two questions for the same name:
//
//     DnsServer dns;
//     dns.a("profiles.example", {"127.0.0.1"});            // always
//     dns.a_in_turn("rebinds.example", {{"127.0.0.1"}, {"10.0.0.1"}});  // the last one stays
//
// A name that isn't known is NXDOMAIN; silent(name) never answers. Counts what it was asked.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/descriptor.hpp"

namespace decorum::test {

class DnsServer {
public:
    struct Service {
        std::uint16_t priority;
        std::uint16_t weight;
        std::uint16_t port;
        std::string target;
    };

    DnsServer();
    ~DnsServer();
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

    // Both A and AAAA by the form of each address. TTL in seconds; 0: not to be remembered.
    void a(const std::string& name, const std::vector<std::string>& addresses, std::uint32_t ttl = 0);
    void a_in_turn(const std::string& name, const std::vector<std::vector<std::string>>& addresses);
    void srv(const std::string& name, const std::vector<Service>& services);
    void txt(const std::string& name,
             const std::vector<std::vector<std::string>>& records);  // strings a record
    void silent(const std::string& name);

    [[nodiscard]] std::string address() const;  // "127.0.0.1:4711"
    // Of type A, AAAA, … by number, for that name.
    [[nodiscard]] std::size_t questions(const std::string& name, std::uint16_t type) const;

private:
    struct Record {
        std::uint16_t type;
        std::uint32_t ttl;
        std::string data;
    };
    using Records = std::vector<Record>;

    void serve();
    [[nodiscard]] std::string answer_to(const std::string& message);

    Descriptor socket_;
    Descriptor stop_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<Records>> names_;  // answers in turn
    std::set<std::string> silent_;
    std::map<std::pair<std::string, std::uint16_t>, std::size_t> questions_;
    std::thread thread_;
};

}  // namespace decorum::test
