// IMAP commands: the same events for every split of the input; a command that is taken, printed again in its
// plain form, is the same command; and what goes upstream for it, whatever was spliced in, is read again as
// exactly one command, so that nothing a client writes becomes a second one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/imap/command.hpp"
#include "gateway/imap/rewrite_command.hpp"
#include "tests/unit/imap/events.hpp"

namespace {

using namespace decorum;
using namespace decorum::imap;

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr std::uint64_t block_octets = 2048;

// Sent upstream, the octets are this one command, and nothing else.
void check_is_one_command(const std::string& wire) {
    test::Events events = test::command_events({wire + "\r\n"}, {.max_command_octets = 1 << 22});
    std::erase(events, "go ahead");
    require(events == test::Events{"command " + wire});
}

std::string plain_form(const Command& command, const Fetch& fetch) {
    std::string out(command.tag);
    out.append(command.uid ? " UID FETCH " : " FETCH ").append(fetch.set);
    if (fetch.is_macro)
        return out.append(" ")
            .append(fetch.items_wire)
            .append(fetch.modifiers.empty() ? "" : " ")
            .append(fetch.modifiers);
    char before = '(';
    out += ' ';
    for (const FetchItem& item : fetch.items) {
        out += before;
        before = ' ';
        const bool has_section = item.wire.find('[') != std::string_view::npos;
        out.append(has_section ? item.name : item.wire);
        if (has_section) out += wire_form(item.section);
        if (item.partial)
            out +=
                "<" + std::to_string(item.partial->origin) + "." + std::to_string(item.partial->octets) + ">";
    }
    out += ')';
    return out.append(fetch.modifiers.empty() ? "" : " ").append(fetch.modifiers);
}

void check_fetch(const Command& command) {
    const auto& fetch = std::get<Fetch>(command.detail);
    const std::string plain = plain_form(command, fetch);
    const auto again = parse_command(plain);
    require(again.has_value());
    const auto& other = std::get<Fetch>(again->detail);
    require(other.set == fetch.set && other.modifiers == fetch.modifiers);
    require(other.items.size() == fetch.items.size());
    for (std::size_t i = 0; i < fetch.items.size(); ++i) {
        require(other.items[i].kind == fetch.items[i].kind &&
                other.items[i].section == fetch.items[i].section);
        require(other.items[i].partial == fetch.items[i].partial);
    }
}

void check_search(const Search& search, const Search& upstream) {
    std::size_t at = 0;
    for (const SizeKey& key : search.size_keys) {
        if (key.octets < block_octets) continue;
        require(at < upstream.size_keys.size());
        require(upstream.size_keys[at].octets == key.octets - block_octets);
        require(upstream.size_keys[at].larger == key.larger);
        ++at;
    }
    require(at == upstream.size_keys.size());
}

void check_command(std::string_view wire) {
    const auto command = parse_command(wire);
    if (!command) return;
    require(!command->tag.empty() && tag_of(wire) == command->tag);
    check_is_one_command(std::string(wire));

    const Rewrite rewrite{.block_octets = block_octets, .names = {}, .epoch = Epoch(77)};
    const bool is_fetch = command->verb == Verb::fetch;
    const std::string upstream =
        is_fetch ? plan_fetch(*command, wire, rewrite).wire : upstream_command(*command, wire, rewrite);
    check_is_one_command(upstream);
    const auto again = parse_command(upstream);
    require(again.has_value() && again->verb == command->verb && again->tag == command->tag);
    if (is_fetch) check_fetch(*command);
    if (const auto* search = std::get_if<Search>(&command->detail))
        check_search(*search, std::get<Search>(again->detail));
    if (const auto* id = std::get_if<Id>(&command->detail)) require(id->pairs.size() <= 30);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
    check_command(input);
    const ReaderLimits plenty{.max_command_octets = 1 << 20};
    const ReaderLimits little{.max_command_octets = data[0], .max_nonsynchronising_octets = data[1]};
    const auto whole = test::command_events({input}, plenty);
    for (const auto& event : whole)
        if (event.starts_with("command ")) check_command(std::string_view(event).substr(8));
    const auto limited = test::command_events({input}, little, false);
    for (const auto& event : limited)
        if (event.starts_with("command ")) require(event.size() - 8 <= little.max_command_octets);
    const auto framed = test::framer_events({input}, Direction::command);
    for (const std::size_t stride : {std::size_t{1}, std::size_t{data[0] % 16U + 2U}}) {
        const auto chunks = test::in_steps(input, stride);
        require(test::command_events(chunks, plenty) == whole);
        require(test::command_events(chunks, little, false) == limited);
        require(test::framer_events(chunks, Direction::command) == framed);
    }
    return 0;
}
