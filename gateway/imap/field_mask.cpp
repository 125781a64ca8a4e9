// See field_mask.hpp.
#include "gateway/imap/field_mask.hpp"

#include <algorithm>
#include <utility>

namespace decorum::imap {
namespace {

// ftext = %d33-57 / %d59-126  RFC 5322 §3.6.8
constexpr auto ftext = ascii::OctetSet("").add_range(33, 57).add_range(59, 126);

constexpr char masked(char first_octet) {
    return ascii::to_upper(first_octet) == 'Z' ? 'Y' : 'Z';
}

// Whether `name` is the beginning of `whole`, or equal to it.
bool begins(std::string_view name, std::string_view whole) {
    return ascii::starts_with_nocase(whole, name);
}

}  // namespace

MaskScanner::MaskScanner(OurNames names, const std::vector<KeptField>& kept, bool mid_line)
    : names_(std::move(names)), at_(mid_line ? At::rest : At::line_start) {
    for (const KeptField& field : kept) kept_.push_back({field});
}

bool MaskScanner::may_be_ours() const {
    if (begins(name_, names_.prefix) || names_.match(name_)) return true;
    return names_.face && (begins(name_, "Face") || begins(name_, "X-Face"));
}

bool MaskScanner::is_kept() {
    bool kept = false;
    for (Counted& counted : kept_) {
        if (!ascii::equals_nocase(counted.field.name, name_)) continue;
        kept |= counted.seen == counted.field.occurrence;
        ++counted.seen;
    }
    return kept;
}

void MaskScanner::mask(std::uint64_t name_end) {
    const std::uint64_t offset = name_end - name_.size();
    if (fields_ == max_masked_fields)
        filled_from_ = offset;
    else
        masks_.push_back(offset);
    ++fields_;
}

void MaskScanner::start_name(char octet, bool behind_cr) {
    behind_cr_ = behind_cr;
    name_.clear();
    at_ = filled_from_ == nowhere ? At::name : At::rest;
    if (at_ == At::name) name_goes_on(octet);
}

void MaskScanner::name_goes_on(char octet) {
    if (ftext.contains(octet)) {
        name_ += octet;
        if (!may_be_ours()) {
            at_ = At::rest;
        } else if (name_.size() == max_name_octets) {
            mask(seen_ + 1);
            at_ = At::rest;
        }
        return;
    }
    at_ = octet == '\n' ? At::line_start : octet == '\r' ? At::cr : At::rest;
    // A name that white space or NUL follows, or that a bare CR hides, is nobody's of a kept block, and
    // doesn't count: see KeptField.
    const bool cut = octet == '\0' || octet == '\x80';  // the end of a name to some readers
    const bool forged = ascii::is_wsp(octet) || cut || (octet == ':' && (behind_cr_ || !is_kept()));
    if (forged && names_.match(name_)) mask(seen_);
}

void MaskScanner::see(char octet) {
    switch (at_) {
        case At::line_start:
            if (octet == '\n') {
                ended_ = true;
            } else if (octet == '\r') {
                at_ = At::empty_line;
            } else {
                start_name(octet, false);
            }
            return;
        case At::empty_line: ended_ = octet == '\n'; [[fallthrough]];
        case At::cr:
            if (octet == '\n')
                at_ = At::line_start;
            else if (octet == '\r')
                at_ = At::cr;
            else
                start_name(octet, true);
            return;
        case At::name: name_goes_on(octet); return;
        case At::rest: at_ = octet == '\n' ? At::line_start : At::cr; return;  // nothing else is looked at
    }
}

void MaskScanner::feed(std::string_view octets) {
    std::size_t i = 0;
    std::size_t line_feed = octets.find('\n');
    while (i < octets.size() && !ended_) {
        if (at_ == At::rest) {
            if (line_feed < i) line_feed = octets.find('\n', i);
            const auto line_end = std::min(line_feed, octets.size());
            const auto to = std::min(octets.substr(0, line_end).find('\r', i), line_end);
            seen_ += to - i;
            i = to;
            if (i == octets.size()) break;
        }
        see(octets[i]);
        ++i;
        ++seen_;
    }
    if (ended_ && filled_to_ == nowhere) filled_to_ = seen_;
    seen_ += octets.size() - i;
}

void MaskScanner::apply(std::uint64_t offset, char* octets, std::size_t size) const {
    const std::uint64_t end = offset + size;
    for (auto mask = std::ranges::lower_bound(masks_, offset); mask != masks_.end() && *mask < end; ++mask) {
        char& octet = octets[*mask - offset];
        octet = masked(octet);
    }
    for (std::uint64_t at = std::max(offset, filled_from_); at < std::min(end, filled_to_); ++at) {
        char& octet = octets[at - offset];
        if (octet != '\r' && octet != '\n') octet = 'Z';
    }
}

void FieldMasker::feed(std::string_view octets, std::string& out) {
    scanner_.feed(octets);
    const auto pending = held_.size() + octets.size();
    const auto undecided = static_cast<std::size_t>(given_out_ + pending - scanner_.decided());
    const auto decided = pending - undecided;
    const auto from = out.size();
    const auto of_held = std::min(decided, held_.size());
    out.append(held_, 0, of_held);
    held_.erase(0, of_held);
    out.append(octets.substr(0, decided - of_held));
    held_.append(octets.substr(decided - of_held));
    scanner_.apply(given_out_, out.data() + from, decided);
    scanner_.forget();
    given_out_ += decided;
}

void FieldMasker::finish(std::string& out) {
    out.append(held_);
    held_.clear();
}

}  // namespace decorum::imap
