// Rendering of the table of settings. Nothing can fail here: the input is a constant.
#include "config/reference.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "config/checks.hpp"
#include "config/schema.hpp"
#include "gateway/base/roff.hpp"

namespace decorum::config {
namespace {

constexpr std::size_t columns = 100;

constexpr std::string_view preamble =
    "The configuration of Decorum. Every setting stands here with its default; what begins with a hash and "
    "no "
    "space is not active. Durations have a unit (\"300ms\", \"2s\", \"5min\", \"24h\", \"1d\"), sizes may "
    "have one "
    "(\"256KiB\", \"1MiB\"), relative paths count from this file. Secrets stand in files of their own. "
    "`decorum check -c FILE` says what is wrong with a file, `decorum config` prints this as a reference.";

constexpr std::string_view first_steps =
    "To begin, take the hashes away from one listener and its upstream: mail comes in from your mail server "
    "by "
    "LMTP at 127.0.0.1:2424 and goes on to the mailbox server at 127.0.0.1:24. Then name your mail server in "
    "annotate.authserv_ids, and give the directory a file of people.";

std::string_view name_of(Type type) {
    switch (type) {
        case Type::boolean: return "true or false";
        case Type::integer: return "number";
        case Type::duration: return "duration";
        case Type::size: return "size";
        case Type::text: return "text";
        case Type::word: return "word";
        case Type::texts: return "list of texts";
        case Type::path: return "path";
        case Type::folder: return "folder";
        case Type::file: return "file";
        case Type::file_or_folder: return "file or folder";
        case Type::secret_file: return "secret file";
    }
    return "";
}

std::string heading_of(const SectionInfo& info, std::string_view name) {
    switch (info.shape) {
        case Shape::list: return fmt::format("[[{}]]", info.name);
        case Shape::named: return fmt::format("[{}.{}]", info.name, name);
        case Shape::table: break;
    }
    return fmt::format("[{}]", info.name);
}

// What a value may be, beyond its type; empty where that says all.
std::string range_of(const Setting& setting) {
    switch (setting.type) {
        case Type::word: return enumerate(setting.words);
        case Type::integer: return fmt::format("{} to {}", setting.minimum, setting.maximum);
        case Type::size:
            return fmt::format("{} to {}", render_size(setting.minimum), render_size(setting.maximum));
        case Type::duration:
            return fmt::format("{} to {}", render_duration(Duration(setting.minimum)),
                               render_duration(Duration(setting.maximum)));
        default: return {};
    }
}

std::string default_note(const Setting& setting) {
    if (setting.required) return "must be given";
    return std::string(setting.derived);
}

// Words of `text` in lines that begin with `lead` and end before the last column.
void append_wrapped(std::string& out, std::string_view lead, std::string_view text) {
    std::string line(lead);
    bool empty = true;
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        const std::string_view word = text.substr(0, space);
        text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
        if (!empty && line.size() + 1 + word.size() > columns) {
            out.append(line).append("\n");
            line = lead;
            empty = true;
        }
        if (!empty) line.push_back(' ');
        line.append(word);
        empty = false;
    }
    out.append(line).append("\n");
}

// KEY = VALUE; a list that is too long for a line goes over several.
void append_assignment(std::string& out, std::string_view hash, std::string_view key,
                       std::string_view value) {
    const std::string line = fmt::format("{}{} = {}", hash, key, value);
    if (line.size() <= columns || !value.starts_with('[')) {
        out.append(line).append("\n");
        return;
    }
    out.append(fmt::format("{}{} = [\n", hash, key));
    append_wrapped(out, fmt::format("{}  ", hash), value.substr(1, value.size() - 2));
    out.append(fmt::format("{}]\n", hash));
}

std::string in_cell(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '|') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

}  // namespace

std::string reference_markdown() {
    std::string out =
        "# Settings\n\n"
        "Types: a duration has a unit (`\"300ms\"`, `\"2s\"`, `\"5min\"`, `\"24h\"`, `\"1d\"`); a size is a "
        "number "
        "of octets or has a unit (`\"256KiB\"`, `\"1MiB\"`, `\"4kB\"`); relative paths count from the "
        "configuration "
        "file; a file that is named must exist. A setting marked *start* is taken over when the gateway "
        "starts, "
        "every other at SIGHUP too.\n";
    for (const SectionInfo& info : all_sections()) {
        out.append(fmt::format("\n## `{}`\n\n{}\n\n", heading_of(info, "NAME"), info.doc));
        out.append("| key | type | default | range | taken over | meaning |\n|---|---|---|---|---|---|\n");
        for (const Setting& setting : all_settings()) {
            if (setting.section != info.name) continue;
            const std::string shown_default = setting.default_text.empty()
                                                  ? default_note(setting)
                                                  : fmt::format("`{}`", setting.default_text);
            out.append(fmt::format("| `{}` | {} | {} | {} | {} | {}{} |\n", setting.key,
                                   name_of(setting.type), in_cell(shown_default), in_cell(range_of(setting)),
                                   setting.reloadable ? "SIGHUP" : "start", in_cell(setting.doc),
                                   setting.effective ? "" : " *Has no effect in this version.*"));
        }
    }
    return out;
}

