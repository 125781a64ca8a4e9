// What a configuration file says, as plain values. The table in schema.cpp binds every key to one of these
// members and holds its default; code reads the members and never a key by name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
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
enum class AuditSync : std::uint8_t { off, interval, message };
enum class AuditAddresses : std::uint8_t { pseudonym, clear };
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
    bool forward_address = false;  // imap: tell the client's address by ID
    std::uint64_t spares = 0;      // greeted, unused connections kept ready, a thread
    std::uint64_t max_idle = 0;    // reusable connections kept, a thread
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
    std::uint64_t activities = 0;  // shown at the most
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
    std::uint64_t errors = 0;           // protocol errors a session, over IMAP in a row
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
    Duration activities{};
    Duration negative{};
    Duration failure{};
    Duration stale{};           // of an answer that can't be had again
    std::uint64_t entries = 0;  // in memory
};

struct Store {
    std::string url;                 // sqlite:PATH | memory: | of a Redis (store_url.hpp)
    std::filesystem::path key_file;  // what addresses are hidden under; empty: cache.key in state_dir
    // Of a Redis.
    std::string user;
    std::filesystem::path password_file;
    std::vector<std::string> sentinels;  // "HOST:PORT"; none: url names the server
    std::string master;
    std::filesystem::path sentinel_password_file;
    std::filesystem::path ca_file;
    std::string tls_name;
    Duration timeout{};
};

struct Retention {
    std::uint64_t versions = 0;  // kept an address
    Duration notices{};          // that a notice was sent, and what became of it
};

struct Connector {
    bool enabled = false;
    std::string file;  // relative to the configuration file
    std::string base_url;
    std::filesystem::path token_file;
    std::string rate;                  // "100/h"; empty: what the source itself grants
    std::uint64_t spend_cap = 0;       // US cents a day; 0: no limit
    Duration ttl{};                    // 0: cache.positive, cache.activities
    Duration timeout{};                // of one request
    std::string tier;                  // "S" to "C"; empty: the source's own
    std::vector<std::string> domains;  // for sources on the sender's own domain: those that may be asked
    std::string known;                 // what `decorum probe` asks for
    std::string unknown;
    TlsMode tls{};  // ldap only, as what follows
    std::filesystem::path ca_file;
    std::string base_dn;
    std::string bind_dn;
    std::string filter;
    std::string app_id;            // facebook, orcid
    std::string redirect_uri;      // facebook
    std::uint64_t user_price = 0;  // x: microdollars, as what follows
    std::uint64_t post_price = 0;
    std::string actor_id;  // webfinger only, as what follows
    std::string key_id;
    std::vector<std::string> personal_domains;  // bluesky only, as what follows
    std::string plc_url;
    std::uint64_t line = 0;
};

// A source that the configuration alone describes. Empty pointers read nothing.
struct CustomSource {
    bool enabled = false;
    std::string url;       // with {address}, {local}, {domain}, {sha256}, or {handle}
    std::string accounts;  // the URLs of accounts there, with {handle}; only where url has it
    std::filesystem::path token_file;
    std::string rate;
    Duration ttl{};
    Duration timeout{};
    std::string tier;  // "A" to "C"; empty: "A"
    std::vector<std::string> domains;  // of senders whose own server this is, and may be asked
    std::string known;
    std::string unknown;
    std::string address;  // JSON pointers (RFC 6901), as all that follows
    std::string id;
    std::string display_name;
    std::string headline;
    std::string organisation;
    std::string location;
    std::string summary;
    std::string photo;
    std::string links;  // a list; the next is seen from one of its entries
    std::string link_url;
    std::string activities;
    std::string activity_text;
    std::string activity_time;
    std::string activity_url;
    std::string positions;
    std::string position_title;
    std::string position_organisation;
    std::string position_start;
    std::string position_end;
    std::uint64_t line = 0;

    [[nodiscard]] bool by_handle() const { return url.contains("{handle}"); }
};

// What such a source is called among `connectors`, in logs and in the block.
inline constexpr std::string_view custom_prefix = "custom.";

struct Http {
    std::string proxy;
    std::filesystem::path ca_file;
    bool allow_private = false;
    std::vector<std::string> exceptions;   // prefixes that may be reached though they are private
    std::string contact;                   // in the User-Agent
    std::vector<std::string> dns_servers;  // empty: the system's
    std::uint64_t max_body = 0;            // octets of an answer, decoded
    std::uint64_t max_redirects = 0;
    std::uint64_t connections = 0;  // to one host at a time
    std::uint64_t cache = 0;        // octets of answers kept for their ETag or max-age
};

// What a lookup may cost others.
struct Lookup {
    std::uint64_t new_addresses = 0;  // an hour, of one registrable domain, at outside sources
    std::uint64_t accounts = 0;       // linked accounts asked for one person
    std::uint64_t breaker_failures = 0;
    Duration breaker_pause{};
};

// The processes that decode pictures and HTML.
struct Worker {
    std::uint64_t processes = 0;
    Duration deadline{};            // of one job
    std::uint64_t memory = 0;       // octets of address space of one job
    std::uint64_t max_picture = 0;  // octets
    std::uint64_t max_side = 0;     // pixels
};

struct Registry {
    std::filesystem::path file;  // self-declared accounts; empty: registry.toml in state_dir
};

struct OptOut {
    std::filesystem::path file;  // empty: optout.toml in state_dir
};

struct Outbound {
    std::vector<std::string> domains;
    std::filesystem::path charter;    // empty: the shipped one
    std::filesystem::path login_map;  // empty: logins that are addresses of ours own those
};

// What the gateway writes to our own people.
struct Notice {
    std::string from;           // "NAME <ADDRESS>"; empty: nothing is written
    std::string upstream;       // by name
    std::string rate;           // "60/min", of all letters together
    Duration retry{};           // before a second try; doubled each time
    Duration expiry{};          // then a letter is given up
    std::uint64_t answers = 0;  // letters that answer one person in a day
    std::filesystem::path key_file;  // what reply addresses are signed with; empty: notice.key in state_dir
};

struct Imap {
    bool annotate = false;
    std::uint64_t block = 0;  // octets
    Duration autologout{};    // of a client that has logged in and is silent
};

struct Audit {
    bool enabled = true;
    std::filesystem::path file;  // folder and stem; empty: "audit" in state_dir
    bool required = false;       // mail waits while it can't be written
    AuditAddresses addresses{};
    AuditSync sync{};
    Duration interval{};
    std::uint64_t rotate_size = 0;   // octets; 0: never
    Duration rotate_age{};           // 0: never
    Duration retention{};            // 0: for ever
    std::filesystem::path key_file;  // empty: chain.key in state_dir
};

struct Metrics {
    std::string bind;
};

struct Settings {
    std::filesystem::path file;  // where all this came from; empty: defaults
    std::map<std::string, std::uint64_t> lines;  // where in it what stands, for Findings
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
    std::map<std::string, Connector> connectors;  // by name: directory, gravatar, …, custom.NAME
    std::map<std::string, CustomSource> custom;   // by NAME
    Http http;
    Lookup lookup;
    Worker worker;
    Registry registry;
    OptOut optout;
    Outbound outbound;
    Notice notice;
    Imap imap;
    Audit audit;
    Metrics metrics;
};

}  // namespace decorum::config
