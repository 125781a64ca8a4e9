// The way from a file to Settings: read, bound, parse, take each value by the table, fill in the defaults,
// judge the whole. Invariant: toml++ sees at most 1 MiB of bounded nesting, and no exception of its leaves
// this file.
#include "config/loader.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "config/checks.hpp"
#include "config/consistency.hpp"
#include "config/findings.hpp"
#include "config/reader.hpp"
#include "config/schema.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/result.hpp"

namespace decorum::config {
namespace {

constexpr std::size_t max_file_octets = std::size_t{1024} * 1024;
// toml++ bounds brackets itself and dotted keys not at all: a.a.a… builds a table a dot and takes a stack
// frame for each when it is destroyed.
constexpr std::size_t max_dots_per_line = 8;

Result<std::string> read_octets(const std::filesystem::path& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) return fail(errc::io, "a file; this is a folder");
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(errc::io, fmt::format("a file that can be read: {}", std::strerror(errno)));
    std::string octets(max_file_octets + 1, '\0');
    in.read(octets.data(), static_cast<std::streamsize>(octets.size()));
    if (in.bad()) return fail(errc::io, "a file that can be read to its end");
    octets.resize(static_cast<std::size_t>(in.gcount()));
    if (octets.size() > max_file_octets) return fail(errc::limit, "a file of at most 1 MiB");
    return octets;
}

// Walks over strings and comments as the grammar of TOML 1.0 has them, and counts the dots outside of both.
class DotCounter {
public:
    explicit DotCounter(std::string_view text) : rest_(text) {}

    // The line that has more dots than keys can need; nullopt where there is none.
    std::optional<std::uint64_t> first_deep_line() {
        while (!rest_.empty()) {
            if (rest_.starts_with(R"(""")"))
                skip_block(R"(""")", true);
            else if (rest_.starts_with("'''"))
                skip_block("'''", false);
            else if (rest_.front() == '"')
                skip_string('"', true);
            else if (rest_.front() == '\'')
                skip_string('\'', false);
            else if (rest_.front() == '#')
                skip_comment();
            else
                take();
            if (dots_ > max_dots_per_line) return line_;
        }
        return std::nullopt;
    }

private:
    void take() {
        if (rest_.front() == '.') ++dots_;
        step();
    }
    void step() {
        if (rest_.front() == '\n') {
            ++line_;
            dots_ = 0;
        }
        rest_.remove_prefix(1);
    }
    void skip_comment() {
        while (!rest_.empty() && rest_.front() != '\n') step();
    }
    void skip_string(char quote, bool escapes) {
        step();
        while (!rest_.empty() && rest_.front() != '\n') {  // the line ends a string that isn't closed
            const char c = rest_.front();
            step();
            if (c == quote) return;
            if (escapes && c == '\\' && !rest_.empty() && rest_.front() != '\n') step();
        }
    }
    void skip_block(std::string_view quotes, bool escapes) {
        rest_.remove_prefix(quotes.size());
        while (!rest_.empty()) {
            if (rest_.starts_with(quotes)) {
                rest_.remove_prefix(quotes.size());
                // Up to two quotes may stand before the closing three.
                for (int i = 0; i < 2 && rest_.starts_with(quotes.front()); ++i) rest_.remove_prefix(1);
                return;
            }
            const bool escape = escapes && rest_.front() == '\\';
            step();
            if (escape && !rest_.empty()) step();
        }
    }

    std::string_view rest_;
    std::uint64_t line_ = 1;
    std::size_t dots_ = 0;
};

// The folder of the shipped data: beside an installed binary, else that of the checkout it was built from.
std::filesystem::path shipped_data_dir() {
    std::error_code ignored;
    const auto binary = std::filesystem::read_symlink("/proc/self/exe", ignored);
    auto installed = (binary.parent_path() / "../share/decorum").lexically_normal();
    if (!binary.empty() && std::filesystem::is_directory(installed, ignored)) return installed;
    return std::filesystem::path(__FILE__).parent_path();
}

std::string machine_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || !is_host_name(name.data())) return "localhost";
    return name.data();
}

