// Stage one of reading IMAP, in either direction: where lines end and where literals lie (RFC 9051 §4.3, RFC
// 7888, RFC 3516). The grammar comes after it, so that a command that makes no sense is still skipped as a
// whole, with its literals.
//
// The octets come out as they came in, less the line ends: text pieces hold the announcement ("{5+}") too.
// The events, adjacent pieces joined, are the same for every split of the input. Memory is constant; whoever
// collects pieces sets the limit. Rules where readers could differ:
// - Only LF ends a line, with or without CR before it (leniency bare_lf, as Dovecot has it). A CR elsewhere
// and
//   a NUL outside a literal are faults of a command; in a response they are ordinary octets.
// - A literal is announced by a line that ends in "{n}" outside a quoted string, wherever its brace stands.
// In
//   an open quoted string it is text (as Dovecot has it): the line is malformed, and no sender means a
//   literal.
// - Tagged, status and continuation responses end in free text, which announces nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "gateway/imap/quotes.hpp"

namespace decorum::imap {

enum class Direction : std::uint8_t { command, response };

struct NeedInput {};

// A piece of a line; valid until the next feed() or next(), as are all views given out here.
struct Text {
    std::string_view octets;
};

// The text so far ended in "{n}", "{n+}", "~{n}" or "~{n+}" and its line end.
struct Literal {
    std::uint64_t octets = 0;
    bool synchronising = true;  // a client waits for our "+"
    bool binary = false;        // literal8: may hold NUL
};

struct LiteralOctets {
    std::string_view octets;
};

// The end of a command or response.
struct LineEnd {};

struct FramingFault {
    enum class Kind : std::uint8_t {
        bare_cr,
        nul,
        literal_size,  // beyond 63 bits; where the sender doesn't wait for us, framing is lost: close
    } kind;
    bool lost = false;  // framing can't go on
};

class Framer {
public:
    using Event = std::variant<NeedInput, Text, Literal, LiteralOctets, LineEnd, FramingFault>;

    explicit Framer(Direction direction) : direction_(direction) {}

    // `octets` must stay valid until next() returns NeedInput.
    void feed(std::string_view octets) { input_ = octets; }
    [[nodiscard]] Event next();

    // After Literal: its sender was told that it may not come, and begins a new command.
    void refuse_literal();

    // Lines of a SASL exchange, and DONE after IDLE: no literals, no quoted strings.
    void set_plain_lines(bool plain) { plain_lines_ = plain; }

    // What was fed and not given out.
    [[nodiscard]] std::string_view remaining() const { return input_; }
    // STARTTLS: what came in clear is forgotten.
    void discard();

private:
    // How much of "{n+}" the line ends with so far.
    enum class Announcement : std::uint8_t { none, tilde, open, digits, plus, closed };

    void start_line();
    void look_at(char octet);
    void look_at_head(char octet);
    // Only telling octets change the state.
    [[nodiscard]] bool at_ease() const {
        return announcement_ == Announcement::none && !quotes_.escaped() &&
               (head_done_ || direction_ == Direction::command);
    }
    [[nodiscard]] bool is_plain() const { return plain_lines_ || free_text_; }
    [[nodiscard]] Event end_line();
    [[nodiscard]] Event literal_octets();

    std::string_view input_;
    std::uint64_t left_ = 0;  // octets of the literal still to come
    std::uint64_t announced_ = 0;
    std::array<char, 8> head_{};  // responses: the word after "* "
    std::uint8_t head_octets_ = 0;
    Direction direction_;
    Announcement announcement_ = Announcement::none;
    bool synchronising_ = true;
    bool binary_ = false;
    bool too_large_ = false;
    Quotes quotes_;
    bool held_cr_ = false;  // a CR was read, and is given out only if no LF follows
    bool plain_lines_ = false;
    bool head_done_ = false;  // it is known whether the response ends in free text
    bool free_text_ = false;
};

}  // namespace decorum::imap
