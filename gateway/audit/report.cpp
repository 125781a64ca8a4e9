#include "gateway/audit/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/audit/plot.hpp"

namespace decorum::audit {
namespace {

// Colours that people with any colour vision tell apart (after Okabe and Ito).
constexpr std::string_view style = R"(<style>
:root{--ink:#1b1f24;--paper:#fff;--faint:#d8dde3;--soft:#5b6570;--card:#f6f8fa;
--c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#d55e00;--c4:#56b4e9;--c5:#cc79a7;--c6:#b8a800;--c7:#7f868d}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#14181c;--faint:#343b43;--soft:#9aa4ae;--card:#1d2329;
--c0:#3d9bd6;--c6:#e0d34a}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:920px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}p{margin:.3rem 0}
.soft,.nothing{color:var(--soft)}.cards{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0}
.card{background:var(--card);border-radius:6px;padding:.5rem .9rem;min-width:7rem}
.card b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}
.card.bad{outline:2px solid var(--c3)}
svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--soft);font-family:inherit}
svg line{stroke:var(--faint);stroke-width:1}
.legend{font-size:13px}.legend span{margin-right:1rem;white-space:nowrap}
.legend svg{display:inline-block;width:10px;height:10px;margin-right:.35rem}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{text-align:right;padding:.15rem .8rem;border-bottom:1px solid var(--faint)}th:first-child,td:first-child{text-align:left}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}
.c6{fill:var(--c6)}.c7{fill:var(--c7)}
.grave{--c0:#d55e00;--c1:#e69f00;--c2:#56b4e9}
@media print{body{max-width:none}}
</style>)";

std::string card(std::string_view name, std::string_view value, bool bad = false) {
    return fmt::format(R"(<div class="card{}"><b>{}</b>{}</div>)", bad ? " bad" : "", html_text(value),
                       html_text(name));
}

std::string section(std::string_view title, std::string_view what, std::string_view content,
                    std::string_view colours = "") {
    return fmt::format("<section class=\"{}\"><h2>{}</h2><p class=\"soft\">{}</p>{}</section>\n", colours,
                       html_text(title), html_text(what), content);
}

std::string percent(std::uint64_t part, std::uint64_t of) {
    if (of == 0) return "–";
    return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(of));
}

std::vector<Bar> source_bars(const Tally& tally) {
    std::vector<Bar> out;
    for (const auto& [name, counts] : tally.sources) out.push_back({name, {counts.begin(), counts.end()}});
    std::ranges::sort(out, std::ranges::greater{}, [](const Bar& bar) {
        std::uint64_t sum = 0;
        for (const std::uint64_t part : bar.parts) sum += part;
        return sum;
    });
    return out;
}

std::string severity_table(const Tally& tally) {
    if (tally.findings.total() == 0) return {};
    std::string out =
        "<table><thead><tr><th>category</th><th>note (1)</th><th>warn (2)</th><th>serious "
        "(3)</th></tr></thead>"
        "<tbody>";
    const auto& graded = tally.graded.kinds();
    for (const std::string& category : tally.findings.kinds()) {
        out += fmt::format("<tr><td>{}</td>", html_text(category));
        for (int grade = 1; grade <= 3; ++grade) {
            const auto at = std::ranges::find(graded, fmt::format("{} {}", category, grade));
            out += fmt::format("<td>{}</td>",
                               grouped(tally.graded.total(static_cast<std::size_t>(at - graded.begin()))));
        }
        out += "</tr>";
    }
    return out + "</tbody></table>";
}

std::string totals_table(std::string_view name, const Series& series) {
    if (series.total() == 0) return {};
    std::string out =
        fmt::format("<table><thead><tr><th>{}</th><th>times</th></tr></thead><tbody>", html_text(name));
    for (std::size_t i = 0; i < series.kinds().size(); ++i)
        if (const std::uint64_t total = series.total(i); total > 0)
            out +=
                fmt::format("<tr><td>{}</td><td>{}</td></tr>", html_text(series.kinds()[i]), grouped(total));
    return out + "</tbody></table>";
}

void append_series(std::string& out, std::string_view section, const Series& series) {
    for (const auto& point : series.points())
        for (std::size_t kind = 0; kind < point.counts.size(); ++kind)
            if (point.counts[kind] > 0)
                out += fmt::format("{},{},{},{}\r\n", section, point_name(point.hour, series.step_hours()),
                                   csv_field(series.kinds()[kind]), point.counts[kind]);
}

void append_histogram(std::string& out, std::string_view section, const Histogram& histogram) {
    for (std::size_t i = 0; i < histogram.counts().size(); ++i)
        out += fmt::format("{},,{},{}\r\n", section,
                           i < Histogram::bounds.size() ? fmt::format("up to {} ms", Histogram::bounds[i])
                                                        : fmt::format("over {} ms", Histogram::bounds.back()),
                           histogram.counts()[i]);
}

}  // namespace

std::string csv_field(std::string_view text) {
    constexpr std::string_view formula = "=+-@\t\r";
    std::string safe;
    if (!text.empty() && formula.contains(text.front())) safe.push_back('\'');
    safe.append(text);
    if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
    std::string out = "\"";
    for (const char c : safe) {
        if (c == '"') out.push_back('"');
        out.push_back(c);
    }
    return out + "\"";
}

