// The octets of one value on their way through a FetchRewriter. See rewrite_fetch.hpp.
//
// The order of a value is begin_value(), octets() until nothing is left, end_value(). A value that shows all
// of the header section is held up to its end, because the block depends on it; all others flow at once.
#include <algorithm>
#include <utility>

#include "gateway/imap/rewrite_fetch.hpp"

namespace decorum::imap {
namespace {

const std::vector<KeptField> nothing_kept;

}  // namespace

void FetchRewriter::announce(std::uint64_t octets, std::string& out) const {
    if (binary_) out += '~';
    out.append("{").append(std::to_string(octets)).append("}\r\n");
}

FetchRewriter::Step FetchRewriter::want(Waiting waiting, std::optional<std::string_view> header,
                                        bool complete) {
    waiting_ = waiting;
    wanted_ = {sequence_, uid_, internal_date_, header, complete};
    return Step::block_wanted;
}

// With the value announced, or the block wanted; pending_ may hold all of it (a quoted string).
FetchRewriter::Step FetchRewriter::begin_value(std::string& out) {
    const std::uint64_t block_octets = rewrite_.block_octets;
    const bool is_selection = mode_ == Mode::selection || mode_ == Mode::selection_part;
    const bool depends = mode_ == Mode::part || (is_selection && !only_masked_);
    if (depends && !block_) return want(Waiting::value, std::nullopt, false);
    switch (mode_) {
        case Mode::whole:
        case Mode::hidden:
            if (mode_ == Mode::whole) announce(value_octets_ + block_octets, out);
            held_.clear();
            at_line_start_ = true;
            after_cr_ = false;
            holding_ = !block_;
            if (block_) begin_masking(out);
            break;
        case Mode::selection: {
            const auto fields = only_masked_ ? std::string() : selected(block_->octets, section_);
            announce(value_octets_ + fields.size(), out);
            out += fields;
            masker_.emplace(rewrite_.names, only_masked_ ? nothing_kept : block_->kept);
            break;
        }
        case Mode::selection_part: {
            const auto fields = only_masked_ ? std::string() : selected(block_->octets, section_);
            const std::uint64_t all = value_octets_ + fields.size();
            // Nobody asked for it from another offset than 0, but it may come.
            skip_ = only_masked_ ? shown_.origin - offset_ : shown_.origin;
            take_ = std::min(shown_.octets, all - std::min(all, skip_));
            announce(take_, out);
            masker_.emplace(rewrite_.names, only_masked_ ? nothing_kept : block_->kept,
                            only_masked_ && offset_ > 0);
            slice(fields, out);
            break;
        }
        case Mode::part: {
            const auto origin = static_cast<std::size_t>(std::min(shown_.origin, block_octets));
            const auto from_block = std::string_view(block_->octets).substr(origin);
            if (within_block_) {
                announce(shown_.octets, out);
                out += from_block.substr(0, static_cast<std::size_t>(shown_.octets));
                break;
            }
            announce(value_octets_ + from_block.size(), out);
            out += from_block;
            // Where the header isn't known, each line in sight counts as one of it.
            if (!masks_) masker_.emplace(rewrite_.names, block_->kept, offset_ > 0);
            break;
        }
        default: announce(value_octets_, out); break;
    }
    if (left_ > 0 && pending_.empty()) return Step::done;
    return octets(std::exchange(pending_, {}), out);
}

FetchRewriter::Step FetchRewriter::octets(std::string_view octets, std::string& out) {
    left_ -= octets.size();
    if (holding_) return hold_header(octets, out);
    flow(octets, out);
    if (left_ == 0) end_value(out);
    return Step::done;
}

// Up to the empty line, the end of the value, or the limit.
FetchRewriter::Step FetchRewriter::hold_header(std::string_view octets, std::string& out) {
    const auto room = std::min(octets.size(), rewrite_.max_header_octets - held_.size());
    std::size_t i = 0;
    bool ended = false;
    while (i < room && !ended) {
        const char octet = octets[i];
        if (octet == '\n') {
            ended = at_line_start_;
            at_line_start_ = true;
            after_cr_ = false;
        } else if (at_line_start_ && !after_cr_ && octet == '\r') {
            after_cr_ = true;
        } else {
            at_line_start_ = after_cr_ = false;
            i = std::min(octets.find('\n', i), room);
            continue;
        }
        ++i;
    }
    held_.append(octets.substr(0, i));
    const bool complete = ended || (left_ == 0 && i == octets.size());
    if (!complete && held_.size() < rewrite_.max_header_octets) return Step::done;
    holding_ = false;
    pending_ = octets.substr(i);
    if (!block_) return want(Waiting::header, held_, complete);
    begin_masking(out);
    flow(std::exchange(pending_, {}), out);
    if (left_ == 0) end_value(out);
    return Step::done;
}

// The block is known: it goes out, and what was held of the header after it.
void FetchRewriter::begin_masking(std::string& out) {
    const bool has_parts =
        std::ranges::any_of(plans_, [](const auto& entry) { return !entry.second.parts.empty(); });
    if (is_header_ && has_parts) masks_.emplace(rewrite_.names, block_->kept);
    if (mode_ == Mode::whole) {
        out += block_->octets;
        masker_.emplace(rewrite_.names, block_->kept);
    }
    flow(held_, out);
    // A header may be long, and the next message's is another one.
    std::string().swap(held_);
}

void FetchRewriter::flow(std::string_view octets, std::string& out) {
    if (octets.empty()) return;
    switch (mode_) {
        case Mode::hidden:
            if (masks_) masks_->feed(octets);
            return;
        case Mode::whole:
            if (is_header_ && masks_) masks_->feed(octets);
            masked_flow(octets, out);
            return;
        case Mode::selection:
        case Mode::selection_part: masked_flow(octets, out); return;
        case Mode::part:
            if (within_block_) return;
            if (masks_) {
                const auto from = out.size();
                out += octets;
                masks_->apply(offset_, out.data() + from, octets.size());
                offset_ += octets.size();
            } else {
                masked_flow(octets, out);
            }
            return;
        default: out += octets; return;
    }
}

void FetchRewriter::masked_flow(std::string_view octets, std::string& out) {
    if (mode_ != Mode::selection_part) {
        masker_->feed(octets, out);
        return;
    }
    std::string masked;
    masker_->feed(octets, masked);
    slice(masked, out);
}

void FetchRewriter::slice(std::string_view octets, std::string& out) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, octets.size()));
    skip_ -= skipped;
    octets.remove_prefix(skipped);
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(take_, octets.size()));
    take_ -= taken;
    out += octets.substr(0, taken);
}

void FetchRewriter::end_value(std::string& out) {
    if (!masker_) return;
    std::string held;
    masker_->finish(held);
    masker_.reset();
    if (mode_ == Mode::selection_part)
        slice(held, out);
    else
        out += held;
}

}  // namespace decorum::imap
