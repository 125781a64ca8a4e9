// FETCH responses as the client shall see them: the block above each message, sizes and offsets moved by it,
// forged fields masked, what we asked for ourselves left out. The octets stream; held are the header section
// of the message at hand (up to rewrite.max_header_octets) and what the block of that message is.
//
// What a value becomes is decided by the response, so that FETCHes nobody asked for are covered, and by the
// plans of the commands under way, which say how partials were asked. NIL stays NIL, a quoted string becomes
// a literal where anything is put before it, literal8 stays literal8.
//
// The block is the session's to make. on() says block_wanted where the next octets depend on it; the session
// then calls provide(), and takes no event from its reader before. Sizes never depend on it, but where fields
// are selected: so octets flow while nothing of the block is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/imap/field_mask.hpp"
#include "gateway/imap/response_reader.hpp"
#include "gateway/imap/rewrite_command.hpp"

namespace decorum::imap {

// The message whose block is wanted.
struct WantedBlock {
    std::uint64_t sequence = 0;
    std::optional<std::uint64_t> uid{};
    std::string
        internal_date{};  // " 5-Nov-2026 10:00:00 +0000"; empty: not known, so the block is a neutral one
    // Its header section, up to the limit. Absent: the response shows octets of a message whose header came
    // not before them. Valid until provide().
    std::optional<std::string_view> header{};
    bool header_complete = false;
};

class FetchRewriter {
public:
    enum class Step : std::uint8_t { done, block_wanted };

    explicit FetchRewriter(Rewrite rewrite) : rewrite_(std::move(rewrite)) {}

    // From the command's sending to its tagged response.
    void begin(std::string tag, FetchPlan plan);
    void end(std::string_view tag);
    // The plan and one that has begun couldn't be told apart: it has to wait.
    [[nodiscard]] bool conflicts(const FetchPlan& plan) const;
    // Of the plans that have begun.
    [[nodiscard]] std::size_t held_octets() const;

    // FetchStart … FetchEnd of a ResponseReader, in order. Appends what goes to the client.
    [[nodiscard]] Step on(const ResponseReader::Event& event, std::string& out);

    [[nodiscard]] const WantedBlock& wanted() const { return wanted_; }
    // `block.octets` are rewrite.block_octets (std::length_error otherwise: a bug). `header` is for a message
    // whose WantedBlock had none, as far as the session knows it.
    [[nodiscard]] Step provide(MessageBlock block, std::string_view header, std::string& out);

private:
    // What becomes of the value of an item.
    enum class Mode : std::uint8_t {
        pass,
        uid,
        internal_date,
        size,
        whole,      // block, then octets
        selection,  // selected fields of the block, or none of it, then octets
        part,       // a slice of both
        selection_part,
        hidden,  // the header that we asked for
    };
    enum class Waiting : std::uint8_t { no, value, header };

    [[nodiscard]] bool any(bool FetchPlan::* flag) const;
    [[nodiscard]] const FetchPart* part_of(const FetchItem& item);
    void start_item(std::string_view wire, std::string& out);
    void finish_small(std::string& out);
    void on_name(const FetchName& name, std::string& out);
    [[nodiscard]] Mode mode_of(const FetchItem& item);
    void on_value(std::string_view octets, std::string& out);
    void on_end(std::string& out);
    void on_nil(std::string& out);
    [[nodiscard]] Step begin_value(std::string& out);
    [[nodiscard]] Step octets(std::string_view octets, std::string& out);
    [[nodiscard]] Step hold_header(std::string_view octets, std::string& out);
    void flow(std::string_view octets, std::string& out);
    void masked_flow(std::string_view octets, std::string& out);
    void slice(std::string_view octets, std::string& out);
    void end_value(std::string& out);
    void announce(std::uint64_t octets, std::string& out) const;
    void begin_masking(std::string& out);
    [[nodiscard]] Step want(Waiting waiting, std::optional<std::string_view> header, bool complete);

    Rewrite rewrite_;
    std::list<std::pair<std::string, FetchPlan>> plans_;

    // The response at hand.
    std::uint64_t sequence_ = 0;
    std::optional<std::uint64_t> uid_;
    std::string internal_date_;
    std::string pending_uid_;  // "UID 5", until it is known whether we asked for it
    bool started_ = false;     // "* 5 FETCH (" was written
    bool planned_ = false;     // it answers one of the plans
    std::optional<MessageBlock> block_;
    std::optional<MaskScanner> masks_;
    std::vector<const FetchPart*> used_;

    // The item at hand.
    Mode mode_ = Mode::pass;
    std::string name_;
    Section section_;           // of a selection
    bool only_masked_ = false;  // a selection without the block
    bool is_header_ = false;    // all of the header section
    FetchItem::Partial shown_;  // parts
    bool within_block_ = false;
    std::string small_;  // a value that is looked at
    std::uint64_t value_octets_ = 0;
    std::uint64_t left_ = 0;
    bool binary_ = false;
    std::uint64_t offset_ = 0;  // of the next octet, within the message
    std::optional<FieldMasker> masker_;
    std::uint64_t skip_ = 0;  // of the slice
    std::uint64_t take_ = 0;

    // A header section that is read.
    std::string held_;
    bool holding_ = false;
    bool at_line_start_ = true;
    bool after_cr_ = false;

    Waiting waiting_ = Waiting::no;
    std::string_view pending_;  // octets that wait for the block
    WantedBlock wanted_;
};

}  // namespace decorum::imap