std::string report_html(const Tally& tally, const ReportAbout& about) {
    std::string out =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\"><title>Decorum: audit report</title>\n";
    out += style;
    out += fmt::format(
        "</head><body><h1>Audit report</h1><p class=\"soft\">{}, Decorum {}, made {}. Events from {} "
        "to {}.</p>\n",
        html_text(about.hostname), html_text(about.version), html_text(about.made),
        tally.begins.empty() ? "–" : html_text(tally.begins),
        tally.ends.empty() ? "–" : html_text(tally.ends));
    const std::uint64_t annotated = tally.statuses.total();
    out += "<div class=\"cards\">";
    out += card("messages accepted", grouped(tally.messages.total(0)));
    out += card("refused", grouped(tally.messages.total(1)));
    out += card("senders shown", percent(tally.statuses.total(0), annotated));
    out += card("findings", grouped(tally.findings.total()));
    out += card("notices sent", grouped(tally.notices.total(1)));
    out += card("events", grouped(tally.events));
    out += card("events lost", grouped(tally.lost), tally.lost > 0);
    out += card("chains", about.sound ? "hold" : about.checked ? "BROKEN" : "not checked", !about.sound);
    out += "</div>\n";
    out += fmt::format(
        "<p>{}{}</p>\n", html_text(about.chains),
        about.foreign_lines == 0
            ? std::string{}
            : fmt::format(" {} lines are none of ours and are not counted.", grouped(about.foreign_lines)));
    out += section("Volume", "Messages that came to an end, by what became of them.",
                   stacked_columns(tally.messages, "Messages over time"));
    out += section("Coverage by status", "What was said about the senders of messages that came in.",
                   stacked_columns(tally.statuses, "Annotations by status over time"));
    out += section("Coverage by source", "The same by the sources that had something to say.",
                   bars(source_bars(tally), tally.statuses.kinds(), "Annotations by source") +
                       legend(tally.statuses.kinds()));
    out += section("Warnings by category",
                   "Findings in the public profiles of our own people, once for each change of a profile.",
                   stacked_columns(tally.findings, "Findings by category over time") + severity_table(tally));
    out += section("Warnings by severity", "The same findings by how grave they are.",
                   stacked_columns(tally.severity, "Findings by severity over time"), "grave");
    out += section("Verdicts", "What messages met because of them.",
                   stacked_columns(tally.verdicts, "Verdicts over time"));
    out +=
        section("Notices", "Letters to our own people.", stacked_columns(tally.notices, "Notices over time"));
    out += section("Overrides and disputes",
                   "What people said: ack (seen), confirm (sent all the same), wrong (disputed), stop.",
                   stacked_columns(tally.overrides, "Overrides and disputes over time") +
                       totals_table("answer", tally.overrides));
    out += section(
        "Latency",
        fmt::format(
            "Milliseconds, as shares. {} of the annotations needed no lookup. The mail server's verdict is "
            "what it took after the final dot; a message's time is from DATA to its outcome.",
            percent(tally.warm, annotated)),
        histograms({{"lookup", &tally.lookup},
                    {"mail server's verdict", &tally.upstream},
                    {"message", &tally.total}},
                   "Latency"));
    if (tally.erasures > 0)
        out += section("Erasures", fmt::format("{} people were forgotten.", grouped(tally.erasures)), "");
    return out + "</body></html>\n";
}

std::string report_csv(const Tally& tally, const ReportAbout& about) {
    std::string out = "section,time,name,value\r\n";
    const auto figure = [&out](std::string_view name, const auto& value) {
        out += fmt::format("summary,,{},{}\r\n", name, csv_field(fmt::format("{}", value)));
    };
    figure("made", about.made);
    figure("hostname", about.hostname);
    figure("begins", tally.begins);
    figure("ends", tally.ends);
    figure("chains", about.chains);
    figure("sound", about.sound ? "yes" : about.checked ? "no" : "not checked");
    figure("events", tally.events);
    figure("lost", tally.lost);
    figure("foreign_lines", about.foreign_lines);
    figure("intents", tally.intents);
    figure("erasures", tally.erasures);
    figure("octets", tally.octets);
    figure("warm", tally.warm);
    append_series(out, "volume", tally.messages);
    append_series(out, "status", tally.statuses);
    for (const auto& [source, counts] : tally.sources)
        for (std::size_t i = 0; i < counts.size(); ++i)
            if (counts[i] > 0)
                out += fmt::format("source,,{},{}\r\n",
                                   csv_field(fmt::format("{} {}", source, tally.statuses.kinds()[i])),
                                   counts[i]);
    for (const auto& [listener, count] : tally.listeners)
        out += fmt::format("listener,,{},{}\r\n", csv_field(listener), count);
    append_series(out, "finding", tally.findings);
    append_series(out, "severity", tally.graded);
    append_series(out, "verdict", tally.verdicts);
    append_series(out, "notice", tally.notices);
    append_series(out, "override", tally.overrides);
    append_histogram(out, "lookup_ms", tally.lookup);
    append_histogram(out, "upstream_ms", tally.upstream);
    append_histogram(out, "total_ms", tally.total);
    return out;
}

}  // namespace decorum::audit
