// Reads beside a running gateway, in constant memory; what takes long says how far it is on a terminal.
#include "gateway/app/audit_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "gateway/app/commands.hpp"
#include "gateway/app/keys.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/audit/pseudonyms.hpp"
#include "gateway/audit/report.hpp"
#include "gateway/audit/verify.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {
namespace {

using Config = std::function<std::optional<std::filesystem::path>()>;
namespace json = boost::json;

struct QueryOptions {
    std::string since;
    std::string until;
    std::string person;
    std::string message_id;
    std::vector<std::string> events;
    std::string verdict;
    std::string format = "table";
    std::uint64_t limit = 0;  // 0: none
};

struct ReportOptions {
    std::string since;
    std::string until;
    std::string output;
    bool csv = false;
};

int audit_failed(std::string_view what) {
    fmt::print(stderr, "decorum audit: {}\n", shown(what));
    return exit_failure;
}

// A line on a terminal, for what takes long; nothing elsewhere.
audit::Progress progress(std::string_view what) {
    if (::isatty(STDERR_FILENO) == 0) return {};
    constexpr std::uint64_t worth_telling = std::uint64_t{16} << 20;
    return [what = std::string(what), last = std::uint64_t{101}](std::uint64_t octets,
                                                                 std::uint64_t of_octets) mutable {
        if (of_octets < worth_telling) return;
        const std::uint64_t percent = std::min<std::uint64_t>(octets * 100 / of_octets, 100);
        if (percent == last) return;
        last = percent;
        fmt::print(stderr, "\r{}: {} %{}", what, percent, percent == 100 ? "\n" : "");
        std::fflush(stderr);
    };
}

// "2026-11-23T06:00:00", which texts of the log compare with.
std::optional<std::string> moment_of(std::string_view name, const std::string& typed) {
    if (typed.empty()) return std::string{};
    constexpr std::size_t date_octets = 10;
    const auto instant = from_rfc3339(typed.size() == date_octets ? typed + "T00:00:00Z" : typed);
    if (!instant) {
        fmt::print(stderr, "decorum audit: --{}: a date, or a time as 2026-11-23T06:00:00Z\n", name);
        return std::nullopt;
    }
    std::string text = to_rfc3339(*instant);
    text.pop_back();
    return text;
}

struct Span {
    std::string since;
    std::string until;

