// Masks header fields that bear our names and aren't ours, in place: the first letter of the name becomes Z
// (Y where it is Z already), so that sizes and offsets stay (Sender-Profile: Zender-Profile).
//
// A line of the header section is taken for such a field once its name is complete and white space, a colon,
// NUL or what stands for it (0x80) follows; a name of 256 octets that begins as one of ours is one, too. Line
// ends are CRLF or LF; but since some readers take a bare CR for one, what follows it is masked as at the
// beginning of a line. What is masked depends on the octets of the header section alone, so that a partial
// shows what the whole shows. After 65 536 masked fields nothing honest can follow: the rest of the header
// section is filled with Z, but for its line ends, so that a partial needs no more memory for such a message
// than for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/imap/block.hpp"

namespace decorum::imap {

// Where in a message masks are due, learnt from its header section.
class MaskScanner {
public:
    static constexpr std::size_t max_name_octets = 256;
    static constexpr std::size_t max_masked_fields = 65'536;

    // With `mid_line` what comes first is the rest of a line.
    MaskScanner(OurNames names, const std::vector<KeptField>& kept, bool mid_line = false);

    // The message from its beginning, in any pieces; what follows the header section is not looked at.
    void feed(std::string_view octets);

    [[nodiscard]] bool ended() const { return ended_; }
    // What stands before this offset is decided: at most max_name_octets of what was fed are not.
    [[nodiscard]] std::uint64_t decided() const { return seen_ - (at_ == At::name ? name_.size() : 0); }

    // Masks `octets`, which stand at `offset` of the message and before decided() or after the header
    // section.
    void apply(std::uint64_t offset, char* octets, std::size_t size) const;
    // Forgets the masks before decided(): what was fed so far won't be applied again.
    void forget() { masks_.clear(); }

private:
    enum class At : std::uint8_t { line_start, empty_line, cr, name, rest };

    void see(char octet);
    void start_name(char octet, bool behind_cr);
    void name_goes_on(char octet);
    void mask(std::uint64_t name_end);
    [[nodiscard]] bool may_be_ours() const;
    [[nodiscard]] bool is_kept();

    struct Counted {
        KeptField field;
        std::size_t seen = 0;
    };
    static constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

    OurNames names_;
    std::vector<Counted> kept_;
    std::string name_;
    std::vector<std::uint64_t> masks_;  // offsets, ascending
    std::uint64_t seen_ = 0;
    std::uint64_t filled_from_ = nowhere;
    std::uint64_t filled_to_ = nowhere;
    std::size_t fields_ = 0;  // masked
    At at_ = At::line_start;
    bool behind_cr_ = false;  // the name stands behind a bare CR
    bool ended_ = false;
};

// For a section that streams from its beginning: as many octets come out as go in, at most max_name_octets of
// them later.
class FieldMasker {
public:
    FieldMasker(OurNames names, const std::vector<KeptField>& kept, bool mid_line = false)
        : scanner_(std::move(names), kept, mid_line) {}

    void feed(std::string_view octets, std::string& out);
    void finish(std::string& out);  // what was held back

private:
    MaskScanner scanner_;
    std::string held_;
    std::uint64_t given_out_ = 0;
};

}  // namespace decorum::imap
