// See command_reader.hpp.
#include "gateway/imap/command_reader.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "gateway/imap/command_parts.hpp"

namespace decorum::imap {

void CommandReader::discard() {
    framer_.discard();
    state_ = State::command;
    end_command();
    wire_.drop_given_out();
}

void CommandReader::poison(std::string_view reason) {
    if (state_ == State::skipping || state_ == State::silent) return;
    if (state_ == State::tail) {
        tail_valid_ = false;
        return;
    }
    state_ = State::skipping;
    reason_ = reason;
    // Enough to know its tag.
    if (wire_.octets().size() > max_tag_octets + 1) wire_.octets().resize(max_tag_octets + 1);
}

void CommandReader::append(std::string_view octets) {
    if (state_ != State::command) return;
    const auto room = limits_.max_command_octets - wire_.octets().size();
    wire_.octets().append(octets.substr(0, room));
    if (octets.size() > room) poison("Command too long");
}

void CommandReader::append_text(std::string_view octets) {
    if (plain_lines_) return append(octets);
    Spacing& spacing = spacing_;
    while (!octets.empty() && state_ == State::command) {
        if (!spacing.quotes.open() && octets.front() == ' ') {
            octets.remove_prefix(std::min(octets.find_first_not_of(' '), octets.size()));
            if (spacing.tag_ended) {
                spacing.pending = !spacing.none_counts;
            } else {
                spacing.tag_ended = spacing.none_counts = true;
                append(" ");
            }
            continue;
        }
        if (std::exchange(spacing.pending, false) && octets.front() != ')') append(" ");
        std::size_t i = 0;
        bool in_quotes = false;
        do in_quotes = spacing.quotes.hold(octets[i++]);
        while (i < octets.size() && (spacing.quotes.open() || octets[i] != ' '));
        append(octets.substr(0, i));
        spacing.none_counts = !in_quotes && octets[i - 1] == '(';
        octets.remove_prefix(i);
    }
}

void CommandReader::end_command() {
    wire_.give_out();
    spacing_ = {};
}

CommandReader::Event CommandReader::refused(std::string_view reason, bool too_large, bool lost) {
    state_ = State::command;
    end_command();
    too_large_ = false;
    return Refused{tag_of(wire_.octets()), reason, too_large, lost};
}

void CommandReader::accept() {
    state_ = State::message;
    left_ = literal_.octets;
    tail_octets_ = 0;
    tail_valid_ = true;
    end_command();
}

void CommandReader::refuse() {
    end_command();
    state_ = literal_.synchronising ? State::command : State::silent;
    if (literal_.synchronising) framer_.refuse_literal();
}

std::optional<CommandReader::Event> CommandReader::on(const Text& text) {
    if (state_ == State::tail) {
        // ")" of UTF8 (…), and nothing else
        tail_octets_ += text.octets.size();
        if (!utf8_ || tail_octets_ != 1 || text.octets != ")") tail_valid_ = false;
        return std::nullopt;
    }
    append_text(text.octets);
    return std::nullopt;
}

std::optional<CommandReader::Event> CommandReader::on(const Literal& literal) {
    if (state_ == State::tail) {
        // MULTIAPPEND and CATENATE aren't offered.
        tail_valid_ = false;
        if (!literal.synchronising) return std::nullopt;
        framer_.refuse_literal();
        state_ = State::command;
        return AppendEnd{false};
    }
    if (state_ == State::silent || state_ == State::skipping) {
        if (!literal.synchronising) return std::nullopt;
        framer_.refuse_literal();
        if (state_ == State::skipping) return refused(reason_, too_large_);
        state_ = State::command;
        return std::nullopt;
    }
    const bool may_come = literal.synchronising || literal.octets <= limits_.max_nonsynchronising_octets;
    if (may_come) {
        if (auto head = parse_append_head(wire_.octets())) {
            state_ = State::deciding;
            literal_ = literal;
            utf8_ = head->utf8;
            return Append{std::move(*head), literal};
        }
    }
    append("\r\n");
    if (state_ == State::command &&
        (!may_come || literal.octets > limits_.max_command_octets - wire_.octets().size())) {
        too_large_ = true;
        poison("Literal too large");
    }
    if (!literal.synchronising) return std::nullopt;
    if (state_ == State::command) return GoAhead{};
    framer_.refuse_literal();
    return refused(reason_, too_large_);
}

std::optional<CommandReader::Event> CommandReader::on(const LiteralOctets& literal) {
    if (state_ == State::message) return AppendOctets{literal.octets};
    append(literal.octets);
    return std::nullopt;
}

std::optional<CommandReader::Event> CommandReader::on(const LineEnd&) {
    switch (state_) {
        case State::command: end_command(); return CommandText{wire_.octets()};
        case State::skipping: return refused(reason_, too_large_);
        case State::silent: state_ = State::command; return std::nullopt;
        case State::tail: break;
        case State::deciding:
        case State::message: return std::nullopt;  // can't be: the framer counts
    }
    state_ = State::command;
    return AppendEnd{tail_valid_ && tail_octets_ == (utf8_ ? 1U : 0U)};
}

std::optional<CommandReader::Event> CommandReader::on(const FramingFault& fault) {
    using Kind = FramingFault::Kind;
    switch (fault.kind) {
        case Kind::bare_cr: poison("CR without LF"); return std::nullopt;
        case Kind::nul: poison("NUL in a command"); return std::nullopt;
        case Kind::literal_size: break;
    }
    // The client waits, or nothing can be known any more.
    if (state_ == State::tail && !fault.lost) {
        state_ = State::command;
        return AppendEnd{false};
    }
    if (state_ == State::silent && !fault.lost) {
        state_ = State::command;
        return std::nullopt;
    }
    return refused("Literal too large", true, fault.lost);
}

CommandReader::Event CommandReader::next() {
    wire_.drop_given_out();
    for (;;) {
        // The end of a message can't be seen in the framer's events: the text after it may be empty.
        if (state_ == State::message && left_ == 0) state_ = State::tail;
        const auto framed = framer_.next();
        if (std::holds_alternative<NeedInput>(framed)) return NeedInput{};
        if (const auto* octets = std::get_if<LiteralOctets>(&framed))
            if (state_ == State::message) left_ -= octets->octets.size();
        auto event = std::visit(
            [this](const auto& piece) -> std::optional<Event> {
                if constexpr (std::is_same_v<std::decay_t<decltype(piece)>, NeedInput>)
                    return std::nullopt;
                else
                    return on(piece);
            },
            framed);
        if (event) return std::move(*event);
        wire_.drop_given_out();
    }
}

}  // namespace decorum::imap