    [[nodiscard]] static std::optional<Span> of(const std::string& since, const std::string& until) {
        const auto from = moment_of("since", since);
        const auto to = from ? moment_of("until", until) : std::nullopt;
        if (!to) return std::nullopt;
        return Span{*from, *to};
    }
    [[nodiscard]] bool holds(std::string_view time) const {
        return (since.empty() || time >= since) && (until.empty() || time < until);
    }
};

Result<std::vector<audit::OpenedChain>> open_log(const config::Settings& settings) {
    const audit::Place place = audit::place_of(settings);
    auto chains = audit::open_log(place);
    if (chains && chains->empty())
        return fail(errc::not_found, fmt::format("{}: there is no audit log", place.folder.string()));
    return chains;
}

// ---------------------------------------------------------------------------------------------- verify

std::string text_of(const audit::VerifiedChain& chain) {
    if (chain.broken)
        return fmt::format("{}:{}: {}: {}", chain.broken->file.string(), chain.broken->line,
                           audit::break_names[static_cast<std::size_t>(chain.broken->how)],
                           chain.broken->why);
    std::string out = fmt::format("chain {}: lines {} to {} hold, in {} {}, from {} to {}", chain.chain,
                                  chain.first_seq, chain.last_seq, chain.files,
                                  chain.files == 1 ? "file" : "files", chain.begins, chain.ends);
    if (chain.lost > 0) out += fmt::format("; {} events could not be written", chain.lost);
    return out;
}

json::object json_of(const audit::VerifiedChain& chain) {
    json::object out{{"chain", chain.chain},         {"holds", !chain.broken},     {"lines", chain.lines},
                     {"first_seq", chain.first_seq}, {"last_seq", chain.last_seq}, {"lost", chain.lost}};
    if (chain.broken)
        out["broken"] = json::object{{"file", chain.broken->file.string()},
                                     {"line", chain.broken->line},
                                     {"how", audit::break_names[static_cast<std::size_t>(chain.broken->how)]},
                                     {"why", chain.broken->why}};
    return out;
}

int verify_log(const std::optional<std::filesystem::path>& config, const std::vector<std::string>& logs,
               bool as_json) {
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto keys = audit::KeyRing::read(audit::key_file_of(*settings));
    if (!keys) return audit_failed(keys.error().detail);
    std::vector<audit::Anchor> anchors;
    for (const std::string& log : logs) {
        auto read = audit::read_anchors(log);
        if (!read) return audit_failed(read.error().detail);
        anchors.insert(anchors.end(), read->begin(), read->end());
    }
    const audit::Place place = audit::place_of(*settings);
    const auto chains = audit::verify(place, *keys, anchors, progress("checking"));
    if (!chains) return audit_failed(chains.error().detail);
    if (chains->empty()) return audit_failed(fmt::format("{}: there is no audit log", place.folder.string()));
    bool sound = true;
    std::uint64_t lines = 0;
    for (const auto& chain : *chains) {
        sound = sound && !chain.broken;
        lines += chain.lines;
        if (as_json)
            fmt::print("{}\n", json::serialize(json_of(chain)));
        else
            fmt::print("{}\n", text_of(chain));
    }
    if (!as_json && sound)
        fmt::print("{} lines in {} chains hold{}\n", lines, chains->size(),
                   logs.empty() ? "" : fmt::format("; {} anchors agree", anchors.size()));
    return sound ? exit_done : exit_no;
}

// ---------------------------------------------------------------------------------------------- query

// What the log calls the person, in quotation marks as it stands there; none: it has no name for them. An
// older version had another name for who is of a domain beyond ASCII.
Result<std::vector<std::string>> tokens_of_person(const config::Settings& settings,
                                                  const std::string& typed) {
    std::vector<std::string> tokens;
    const auto add = [&](std::string_view name) { audit::append_json_text(tokens.emplace_back(), name); };
    if (typed.starts_with("p-")) {
        add(typed);
        return tokens;
    }
    const auto address = typed_address("audit", typed);
    if (!address) return fail(errc::invalid);
    if (settings.audit.addresses == config::AuditAddresses::clear) {
        add(*address);
        const auto domain = address->rfind('@') + 1;
        if (const std::string readable = readable_domain(address->substr(domain));
            readable != address->substr(domain))
            add(address->substr(0, domain) + readable);
        return tokens;
    }
    const auto file = audit::Pseudonyms::file_in(settings.gateway.state_dir);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return tokens;
    auto secret = cache_secret(settings);
    if (!secret) return std::unexpected(std::move(secret.error()));
    for (const auto key_of : {store::record_key, store::older_record_key}) {
        audit::Pseudonyms pseudonyms(file, [&](std::string_view one) { return key_of(*secret, one); });
        if (const auto name = pseudonyms.known(*address)) add(*name);
    }
    return tokens;
}

// Everything but what has a column of its own.
json::object rest_of(const json::object& event) {
    json::object out;
    for (const auto& [name, value] : event)
        if (name != "v" && name != "chain" && name != "seq" && name != "time" && name != "event" &&
            name != "session" && name != "mac")
            out[name] = value;
    return out;
}

std::string words_of(const json::object& members) {
    std::string out;
    for (const auto& [name, value] : members) {
        if (!out.empty()) out.push_back(' ');
        out.append(name.data(), name.size()).push_back('=');
        if (const auto* text = value.if_string())
            out.append(shown(std::string_view(text->data(), text->size())));
        else
            out.append(shown(json::serialize(value)));
    }
    return out;
}

void print_row(const audit::LogReader::Entry& entry, const std::string& format) {
    if (format == "json") {
        std::fwrite(entry.line.data(), 1, entry.line.size(), stdout);
        std::fputc('\n', stdout);
        return;
    }
    boost::system::error_code error;
    const auto value = json::parse(json::string_view(entry.line.data(), entry.line.size()), error);
    const json::object members = error || !value.is_object() ? json::object{} : rest_of(value.get_object());
    const std::string session(audit::text_member(entry.line, "session"));
    if (format == "csv") {
        std::string_view person;
        for (const std::string_view name : {"person", "author", "sender"})
            if (person.empty()) person = audit::text_member(entry.line, name);
        fmt::print("{},{},{},{},{},{},{}\r\n", entry.sealed.time, entry.sealed.chain, entry.sealed.seq,
                   audit::csv_field(entry.sealed.event), audit::csv_field(session), audit::csv_field(person),
                   audit::csv_field(json::serialize(members)));
        return;
    }
    fmt::print("{:<24}  {:<10}  {:<8}  {}\n", shown(entry.sealed.time), shown(entry.sealed.event),
               shown(session), words_of(members));
}

int query_log(const std::optional<std::filesystem::path>& config, const QueryOptions& options) {
    const auto span = Span::of(options.since, options.until);
    if (!span) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    std::vector<std::string> names;
    if (!options.person.empty()) {
        auto known = tokens_of_person(*settings, options.person);
        if (!known)
            return known.error().code == errc::invalid ? exit_usage : audit_failed(known.error().detail);
        if (known->empty()) {
            fmt::print(
                stderr,
                "decorum audit: the log has no name for {}: nothing was recorded, or it was forgotten\n",
                shown(options.person));
            return exit_no;
        }
        names = std::move(*known);
    }
    std::string message_id;
    if (!options.message_id.empty()) {
        std::string_view id = options.message_id;
        if (id.starts_with('<') && id.ends_with('>')) id = id.substr(1, id.size() - 2);
        message_id = to_hex(view_of(sha256({id}))).substr(0, 32);
    }
    auto chains = open_log(*settings);
    if (!chains) return audit_failed(chains.error().detail);
    audit::LogReader reader(std::move(*chains), progress("reading"));
    if (options.format == "csv") fmt::print("time,chain,seq,event,session,person,members\r\n");
    for (std::uint64_t rows = 0; options.limit == 0 || rows < options.limit;) {
        const auto next = reader.next();
        if (!next) return audit_failed(next.error().detail);
        if (!*next) break;
        const auto& entry = **next;
        if (!span->holds(entry.sealed.time)) continue;
        if (!options.events.empty() &&
            std::ranges::find(options.events, entry.sealed.event) == options.events.end())
            continue;
        const auto is_named = [&](const std::string& name) { return entry.line.contains(name); };
        if (!names.empty() && std::ranges::none_of(names, is_named)) continue;
        if (!message_id.empty() && audit::text_member(entry.line, "message_id") != message_id) continue;
        if (!options.verdict.empty()) {
            constexpr auto members =
                std::to_array<std::string_view>({"action", "outcome", "result", "status"});
            const auto is_it = [&](std::string_view name) {
                return audit::text_member(entry.line, name) == options.verdict;
            };
            if (std::ranges::none_of(members, is_it)) continue;
        }
        print_row(entry, options.format);
        ++rows;
        if (std::ferror(stdout) != 0) return audit_failed("standard output can't be written");
    }
    if (reader.foreign_lines() > 0)
        fmt::print(stderr, "decorum audit: {} lines are none of ours; see decorum audit verify\n",
                   reader.foreign_lines());
    return exit_done;
}

// ---------------------------------------------------------------------------------------------- report

// What verification says, in one line.
void check_chains(const config::Settings& settings, audit::ReportAbout& about) {
    const auto keys = audit::KeyRing::read(audit::key_file_of(settings));
    const auto chains = keys ? audit::verify(audit::place_of(settings), *keys, {}, progress("checking"))
                             : Result<std::vector<audit::VerifiedChain>>(std::unexpected(keys.error()));
    if (!chains) {
        about.chains = "The chains were not checked: " + chains.error().detail;
        return;
    }
    about.checked = true;
    about.sound = true;
    std::uint64_t lines = 0;
    for (const auto& chain : *chains) {
        lines += chain.lines;
        if (!chain.broken) continue;
        about.sound = false;
        about.chains += text_of(chain) + ". ";
    }
    if (about.sound) about.chains = fmt::format("All {} lines of {} chains hold.", lines, chains->size());
}

int report_log(const std::optional<std::filesystem::path>& config, const ReportOptions& options) {
    const auto span = Span::of(options.since, options.until);
    if (!span) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto chains = open_log(*settings);
    if (!chains) return audit_failed(chains.error().detail);
    audit::ReportAbout about;
    about.hostname = settings->gateway.hostname;
    about.version = DECORUM_VERSION;
    about.made = to_rfc3339(wall_clock_now());
    check_chains(*settings, about);
    audit::Tally tally;
    audit::LogReader reader(std::move(*chains), progress("counting"));
    for (;;) {
        const auto next = reader.next();
        if (!next) return audit_failed(next.error().detail);
        if (!*next) break;
        if (span->holds((*next)->sealed.time)) tally.add((*next)->sealed, (*next)->line);
    }
    about.foreign_lines = reader.foreign_lines();
    const std::string text = options.csv ? audit::report_csv(tally, about) : audit::report_html(tally, about);
    std::FILE* out = options.output.empty() ? stdout : std::fopen(options.output.c_str(), "wb");
    const bool written = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size() &&
                         std::fflush(out) == 0;
    if (out != nullptr && out != stdout) std::fclose(out);
    if (!written)
        return audit_failed(
            fmt::format("{} can't be written", options.output.empty() ? "standard output" : options.output));
    return exit_done;
}

int renew_key(const std::optional<std::filesystem::path>& config) {
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    const auto file = audit::key_file_of(*settings);
    const auto id = audit::KeyRing::renew(file);
    if (!id) return audit_failed(id.error().detail);
    fmt::print("{}: the key {} is used from the next SIGHUP or start on; the older ones are for reading\n",
               shown(file.string()), *id);
    return exit_done;
}

}  // namespace

