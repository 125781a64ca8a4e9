// The decoder of DATA content. See data.hpp for the contract; nothing here can fail.
//
// Ordinary mail is passed in groups of 64 octets: a loop without branches, which the compiler turns into
// vector instructions, finds out that a group holds no bare CR, bare LF, NUL and no dot at a line's start,
// and it goes out as part of one view. Everything else goes octet by octet through a machine of six states.
// What has to be put in or altered is always one of a few literals, so there is no buffer at all.
//
// What servers do with irregular content, measured with Dovecot 2.3.19 (LMTP, maildir):
//   - A bare LF ends a line: LF.LF, LF.CRLF, CRLF.LF, LF LF.CRLF and CR CRLF.CRLF end the message there; a
//   dot
//     after a bare LF is deleted before anything else ("\n.x" is stored as "\nx", "\n..x" as "\n.x").
//   - A bare CR and NUL are text, stored as they are; a dot after either is kept and ends nothing.
//   - ".\r" at a line's start, not followed by LF, loses the CR or the octet behind it ("\r\n.\rafter" is
//     stored as "\n\rfter", "\r\n.\r\r\n" as "\n\n"); after a stuffed dot ("..\r") nothing is lost.
//   - CRLF is stored as LF, CR CR LF as CR LF.
// Postfix before 3.9, by default, takes LF for a line's end too, and strips every CR before it, so that
// CRLF.CR CRLF ends a message there.
// Hence what is emitted: the content as RFC 5321 §4.5.2 reads it (a dot after CRLF is deleted, none other),
// stuffed again wherever a dot follows CRLF *or a bare LF*. Both servers then find one end, ours, and Dovecot
// stores exactly the octets that were sent. A dot after a bare CR is left alone under `pass`: no server was
// found that takes CR alone for a line's end, and to stuff it would alter what Dovecot stores.
#include "gateway/smtp/data.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace decorum::smtp {
namespace {

constexpr std::size_t max_block_octets = 4096;
constexpr std::size_t group_octets = 64;  // looked at without a branch between them

// True where one of the `count` octets after the first, seen with the one before it, needs the machine.
bool irregular_pairs(const char* octets, std::size_t count) {
    unsigned char found = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char before = octets[i];
        const char octet = octets[i + 1];
        const bool line_end = (octet == '\n') != (before == '\r');
        const bool dot = (octet == '.') & (before == '\n');
        found |= static_cast<unsigned char>(line_end | dot | (octet == '\0'));
    }
    return found != 0;
}

// The octets before the first group that needs the machine; the first octet is known not to.
std::size_t regular_prefix(std::string_view octets) {
    std::size_t regular = 1;
    for (; octets.size() - regular >= group_octets; regular += group_octets)
        if (irregular_pairs(octets.data() + regular - 1, group_octets)) return regular;
    const std::size_t rest = octets.size() - regular;
    return irregular_pairs(octets.data() + regular - 1, rest) ? regular : octets.size();
}

}  // namespace

DataDecoder::DataDecoder(Discipline discipline, std::size_t max_line_octets)
    : max_line_octets_(std::max<std::size_t>(max_line_octets, 3)), discipline_(discipline) {}

void DataDecoder::feed(std::string_view octets) {
    assert(input_.empty() && !ended_);
    input_ = octets;
}

DataDecoder::Event DataDecoder::next() {
    for (;;) {
        if (ended_) return EndOfData{};
        if (input_.empty()) return NeedInput{};
        const Event event = faulted_ ? swallow() : decode();
        const auto* content = std::get_if<Content>(&event);
        if (content == nullptr || !content->octets.empty()) return event;  // nothing is no content
    }
}

std::string_view DataDecoder::take(std::size_t octets) {
    const auto taken = input_.substr(0, octets);
    input_.remove_prefix(octets);
    octets_seen_ += octets;
    return taken;
}

void DataDecoder::count(char octet) {
    line_octets_ = octet == '\n' ? 0 : line_octets_ + 1;
}

std::size_t DataDecoder::held_octets(State state) {
    switch (state) {
        case State::dot:
        case State::cr: return 1;
        case State::dot_cr: return 2;
        case State::line_start:
        case State::output_start:
        case State::text: break;
    }
    return 0;
}

// One event: reads as far as the octets can go out as they are, and ends with what must be altered.
DataDecoder::Event DataDecoder::decode() {
    using Action = Step::Action;
    const std::string_view input = input_;
    std::size_t read = 0;
    std::size_t machine_until = 0;
    while (read < input.size()) {
        if (read >= machine_until && (state_ == State::text || state_ == State::line_start)) {
            const std::size_t block = std::min({max_block_octets, max_line_octets_, input.size() - read});
            if (const std::size_t passed = pass_clean(input.substr(read, block)); passed > 0) {
                read += passed;
                continue;
            }
            machine_until = read + std::min(block, group_octets);
        }

        const char octet = input[read];
        const std::size_t held = held_octets(state_);
        const bool held_here = held <= read;  // else they were in an earlier view
        const Step wanted =
            line_octets_ < max_line_octets_
                ? step(octet)
                : Step{.action = Action::fault, .consume = false, .fault = DataFault::Kind::line_too_long};
        if (wanted.action == Action::hold || (wanted.action == Action::pass && held_here)) {
            state_ = wanted.next;
            if (wanted.consume) {
                count(octet);
                ++read;
            }
            continue;
        }
        // What stands before goes out first; the state then remembers what is held, and the next call comes
        // to this octet again.
        if (held < read) {
            (void)take(read);
            return Content{input.substr(0, read - held)};
        }
        (void)take(read + (wanted.consume ? 1 : 0));
        if (wanted.consume) count(octet);
        if (wanted.action == Action::end) {
            octets_seen_ -= held + 1;
            ended_ = true;
            return EndOfData{};
        }
        if (wanted.action == Action::fault) {
            faulted_ = true;
            return DataFault{wanted.fault};
        }
        state_ = wanted.next;
        return Content{wanted.output};
    }
    (void)take(read);
    const std::size_t held = std::min(held_octets(state_), read);
    return Content{input.substr(0, read - held)};
}

