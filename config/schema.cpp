// The table of settings and its look-ups. Invariant: the order of rows is the order of the reference and of
// the shipped file, section by section. A default that doesn't read is a bug that a test finds, not an error.
#include "config/schema.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <string_view>

namespace decorum::config {
namespace {

using std::string_view;

constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;

template <class Section>
constexpr string_view section_name{};
template <>
constexpr string_view section_name<Gateway> = "gateway";
template <>
constexpr string_view section_name<Log> = "log";
template <>
constexpr string_view section_name<Listener> = "listener";
template <>
constexpr string_view section_name<Upstream> = "upstream";
template <>
constexpr string_view section_name<Annotate> = "annotate";
template <>
constexpr string_view section_name<Limits> = "limits";
template <>
constexpr string_view section_name<Timeouts> = "timeouts";
template <>
constexpr string_view section_name<Cache> = "cache";
template <>
constexpr string_view section_name<Store> = "store";
template <>
constexpr string_view section_name<Retention> = "retention";
template <>
constexpr string_view section_name<Connector> = "connector";
template <>
constexpr string_view section_name<Http> = "http";
template <>
constexpr string_view section_name<Outbound> = "outbound";
template <>
constexpr string_view section_name<Imap> = "imap";
template <>
constexpr string_view section_name<Audit> = "audit";
template <>
constexpr string_view section_name<Metrics> = "metrics";

// In the order of the enumerators.
template <class Word>
constexpr std::array<string_view, 0> words_of{};
template <>
constexpr std::array<string_view, 3> words_of<Protocol>{"smtp", "lmtp", "imap"};
template <>
constexpr std::array<string_view, 3> words_of<TlsMode>{"none", "starttls", "implicit"};
template <>
constexpr std::array<string_view, 3> words_of<TlsVerify>{"none", "opportunistic", "required"};
template <>
constexpr std::array<string_view, 3> words_of<Policy>{"inbound", "outbound", "pass"};
template <>
constexpr std::array<string_view, 4> words_of<Position>{"delivery", "filter", "front", "submission"};
template <>
constexpr std::array<string_view, 3> words_of<Malformed>{"refuse", "normalize", "pass"};
template <>
constexpr std::array<string_view, 3> words_of<SendProxy>{"none", "v1", "v2"};
template <>
constexpr std::array<string_view, 2> words_of<Require>{"authenticated", "none"};
template <>
constexpr std::array<string_view, 3> words_of<Activity>{"clean", "off", "all"};
template <>
constexpr std::array<string_view, 3> words_of<VisibleTag>{"none", "from", "subject"};
template <>
constexpr std::array<string_view, 4> words_of<LogLevel>{"debug", "info", "warning", "error"};
template <>
constexpr std::array<string_view, 2> words_of<LogFormat>{"json", "text"};

template <class>
struct Parts;
template <class S, class V>
struct Parts<V S::*> {
    using Section = S;
    using Value = V;
};

template <class Value>
consteval Type type_of() {
    if constexpr (std::same_as<Value, bool>)
        return Type::boolean;
    else if constexpr (std::same_as<Value, std::uint64_t>)
        return Type::integer;
    else if constexpr (std::same_as<Value, Duration>)
        return Type::duration;
    else if constexpr (std::same_as<Value, std::string>)
        return Type::text;
    else if constexpr (std::same_as<Value, std::filesystem::path>)
        return Type::path;
    else if constexpr (std::same_as<Value, std::vector<std::string>>)
        return Type::texts;
    else
        return Type::word;
}

struct Traits {
    Type type{};  // where it is set, overrides what follows from the member: size, file, secret_file, folder
    // Without the braces each row that leaves one out would be a warning.
    // NOLINTBEGIN(readability-redundant-member-init)
    string_view default_text{};
    string_view derived{};
    string_view example{};
    // NOLINTEND(readability-redundant-member-init)
    std::uint64_t minimum = 0;
    std::uint64_t maximum = std::numeric_limits<std::int64_t>::max();
    Check check = nullptr;
    bool reloadable = false;
    bool effective = true;
};

constexpr bool at_hangup = true;  // .reloadable
constexpr bool later = false;     // .effective

template <auto Member>
consteval Setting row(string_view key, Traits traits, string_view doc) {
    using Section = typename Parts<decltype(Member)>::Section;
    using Value = typename Parts<decltype(Member)>::Value;
    static_assert(!section_name<Section>.empty());
    Setting out{};
    out.section = section_name<Section>;
    out.key = key;
    out.type = traits.type == Type::boolean ? type_of<Value>() : traits.type;
    if constexpr (type_of<Value>() == Type::word) {
        static_assert(std::same_as<std::underlying_type_t<Value>, std::uint8_t> && !words_of<Value>.empty());
        out.words = words_of<Value>;
        // An enumeration over an octet may be read and written as that octet.
        out.slot = [](Target target) -> Slot {
            return reinterpret_cast<std::uint8_t*>(&(std::get<Section*>(target)->*Member));
        };
    } else {
        out.slot = [](Target target) -> Slot { return &(std::get<Section*>(target)->*Member); };
    }
    out.default_text = traits.default_text;
    out.derived = traits.derived;
    out.example = traits.example;
    out.required = traits.default_text.empty() && traits.derived.empty();
    out.minimum = traits.minimum;
    out.maximum = traits.maximum;
    out.check = traits.check;
    out.reloadable = traits.reloadable;
    out.effective = traits.effective;
    out.doc = doc;
    return out;
}

template <auto Member>
constexpr auto of = [](Settings& settings) -> Target { return &(settings.*Member); };

constexpr std::array sections{
    SectionInfo{"gateway", Shape::table, of<&Settings::gateway>, "", "The gateway itself."},
    SectionInfo{
        "log", Shape::table, of<&Settings::log>, "",
        "The operational log: one line an event. It never holds message text, credentials or looked-up "
        "content."},
    SectionInfo{"listener", Shape::list, nullptr, "",
                "Where mail comes in; one section a listener. Each hands its mail on to one upstream."},
    SectionInfo{"upstream", Shape::named, nullptr, "dovecot",
                "Where mail goes to. The name after the dot is what listeners refer to."},
    SectionInfo{
        "annotate", Shape::table, of<&Settings::annotate>, "",
        "The block of header fields that says who wrote a message, on listeners whose policy is inbound."},
    SectionInfo{"limits", Shape::table, of<&Settings::limits>, "", "What one client may ask of the gateway."},
    SectionInfo{"timeouts", Shape::table, of<&Settings::timeouts>, "",
                "How long each step of a session may take; command, data_block and data_end are what RFC "
                "5321 section 4.5.3.2 asks for."},
    SectionInfo{"cache", Shape::table, of<&Settings::cache>, "", "How long the answer of a lookup holds."},
    SectionInfo{"store", Shape::table, of<&Settings::store>, "",
                "What survives a restart: profiles and their history. Mail is never stored."},
    SectionInfo{"retention", Shape::table, of<&Settings::retention>, "", "How much history is kept."},
    SectionInfo{"connector", Shape::named, nullptr, "directory",
                "The sources of profiles. This version holds one, the directory: people in a local file. The "
                "others are known by name and can't be enabled yet: ldap, gravatar, profile_page, webfinger, "
                "facebook, x, github, bluesky, orcid, libravatar, gitlab."},
    SectionInfo{"http", Shape::table, of<&Settings::http>, "", "How connectors reach the network."},
    SectionInfo{"outbound", Shape::table, of<&Settings::outbound>, "", "Our own organisation."},
    SectionInfo{"imap", Shape::table, of<&Settings::imap>, "",
                "Annotation of mail while it is read over IMAP."},
    SectionInfo{"audit", Shape::table, of<&Settings::audit>, "",
                "The tamper-evident record of what the gateway did."},
    SectionInfo{"metrics", Shape::table, of<&Settings::metrics>, "",
                "Counters for Prometheus, and the health check."},
};

// One row a key, two or three lines each: the formatter would spread them over ten.
// clang-format off
constexpr auto settings = std::to_array<Setting>({
    row<&Gateway::hostname>("hostname", {.default_text = R"("")", .check = check_host_name},
        "The name the gateway greets with. Empty: the machine's name."),
    row<&Gateway::state_dir>("state_dir", {.default_text = R"("/var/lib/decorum")"},
        "The folder of everything the gateway keeps: the database, the key of the seal."),
    row<&Gateway::data_dir>("data_dir",
        {.type = Type::folder, .default_text = R"("")", .effective = later},
        "The folder of the shipped data: lexicon, model, notices. Empty: where it was installed."),
    row<&Gateway::threads>("threads", {.default_text = "0", .maximum = 1024},
        "Threads that serve connections. 0: one a processor core."),
    row<&Gateway::drain>("drain", {.default_text = R"("30s")", .maximum = hour},
        "How long a stopping gateway waits for the messages under way."),

    row<&Log::level>("level", {.default_text = R"("info")", .reloadable = at_hangup},
        "What is logged: lines of this level and above."),
    row<&Log::format>("format", {.default_text = R"("json")", .reloadable = at_hangup},
        "One JSON object a line, or key=value text."),
    row<&Log::target>("target",
        {.default_text = R"("stderr")", .check = check_log_target, .reloadable = at_hangup},
        "\"stderr\", \"journald\", or the path of a file."),

    row<&Listener::name>("name",
        {.example = R"("delivery")", .check = check_section_name},
        "What logs call this listener."),
    row<&Listener::protocol>("protocol", {.example = R"("lmtp")"},
        "The protocol spoken, towards clients and to the upstream alike. \"imap\" is not in this version."),
    row<&Listener::bind>("bind",
        {.example = R"(["127.0.0.1:2424"])", .check = check_bind},
        "Where to listen: \"ADDRESS:PORT\", \"[V6-ADDRESS]:PORT\" or \"unix:/PATH\". Port 0 takes any free "
        "one."),
    row<&Listener::tls>("tls", {.default_text = R"("none")"},
        "TLS towards clients: not at all, by STARTTLS, or from the first octet."),
    row<&Listener::certificate>("certificate",
        {.type = Type::file, .default_text = R"("")", .reloadable = at_hangup},
        "PEM file with the certificate chain; needed where tls is not \"none\"."),
    row<&Listener::private_key>("private_key",
        {.type = Type::secret_file, .default_text = R"("")", .reloadable = at_hangup},
        "PEM file with the key of the certificate."),
    row<&Listener::policy>("policy", {.default_text = R"("inbound")"},
        "\"inbound\" annotates; \"pass\" hands everything on untouched; \"outbound\" does what \"pass\" "
        "does in this version, and removes our block."),
    row<&Listener::upstream>("upstream", {.example = R"("dovecot")"},
        "The name of an [upstream.NAME] section with the same protocol."),
    row<&Listener::position>("position",
        {.derived = R"("delivery" for lmtp, "filter" for smtp, "submission" where policy is "outbound")",
         .example = R"("delivery")"},
        "Where the gateway stands: behind the mail server on the way to the mailbox, as its filter, in "
        "front of it, or where our own people submit. At \"front\" Authentication-Results are never "
        "trusted: nobody has checked the mail yet, so no sender counts as authenticated and no profile is "
        "shown."),
    row<&Listener::trusted_peers>("trusted_peers", {.default_text = "[]", .check = check_peer},
        "Addresses and prefixes (or \"unix\") that may send PROXY, XCLIENT and XFORWARD, and whose sealed "
        "blocks are kept."),
    row<&Listener::proxy_protocol>("proxy_protocol", {.default_text = "false"},
        "Each connection from a trusted peer must begin with a PROXY header, version 1 or 2."),
    row<&Listener::malformed>("malformed",
        {.derived = R"("refuse" for smtp, "pass" for lmtp and imap)", .example = R"("pass")"},
        "What becomes of a message with a bare CR, a bare LF or a NUL: refused, rewritten with proper line "
        "ends, or passed as it is."),
    row<&Listener::deadline>("deadline",
        {.derived = "annotate.deadline for smtp, \"2s\" for lmtp and imap", .example = R"("2s")", .maximum =
         minute},
        "How long a message waits for its profile. After that it goes on with status=pending."),
    row<&Listener::max_connections>("max_connections",
        {.default_text = "4000", .minimum = 1, .maximum = 1'000'000},
        "Connections at a time; one more is answered 421."),
    row<&Listener::max_connections_per_address>("max_connections_per_address",
        {.default_text = "200", .minimum = 1, .maximum = 1'000'000},
        "The same for one client address. Trusted peers are not counted."),

    row<&Upstream::protocol>("protocol", {.example = R"("lmtp")"},
        "The protocol the server speaks."),
    row<&Upstream::address>("address", {.example = R"("127.0.0.1:24")", .check = check_upstream_address},
        "\"HOST:PORT\", \"[V6-ADDRESS]:PORT\" or \"unix:/PATH\"."),
    row<&Upstream::tls>("tls", {.default_text = R"("none")"},
        "TLS to the server."),
    row<&Upstream::verify>("verify", {.default_text = R"("required")"},
        "Where tls is not \"none\": \"required\" goes on only with a certificate that is valid for the "
        "name; \"opportunistic\" goes on without one, and without TLS where it isn't offered; \"none\" "
        "insists on TLS and takes any certificate."),
    row<&Upstream::ca_file>("ca_file", {.type = Type::file, .default_text = R"("")"},
        "PEM file with the authorities to believe. Empty: the system's."),
    row<&Upstream::tls_name>("tls_name", {.default_text = R"("")", .check = check_host_name},
        "The name in the server's certificate. Empty: the host of address."),
    row<&Upstream::send_proxy>("send_proxy", {.default_text = R"("none")"},
        "Begin each connection with a PROXY header that names the client; the server must expect it."),
    row<&Upstream::spares>("spares", {.default_text = "2", .maximum = 1000},
        "Connections kept ready a thread, greeted and unused."),
    row<&Upstream::max_idle>("max_idle", {.default_text = "8", .maximum = 10'000},
        "Connections kept a thread for the next message, where the protocol allows to use them again."),

    row<&Annotate::prefix>("prefix", {.default_text = R"("Sender-Profile")", .check = check_prefix},
        "The name of the block's fields. Fields with this name, or with it and a hyphen, are removed from "
        "what comes in."),
    row<&Annotate::deadline>("deadline", {.default_text = R"("300ms")", .maximum = minute},
        "How long a message waits for its profile on smtp listeners that don't set a deadline."),
    row<&Annotate::require>("require", {.default_text = R"("authenticated")"},
        "\"authenticated\": profiles only for senders whom your mail server has authenticated. \"none\": "
        "for every From, forged ones too; for closed networks only."),
    row<&Annotate::authserv_ids>("authserv_ids", {.default_text = "[]", .check = check_authserv_id},
        "The names your own servers write into Authentication-Results. Fields of others are not believed."),
    row<&Annotate::face>("face", {.default_text = "true"},
        "Add a Face field, and remove foreign Face and X-Face fields."),
    row<&Annotate::seal_key_file>("seal_key_file", {.type = Type::secret_file, .default_text = R"("")"},
        "The key of the seal. Empty: one that is made in state_dir at the first start. Gateways that trust "
        "each other's blocks share it."),
    row<&Annotate::activity>("activity", {.default_text = R"("clean")"},
        "Recent public posts: those without any finding, none, or all. In this version nothing can be "
        "found clean, so \"clean\" shows none."),
    row<&Annotate::visible>("visible", {.default_text = R"("none")"},
        "A tag in From or Subject for clients that show no other fields; only at position \"delivery\". It "
        "breaks DKIM for later hops."),
    row<&Annotate::outlook_flag>("outlook_flag", {.default_text = "false"},
        "Add X-Message-Flag, which Outlook shows above the message."),
    row<&Annotate::own_names>("own_names", {.default_text = "[]", .check = check_display_text},
        "Our people and organisations: an outsider who claims a name that resembles one is not shown. The "
        "directory and outbound.domains count already."),
    row<&Annotate::exclude_recipients>("exclude_recipients", {.default_text = "[]", .check = check_recipient},
        "Recipients whose mail is not annotated: addresses, or domains as \"@example.org\"."),
    row<&Annotate::role_addresses>("role_addresses", {.default_text =
         R"(["abuse", "accounting", "accounts", "admin", "administrator", "billing", "bounce", )"
         R"("bounces", "careers", "contact", "daemon", "do-not-reply", "donotreply", "feedback", )"
         R"("ftp", "help", "helpdesk", "hostmaster", "hr", "info", "invoice", )"
         R"("invoices", "jobs", "legal", "mailer-daemon", "marketing", "media", "news", )"
         R"("newsletter", "no-reply", "nobody", "noc", "noreply", "notification", )"
         R"("notifications", "office", "orders", "postmaster", "press", "privacy", "root", )"
         R"("sales", "security", "service", "shop", "support", "team", "usenet", "uucp", )"
         R"("webmaster", "www"])", .check = check_local_part},
        "What stands before the @ of addresses that are nobody in person; they are not looked up."),

    row<&Limits::header>("header",
        {.type = Type::size, .default_text = R"("256KiB")", .minimum = 4 * kib, .maximum = 64 * mib},
        "Header octets held for annotation. A longer header passes with status=unavailable."),
    row<&Limits::command_line>("command_line",
        {.type = Type::size, .default_text = "2048", .minimum = 512, .maximum = mib},
        "Octets of a command."),
    row<&Limits::auth_line>("auth_line",
        {.type = Type::size, .default_text = "12288", .minimum = 12'288, .maximum = mib},
        "Octets of a line of AUTH (RFC 4954 section 4 asks for 12288)."),
    row<&Limits::data_line>("data_line",
        {.type = Type::size, .default_text = R"("1MiB")", .minimum = 1000, .maximum = 64 * mib},
        "Octets of a line of a message."),
    row<&Limits::message_size>("message_size",
        {.type = Type::size, .default_text = "0", .maximum = 1024 * gib},
        "Octets of a message. 0: what the upstream takes."),
    row<&Limits::recipients>("recipients", {.default_text = "1000", .minimum = 1, .maximum = 1'000'000},
        "Recipients of a message (RFC 5321 section 4.5.3.1.8 asks for 100)."),
    row<&Limits::errors>("errors", {.default_text = "20", .minimum = 1, .maximum = 100'000},
        "Protocol errors of a session, then 421. A refused recipient or message is none."),
    row<&Limits::received_fields>("received_fields", {.default_text = "100", .minimum = 1, .maximum = 10'000},
        "Received fields of a message; more is a loop."),
    row<&Limits::reply_lines>("reply_lines", {.default_text = "256", .minimum = 1, .maximum = 100'000},
        "Lines of one reply of the upstream."),

    row<&Timeouts::connect>("connect", {.default_text = R"("10s")", .minimum = 1, .maximum = hour},
        "To reach the upstream."),
    row<&Timeouts::greeting>("greeting", {.default_text = R"("30s")", .minimum = 1, .maximum = hour},
        "Until the upstream greets."),
    row<&Timeouts::command>("command", {.default_text = R"("5min")", .minimum = 1, .maximum = day},
        "Until the client's next command, and until the upstream's reply to one."),
    row<&Timeouts::handshake>("handshake", {.default_text = R"("30s")", .minimum = 1, .maximum = hour},
        "For TLS, and for the PROXY header."),
    row<&Timeouts::data_block>("data_block", {.default_text = R"("3min")", .minimum = 1, .maximum = day},
        "Until the next octets of a message."),
    row<&Timeouts::data_total>("data_total", {.default_text = R"("1h")", .minimum = 1, .maximum = 7 * day},
        "For a whole message."),
    row<&Timeouts::data_end>("data_end", {.default_text = R"("10min")", .minimum = 1, .maximum = day},
        "Until the upstream's verdict on a message."),

    row<&Cache::positive>("positive", {.default_text = R"("24h")", .minimum = second, .maximum = 365 * day},
        "A profile that was found."),
    row<&Cache::negative>("negative", {.default_text = R"("24h")", .minimum = second, .maximum = 365 * day},
        "That there is none."),
    row<&Cache::failure>("failure", {.default_text = R"("5min")", .maximum = day},
        "That a source could not be asked."),
    row<&Cache::entries>("entries", {.default_text = "100000", .minimum = 1, .maximum = 100'000'000},
        "Addresses held in memory."),

    row<&Store::url>("url",
        {.default_text = R"("sqlite:")", .check = check_store_url},
        "\"sqlite:PATH\" (without a path: in state_dir), or \"memory:\", which forgets."),

    row<&Retention::versions>("versions", {.default_text = "50", .minimum = 1, .maximum = 10'000},
        "Versions of a profile kept an address; each message shows the one of its date."),

    row<&Connector::enabled>("enabled",
        {.derived = "true for directory, false for every other", .example = "true"},
        "Ask this source."),
    row<&Connector::file>("file", {.type = Type::file, .default_text = R"("")"},
        "For directory: the file of people, such as \"people.toml\"; people.example.toml shows its form. "
        "Empty: nobody. It is read again when it changes."),
    row<&Connector::base_url>("base_url", {.default_text = R"("")", .check = check_base_url},
        "For the others: where the source is. Empty: its public place."),
    row<&Connector::token_file>("token_file", {.type = Type::secret_file, .default_text = R"("")"},
        "For the others: a file with the access token."),

    row<&Http::proxy>("proxy", {.default_text = R"("")", .check = check_proxy_url, .effective = later},
        "The proxy to go through, \"http://HOST:PORT\". Empty: none."),
    row<&Http::ca_file>("ca_file", {.type = Type::file, .default_text = R"("")", .effective = later},
        "PEM file with the authorities to believe. Empty: the system's."),
    row<&Http::allow_private>("allow_private", {.default_text = "false", .effective = later},
        "Let connectors reach private addresses and plain http. For tests only."),

    row<&Outbound::domains>("domains", {.default_text = "[]", .check = check_host_name},
        "Our mail domains: an outsider who claims one of their names is not shown."),
    row<&Outbound::charter>("charter", {.type = Type::file, .default_text = R"("")", .effective = later},
        "The rules for our own people's public profiles. Empty: the shipped ones."),

    row<&Imap::annotate>("annotate", {.default_text = "false", .effective = later},
        "Annotate while mail is read. Where delivery annotates, IMAP need not."),
    row<&Imap::block>("block",
        {.type = Type::size, .default_text = R"("2KiB")", .minimum = 512, .maximum = 4 * kib, .effective = later},
        "Octets of the block, the same for every message. Never change it once clients have read mail."),

    row<&Audit::file>("file", {.default_text = R"("")", .effective = later},
        "Folder and stem of the record's files. Empty: in state_dir."),

    row<&Metrics::bind>("bind",
        {.default_text = R"("")", .check = check_bind, .effective = later},
        "Where to serve them, such as \"127.0.0.1:9925\". Empty: nowhere."),
});
// clang-format on

constexpr auto connectors =
    std::to_array<string_view>({"directory", "gravatar", "ldap", "profile_page", "webfinger", "facebook", "x",
                                "github", "bluesky", "orcid", "libravatar", "gitlab"});
constexpr auto built = std::to_array<string_view>({"directory"});

}  // namespace

std::span<const Setting> all_settings() {
    return settings;
}

std::span<const SectionInfo> all_sections() {
    return sections;
}

const SectionInfo* find_section(string_view name) {
    const auto* at = std::ranges::find(sections, name, &SectionInfo::name);
    return at == sections.end() ? nullptr : at;
}

const Setting* find_setting(string_view section, string_view key) {
    const auto* at = std::ranges::find_if(
        settings, [&](const Setting& setting) { return setting.section == section && setting.key == key; });
    return at == settings.end() ? nullptr : at;
}

std::span<const string_view> known_connectors() {
    return connectors;
}

std::span<const string_view> built_connectors() {
    return built;
}

}  // namespace decorum::config