// What stands in mail and in certificates is compared with A-labels. Capitals stay as they were written: the
// digest of outbound.domains is part of the IMAP epoch.
void write_in_a_labels(std::vector<std::string>& domains) {
    for (std::string& domain : domains)
        if (!ascii::is_ascii(domain)) domain = canonical_domain(domain);
}

// The defaults that follow from other settings.
void derive(Settings& settings, const Findings& findings) {
    write_in_a_labels(settings.outbound.domains);
    for (auto& [name, custom] : settings.custom) write_in_a_labels(custom.domains);
    for (auto& [name, connector] : settings.connectors) {
        write_in_a_labels(connector.domains);
        write_in_a_labels(connector.personal_domains);
    }
    if (settings.gateway.hostname.empty()) settings.gateway.hostname = machine_name();
    if (settings.gateway.data_dir.empty()) settings.gateway.data_dir = shipped_data_dir();
    for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
        Listener& listener = settings.listeners[i];
        const std::string place = listener_instance(i);
        const bool smtp = listener.protocol == Protocol::smtp;
        if (!findings.given(place, "position")) {
            listener.position = listener.policy == Policy::outbound   ? Position::submission
                                : listener.protocol == Protocol::lmtp ? Position::delivery
                                                                      : Position::filter;
        }
        if (!findings.given(place, "malformed"))
            listener.malformed = smtp ? Malformed::refuse : Malformed::pass;
        if (!findings.given(place, "deadline"))
            listener.deadline = smtp ? settings.annotate.deadline : std::chrono::seconds(2);
    }
    settings.connectors.try_emplace("directory");
    for (const auto& [name, custom] : settings.custom) {
        Connector& connector = settings.connectors[std::string(custom_prefix) + name];
        connector.enabled = custom.enabled;
        connector.token_file = custom.token_file;
        connector.rate = custom.rate;
        connector.ttl = custom.ttl;
        connector.timeout = custom.timeout;
        connector.tier = custom.tier;
        connector.domains = custom.domains;
        connector.known = custom.known;
        connector.unknown = custom.unknown;
        connector.line = custom.line;
    }
    for (auto& [name, connector] : settings.connectors) {
        if (!findings.given("connector." + name, "enabled")) connector.enabled = name == "directory";
        constexpr std::uint64_t default_cap = 100;
        if (name == "x" && !findings.given("connector.x", "spend_cap")) connector.spend_cap = default_cap;
    }
}

void load_text(std::string_view text, Settings& settings, Findings& findings) {
    if (const auto line = DotCounter(text).first_deep_line()) {
        findings.note("syntax", "", *line);
        findings.fault("syntax", "", "keys of a few parts: this line has too many dots outside of strings");
        return;
    }
    try {
        const toml::table root = toml::parse(text);
        Reader(settings, findings).read(root);
        derive(settings, findings);
        check_consistency(settings, findings);
    } catch (const toml::parse_error& failure) {
        findings.note("syntax", "", failure.source().begin.line);
        findings.fault("syntax", "", std::string(failure.description()));
    }
}

}  // namespace

std::string render(const Fault& fault) {
    std::string file;
    for (char c : fault.file.string()) file.push_back(ascii::is_control(c) ? '?' : c);
    return fmt::format("{}:{}: {}: {}", file, fault.line, printable(fault.key), printable(fault.message));
}

std::expected<Loaded, std::vector<Fault>> load(const std::filesystem::path& file) {
    Findings findings(file);
    Loaded loaded;
    const auto text = read_octets(file);
    if (!text) {
        findings.fault("file", "", text.error().detail);
    } else {
        loaded.settings.file = std::filesystem::absolute(file).lexically_normal();
        load_text(*text, loaded.settings, findings);
    }
    auto faults = findings.take_faults();
    if (!faults.empty()) return std::unexpected(std::move(faults));
    loaded.warnings = findings.take_warnings();
    loaded.settings.lines = findings.take_lines();
    return loaded;
}

Settings defaults() {
    Settings settings;
    Findings findings(settings);
    load_text({}, settings, findings);
    return settings;
}

std::vector<Fault> check_for_run(const Settings& settings) {
    if (!settings.listeners.empty()) return {};
    return {
        {settings.file, 1, "listener", "at least one [[listener]] section, and an [upstream.NAME] for it"}};
}

}  // namespace decorum::config
