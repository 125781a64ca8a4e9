// See response_reader.hpp.
#include "gateway/imap/response_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/imap/syntax.hpp"

namespace decorum::imap {
namespace {

// Of tag, number and keyword, before it is known what the response is.
constexpr std::size_t max_head_octets = 512;

// The session looks into these.
constexpr std::array<std::string_view, 7> whole_words{"CAPABILITY", "STATUS",  "ID",    "ENABLED",
                                                      "EXISTS",     "EXPUNGE", "RECENT"};

bool is_one_of(std::string_view word, const auto& words) {
    return std::ranges::any_of(words, [word](std::string_view w) { return ascii::equals_nocase(word, w); });
}

}  // namespace

bool Response::is_status() const {
    return is_one_of(keyword, status_words);
}

// response = *(continue-req / response-data) response-done; response-tagged = tag SP resp-cond-state CRLF;
// response-data = "*" SP (… / message-data) CRLF; message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP
// msg-att))
std::optional<Response> parse_head(std::string_view wire, bool at_end) {
    Response head{.wire = wire};
    Cursor cursor(wire);
    if (cursor.take('+')) {
        // "+" alone and "+text" are seen, too.
        if (cursor.at_end() && !at_end) return std::nullopt;
        cursor.take(' ');
        head.kind = Response::Kind::continuation;
        head.text = cursor.rest();
        return head;
    }
    if (!cursor.take('*')) {
        head.kind = Response::Kind::tagged;
        head.tag = cursor.take_all(tag_octets);
    }
    if (cursor.take(' ')) {
        const auto from = cursor.rest();
        if (head.kind == Response::Kind::untagged) head.number = cursor.take_number();
        if (head.number && !cursor.take(' ')) {
            head.number.reset();
            cursor.reset(from);
        }
        head.keyword = cursor.take_all(atom_octets);
    }
    if (cursor.at_end() && !at_end) return std::nullopt;
    if (!cursor.take(' ') && !cursor.at_end()) head.keyword = {};  // it runs on into something else
    head.text = cursor.rest();
    return head;
}

void ResponseReader::discard() {
    framer_.discard();
    state_ = State::head;
    text_ = {};
    wire_.give_out();
    wire_.drop_given_out();
}

std::optional<ResponseReader::Event> ResponseReader::whole(bool complete) {
    auto head = parse_head(wire_.octets(), true);
    head->complete = complete;
    wire_.give_out();
    state_ = complete ? State::head : State::passing;
    const bool status = head->is_status();
    if (head->kind == Response::Kind::tagged && (head->tag.empty() || !status))
        return ResponseFault{"neither a tagged nor an untagged response"};
    if (!complete && !status) return ResponseFault{"response is too long"};
    return *head;
}

ResponseReader::Event ResponseReader::pass_on() {
    state_ = State::passing;
    wire_.give_out();
    return Passed{wire_.octets()};
}

// Text while it isn't known what the response is.
std::optional<ResponseReader::Event> ResponseReader::head_text(std::string_view octets) {
    wire_.octets().append(octets);
    const auto head = parse_head(wire_.octets(), false);
    if (!head) {
        if (wire_.octets().size() > max_head_octets) return ResponseFault{"no keyword"};
        return std::nullopt;
    }
    const bool untagged = head->kind == Response::Kind::untagged;
    if (untagged && head->keyword.empty()) return ResponseFault{"no keyword"};
    if (wire_.octets().size() - head->text.size() > max_head_octets) return ResponseFault{"no keyword"};
    if (untagged && head->number && head->is("FETCH") && parse_fetch_) {
        state_ = State::fetch;
        // The views into wire_ are views into `octets` too, at the end of both.
        text_ = octets.substr(octets.size() - std::min(octets.size(), head->text.size()));
        sequence_ = *head->number;
        wire_.give_out();
        fetch_.start();
        return FetchStart{sequence_};
    }
    if (untagged && !head->is_status() && !is_one_of(head->keyword, whole_words)) return pass_on();
    state_ = State::whole;
    return collect({});
}

std::optional<ResponseReader::Event> ResponseReader::collect(std::string_view octets) {
    wire_.octets().append(octets);
    return wire_.octets().size() > max_response_octets ? whole(false) : std::nullopt;
}

std::optional<ResponseReader::Event> ResponseReader::step() {
    const auto as_event = [](std::optional<FetchParser::Event> event) -> std::optional<Event> {
        if (!event) return std::nullopt;
        return std::visit([](auto& value) -> Event { return std::move(value); }, *event);
    };
    if (!text_.empty()) return as_event(fetch_.text(text_));
    const auto framed = framer_.next();
    if (std::holds_alternative<NeedInput>(framed)) return NeedInput{};
    if (std::holds_alternative<FramingFault>(framed)) return ResponseFault{"size of a literal"};
    if (const auto* text = std::get_if<Text>(&framed)) {
        switch (state_) {
            case State::head: return head_text(text->octets);
            case State::whole: return collect(text->octets);
            case State::passing: return Passed{text->octets};
            case State::fetch: text_ = text->octets; return std::nullopt;
        }
    }
    if (const auto* octets = std::get_if<LiteralOctets>(&framed)) {
        if (state_ == State::passing) return Passed{octets->octets};
        if (state_ == State::fetch) return as_event(fetch_.literal_octets(octets->octets));
        return collect(octets->octets);
    }
    if (const auto* literal = std::get_if<Literal>(&framed)) {
        if (state_ == State::passing) return Passed{"\r\n"};
        if (state_ == State::fetch) return as_event(fetch_.literal(*literal));
        if (state_ == State::head) return ResponseFault{"no keyword"};
        return collect("\r\n");
    }
    // The end of the line.
    const State state = std::exchange(state_, State::head);
    if (state == State::passing) return Passed{"\r\n", true};
    if (state == State::fetch) return as_event(fetch_.line_end());
    if (state == State::head) {
        // "* 5 EXISTS" and all others that end with their keyword.
        const auto head = parse_head(wire_.octets(), true);
        const bool untagged = head->kind == Response::Kind::untagged;
        if (untagged && head->keyword.empty()) return ResponseFault{"no keyword"};
        if (untagged && head->is("FETCH") && parse_fetch_) return ResponseFault{"FETCH without a list"};
        if (untagged && !head->is_status() && !is_one_of(head->keyword, whole_words)) {
            wire_.octets() += "\r\n";
            wire_.give_out();
            return Passed{wire_.octets(), true};
        }
    }
    return whole(true);
}

ResponseReader::Event ResponseReader::next() {
    if (broken_) return ResponseFault{"the response before was none"};
    wire_.drop_given_out();
    for (;;) {
        if (auto event = step()) {
            broken_ = std::holds_alternative<ResponseFault>(*event);
            return std::move(*event);
        }
    }
}

}  // namespace decorum::imap
