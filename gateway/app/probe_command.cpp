// decorum probe: does each source answer as it should, and does the mail server in front remove forged
// proofs?
//
// Sources are asked one after the other, past every cache and budget of the lookup but the daily cap of those
// that are paid for: once for the account that the configuration calls known, once for the unknown one. What
// a source cost is all that is written.
//
// The second question goes through real mail: a message with a forged Authentication-Results is sent to the
// mail server, and the administrator gives what arrives to --judge.
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <future>

#include "connectors/make_connectors.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/outside.hpp"
#include "gateway/app/spend_cap.hpp"
#include "gateway/app/standard_streams.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/sanitize.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/session/smtp_upstream.hpp"

namespace decorum::app {
namespace {

namespace json = boost::json;

constexpr std::size_t max_remark_characters = 120;
constexpr std::chrono::seconds patience{60};  // beyond a connector's own time-out

enum class Verdict : std::uint8_t { good, bad, not_asked };

struct Row {
    std::string source;
    std::string_view asked_for;  // "known", "unknown"
    std::string outcome;
    std::optional<Milliseconds> latency;
    std::string quota;
    Verdict verdict = Verdict::not_asked;
    std::string remark;
};

std::string quota_text(const std::optional<profile::Quota>& quota) {
    if (!quota || !quota->left) return {};
    std::string text = std::to_string(*quota->left);
    if (quota->limit) text += fmt::format(" of {}", *quota->limit);
    if (quota->resets) text += fmt::format(" until {}", to_rfc3339(*quota->resets));
    return text;
}

// An address where it is one, else the URL of an account.
std::optional<profile::Query> query_of(const profile::Connector& connector, const std::string& account) {
    profile::Query query;
    if (account.find("://") == std::string::npos) {
        if (!connector.traits().by_address) return std::nullopt;
        query.address = ascii::lower(account);
        return query;
    }
    // Some networks live on many hosts, which the URL alone does not tell.
    for (const std::string_view network : {"", "mastodon", "gitlab", "viadeo"}) {
        const auto known =
            network.empty() ? profile::account_of(account) : profile::account_of(account, network);
        if (!known) continue;
        query.handle = profile::Handle{known->network, known->handle, known->url};
        if (connector.answers(*query.handle)) return query;
    }
    return std::nullopt;
}

Row ask(profile::Connector& connector, std::string_view asked_for, const std::string& account) {
    Row row{.source = std::string(connector.traits().name),
            .asked_for = asked_for,
            .outcome = {},
            .latency = {},
            .quota = {},
            .verdict = Verdict::not_asked,
            .remark = {}};
    if (account.empty()) {
        row.remark = fmt::format("connector.{}.{} is not set", row.source, asked_for);
        return row;
    }
    const auto query = query_of(connector, account);
    if (!query) {
        row.verdict = Verdict::bad;
        row.remark =
            fmt::format("connector.{}.{} is nothing that it can be asked for", row.source, asked_for);
        return row;
    }
    auto promise = std::make_shared<std::promise<profile::Answer>>();
    auto future = promise->get_future();
    const auto begin = SteadyClock::now();
    connector.find(*query, [promise](profile::Answer answer) { promise->set_value(std::move(answer)); });
    if (future.wait_for(patience) != std::future_status::ready) {
        row.verdict = Verdict::bad;
        row.outcome = "no answer";
        return row;
    }
    const profile::Answer answer = future.get();
    row.latency = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begin);
    row.outcome = profile::name_of(answer.outcome);
    row.quota = quota_text(answer.quota);
    row.remark = answer.detail;
    const auto wanted = asked_for == "known" ? profile::Outcome::found : profile::Outcome::not_found;
    row.verdict = answer.outcome == wanted ? Verdict::good : Verdict::bad;
    return row;
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::good: return "ok";
        case Verdict::bad: return "WRONG";
        case Verdict::not_asked: break;
    }
    return "not asked";
}