std::string reference_manual() {
    ManualPage page("decorum.toml", 5, "settings of the Decorum mail gateway", "Decorum " DECORUM_VERSION);
    page.heading("SYNOPSIS").paragraph("`/etc/decorum/decorum.toml`");
    page.heading("DESCRIPTION")
        .paragraph(
            "A file in TOML. Every key has a default and may be left out, unless it is said that it must be "
            "given; an "
            "unknown key is an error. `decorum check` names each fault as `FILE:LINE: KEY: what would be "
            "right`.")
        .paragraph(
            "A duration has a unit (`\"300ms\"`, `\"2s\"`, `\"5min\"`, `\"24h\"`, `\"1d\"`). A size is a "
            "number of "
            "octets or has a unit (`\"256KiB\"`, `\"1MiB\"`, `\"4kB\"`). Relative paths count from this "
            "file; a file "
            "that is named must exist. Secrets stand in files of their own, never in this one.")
        .paragraph("What is changed counts after a restart; where `SIGHUP` is named, after a reload, too.");
    for (const SectionInfo& info : all_sections()) {
        page.heading(heading_of(info, "NAME")).paragraph(info.doc);
        for (const Setting& setting : all_settings()) {
            if (setting.section != info.name) continue;
            std::string facts(name_of(setting.type));
            if (const std::string range = range_of(setting); !range.empty())
                facts.append(fmt::format(", {}", range));
            facts.append(setting.default_text.empty() ? fmt::format("; {}", default_note(setting))
                                                      : fmt::format("; default `{}`", setting.default_text));
            if (setting.reloadable) facts.append("; SIGHUP");
            page.item(fmt::format("`{}`", setting.key), setting.doc);
            if (!setting.effective) page.more("Has no effect in this version.");
            page.more(fmt::format("({})", facts));
        }
    }
    page.heading("EXAMPLE")
        .paragraph("Mail comes from the mail server and goes on to the mailbox server, annotated:")
        .example(
            "[gateway]\n"
            "hostname = \"mx.example.org\"\n"
            "\n"
            "[[listener]]\n"
            "name     = \"delivery\"\n"
            "protocol = \"lmtp\"\n"
            "bind     = [\"127.0.0.1:2424\"]\n"
            "upstream = \"dovecot\"\n"
            "\n"
            "[upstream.dovecot]\n"
            "protocol = \"lmtp\"\n"
            "address  = \"127.0.0.1:24\"\n"
            "\n"
            "[annotate]\n"
            "authserv_ids = [\"mx.example.org\"]\n"
            "\n"
            "[connector.directory]\n"
            "file = \"people.toml\"\n");
    page.heading("SEE ALSO").paragraph("`decorum`(1), `decorum-charter`(5)");
    return page.text();
}

std::string default_file() {
    std::string out;
    append_wrapped(out, "# ", preamble);
    out.append("#\n");
    append_wrapped(out, "# ", first_steps);
    for (const SectionInfo& info : all_sections()) {
        // Only sections that stand once can have values before anybody chose a name.
        const std::string_view hash = info.shape == Shape::table ? "" : "#";
        out.append("\n");
        append_wrapped(out, "# ", info.doc);
        out.append(hash).append(heading_of(info, info.example_name)).append("\n");
        for (const Setting& setting : all_settings()) {
            if (setting.section != info.name) continue;
            out.append("\n");
            append_wrapped(out, "# ", setting.doc);
            if (const std::string range = range_of(setting); !range.empty())
                append_wrapped(out, "# ", fmt::format("Values: {}.", range));
            if (const std::string note = default_note(setting); !note.empty())
                append_wrapped(out, "# ",
                               setting.required ? "Must be given." : fmt::format("Default: {}.", note));
            if (!setting.effective) out.append("# Has no effect in this version.\n");
            append_assignment(out, hash, setting.key,
                              setting.default_text.empty() ? setting.example : setting.default_text);
        }
    }
    return out;
}

}  // namespace decorum::config
