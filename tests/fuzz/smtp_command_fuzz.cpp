// Command lines: the same lines for every split of the input; a parsed command, written again in its plain
// form, parses to the same without any leniency; a raised SIZE parses again as the sum; no view leaves the
// line and no path holds a control character.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/smtp/command.hpp"
#include "tests/unit/smtp/splits.hpp"

namespace {

using namespace decorum;
using namespace decorum::smtp;

void require(bool holds) {
    if (!holds) std::abort();
}

bool within(std::string_view part, std::string_view whole) {
    return part.data() == nullptr ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

std::string plain_form(const Command& command) {
    std::string line(name_of(command.verb));
    if (command.verb == Verb::mail || command.verb == Verb::rcpt) {
        line += command.verb == Verb::mail ? " FROM:<" : " TO:<";
        line.append(command.path).append(">");
    } else if (command.parameters.empty() && !command.argument.empty()) {
        line.append(" ").append(command.argument);
    }
    for (const Parameter& parameter : command.parameters) {
        line.append(" ").append(parameter.keyword);
        // AUTH is the one command whose second word is no value.
        if (parameter.value) line.append(command.verb == Verb::auth ? " " : "=").append(*parameter.value);
    }
    return line;
}

void check_line(std::string_view line) {
    const auto parsed = parse_command(line);
    if (!parsed) {
        require(parsed.error().code == errc::syntax && with_size_raised(line, 10) == line);
        return;
    }
    const Command& command = parsed->command;
    require(within(command.keyword, line) && within(command.argument, line) && within(command.path, line));
    require(command.path.size() <= max_path_octets);
    for (const char c : command.path) require(!ascii::is_control(c));
    for (const Parameter& parameter : command.parameters)
        require(within(parameter.keyword, line) && within(parameter.value.value_or(line), line));
    if (command.verb == Verb::unknown) return;

    const std::string plain = plain_form(command);
    const auto again = parse_command(plain);
    require(again.has_value() && again->quirks.empty());
    require(again->command.verb == command.verb && again->command.path == command.path);
    require(again->command.parameters.size() == command.parameters.size());
    for (std::size_t i = 0; i < command.parameters.size(); ++i) {
        require(again->command.parameters[i].keyword == command.parameters[i].keyword);
        require(again->command.parameters[i].value == command.parameters[i].value);
    }

    const std::string raised = with_size_raised(line, 1000);
    if (raised == line) return;
    require(command.verb == Verb::mail);
    const auto after = parse_command(raised);
    require(after.has_value() && after->command.path == command.path);
    require(after->command.parameters.size() == command.parameters.size());
    const auto before_size = std::strtoull(std::string(*command.parameter("SIZE")).c_str(), nullptr, 10);
    const auto after_size =
        std::strtoull(std::string(*after->command.parameter("SIZE")).c_str(), nullptr, 10);
    require(after_size == before_size + 1000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t max_line_octets = 2048;
    check_line(input);
    const auto whole = test::line_events({input}, max_line_octets);
    for (const auto& event : whole)
        if (event.starts_with("line ")) check_line(std::string_view(event).substr(5));
    const std::size_t limit = size > 0 ? data[0] % 32U + 1 : 1;
    const auto limited = test::line_events({input}, limit);
    for (const std::size_t stride : {std::size_t{1}, std::size_t{7}}) {
        test::Chunks chunks;
        for (std::size_t i = 0; i < size; i += stride) chunks.push_back(input.substr(i, stride));
        require(test::line_events(chunks, max_line_octets) == whole);
        require(test::line_events(chunks, limit) == limited);
    }
    if (const auto decoded = decode_xtext(input)) {
        require(decode_xtext(encode_xtext(*decoded)).value() == *decoded);
        for (const char c : *decoded) require(!ascii::is_control(c));
    }
    for (const char c : encode_xtext(input)) require(c > ' ' && c < '\x7f' && c != '=');
    return 0;
}
