// Block and seal. For every message and profile: the block keeps its limit and is ASCII in header fields of
// ours only; put on top of the message it is valid and found exactly; any octet of it changed, it is not.
// Checking arbitrary headers never crashes, and never finds a seal valid that the key did not make.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

#include "gateway/base/ascii.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/forged_filter.hpp"

using namespace decorum;
using namespace decorum::message;

namespace {

void require(bool holds, std::source_location where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "line %u: the property does not hold\n", static_cast<unsigned>(where.line()));
    std::abort();
}

// Hands out the input piece by piece.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
    std::size_t number() {
        const std::string octet = text_of(1);
        return octet.empty() ? 0 : static_cast<unsigned char>(octet[0]);
    }
    std::string text() { return text_of(number() * 2); }
    std::string rest() { return std::string(rest_); }

private:
    std::string text_of(std::size_t octets) {
        const std::string out(rest_.substr(0, octets));
        rest_.remove_prefix(out.size());
        return out;
    }
    std::string_view rest_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const SealKey key{"fuzz", Secret(std::string(32, 'F'))};
    Input input(data, size);
    const std::size_t flags = input.number();
    const std::size_t where = input.number() * 256 + input.number();
    const auto change = static_cast<char>(input.number());

    BlockContent content;
    content.status = static_cast<Status>(flags & 7);
    content.reason = input.text();
    content.person = PersonFields{
        input.text(), {input.text(), input.text(), input.text()}, input.text(), input.text(), input.text()};
    content.sources = {content.reason, "directory"};
    if ((flags & 8) != 0) content.original = input.text();
    BlockOptions options;
    options.face = (flags & 16) != 0;
    options.line_end = (flags & 32) != 0 ? "\n" : "\r\n";
    options.max_octets = (flags & 64) != 0 ? 2048 : max_block_octets;
    const std::string raw = input.rest();

    // Without the key nothing is valid.
    static const SealKey other{"other", Secret("another key")};
    require(check_seal(raw, scan_header(raw), other, options.prefix).verdict != SealVerdict::valid);

    std::string rest;
    ForgedFilter filter({});
    filter.feed(raw, rest);
    filter.finish(rest);
    const FirstLine first = first_line_of(rest);
    const HeaderSection header = scan_header(rest);
    const bool first_is_field = !header.fields.empty() && header.fields[0].begin == 0;
    if (rest.size() < 1024) require((first == FirstLine::field) == first_is_field);

    const std::string block = make_block(content, nullptr, header, key, options,
                                         first == FirstLine::white_space ? Padding::line : Padding::none);
    require(block.size() <= options.max_octets);
    const HeaderSection own = scan_header(block);
    require(ascii::is_ascii(block) && own.end == block.size());
    std::size_t end = 0;
    for (const Field& field : own.fields) {
        require(field.begin == end && ForgedNames{}.matches(field.name));
        end = field.end;
    }
    require(end == block.size());
    require(own.count("Sender-Profile-Source") == 1 && own.count("Sender-Profile-Seal") == 1);

    std::string annotated = block;
    if (first == FirstLine::other) annotated += options.line_end;
    annotated += rest;
    // An empty line after the block ends the header section: then the block binds no field of it.
    const std::string bound = first == FirstLine::other ? make_block(content, nullptr, scan_header(""), key,
                                                                     options, Padding::none) +
                                                              std::string(options.line_end) + rest
                                                        : annotated;
    const SealCheck check = check_seal(bound, scan_header(bound), key, options.prefix);
    require(check.verdict == SealVerdict::valid);
    require(check.block->begin == 0 && check.block->end == block.size());
    require(check.block->status == content.status);

    std::string changed = bound;
    const std::size_t at = where % block.size();
    changed[at] = static_cast<char>(changed[at] ^ change);
    // In the last line end CR for LF or the other way round may give, with what follows, a line end again:
    // the same block, because every line end counts as CRLF.
    const bool same_lines =
        at + options.line_end.size() >= block.size() && (changed[at] == '\r' || changed[at] == '\n');
    if (change != 0 && !same_lines) {
        require(check_seal(changed, scan_header(changed), key, options.prefix).verdict != SealVerdict::valid);
    }
    return 0;
}