void print_row(const Row& row) {
    static const bool colour = ::isatty(STDOUT_FILENO) == 1;
    const std::string verdict = fmt::format("{:<9}", name_of(row.verdict));
    fmt::print("{:<14} {:<8} {:<11} {:>8}  {:<28} ", row.source, row.asked_for,
               row.outcome.empty() ? "-" : row.outcome,
               row.latency ? fmt::format("{} ms", row.latency->count()) : "-",
               row.quota.empty() ? "-" : row.quota);
    if (colour && row.verdict != Verdict::not_asked)
        fmt::print("{}",
                   fmt::styled(verdict, fmt::fg(row.verdict == Verdict::good ? fmt::terminal_color::green
                                                                             : fmt::terminal_color::red)));
    else
        fmt::print("{}", verdict);
    fmt::print(" {}\n", message::sanitize(row.remark, max_remark_characters));
    std::fflush(stdout);
}

json::object to_json(const Row& row) {
    json::object out{{"source", row.source}, {"asked_for", row.asked_for},      {"outcome", row.outcome},
                     {"quota", row.quota},   {"verdict", name_of(row.verdict)}, {"remark", row.remark}};
    if (row.latency) out["latency_ms"] = row.latency->count();
    return out;
}

int probe_sources(const config::Settings& settings, bool as_json) {
    std::unique_ptr<store::Store> ledger;
    auto outside = make_outside(settings);
    if (!outside) return fmt::print(stderr, "decorum: {}\n", outside.error().detail), exit_failure;
    auto made = connectors::make_connectors(settings, outside->services());
    if (!made) return fmt::print(stderr, "decorum: {}\n", made.error().detail), exit_failure;
    keep_to_spend_caps(settings, made->all, ledger);
    json::array rows;
    bool good = true;
    if (!as_json)
        fmt::print("{:<14} {:<8} {:<11} {:>8}  {:<28} {:<9}\n", "source", "account", "outcome", "latency",
                   "quota left", "verdict");
    for (const auto& connector : made->all) {
        const auto section = settings.connectors.find(std::string(connector->traits().name));
        if (section == settings.connectors.end()) continue;  // the registry has no account of its own
        for (const auto& [asked_for, account] :
             std::initializer_list<std::pair<std::string_view, std::string>>{
                 {"known", section->second.known}, {"unknown", section->second.unknown}}) {
            const Row row = ask(*connector, asked_for, account);
            good = good && row.verdict != Verdict::bad;
            if (as_json)
                rows.push_back(to_json(row));
            else
                print_row(row);
        }
    }
    if (as_json) fmt::print("{}\n", json::serialize(rows));
    return good ? exit_done : exit_no;
}

// What a forger would write, for each name that we believe.
std::string forged_message(const config::Settings& settings, const std::string& sender,
                           const std::string& recipient) {
    const std::string domain = sender.substr(sender.rfind('@') + 1);
    std::string octets;
    for (const auto& authserv_id : settings.annotate.authserv_ids)
        octets +=
            fmt::format("Authentication-Results: {}; dmarc=pass header.from={}\r\n", authserv_id, domain);
    octets += fmt::format(
        "From: <{0}>\r\nTo: <{1}>\r\nSubject: decorum probe: a forged Authentication-Results\r\nDate: {2}\r\n"
        "Message-ID: <{3}@{4}>\r\n\r\n"
        "Give this message, as it arrived, to decorum probe --judge.\r\n.\r\n",
        sender, recipient, to_rfc5322(wall_clock_now()), to_hex(random_octets(12)),
        settings.gateway.hostname);
    return octets;
}

