// Reads a client's commands: framing (framer.hpp) joined to whole commands in wire form, within limits.
//
// A command that is too long, holds a bare CR or NUL, or announces a literal that is too large is skipped
// with all its literals and given out as Refused, never in part. Memory is bounded by max_command_octets; the
// message of an APPEND streams. An idle reader holds next to nothing.
//
// Leniency stray_spaces, as Dovecot has it: outside quoted strings and literals a run of spaces counts as
// one, and those inside of a parenthesis or at the end of a command as none. They are left out here, so that
// grammar and upstream see a command without them. Before the tag none may stand.
//
// How an APPEND goes: Append; the session calls accept() or refuse() before the next next(). After accept()
// (the "+" that a synchronising literal waits for is the session's to send) come AppendOctets, then
// AppendEnd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "gateway/imap/collected.hpp"
#include "gateway/imap/command.hpp"
#include "gateway/imap/framer.hpp"
#include "gateway/imap/quotes.hpp"

namespace decorum::imap {

struct ReaderLimits {
    std::size_t max_command_octets = 64 * 1024;  // with all literals but the message of an APPEND
    // Of a literal that doesn't wait for "+": 4096 where LITERAL- is announced (RFC 7888 §5). Messages too.
    std::uint64_t max_nonsynchronising_octets = UINT64_MAX;
};

// A whole command, without its last line end; may be empty. Valid until the next feed() or next(), as are all
// views given out here.
struct CommandText {
    std::string_view wire;
};

// A literal within the limits waits: answer "+ ".
struct GoAhead {};

struct Append {
    AppendHead head;
    Literal message;
};
struct AppendOctets {
    std::string_view octets;
};
// The message and its command are complete; `valid` is false where something other than the end of the
// command followed (a second message, CATENATE): answer BAD, and let the upstream have nothing.
struct AppendEnd {
    bool valid = true;
};

// Answer "TAG BAD reason", "* BAD reason" where the tag is empty; with `lost`, "* BYE reason", and close.
struct Refused {
    std::string_view tag;
    std::string_view reason;  // a fixed text
    bool too_large = false;   // a literal was: the answer may be NO [TOOBIG] or NO [LIMIT]
    bool lost = false;
};

class CommandReader {
public:
    using Event = std::variant<NeedInput, CommandText, GoAhead, Append, AppendOctets, AppendEnd, Refused>;

    explicit CommandReader(ReaderLimits limits) : limits_(limits) {}

    void set_limits(ReaderLimits limits) { limits_ = limits; }  // between commands: by state

    // `octets` must stay valid until next() returns NeedInput.
    void feed(std::string_view octets) { framer_.feed(octets); }
    [[nodiscard]] Event next();

    void accept();
    // The command is given up; a message that doesn't wait is skipped. The session has answered it.
    void refuse();

    // Responses to a SASL challenge, DONE: each line is a CommandText, nothing is a literal.
    void set_plain_lines(bool plain) {
        plain_lines_ = plain;
        framer_.set_plain_lines(plain);
    }

    // STARTTLS: what came in clear is forgotten.
    void discard();

private:
    enum class State : std::uint8_t {
        command,   // collecting
        skipping,  // refused, and reported at its end
        silent,    // refused by the session, and never reported
        deciding,  // Append was given out
        message,   // its octets come
        tail,      // what follows it
    };

    // What is needed to tell a stray space.
    struct Spacing {
        Quotes quotes;
        bool tag_ended = false;    // with the first space, which always counts
        bool pending = false;      // a space was read, and counts if a value follows
        bool none_counts = false;  // behind "(" and the first space
    };

    void append(std::string_view octets);
    void append_text(std::string_view octets);
    void end_command();
    void poison(std::string_view reason);
    [[nodiscard]] std::optional<Event> on(const Text& text);
    [[nodiscard]] std::optional<Event> on(const Literal& literal);
    [[nodiscard]] std::optional<Event> on(const LiteralOctets& octets);
    [[nodiscard]] std::optional<Event> on(const LineEnd&);
    [[nodiscard]] std::optional<Event> on(const FramingFault& fault);
    [[nodiscard]] Event refused(std::string_view reason, bool too_large = false, bool lost = false);

    Framer framer_{Direction::command};
    ReaderLimits limits_;
    Collected wire_;
    std::string_view reason_;
    std::uint64_t left_ = 0;  // of the message
    Literal literal_;
    State state_ = State::command;
    bool utf8_ = false;
    bool tail_valid_ = true;
    bool plain_lines_ = false;
    Spacing spacing_;
    std::size_t tail_octets_ = 0;
    bool too_large_ = false;
};

}  // namespace decorum::imap
