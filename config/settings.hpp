// What a configuration file says, as plain values. The table in schema.cpp binds every key to one of these
// members and holds its default; code reads the members and never a key by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace decorum::config {

using Duration = std::chrono::milliseconds;

enum class Protocol : std::uint8_t { smtp, lmtp, imap };
enum class TlsMode : std::uint8_t { none, starttls, implicit };
enum class TlsVerify : std::uint8_t { none, opportunistic, required };
enum class Policy : std::uint8_t { inbound, outbound, pass };
enum class Position : std::uint8_t { delivery, filter, front, submission };
enum class Malformed : std::uint8_t { refuse, normalize, pass };
enum class SendProxy : std::uint8_t { none, v1, v2 };
enum class Require : std::uint8_t { authenticated, none };
enum class Activity : std::uint8_t { clean, off, all };
enum class VisibleTag : std::uint8_t { none, from, subject };
enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { json, text };

struct Gateway {
    std::string hostname;  // default: the machine's name
    std::filesystem::path state_dir;
    std::filesystem::path data_dir;  // lexicon, model and notices
    std::uint64_t threads = 0;       // 0: one per core
    Duration drain{};                // how long SIGTERM waits for messages under way
};

struct Log {
    LogLevel level{};
    LogFormat format{};
    std::string target;  // stderr | journald | a file
};

struct Listener {
    std::string name;
    Protocol protocol{};
    std::vector<std::string> bind;
    TlsMode tls{};
    std::filesystem::path certificate;
    std::filesystem::path private_key;
    Policy policy{};
    std::string upstream;
    Position position{};                     // its default depends on protocol and policy
    std::vector<std::string> trusted_peers;  // CIDRs, or "unix" for peers on a unix socket
    bool proxy_protocol = false;
    Malformed malformed{};  // its default depends on protocol
    Duration deadline{};    // its default depends on protocol
    std::uint64_t max_connections = 0;
    std::uint64_t max_connections_per_address = 0;  // trusted peers are not counted
    std::uint64_t line = 0;                         // in the configuration file, for messages
};

struct Upstream {
    std::string name;
    Protocol protocol{};
    std::string address;  // host:port | [v6]:port | unix:/path
    TlsMode tls{};
    TlsVerify verify{};
    std::filesystem::path ca_file;  // empty: the system's
    std::string tls_name;           // empty: the host part of address
    SendProxy send_proxy{};
    std::uint64_t spares = 0;    // greeted, unused connections kept ready, a thread
    std::uint64_t max_idle = 0;  // reusable connections kept, a thread
    std::uint64_t line = 0;
};

struct Annotate {
    std::string prefix;
    Duration deadline{};
    Require require{};
    std::vector<std::string> authserv_ids;
    bool face = true;
    std::filesystem::path seal_key_file;
    Activity activity{};
    VisibleTag visible{};
    bool outlook_flag = false;
    std::vector<std::string> own_names;
    std::vector<std::string> exclude_recipients;  // addresses or "@domain"
    std::vector<std::string> role_addresses;      // local parts that are nobody in person
};

// Octets unless the name says otherwise.
struct Limits {
    std::uint64_t header = 0;  // held for annotation; beyond it the status is unavailable
    std::uint64_t command_line = 0;
    std::uint64_t auth_line = 0;
    std::uint64_t data_line = 0;
    std::uint64_t message_size = 0;     // offered as SIZE; 0: the upstream's alone
    std::uint64_t recipients = 0;       // a transaction
    std::uint64_t errors = 0;           // protocol errors a session
    std::uint64_t received_fields = 0;  // more is a loop
    std::uint64_t reply_lines = 0;      // of one upstream reply
};

// RFC 5321 §4.5.3.2 gives the minimum of most.
struct Timeouts {
    Duration connect{};     // to the upstream
    Duration greeting{};    // of the upstream
    Duration command{};     // the next command of a client, the reply of the upstream
    Duration handshake{};   // TLS, and the PROXY header
    Duration data_block{};  // the next octets of a message
    Duration data_total{};  // a whole message
    Duration data_end{};    // the upstream's verdict
};

struct Cache {
    Duration positive{};
    Duration negative{};
    Duration failure{};
    std::uint64_t entries = 0;  // in memory
};

struct Store {
    std::string url;  // sqlite:PATH | redis://… | memory:
};

struct Retention {
    std::uint64_t versions = 0;  // kept an address
};

struct Connector {
    bool enabled = false;
    std::string file;  // relative to the configuration file
    std::string base_url;
    std::filesystem::path token_file;
    std::uint64_t line = 0;
};

struct Http {
    std::string proxy;
    std::filesystem::path ca_file;
    bool allow_private = false;
};

struct Outbound {
    std::vector<std::string> domains;
    std::filesystem::path charter;
};

struct Imap {
    bool annotate = false;
    std::uint64_t block = 0;
};

struct Audit {
    std::filesystem::path file;
};

struct Metrics {
    std::string bind;
};

struct Settings {
    std::filesystem::path file;  // where all this came from; empty: defaults
    Gateway gateway;
    Log log;
    std::vector<Listener> listeners;
    std::map<std::string, Upstream> upstreams;
    Annotate annotate;
    Limits limits;
    Timeouts timeouts;
    Cache cache;
    Store store;
    Retention retention;
    std::map<std::string, Connector> connectors;  // by name: directory, gravatar, …
    Http http;
    Outbound outbound;
    Imap imap;
    Audit audit;
    Metrics metrics;
};

}  // namespace decorum::config
