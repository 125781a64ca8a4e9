// See rewrite_fetch.hpp: the items of a response. How the octets of a value flow: fetch_value.cpp.
#include "gateway/imap/rewrite_fetch.hpp"

#include <algorithm>
#include <stdexcept>

namespace decorum::imap {
namespace {

// Numbers and dates; what is longer is neither, and passes.
constexpr std::size_t max_small_octets = 64;

std::optional<std::uint64_t> number_of(std::string_view text) {
    Cursor cursor(text);
    const auto number = cursor.take_number();
    return cursor.at_end() ? number : std::nullopt;
}

}  // namespace

void FetchRewriter::begin(std::string tag, FetchPlan plan) {
    plans_.emplace_back(std::move(tag), std::move(plan));
}

void FetchRewriter::end(std::string_view tag) {
    const auto plan = std::ranges::find_if(plans_, [tag](const auto& entry) { return entry.first == tag; });
    if (plan != plans_.end()) plans_.erase(plan);
}

bool FetchRewriter::conflicts(const FetchPlan& plan) const {
    return std::ranges::any_of(plans_, [&plan](const auto& entry) { return conflict(entry.second, plan); });
}

std::size_t FetchRewriter::held_octets() const {
    std::size_t octets = 0;
    for (const auto& [tag, plan] : plans_) octets += plan.held_octets();
    return octets;
}

bool FetchRewriter::any(bool FetchPlan::* flag) const {
    return std::ranges::any_of(plans_, [flag](const auto& entry) { return entry.second.*flag; });
}

// Several partials of a section whose upstream origin is the same are answered in the order they were asked
// in.
const FetchPart* FetchRewriter::part_of(const FetchItem& item) {
    const FetchPart* seen = nullptr;
    for (const auto& [tag, plan] : plans_) {
        for (const FetchPart& part : plan.parts) {
            if (part.kind != item.kind || part.upstream_origin != item.partial->origin ||
                !(part.section == item.section))
                continue;
            if (std::ranges::find(used_, &part) == used_.end()) {
                used_.push_back(&part);
                return &part;
            }
            seen = &part;
        }
    }
    return seen;
}

void FetchRewriter::start_item(std::string_view wire, std::string& out) {
    if (!started_) out.append("* ").append(std::to_string(sequence_)).append(" FETCH (");
    if (started_) out += ' ';
    started_ = true;
    out.append(wire).append(" ");
}

// The value before the one that begins now has ended, if it was one that is looked at.
void FetchRewriter::finish_small(std::string& out) {
    const Mode mode = std::exchange(mode_, Mode::pass);
    if (mode == Mode::uid) {
        uid_ = number_of(small_);
        if (!any(&FetchPlan::hides_uid)) {
            start_item(name_, out);
            out += small_;
        } else if (!planned_) {
            pending_uid_ = name_ + " " + small_;
        }
    } else if (mode == Mode::internal_date) {
        planned_ = true;  // no server tells a date that nobody asked for
        if (any(&FetchPlan::hides_uid)) pending_uid_.clear();
        Cursor cursor(small_);
        internal_date_ = cursor.take_string().value_or("");
        if (any(&FetchPlan::hides_internal_date)) return;
        start_item(name_, out);
        out += small_;
    } else if (mode == Mode::size) {
        const auto octets = number_of(small_);
        start_item(name_, out);
        out += octets && *octets <= most_octets - rewrite_.block_octets
                   ? std::to_string(*octets + rewrite_.block_octets)
                   : small_;
    }
}

FetchRewriter::Mode FetchRewriter::mode_of(const FetchItem& item) {
    if (item.kind == FetchItem::Kind::uid) return Mode::uid;
    if (item.kind == FetchItem::Kind::internal_date) return Mode::internal_date;
    if (item.is_annotated_size()) return Mode::size;
    only_masked_ = rewrite_.names.only_masked_in(item);
    if (!item.is_annotated() && !only_masked_) return Mode::pass;
    const bool is_selection = only_masked_ || item.section.selects_fields();
    if (!item.partial) {
        if (is_selection) return Mode::selection;
        is_header_ =
            item.kind == FetchItem::Kind::rfc822_header || item.section.kind == Section::Kind::header;
        return is_header_ && any(&FetchPlan::hides_header) ? Mode::hidden : Mode::whole;
    }
    const FetchPart* part = part_of(item);
    offset_ = item.partial->origin;
    // Without a plan: from there on, as much as there is.
    const std::uint64_t above = only_masked_ ? 0 : rewrite_.block_octets;
    shown_ = part ? part->shown : FetchItem::Partial{offset_ + above, most_octets};
    within_block_ = part && part->within_block;
    return is_selection ? Mode::selection_part : Mode::part;
}

void FetchRewriter::on_name(const FetchName& name, std::string& out) {
    finish_small(out);
    is_header_ = false;
    mode_ = mode_of(name.item);
    name_ = name.wire;
    if (mode_ == Mode::selection || mode_ == Mode::selection_part) section_ = name.item.section;
    small_.clear();
    if (mode_ == Mode::uid || mode_ == Mode::internal_date) return;
    if (!pending_uid_.empty()) {
        // Not ours: the item after ours is INTERNALDATE.
        start_item(pending_uid_, out);
        out.pop_back();
        pending_uid_.clear();
    }
    if (mode_ == Mode::size || mode_ == Mode::hidden) return;
    if (mode_ == Mode::part || mode_ == Mode::selection_part)
        name_.replace(name_.rfind('<'), std::string::npos, "<" + std::to_string(shown_.origin) + ">");
    start_item(name_, out);
}

void FetchRewriter::on_value(std::string_view octets, std::string& out) {
    const bool looked_at = mode_ == Mode::uid || mode_ == Mode::internal_date || mode_ == Mode::size;
    if (!looked_at) {
        out += octets;
        return;
    }
    small_ += octets;
    if (small_.size() <= max_small_octets) return;
    start_item(name_, out);
    out += small_;
    mode_ = Mode::pass;
}

void FetchRewriter::on_end(std::string& out) {
    finish_small(out);
    if (!pending_uid_.empty()) {
        start_item(pending_uid_, out);
        out.pop_back();
    }
    if (started_) out += ")\r\n";
}

void FetchRewriter::on_nil(std::string& out) {
    if (mode_ != Mode::hidden) out += "NIL";
}

FetchRewriter::Step FetchRewriter::on(const ResponseReader::Event& event, std::string& out) {
    if (const auto* start = std::get_if<FetchStart>(&event)) {
        sequence_ = start->sequence;
        uid_.reset();
        internal_date_.clear();
        pending_uid_.clear();
        started_ = planned_ = false;
        block_.reset();
        masks_.reset();
        used_.clear();
        mode_ = Mode::pass;
    } else if (const auto* name = std::get_if<FetchName>(&event)) {
        on_name(*name, out);
    } else if (const auto* value = std::get_if<FetchValue>(&event)) {
        on_value(value->octets, out);
    } else if (std::holds_alternative<FetchNil>(event)) {
        on_nil(out);
    } else if (const auto* literal = std::get_if<FetchLiteral>(&event)) {
        left_ = value_octets_ = literal->octets;
        binary_ = literal->binary;
        pending_ = {};
        return begin_value(out);
    } else if (const auto* piece = std::get_if<FetchLiteralOctets>(&event)) {
        return octets(piece->octets, out);
    } else if (const auto* string = std::get_if<FetchQuoted>(&event)) {
        if (mode_ == Mode::pass) {
            out += imap::quoted(string->octets);
            return Step::done;
        }
        left_ = value_octets_ = string->octets.size();
        binary_ = false;
        pending_ = string->octets;
        return begin_value(out);
    } else if (std::holds_alternative<FetchEnd>(event)) {
        on_end(out);
    }
    return Step::done;
}

FetchRewriter::Step FetchRewriter::provide(MessageBlock block, std::string_view header, std::string& out) {
    if (block.octets.size() != rewrite_.block_octets) throw std::length_error("size of an annotation block");
    block_ = std::move(block);
    if (std::exchange(waiting_, Waiting::no) == Waiting::value) {
        if (!header.empty()) masks_.emplace(rewrite_.names, block_->kept).feed(header);
        return begin_value(out);
    }
    begin_masking(out);
    flow(std::exchange(pending_, {}), out);
    if (left_ == 0) end_value(out);
    return Step::done;
}

}  // namespace decorum::imap
