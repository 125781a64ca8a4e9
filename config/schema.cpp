// The table of settings and its look-ups. Invariant: the order of rows is the order of the reference and of
// the shipped file, section by section. A default that doesn't read is a bug that a test finds, not an error.
#include "config/schema.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "config/schema_row.hpp"
#include "config/schema_sources.hpp"

namespace decorum::config {
namespace {

using namespace table;
using std::string_view;

// One row a key, two or three lines each: the formatter would spread them over ten.
// clang-format off
constexpr auto settings_before_sources = std::to_array<Setting>({
    row<&Gateway::hostname>("hostname", {.default_text = R"("")", .check = check_host_name},
        "The name the gateway greets with. Empty: the machine's name."),
    row<&Gateway::state_dir>("state_dir", {.default_text = R"("/var/lib/decorum")"},
        "The folder of everything the gateway keeps: the database, the key of the seal."),
    row<&Gateway::data_dir>("data_dir",
        {.type = Type::folder, .default_text = R"("")"},
        "The folder of the shipped data: lexicon, model, charter, notices. Empty: where it was installed."),
    row<&Gateway::threads>("threads", {.default_text = "0", .maximum = 998},
        "Threads that serve connections. 0: one a processor core."),
    row<&Gateway::drain>("drain", {.default_text = R"("30s")", .maximum = hour, .reloadable = at_hangup},
        "How long a stopping gateway waits for the messages under way."),

    row<&Log::level>("level", {.default_text = R"("info")"},
        "What is logged: lines of this level and above."),
    row<&Log::format>("format", {.default_text = R"("json")"},
        "One JSON object a line, or key=value text."),
    row<&Log::target>("target",
        {.default_text = R"("stderr")", .check = check_log_target},
        "\"stderr\", \"journald\", or the path of a file."),

    row<&Listener::name>("name",
        {.example = R"("delivery")", .check = check_section_name, .reloadable = at_start},
        "What logs call this listener, and systemd the sockets that it gives it (FileDescriptorName=)."),
    row<&Listener::protocol>("protocol", {.example = R"("lmtp")", .reloadable = at_start},
        "The protocol spoken, towards clients and to the upstream alike. An imap listener annotates while mail "
        "is read, where imap.annotate is on."),
    row<&Listener::bind>("bind",
        {.example = R"(["127.0.0.1:2424"])", .check = check_bind, .reloadable = at_start},
        "Where to listen: \"ADDRESS:PORT\", \"[V6-ADDRESS]:PORT\" or \"unix:/PATH\". Port 0 takes any free "
        "one. Sockets that systemd gives under the listener's name (decorum-*.socket) take the place of all of these."),
    row<&Listener::tls>("tls", {.default_text = R"("none")"},
        "TLS towards clients: not at all, by STARTTLS, or from the first octet."),
    row<&Listener::certificate>("certificate",
        {.type = Type::file, .default_text = R"("")"},
        "PEM file with the certificate chain; needed where tls is not \"none\"."),
    row<&Listener::private_key>("private_key",
        {.type = Type::secret_file, .default_text = R"("")"},
        "PEM file with the key of the certificate."),
    row<&Listener::policy>("policy", {.default_text = R"("inbound")", .reloadable = at_start},
        "\"inbound\" annotates; \"pass\" hands everything on untouched; \"outbound\" assesses our own people's "
        "public profiles by the charter, and removes our block."),
    row<&Listener::upstream>("upstream", {.example = R"("dovecot")"},
        "The name of an [upstream.NAME] section with the same protocol."),
    row<&Listener::position>("position",
        {.derived = R"("delivery" for lmtp, "filter" for smtp, "submission" where policy is "outbound")",
         .example = R"("delivery")"},
        "For smtp and lmtp. Where the gateway stands: behind the mail server on the way to the mailbox, as its filter, in "
        "front of it, or where our own people submit. At \"front\" Authentication-Results are never "
        "trusted: nobody has checked the mail yet, so no sender counts as authenticated and no profile is "
        "shown. As a filter before the queue (smtpd_proxy_filter) it is \"front\", too: there milters have seen no header."),
    row<&Listener::trusted_peers>("trusted_peers", {.default_text = "[]", .check = check_peer},
        "Addresses and prefixes (or \"unix\") that may send PROXY, XCLIENT and XFORWARD, and whose sealed "
        "blocks are kept."),
    row<&Listener::proxy_protocol>("proxy_protocol", {.default_text = "false"},
        "Each connection from a trusted peer must begin with a PROXY header, version 1 or 2."),
    row<&Listener::malformed>("malformed",
        {.derived = R"("refuse" for smtp, "pass" for lmtp and imap)", .example = R"("pass")"},
        "For smtp and lmtp. What becomes of a message with a bare CR, a bare LF or a NUL: refused, rewritten with proper line "
        "ends, or passed as it is."),
    row<&Listener::deadline>("deadline",
        {.derived = "annotate.deadline for smtp, \"2s\" for lmtp and imap", .example = R"("2s")", .maximum =
         minute},
        "How long a message waits for its profile; over imap, all messages of one command together. After that it "
        "goes on with status=pending."),
    row<&Listener::max_connections>("max_connections",
        {.default_text = "4000", .minimum = 1, .maximum = 1'000'000},
        "Connections at a time. For one more, one that has been open long without a command is closed, with 421 "
        "(BYE over imap) unless TLS is still being agreed; where each has sent one, the new one is turned away."),
    row<&Listener::max_connections_per_address>("max_connections_per_address",
        {.default_text = "200", .minimum = 1, .maximum = 1'000'000},
        "Connections at a time of one client, an IPv4 address or an IPv6 network of 64 bits; one more is turned "
        "away. Trusted peers are not counted."),

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
    row<&Upstream::forward_address>("forward_address", {.default_text = "false"},
        "For imap. Name the client's address to the server in an ID command (x-originating-ip), which Dovecot "
        "believes of the addresses in its login_trusted_networks; else its limits on failed logins count for all "
        "clients of this gateway together. Needs no PROXY header."),
    row<&Upstream::spares>("spares", {.default_text = "2", .maximum = 1000},
        "For smtp and lmtp. Connections kept ready a thread, greeted and unused. With max_idle, and times the threads, "
        "they should be fewer than the server takes at once; once a client has waited long for one, none are kept for a minute."),
    row<&Upstream::max_idle>("max_idle", {.default_text = "8", .maximum = 10'000},
        "For smtp and lmtp. Connections kept a thread for the next message, where the protocol allows to use them again."),

    row<&Annotate::prefix>("prefix",
        {.default_text = R"("Sender-Profile")", .check = check_prefix, .reloadable = at_start},
        "The name of the block's fields. Fields with this name, or with it and a hyphen, are removed from "
        "what comes in."),
    row<&Annotate::deadline>("deadline", {.default_text = R"("300ms")", .maximum = minute},
        "How long a message waits for its profile on smtp listeners that don't set a deadline, and in "
        "decorum annotate, which waits two seconds at the least."),
    row<&Annotate::require>("require", {.default_text = R"("authenticated")"},
        "\"authenticated\": profiles only for senders whom your mail server has authenticated. \"none\": "
        "for every From, forged ones too; for closed networks only."),
    row<&Annotate::authserv_ids>("authserv_ids", {.default_text = "[]", .check = check_authserv_id},
        "The names your own servers write into Authentication-Results. Fields of others are not believed."),
    row<&Annotate::face>("face", {.default_text = "true", .reloadable = at_start},
        "Add a Face field, and remove foreign Face and X-Face fields."),
    row<&Annotate::seal_key_file>("seal_key_file", {.type = Type::secret_file, .default_text = R"("")"},
        "The key of the seal. Empty: one that is made in state_dir at the first start. Gateways that trust "
        "each other's blocks share it."),
    row<&Annotate::activity>("activity", {.default_text = R"("clean")", .reloadable = at_start},
        "Recent public posts: those without any finding of decorum assess, none at all, or all whatever it "
        "says."),
    row<&Annotate::activities>("activities",
        {.default_text = "1", .minimum = 1, .maximum = 5, .reloadable = at_start},
        "How many of them are shown at the most, the newest first. They share the room of one field."),
    row<&Annotate::visible>("visible", {.default_text = R"("none")"},
        "A tag in From or Subject for clients that show no other fields; only at position \"delivery\". It "
        "breaks DKIM for later hops."),
    row<&Annotate::outlook_flag>("outlook_flag", {.default_text = "false"},
        "Add X-Message-Flag, which Outlook shows above the message."),
    row<&Annotate::own_names>("own_names", {.default_text = "[]", .check = check_display_text},
        "Our people and organisations: an outsider who claims a name that resembles one is not shown. The "
        "directory and outbound.domains count already."),
    row<&Annotate::exclude_recipients>("exclude_recipients", {.default_text = "[]", .check = check_recipient},
        "Recipients whose mail is not annotated and causes no question to any source, such as the mailbox for job "
        "applications, [\"jobs@example.org\"]: addresses, or domains as \"@example.org\"."),
    row<&Annotate::role_addresses>("role_addresses", {.default_text =
         R"(["abuse", "accounting", "accounts", "admin", "administrator", "billing", "bounce", )"
         R"("bounces", "careers", "contact", "daemon", "do-not-reply", "donotreply", "feedback", )"
         R"("ftp", "help", "helpdesk", "hostmaster", "hr", "info", "invoice", )"
         R"("invoices", "jobs", "legal", "mailer-daemon", "marketing", "media", "news", )"
         R"("newsletter", "no-reply", "nobody", "noc", "noreply", "notification", )"
         R"("notifications", "office", "orders", "postmaster", "press", "privacy", "root", )"
         R"("sales", "security", "service", "shop", "support", "team", "usenet", "uucp", )"
         R"("webmaster", "www"])", .check = check_local_part, .reloadable = at_start},
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
        "Protocol errors of a session, then 421. A refused recipient or message is none. "
        "IMAP: errors in a row, then BYE; what the mail server has done for the client ends the row."),
    row<&Limits::received_fields>("received_fields", {.default_text = "100", .minimum = 1, .maximum = 10'000},
        "Received fields of a message; more is a loop."),
    row<&Limits::reply_lines>("reply_lines", {.default_text = "256", .minimum = 1, .maximum = 100'000},
        "Lines of one reply of the upstream."),

    row<&Timeouts::connect>("connect", {.default_text = R"("10s")", .minimum = 1, .maximum = hour},
        "To reach the upstream."),
    row<&Timeouts::greeting>("greeting", {.default_text = R"("30s")", .minimum = 1, .maximum = hour},
        "Until the upstream greets. Also for each reply while a connection to it is made ready (EHLO, STARTTLS, "
        "XCLIENT, XFORWARD), unless timeouts.command is smaller."),
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
    row<&Cache::activities>("activities",
        {.default_text = R"("30min")", .minimum = second, .maximum = 365 * day},
        "The answer of a source that gives recent activity."),
    row<&Cache::negative>("negative", {.default_text = R"("24h")", .minimum = second, .maximum = 365 * day},
        "That there is none."),
    row<&Cache::failure>("failure", {.default_text = R"("5min")", .maximum = day},
        "That a source could not be asked."),
    row<&Cache::stale>("stale", {.default_text = R"("7d")", .minimum = minute, .maximum = 365 * day},
        "How long an answer is shown on while its source fails, refuses or throttles us; then it is shown no "
        "more."),
    row<&Cache::entries>("entries", {.default_text = "100000", .minimum = 1, .maximum = 100'000'000},
        "Addresses held in memory."),

    row<&Store::url>("url",
        {.default_text = R"("sqlite:")", .check = check_store_url},
        "\"sqlite:PATH\" (without a path: in state_dir), \"memory:\", which forgets, or a Redis, which several "
        "gateways share: \"redis://HOST:PORT/NUMBER\", \"rediss://…\" over TLS, \"redis+unix:/PATH\"."),
    row<&Store::key_file>("key_file", {.type = Type::secret_file, .default_text = R"("")"},
        "What addresses are hidden under in the store: at least 16 octets as base64 on one line. Empty: cache.key "
        "in state_dir, made at first start. Gateways that share a Redis need the same one."),
    row<&Store::user>("user", {.default_text = R"("")", .check = check_short_text},
        "For Redis: whom to log in as. Empty: the default user."),
    row<&Store::password_file>("password_file", {.type = Type::secret_file, .default_text = R"("")"},
        "For Redis: a file with the password. Empty: none."),
    row<&Store::sentinels>("sentinels", {.default_text = "[]", .check = check_upstream_address},
        "For Redis: the sentinels that know which server is the master, \"HOST:PORT\" each; url names no host then."),
    row<&Store::master>("master", {.default_text = R"("")", .check = check_short_text},
        "For Redis: the master's name among the sentinels."),
    row<&Store::sentinel_password_file>("sentinel_password_file",
        {.type = Type::secret_file, .default_text = R"("")"},
        "For Redis: a file with the password of the sentinels. Empty: none."),
    row<&Store::ca_file>("ca_file", {.type = Type::file, .default_text = R"("")"},
        "For rediss: PEM file with the authorities to believe. Empty: the system's."),
    row<&Store::tls_name>("tls_name", {.default_text = R"("")", .check = check_host_name},
        "For rediss: the name in the certificates, also of the sentinels. Empty: the host that is connected to."),
    row<&Store::timeout>("timeout", {.default_text = R"("2s")", .minimum = 10, .maximum = minute},
        "For Redis: to connect, and for each answer; mail does not wait for it (annotate.deadline)."),

    row<&Retention::versions>("versions", {.default_text = "50", .minimum = 1, .maximum = 10'000},
        "Versions of a profile kept an address; each message shows the one of its date."),
    row<&Retention::notices>("notices",
        {.default_text = R"("365d")", .minimum = day, .maximum = 10 * 365 * day, .reloadable = at_hangup},
        "How long it is kept that a notice was sent, and what became of it; its words go when it is sent."),
});

constexpr auto settings_after_sources = std::to_array<Setting>({
    row<&Http::proxy>("proxy", {.default_text = R"("")", .check = check_proxy_url},
        "The proxy to go through, \"http://HOST:PORT\". Empty: none."),
    row<&Http::ca_file>("ca_file", {.type = Type::file, .default_text = R"("")"},
        "PEM file with the authorities to believe. Empty: the system's."),
    row<&Http::allow_private>("allow_private", {.default_text = "false"},
        "Let connectors reach private addresses and plain http. For tests only."),
    row<&Http::exceptions>("exceptions", {.default_text = "[]", .check = check_network},
        "Private addresses that connectors may reach all the same, such as a GitLab of yours: \"10.1.2.3\", "
        "\"10.1.2.0/24\"."),
    row<&Http::contact>("contact", {.default_text = R"("")", .check = check_short_text},
        "Whom a source may write to, in the User-Agent: an address or a page. Empty: the hostname."),
    row<&Http::dns_servers>("dns_servers", {.default_text = "[]", .check = check_dns_server},
        "Name servers to ask, \"ADDRESS\" or \"ADDRESS:PORT\". Empty: the system's."),
    row<&Http::max_body>("max_body",
        {.type = Type::size, .default_text = R"("1MiB")", .minimum = 4 * kib, .maximum = 64 * mib},
        "Octets of an answer, unpacked. A longer one is a failure."),
    row<&Http::max_redirects>("max_redirects", {.default_text = "3", .maximum = 10},
        "Redirects that are followed; each is checked like the first address."),
    row<&Http::connections>("connections", {.default_text = "8", .minimum = 1, .maximum = 1000},
        "Connections to one host at a time."),
    row<&Http::cache>("cache",
        {.type = Type::size, .default_text = R"("16MiB")", .maximum = gib},
        "Octets of answers that are kept for their ETag or lifetime. 0: none."),

    row<&Lookup::new_addresses>("new_addresses",
        {.default_text = "20", .minimum = 1, .maximum = 1'000'000, .reloadable = at_hangup},
        "Addresses of one registrable domain that outside sources are asked for, anew, in an hour. Directory, "
        "registry and LDAP don't count."),
    row<&Lookup::accounts>("accounts", {.default_text = "5", .maximum = 50},
        "Linked accounts that are asked for one person."),
    row<&Lookup::breaker_failures>("breaker_failures",
        {.default_text = "5", .minimum = 1, .maximum = 1000, .reloadable = at_hangup},
        "Failures in a row after which a source is left alone."),
    row<&Lookup::breaker_pause>("breaker_pause",
        {.default_text = R"("1min")", .minimum = 1, .maximum = day, .reloadable = at_hangup},
        "For how long; then one request tries it. Where it costs money (spend_cap), twice as long after each try that "
        "fails, up to an hour."),

    row<&Worker::processes>("processes", {.default_text = "2", .minimum = 1, .maximum = 64},
        "Jobs at a time."),
    row<&Worker::deadline>("deadline", {.default_text = R"("3s")", .minimum = 10, .maximum = minute},
        "For one job; then its process is ended, and there is no picture."),
    row<&Worker::memory>("memory",
        {.type = Type::size, .default_text = R"("256MiB")", .minimum = 64 * mib, .maximum = 4 * gib},
        "Address space of one job."),
    row<&Worker::max_picture>("max_picture",
        {.type = Type::size, .default_text = R"("1MiB")", .minimum = kib, .maximum = 64 * mib},
        "Octets of a picture."),
    row<&Worker::max_side>("max_side", {.default_text = "4096", .minimum = 48, .maximum = 16'384},
        "Pixels of a picture's longer side."),

    row<&Registry::file>("file", {.default_text = R"("")"},
        "The file. Empty: registry.toml in state_dir."),

    row<&OptOut::file>("file", {.default_text = R"("")"},
        "The file. Empty: optout.toml in state_dir."),

    row<&Outbound::domains>("domains", {.default_text = "[]", .check = check_mail_domain},
        "Our mail domains: mail to any other leaves the house, and only people of these are assessed. An "
        "outsider who claims one of their names is not shown."),
    row<&Outbound::charter>("charter",
        {.type = Type::file, .default_text = R"("")"},
        "The rules for our own people's public profiles; charter.toml in data_dir shows the form. Empty: that "
        "one. The file is read again at SIGHUP; another name takes a restart."),
    row<&Outbound::login_map>("login_map", {.type = Type::file, .default_text = R"("")"},
        "A TOML file that says whose addresses a login writes from: [logins], then lines such as jane = "
        "[\"jane@example.org\"]. Empty: a login that is itself an address of ours owns that address. It is "
        "read again when it changes."),

    row<&Notice::from>("from", {.default_text = R"("")", .check = check_sender},
        "Whom letters are from, \"Decorum <decorum@example.org>\": mail to this address, and to decorum+TOKEN@, is for "
        "the gateway, which takes it at every listener. Empty: nothing is written."),
    row<&Notice::upstream>("upstream", {.default_text = R"("")"},
        "The name of the [upstream.NAME] section that takes the letters; needed where from is set."),
    row<&Notice::rate>("rate", {.default_text = R"("60/min")", .check = check_rate},
        "How many letters leave, however many wait. Empty: no limit."),
    row<&Notice::retry>("retry",
        {.default_text = R"("5min")", .minimum = second, .maximum = day, .reloadable = at_hangup},
        "Before a letter is tried again that was not taken; doubled each time, up to four hours."),
    row<&Notice::expiry>("expiry",
        {.default_text = R"("5d")", .minimum = minute, .maximum = 30 * day, .reloadable = at_hangup},
        "A letter that nobody took for so long is given up."),
    row<&Notice::answers>("answers",
        {.default_text = "10", .minimum = 1, .maximum = 100, .reloadable = at_hangup},
        "Letters that answer one person in a day; what they ask for is done all the same."),
    row<&Notice::key_file>("key_file", {.type = Type::secret_file, .default_text = R"("")"},
        "What reply addresses are signed with: at least 16 octets as base64 on one line. Empty: notice.key in "
        "state_dir, made at first start. Gateways that share a Redis need the same one."),

    row<&Imap::annotate>("annotate", {.default_text = "false"},
        "Annotate while mail is read. Where delivery annotates, IMAP need not. Clients that have read mail before "
        "it is switched on or off download it again."),
    row<&Imap::block>("block",
        {.type = Type::size, .default_text = R"("2KiB")", .minimum = kib, .maximum = 4 * kib},
        "Octets of the block, the same for every message. After a change clients download everything again."),
    row<&Imap::autologout>("autologout",
        {.default_text = R"("31min")", .minimum = second, .maximum = day, .reloadable = at_hangup},
        "How long a client that has logged in may be silent, IDLE included (RFC 9051 section 5.4 asks for 30 "
        "minutes)."),

    row<&Audit::enabled>("enabled", {.default_text = "true"},
        "Record what is done with each message."),
    row<&Audit::file>("file", {.default_text = R"("")"},
        "Folder and stem of its files, STEM-N.jsonl, one a thread; in a folder of its own, auditors can be let into it. "
        "Empty: \"audit\" in state_dir."),
    row<&Audit::required>("required", {.default_text = "false", .reloadable = at_hangup},
        "Refuse mail for a while (451 at MAIL) as long as it can't be recorded. Else mail passes, and what is "
        "lost is counted."),
    row<&Audit::addresses>("addresses", {.default_text = R"("pseudonym")"},
        "How people are named: by a pseudonym that decorum forget makes meaningless, or by their address."),
    row<&Audit::sync>("sync", {.default_text = R"("interval")", .reloadable = at_hangup},
        "When what was written is forced to the disk: never (the end of the gateway loses nothing, a power failure "
        "some seconds), every interval, or before each message is handed over."),
    row<&Audit::interval>("interval",
        {.default_text = R"("1s")", .minimum = 10, .maximum = hour, .reloadable = at_hangup},
        "For sync = \"interval\"; how often we look whether the files are still there, too."),
    row<&Audit::rotate_size>("rotate_size",
        {.type = Type::size, .default_text = R"("64MiB")", .maximum = 64 * gib, .reloadable = at_hangup},
        "A file of so many octets is put aside, and the chain goes on in the next. 0: never."),
    row<&Audit::rotate_age>("rotate_age",
        {.default_text = R"("1d")", .maximum = 365 * day, .reloadable = at_hangup},
        "The same for a file that began so long ago. 0: never."),
    row<&Audit::retention>("retention",
        {.default_text = R"("365d")", .maximum = 3650 * day, .reloadable = at_hangup},
        "A file that was written last so long ago is removed, which is recorded. 0: never."),
    row<&Audit::key_file>("key_file", {.type = Type::secret_file, .default_text = R"("")"},
        "A file with the keys of the chains, as base64, one a line, the last one in use; decorum audit renew-key adds "
        "one, SIGHUP takes it over. Empty: chain.key in state_dir, made at first start."),

    row<&Metrics::bind>("bind",
        {.default_text = R"("")", .check = check_bind},
        "Where to serve them (/metrics, /health), such as \"127.0.0.1:9925\": to this machine alone, since whoever "
        "can connect may read. Empty: nowhere."),
});
// clang-format on

template <std::size_t... sizes>
constexpr auto in_a_row(const std::array<Setting, sizes>&... parts) {
    std::array<Setting, (sizes + ...)> all{};
    auto at = all.begin();
    ((at = std::ranges::copy(parts, at).out), ...);
    return all;
}

constexpr auto settings = in_a_row(settings_before_sources, table::source_settings, settings_after_sources);

}  // namespace

std::span<const Setting> all_settings() {
    return settings;
}

const Setting* find_setting(string_view section, string_view key) {
    const auto* at = std::ranges::find_if(
        settings, [&](const Setting& setting) { return setting.section == section && setting.key == key; });
    return at == settings.end() ? nullptr : at;
}

}  // namespace decorum::config