// The machine. A fault consumes nothing: swallow() goes on from the same state and octet.
DataDecoder::Step DataDecoder::step(char octet) const {
    using Action = Step::Action;
    switch (state_) {
        case State::line_start:
            if (octet == '.') return {.action = Action::hold, .next = State::dot};
            break;
        case State::output_start:
            if (octet == '.') return {.action = Action::replace, .next = State::text, .output = ".."};
            break;
        case State::text: break;
        case State::dot:
            if (octet == '.') return {.action = Action::pass, .next = State::text, .output = ".."};
            if (octet == '\r') return {.action = Action::hold, .next = State::dot_cr};
            // "If the first character is a period and there are other characters on the line, the first
            // character is deleted." RFC 5321 §4.5.2
            return {.action = Action::replace, .next = State::output_start, .consume = false};
        case State::dot_cr:
            if (octet == '\n') return {.action = Action::end};
            return {.action = Action::replace, .next = State::cr, .consume = false};
        case State::cr:
            if (octet == '\n') return {.action = Action::pass, .next = State::line_start, .output = "\r\n"};
            switch (discipline_) {
                case Discipline::refuse:
                    return {.action = Action::fault, .consume = false, .fault = DataFault::Kind::bare_cr};
                case Discipline::normalize:
                    return {.action = Action::replace, .next = State::text, .output = " ", .consume = false};
                case Discipline::pass: break;
            }
            return {.action = Action::pass, .next = State::text, .output = "\r", .consume = false};
    }
    if (octet == '\r') return {.action = Action::hold, .next = State::cr};
    if (octet == '\n' || octet == '\0') return irregular(octet);
    return {.action = Action::pass, .next = State::text};
}

// A bare LF, or NUL.
DataDecoder::Step DataDecoder::irregular(char octet) const {
    using Action = Step::Action;
    const bool lf = octet == '\n';
    switch (discipline_) {
        case Discipline::refuse:
            return {.action = Action::fault,
                    .consume = false,
                    .fault = lf ? DataFault::Kind::bare_lf : DataFault::Kind::nul};
        case Discipline::normalize:
            if (lf) return {.action = Action::replace, .next = State::output_start, .output = "\r\n"};
            // A dot behind a dropped NUL moves to the line's start.
            return {.action = Action::replace,
                    .next = state_ == State::text ? State::text : State::output_start};
        case Discipline::pass: break;
    }
    return {.action = Action::pass, .next = lf ? State::output_start : State::text};
}

// In text or at a line's start: how many of these octets (at most max_line_octets_) go out as they are, with
// the state and the count of the line moved behind them; 0 where the machine has to look.
std::size_t DataDecoder::pass_clean(std::string_view octets) {
    const char first = octets.front();
    if (first == '\n' || first == '\0' || (first == '.' && state_ == State::line_start)) return 0;
    octets = octets.substr(0, regular_prefix(octets));
    // Whether a CR at the end is bare will be seen later. One octet is not worth a second look at the rest.
    if (octets.back() == '\r') octets.remove_suffix(1);
    if (octets.size() <= 1) return 0;
    if (line_octets_ + octets.size() > max_line_octets_) {
        const auto line_end = octets.find('\n');
        if (line_octets_ + std::min(line_end, octets.size() - 1) + 1 > max_line_octets_) return 0;
    }
    const void* last = ::memrchr(octets.data(), '\n', octets.size());
    if (last == nullptr) {
        line_octets_ += octets.size();
    } else {
        line_octets_ =
            static_cast<std::size_t>(octets.data() + octets.size() - static_cast<const char*>(last)) - 1;
    }
    state_ = octets.back() == '\n' ? State::line_start : State::text;
    return octets.size();
}

// After a fault: finds the real end, and gives nothing out.
DataDecoder::Event DataDecoder::swallow() {
    while (!input_.empty()) {
        const char octet = input_.front();
        switch (state_) {
            case State::line_start:
                state_ = octet == '.' ? State::dot : octet == '\r' ? State::cr : State::text;
                if (state_ != State::text) (void)take(1);
                break;
            case State::dot:
                state_ = octet == '\r' ? State::dot_cr : State::text;
                if (state_ != State::text) (void)take(1);
                break;
            case State::dot_cr:
                if (octet == '\n') {
                    (void)take(1);
                    octets_seen_ -= 3;
                    ended_ = true;
                    return EndOfData{};
                }
                state_ = State::text;
                break;
            case State::cr:
                state_ = octet == '\n' ? State::line_start : State::text;
                if (octet == '\n') (void)take(1);
                break;
            case State::output_start:
            case State::text: {
                const auto lf = input_.find('\n');
                if (lf == std::string_view::npos) {
                    state_ = input_.back() == '\r' ? State::cr : State::text;
                    (void)take(input_.size());
                } else {
                    state_ = lf > 0 && input_[lf - 1] == '\r' ? State::line_start : State::text;
                    (void)take(lf + 1);
                }
                break;
            }
        }
    }
    return NeedInput{};
}

}  // namespace decorum::smtp
