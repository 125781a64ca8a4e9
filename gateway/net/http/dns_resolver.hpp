// The DNS client of the HTTP thread, over c-ares: addresses (A, AAAA, and /etc/hosts as the system reads it),
// SRV and TXT.
//
// Names are absolute: no search domain is ever appended, for a sender's domain must not become one of ours.
// One question a name is under way at a time, whoever asks; addresses are remembered for their TTL, a minute
// at the most. A question that nobody waits for any more goes on until c-ares gives it up. Everything here
// belongs to one thread. Errors are those of dns.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/base/ip.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/http/dns.hpp"
#include "gateway/net/http/socket_watcher.hpp"
#include "gateway/net/task.hpp"

struct ares_channeldata;

namespace decorum::net {

using Addresses = std::vector<IpAddress>;

class DnsResolver {
public:
    // Servers as in HttpOptions.
    [[nodiscard]] static Result<std::unique_ptr<DnsResolver>> open(const Executor& executor,
                                                                   const std::vector<std::string>& servers);
    ~DnsResolver();
    DnsResolver(const DnsResolver&) = delete;
    DnsResolver& operator=(const DnsResolver&) = delete;

    [[nodiscard]] Task<Result<Addresses>> addresses(std::string host, Milliseconds limit);
    [[nodiscard]] Task<Result<ServiceRecords>> services(std::string name, Milliseconds limit);
    [[nodiscard]] Task<Result<TextRecords>> texts(std::string name, Milliseconds limit);

    // Whatever is asked, and all that will be, is `cancelled`.
    void shut_down();

private:
    template <class T>
    struct Question;
    struct AddressQuestion;
    struct Remembered {
        Addresses addresses;
        SteadyClock::time_point until;
    };

    explicit DnsResolver(const Executor& executor);
    [[nodiscard]] Result<> open_channel(const std::vector<std::string>& servers);
    template <class T>
    [[nodiscard]] Task<Result<T>> wait(std::shared_ptr<Question<T>> question, Milliseconds limit);
    template <class T, class Parse>
    [[nodiscard]] Task<Result<T>> query(std::string name, int type, Parse parse, Milliseconds limit);
    void remember(const std::string& host, const Addresses& addresses, std::chrono::seconds lifetime);
    void process(int readable, int writable);
    void set_timer();

    Executor executor_;
    ares_channeldata* channel_ = nullptr;
    SocketWatcher watcher_;
    Timer timer_;
    std::unordered_map<std::string, std::shared_ptr<AddressQuestion>> asked_;
    std::unordered_map<std::string, Remembered> remembered_;
};

}  // namespace decorum::net
