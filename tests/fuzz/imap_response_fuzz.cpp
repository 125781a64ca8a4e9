// IMAP responses: the same events, and the same octets for the client, for every split of the input; a FETCH
// printed again without a block reads as what came; with a block it is still whole responses, and each size
// is its block larger; UIDVALIDITY mapped there and back is what it was.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/imap/capabilities.hpp"
#include "gateway/imap/status.hpp"
#include "tests/unit/imap/fetch_model.hpp"

namespace {

using namespace decorum;
using namespace decorum::imap;

void require(bool holds) {
    if (!holds) std::abort();
}

const std::string block = "Sender-Profile: Jane\r\nFace: x\r\n\ty\r\nSender-Profile-Pad: .\r\n";

// Names that no field can have: nothing is masked, nothing is ours.
Rewrite without_block() {
    return {.block_octets = 0, .names = {.prefix = "\x01", .face = false}, .epoch = {}};
}

Rewrite with_block() {
    return {.block_octets = block.size(), .names = {}, .epoch = Epoch(77)};
}

std::string shown_of(const test::Chunks& chunks, const Rewrite& rewrite, const FetchPlan& plan) {
    FetchRewriter rewriter(rewrite);
    rewriter.begin("a", plan);
    test::ModelBlock model{.block = {rewrite.block_octets > 0 ? block : ""}, .header = {}};
    return test::rewritten(rewriter, chunks, model);
}

FetchPlan plan_of(std::string_view command) {
    return plan_fetch(*parse_command(command), command, with_block());
}

// What a complete FETCH shows, whatever the form of its strings, names and numbers.
struct ShownFetch {
    std::uint64_t sequence = 0;
    std::vector<std::string> items{};
    bool operator==(const ShownFetch&) const = default;
};

std::string name_of(const FetchItem& item) {
    std::string out(item.name);
    out += wire_form(item.section);
    if (item.partial) out += "<" + std::to_string(item.partial->origin);
    return out + "|";
}

// Empty ones are left out.
std::vector<ShownFetch> fetches_of(std::string_view responses) {
    std::vector<ShownFetch> out;
    ShownFetch fetch;
    bool is_size = false;
    const auto end_item = [&] {
        // "007" is printed as 7.
        if (!std::exchange(is_size, false)) return;
        std::string& item = fetch.items.back();
        Cursor cursor(std::string_view(item).substr(item.find('|') + 1));
        const auto number = cursor.take_number();
        if (number && cursor.at_end())
            item.replace(item.find('|') + 1, std::string::npos, std::to_string(*number));
    };
    ResponseReader reader;
    reader.feed(responses);
    for (;;) {
        const auto event = reader.next();
        if (std::holds_alternative<NeedInput>(event) || std::holds_alternative<ResponseFault>(event))
            return out;
        if (const auto* start = std::get_if<FetchStart>(&event)) {
            fetch = {start->sequence};
        } else if (const auto* name = std::get_if<FetchName>(&event)) {
            end_item();
            is_size = name->item.is_annotated_size();
            fetch.items.push_back(name_of(name->item));
        } else if (std::holds_alternative<FetchNil>(event)) {
            fetch.items.back() += "nil";
        } else if (const auto* literal = std::get_if<FetchLiteral>(&event)) {
            fetch.items.back() += literal->binary ? "binary " : "string ";
        } else if (const auto* octets = std::get_if<FetchLiteralOctets>(&event)) {
            fetch.items.back() += octets->octets;
        } else if (const auto* string = std::get_if<FetchQuoted>(&event)) {
            fetch.items.back().append("string ").append(string->octets);
        } else if (const auto* value = std::get_if<FetchValue>(&event)) {
            fetch.items.back() += value->octets;
        } else if (std::holds_alternative<FetchEnd>(event)) {
            end_item();
            if (!fetch.items.empty()) out.push_back(fetch);
        }
    }
}

void check_whole(const Response& response) {
    const auto shown_with = [](const Response& of, std::uint32_t epoch) {
        return shown(of, {.authenticated = true}, {.epoch = Epoch(epoch)});
    };
    const auto read = [](const std::string& line) {
        ResponseReader reader;
        reader.feed(line);
        const auto event = reader.next();
        require(std::holds_alternative<Response>(event));
        return line.substr(0, std::get<Response>(event).wire.size());
    };
    constexpr std::uint32_t there = 12'345;
    constexpr std::uint32_t back = 0xffffffff - there;
    const std::string mapped = shown_with(response, there) + "\r\n";
    require(read(mapped).size() + 2 == mapped.size());
    ResponseReader reader;
    reader.feed(mapped);
    const auto event = reader.next();
    const auto& again = std::get<Response>(event);
    require(again.kind == response.kind && again.keyword == response.keyword && again.tag == response.tag);
    require(shown_with(again, back) == shown_with(response, 0));
    const auto list = capability_list(again);
    require(!has_capability(list, "COMPRESS=DEFLATE") && !has_capability(list, "STARTTLS") &&
            !has_capability(list, "NOTIFY"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t stride = data[0] % 16U + 2U;
    for (const bool parse_fetch : {true, false}) {
        const auto whole = test::response_events({input}, parse_fetch);
        require(test::response_events(test::in_steps(input, 1), parse_fetch) == whole);
        require(test::response_events(test::in_steps(input, stride), parse_fetch) == whole);
    }

    ResponseReader reader;
    reader.feed(input);
    bool fault = false;
    bool too_long_with_block = false;  // a literal that only without the block is one that a reader takes
    for (;;) {
        const auto event = reader.next();
        fault = std::holds_alternative<ResponseFault>(event);
        if (fault || std::holds_alternative<NeedInput>(event)) break;
        const auto* response = std::get_if<Response>(&event);
        if (response && response->complete) check_whole(*response);
        const auto* literal = std::get_if<FetchLiteral>(&event);
        if (literal && literal->octets > FetchParser::max_literal_octets - block.size())
            too_long_with_block = true;
    }

    const std::string_view commands[] = {
        "a FETCH 1 BODY[]", "a FETCH 1 (BODY[]<0.5> BODY[HEADER]<40.90> BODY[]<3.4>)",
        "a UID FETCH 1 (RFC822.HEADER BODY[HEADER.FIELDS (Face From)]<2.9>)"};
    for (const auto command : commands) {
        const auto plan = plan_of(command);
        const auto whole = shown_of({input}, with_block(), plan);
        require(shown_of(test::in_steps(input, 1), with_block(), plan) == whole);
        require(shown_of(test::in_steps(input, stride), with_block(), plan) == whole);
        if (fault || too_long_with_block) continue;
        for (const auto& event : test::response_events({whole})) require(!event.starts_with("fault "));
    }
    if (fault) return 0;

    require(fetches_of(shown_of({input}, without_block(), {})) == fetches_of(input));
    return 0;
}
