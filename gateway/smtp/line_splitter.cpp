// Framing of command and reply lines. See line_splitter.hpp for the contract.
//
// The scan goes octet by octet in order, and the first octet that spoils a line decides which fault it is;
// that makes the outcome independent of how the octets arrived. Nothing here can fail but memory.
#include "gateway/smtp/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace decorum::smtp {
namespace {

// A buffer that grew beyond this is given back when it is empty: most commands are shorter, and one kept
// per idle session costs little.
constexpr std::size_t kept_capacity_octets = 512;

}  // namespace

void LineSplitter::drop_used() {
    if (begin_ < buffer_.size()) {
        // Moving the rest costs less than what was given out since the last move: linear in the sum.
        if (begin_ > buffer_.size() / 2) {
            buffer_.erase(0, begin_);
            scanned_ -= begin_;
            begin_ = 0;
        }
        return;
    }
    if (buffer_.capacity() > kept_capacity_octets)
        std::string().swap(buffer_);
    else
        buffer_.clear();
    begin_ = scanned_ = 0;
}

void LineSplitter::feed(std::string_view octets) {
    drop_used();
    if (skipping_ && buffer_.empty()) octets.remove_prefix(skip(octets));
    buffer_.append(octets);
}

std::variant<NeedInput, Line, LineFault> LineSplitter::next() {
    using Kind = LineFault::Kind;
    if (skipping_) begin_ = scanned_ = begin_ + skip(buffered());
    for (; scanned_ < buffer_.size(); ++scanned_) {
        const bool after_cr = scanned_ > begin_ && buffer_[scanned_ - 1] == '\r';
        if (scanned_ - begin_ >= max_line_octets_) return skip_line(Kind::too_long, after_cr);
        const char octet = buffer_[scanned_];
        if (octet == '\n') {
            if (!after_cr) return skip_line(Kind::bare_lf, false);
            const auto text = std::string_view(buffer_).substr(begin_, scanned_ - 1 - begin_);
            begin_ = ++scanned_;
            return Line{text};
        }
        if (after_cr) return skip_line(Kind::bare_cr, true);
        if (octet == '\0') return skip_line(Kind::nul, false);
    }
    drop_used();
    return NeedInput{};
}

std::string_view LineSplitter::buffered() const {
    return std::string_view(buffer_).substr(begin_);
}

void LineSplitter::consume(std::size_t octets) {
    begin_ += std::min(octets, buffer_.size() - begin_);
    scanned_ = begin_;
}

void LineSplitter::clear() {
    std::string().swap(buffer_);
    begin_ = scanned_ = 0;
    skipping_ = skipped_cr_ = false;
}

// The octet at scanned_ is not skipped here: it may be the LF of the line's real end.
LineFault LineSplitter::skip_line(LineFault::Kind kind, bool after_cr) {
    skipping_ = true;
    skipped_cr_ = after_cr;
    const auto begin = std::string_view(buffer_).substr(begin_, scanned_ - begin_);
    begin_ = scanned_;
    return LineFault{kind, begin};
}

// Returns how many octets belong to the line being skipped.
std::size_t LineSplitter::skip(std::string_view octets) {
    std::size_t position = 0;
    while (position < octets.size()) {
        const auto lf = octets.find('\n', position);
        if (lf == std::string_view::npos) {
            skipped_cr_ = octets.back() == '\r';
            return octets.size();
        }
        const bool after_cr = lf > 0 ? octets[lf - 1] == '\r' : skipped_cr_;
        position = lf + 1;
        skipped_cr_ = false;
        if (after_cr) {
            skipping_ = false;
            break;
        }
    }
    return position;
}

}  // namespace decorum::smtp
