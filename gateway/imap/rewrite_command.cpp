// See rewrite_command.hpp.
#include "gateway/imap/rewrite_command.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "gateway/imap/field_mask.hpp"

namespace decorum::imap {
namespace {

struct Splice {
    std::string_view part;
    std::string by;
};

// `parts` are in order and lie in `wire`.
std::string spliced(std::string_view wire, const std::vector<Splice>& splices) {
    std::string out;
    std::size_t from = 0;
    for (const Splice& splice : splices) {
        const auto offset = static_cast<std::size_t>(splice.part.data() - wire.data());
        out.append(wire.substr(from, offset - from)).append(splice.by);
        from = offset + splice.part.size();
    }
    return out.append(wire.substr(from));
}

// A message's shown size is its own and the block's.
std::string upstream_key(const SizeKey& key, std::uint64_t block_octets) {
    if (key.octets < block_octets) return key.larger ? "ALL" : "NOT ALL";
    return (key.larger ? "LARGER " : "SMALLER ") + std::to_string(key.octets - block_octets);
}

const StatusItems* status_items(const Command& command) {
    if (const auto* status = std::get_if<Status>(&command.detail)) return &status->items;
    const auto* list = std::get_if<List>(&command.detail);
    return list && list->status ? &*list->status : nullptr;
}

std::string partial_of(std::uint64_t origin, std::uint64_t octets) {
    return "<" + std::to_string(origin) + "." + std::to_string(octets) + ">";
}

// A partial of a section that is annotated or masked, as asked upstream.
std::string upstream_partial(const FetchItem& item, const Rewrite& rewrite, FetchPart& part) {
    const auto [origin, octets] = *item.partial;
    const std::uint64_t block = rewrite.block_octets;
    part = {item.kind, item.section, 0, *item.partial, false};
    // How long the selected fields of the block are differs from message to message; and whether a name at
    // the end is one of ours shows only behind it.
    if (item.section.selects_fields() || rewrite.names.only_masked_in(item))
        return partial_of(0, std::min(origin + octets + MaskScanner::max_name_octets + 1, most_octets));
    if (origin >= block) {
        part.upstream_origin = origin - block;
        return partial_of(origin - block, octets);
    }
    part.within_block = octets <= block - origin;
    return partial_of(0, part.within_block ? 1 : octets - (block - origin));
}

// Whether the value begins with fields of the block.
bool has_block(const FetchItem& item, const Rewrite& rewrite) {
    return item.is_annotated() && !rewrite.names.left_out_by(item.section);
}

// Whether of a partial something else must be asked than the client did.
bool is_other_part(const FetchItem& item, const Rewrite& rewrite) {
    return item.partial && (has_block(item, rewrite) || rewrite.names.only_masked_in(item));
}

bool is_whole_header(const FetchItem& item) {
    return item.kind == FetchItem::Kind::rfc822_header ||
           (item.kind == FetchItem::Kind::body && item.section.kind == Section::Kind::header &&
            item.section.part.empty() && !item.partial);
}

std::string wire_of(const FetchItem& item, std::string_view partial) {
    std::string out(item.name);
    out += wire_form(item.section);
    return out.append(partial);
}

// The date and the header must be known when octets come whose block they decide: they are asked first.
std::string upstream_items(const Fetch& fetch, const Rewrite& rewrite, bool header_known, FetchPlan& plan) {
    std::vector<std::string> attributes;
    std::vector<std::string> headers;
    std::vector<std::string> rest;
    bool needs_header = false;
    for (const FetchItem& item : fetch.items) {
        if (item.kind == FetchItem::Kind::uid || item.kind == FetchItem::Kind::internal_date) {
            attributes.emplace_back(item.wire);
        } else if (is_whole_header(item)) {
            headers.emplace_back(item.wire);
        } else if (is_other_part(item, rewrite)) {
            plan.parts.emplace_back();
            rest.push_back(wire_of(item, upstream_partial(item, rewrite, plan.parts.back())));
            needs_header |= has_block(item, rewrite);
        } else {
            rest.emplace_back(item.wire);
            needs_header |= item.section.selects_fields() && has_block(item, rewrite);
        }
    }
    plan.hides_header = needs_header && !plan.shows_header && !header_known;
    if (plan.hides_header) headers.emplace_back("BODY.PEEK[HEADER]");
    if (plan.hides_internal_date) attributes.emplace_back("INTERNALDATE");
    if (plan.hides_uid) attributes.emplace_back("UID");
    std::string out;
    for (const auto* items : {&attributes, &headers, &rest})
        for (const std::string& item : *items) out.append(out.empty() ? "(" : " ").append(item);
    return out + ")";
}

}  // namespace

bool adds_messages(const Command& command, const Rewrite& rewrite) {
    const auto* items = status_items(command);
    return items && rewrite.block_octets > 0 && items->size && !items->messages;
}

std::string upstream_command(const Command& command, std::string_view wire, const Rewrite& rewrite) {
    std::vector<Splice> splices;
    if (const auto* search = std::get_if<Search>(&command.detail); search && rewrite.block_octets > 0) {
        for (const SizeKey& key : search->size_keys)
            splices.push_back({key.wire, upstream_key(key, rewrite.block_octets)});
    } else if (adds_messages(command, rewrite)) {
        splices.push_back({status_items(command)->wire.substr(0, 1), "(MESSAGES "});
    } else if (const auto* select = std::get_if<Select>(&command.detail);
               select && select->qresync_uid_validity) {
        Cursor digits(*select->qresync_uid_validity);
        const auto shown = digits.take_number().value_or(0);
        splices.push_back({*select->qresync_uid_validity, std::to_string(rewrite.epoch.upstream(shown))});
    }
    return spliced(wire, splices);
}

FetchPlan plan_fetch(const Command& command, std::string_view wire, const Rewrite& rewrite,
                     bool header_known) {
    FetchPlan plan;
    const auto& fetch = std::get<Fetch>(command.detail);
    plan.shows_uid = command.uid;
    for (const FetchItem& item : fetch.items) {
        plan.shows_uid |= item.kind == FetchItem::Kind::uid;
        plan.shows_internal_date |= item.kind == FetchItem::Kind::internal_date;
        plan.shows_header |= is_whole_header(item);
        plan.needs_block |= rewrite.block_octets > 0 && has_block(item, rewrite);
    }
    // ALL, FAST and FULL show it, too.
    plan.shows_internal_date |= fetch.is_macro;
    const bool has_parts = std::ranges::any_of(
        fetch.items, [&rewrite](const FetchItem& item) { return is_other_part(item, rewrite); });
    if (!plan.needs_block && (!has_parts || rewrite.block_octets == 0)) {
        plan.wire = wire;
        return plan;
    }
    plan.hides_uid = plan.needs_block && !plan.shows_uid;
    plan.hides_internal_date = plan.needs_block && !plan.shows_internal_date;
    plan.wire = spliced(wire, {{fetch.items_wire, upstream_items(fetch, rewrite, header_known, plan)}});
    return plan;
}

std::size_t FetchPlan::held_octets() const {
    std::size_t octets = wire.size();
    for (const FetchPart& part : parts) {
        octets += sizeof part + part.section.part.size();
        for (const std::string& name : part.section.names) octets += sizeof name + name.size();
    }
    return octets;
}

bool conflict(const FetchPlan& first, const FetchPlan& second) {
    const auto hides_what_is_shown = [](const FetchPlan& hiding, const FetchPlan& showing) {
        return (hiding.hides_header && showing.shows_header) || (hiding.hides_uid && showing.shows_uid) ||
               (hiding.hides_internal_date && showing.shows_internal_date);
    };
    const auto share_a_part = std::ranges::any_of(first.parts, [&second](const FetchPart& a) {
        return std::ranges::any_of(second.parts, [&a](const FetchPart& b) {
            return a.kind == b.kind && a.section == b.section && a.upstream_origin == b.upstream_origin;
        });
    });
    return share_a_part || hides_what_is_shown(first, second) || hides_what_is_shown(second, first);
}

}  // namespace decorum::imap