void add_audit_commands(CLI::App& cli, const Config& config, int& status) {
    auto* command = cli.add_subcommand("audit", "Check, search and render the audit log");
    command->require_subcommand(1);

    const auto logs = std::make_shared<std::vector<std::string>>();
    const auto as_json = std::make_shared<bool>(false);
    auto* verify = command->add_subcommand(
        "verify", "Check every line of every chain; names the first that was changed, removed or moved");
    verify
        ->add_option("--anchors", *logs,
                     "Operational logs with event=audit_anchor: nothing that was anchored may be missing")
        ->type_name("FILE");
    verify->add_flag("--json", *as_json, "One JSON object a chain");
    verify->callback([=, &config, &status] { status = verify_log(config(), *logs, *as_json); });

    const auto asked = std::make_shared<QueryOptions>();
    auto* query = command->add_subcommand("query", "Print events, in the order of their time");
    query->add_option("--since", asked->since, "A date, or a time as 2026-11-23T06:00:00Z")
        ->type_name("TIME");
    query->add_option("--until", asked->until, "The same; events before it")->type_name("TIME");
    query->add_option("--person", asked->person, "An address, or a pseudonym (p-...)")->type_name("PERSON");
    query->add_option("--event", asked->events, "Of this kind: intent, outcome, verdict ...")
        ->type_name("EVENT")
        ->check(CLI::IsMember(std::vector<std::string>(audit::kind_names.begin(), audit::kind_names.end())));
    query
        ->add_option("--verdict", asked->verdict,
                     "With this action, outcome, result or status: block, warned, refused, found ...")
        ->type_name("WORD");
    query->add_option("--message-id", asked->message_id, "Of the message with this Message-ID")
        ->type_name("ID");
    query->add_option("--format", asked->format, "table, json (one object a line) or csv")
        ->check(CLI::IsMember({"table", "json", "csv"}));
    query->add_option("--limit", asked->limit, "At most so many");
    query->callback([=, &config, &status] { status = query_log(config(), *asked); });

    const auto wanted = std::make_shared<ReportOptions>();
    auto* report = command->add_subcommand(
        "report", "Render figures and plots as one HTML page that needs nothing else, or as CSV");
    report->add_option("--since", wanted->since, "A date, or a time as 2026-11-23T06:00:00Z")
        ->type_name("TIME");
    report->add_option("--until", wanted->until, "The same; events before it")->type_name("TIME");
    report->add_option("-o,--output", wanted->output, "Where to write it; without it, standard output")
        ->type_name("FILE");
    report->add_flag("--csv", wanted->csv, "The same figures as CSV");
    report->callback([=, &config, &status] { status = report_log(config(), *wanted); });

    command->add_subcommand("renew-key", "Append a new key for the chains; SIGHUP takes it over")
        ->callback([&config, &status] { status = renew_key(config()); });
}

}  // namespace decorum::app
