// Framing of commands and responses. See framer.hpp for the contract.
//
// Each octet of a line is looked at once, in order, so that the outcome can't depend on how the octets
// arrived; runs of octets that change nothing are skipped, and literals are given out as they lie in the
// input.
#include "gateway/imap/framer.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/imap/syntax.hpp"

namespace decorum::imap {
namespace {

// All others say nothing of line ends, quoted strings and announcements, where none of those has begun.
constexpr ascii::OctetSet telling_octets(std::string_view("\r\n\0\"\\~{", 7));

}  // namespace

void Framer::start_line() {
    head_octets_ = 0;
    announcement_ = Announcement::none;
    head_done_ = free_text_ = false;
    quotes_.reset();
}

void Framer::discard() {
    input_ = {};
    left_ = 0;
    held_cr_ = false;
    start_line();
}

void Framer::refuse_literal() {
    left_ = 0;
    start_line();
}

// Everything that begins neither with "* " nor with a word of a status response may hold literals.
void Framer::look_at_head(char octet) {
    if (head_octets_ < 2) {
        head_done_ = free_text_ = octet != (head_octets_ == 0 ? '*' : ' ');
        ++head_octets_;
        return;
    }
    const auto word_octets = static_cast<std::size_t>(head_octets_ - 2);
    if (octet == ' ') {
        const std::string_view word(head_.data(), word_octets);
        free_text_ = std::ranges::any_of(
            status_words, [word](std::string_view status) { return ascii::equals_nocase(word, status); });
        head_done_ = true;
    } else if (word_octets == head_.size()) {
        head_done_ = true;
    } else {
        head_[word_octets] = octet;
        ++head_octets_;
    }
}

// literal = "{" number64 ["+"] "}" CRLF; literal8 = "~{" number64 ["+"] "}" CRLF  RFC 9051 §9, RFC 7888 §8
void Framer::look_at(char octet) {
    if (direction_ == Direction::response && !head_done_) look_at_head(octet);
    if (is_plain()) return;
    const Announcement before = announcement_;
    announcement_ = Announcement::none;
    if (quotes_.hold(octet)) return;
    if (octet == '~') {
        announcement_ = Announcement::tilde;
    } else if (octet == '{') {
        binary_ = before == Announcement::tilde;
        announcement_ = Announcement::open;
        announced_ = 0;
        synchronising_ = true;
        too_large_ = false;
    } else if (ascii::is_digit(octet) && (before == Announcement::open || before == Announcement::digits)) {
        const auto digit = static_cast<std::uint64_t>(octet - '0');
        if (announced_ > (most_octets - digit) / 10)
            too_large_ = true;
        else
            announced_ = announced_ * 10 + digit;
        announcement_ = Announcement::digits;
    } else if (octet == '+' && before == Announcement::digits) {
        synchronising_ = false;
        announcement_ = Announcement::plus;
    } else if (octet == '}' && (before == Announcement::digits || before == Announcement::plus)) {
        announcement_ = Announcement::closed;
    }
}

Framer::Event Framer::end_line() {
    const bool announced = announcement_ == Announcement::closed && !is_plain();
    announcement_ = Announcement::none;
    if (!announced) {
        start_line();
        return LineEnd{};
    }
    if (too_large_) {
        start_line();
        const bool lost = direction_ == Direction::response || !synchronising_;
        return FramingFault{FramingFault::Kind::literal_size, lost};
    }
    left_ = announced_;
    return Literal{announced_, synchronising_, binary_};
}

Framer::Event Framer::literal_octets() {
    const auto octets =
        input_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input_.size())));
    input_.remove_prefix(octets.size());
    left_ -= octets.size();
    return LiteralOctets{octets};
}

Framer::Event Framer::next() {
    using Kind = FramingFault::Kind;
    if (input_.empty()) return NeedInput{};
    if (left_ > 0) return literal_octets();
    if (held_cr_) {
        held_cr_ = false;
        if (input_.front() == '\n') {
            input_.remove_prefix(1);
            return end_line();
        }
        look_at('\r');
        if (direction_ == Direction::command) return FramingFault{Kind::bare_cr};
        return Text{"\r"};
    }
    std::size_t i = 0;
    for (; i < input_.size(); ++i) {
        if (at_ease()) {
            while (i < input_.size() && !telling_octets.contains(input_[i])) ++i;
            if (i == input_.size()) break;
        }
        const char octet = input_[i];
        if (octet == '\n' || octet == '\r' || (octet == '\0' && direction_ == Direction::command)) break;
        look_at(octet);
    }
    if (i > 0) {
        const auto text = input_.substr(0, i);
        input_.remove_prefix(i);
        return Text{text};
    }
    const char octet = input_.front();
    input_.remove_prefix(1);
    if (octet == '\n') return end_line();
    if (octet == '\0') {
        look_at(octet);
        return FramingFault{Kind::nul};
    }
    held_cr_ = true;
    return next();
}

}  // namespace decorum::imap