net::Task<Result<>> send_forged(const config::Settings& settings, const config::Upstream& server,
                                std::string recipient) {
    auto opened = co_await session::SmtpUpstream::open({.settings = server,
                                                        .timeouts = settings.timeouts,
                                                        .limits = settings.limits,
                                                        .hostname = settings.gateway.hostname,
                                                        .tls = nullptr},
                                                       nullptr);
    if (!opened) co_return std::unexpected(std::move(opened.error()));
    session::SmtpUpstream& connection = *std::get<session::UpstreamPtr>(*opened);
    const std::string sender = "decorum-probe@" + settings.gateway.hostname;
    struct Step {
        std::string octets;
        int code;
    };
    const std::vector<Step> steps{{fmt::format("MAIL FROM:<{}>\r\n", sender), 250},
                                  {fmt::format("RCPT TO:<{}>\r\n", recipient), 250},
                                  {"DATA\r\n", 354},
                                  {forged_message(settings, sender, recipient), 250}};
    for (const Step& step : steps) {
        if (auto sent = co_await connection.send(step.octets); !sent) co_return sent;
        const auto reply = co_await connection.receive();
        if (!reply) co_return std::unexpected(reply.error());
        if (reply->code != step.code)
            co_return fail(errc::refused, fmt::format("the server answers {}", ascii::trim(reply->octets)));
    }
    co_await connection.quit();
    co_return Result<>{};
}

int probe_forged(const config::Settings& settings, const std::string& recipient, const std::string& through) {
    if (settings.annotate.authserv_ids.empty()) {
        fmt::print(stderr, "decorum probe: annotate.authserv_ids is empty: there is nothing to forge\n");
        return exit_failure;
    }
    config::Upstream server;
    server.name = "probe";
    server.protocol = config::Protocol::smtp;
    server.address = through;
    if (!Endpoint::parse(through)) {
        fmt::print(stderr, "decorum probe: --through takes HOST:PORT, not {}\n",
                   message::sanitize(through, max_remark_characters));
        return exit_usage;
    }
    boost::asio::io_context context(1);
    std::optional<Result<>> sent;
    std::exception_ptr bug;
    boost::asio::co_spawn(context.get_executor(), send_forged(settings, server, recipient),
                          [&](std::exception_ptr thrown, Result<> result) {
                              bug = std::move(thrown);
                              sent = std::move(result);
                          });
    context.run();
    if (bug) std::rethrow_exception(bug);
    if (!*sent) {
        fmt::print(
            stderr, "decorum probe: {}: {}\n", through,
            message::sanitize(sent->error().detail.empty() ? sent->error().text() : sent->error().detail,
                              max_remark_characters));
        return exit_failure;
    }
    fmt::print(
        "Sent to {} through {}. Fetch it there, as it arrived, and give it to: decorum probe --judge\n",
        recipient, through);
    return exit_done;
}

// A forged proof that arrived is one that would have been believed.
int judge(const config::Settings& settings) {
    bool ended = false;
    const auto octets = read_header(settings.limits.header, ended);
    if (!octets) return fmt::print(stderr, "decorum: {}\n", octets.error().detail), exit_failure;
    const auto header = message::scan_header(*octets);
    const auto* source = header.first(settings.annotate.prefix + "-Source");
    if (source == nullptr) {
        fmt::print("WRONG: the message has no {}-Source: it did not pass this gateway\n",
                   settings.annotate.prefix);
        return exit_no;
    }
    const std::string body = message::unfold(source->body);
    if (body.find("status=unauthenticated") != std::string::npos) {
        fmt::print("ok: the forged Authentication-Results was not believed (status=unauthenticated)\n");
        return exit_done;
    }
    fmt::print(
        "WRONG: the forged Authentication-Results was believed ({}): the mail server in front must remove "
        "fields of its own name that come from outside\n",
        message::sanitize(body, max_remark_characters));
    return exit_no;
}

}  // namespace

int probe(const std::optional<std::filesystem::path>& config, const ProbeOptions& options) {
    const auto settings = load_settings(config, ConfigNeed::required);
    if (!settings) return exit_failure;
    if (options.judge) return judge(*settings);
    if (!options.forged_to.empty()) return probe_forged(*settings, options.forged_to, options.through);
    return probe_sources(*settings, options.json);
}

}  // namespace decorum::app
