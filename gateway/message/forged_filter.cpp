// See forged_filter.hpp. The streaming form decides a line as soon as its first octets allow; what stays is
// appended in runs, what is undecided at the end of a feed is held, and a fold follows its field. Behind a
// bare CR it looks for a name again, in lines that stay; the CR itself is undecided until the name is.
#include "gateway/message/forged_filter.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/ascii.hpp"

namespace decorum::message {
namespace {

// The prefix, Face and X-Face, X-Message-Flag.
constexpr std::size_t candidates = 4;
constexpr std::uint8_t prefix_bit = 0b0001;
constexpr std::uint8_t face_bits = 0b0110;
constexpr std::uint8_t flag_bit = 0b1000;

}  // namespace

bool is_block_name(std::string_view field_name, std::string_view prefix) {
    return ascii::starts_with_nocase(field_name, prefix) &&
           (field_name.size() == prefix.size() || field_name[prefix.size()] == '-');
}

bool ForgedNames::matches(std::string_view field_name) const {
    return is_block_name(field_name, prefix) ||
           (face &&
            (ascii::equals_nocase(field_name, "Face") || ascii::equals_nocase(field_name, "X-Face"))) ||
           (outlook_flag && ascii::equals_nocase(field_name, "X-Message-Flag"));
}

std::vector<Range> forged_ranges(const HeaderSection& header, const ForgedNames& names, Range keep) {
    std::vector<Range> ranges;
    const auto leave_out = [&](std::string_view name, std::size_t begin, std::size_t end) {
        if (begin >= keep.begin && begin < keep.end) return;
        if (!ranges.empty() && begin < ranges.back().end) return;  // gone with the field that it stands in
        if (!names.matches(name)) return;
        if (!ranges.empty() && ranges.back().end == begin)
            ranges.back().end = end;
        else
            ranges.push_back({begin, end});
    };
    auto hidden = header.hidden.begin();
    for (const Field& field : header.fields) {
        for (; hidden != header.hidden.end() && hidden->begin < field.begin; ++hidden)
            leave_out(hidden->name, hidden->begin, hidden->end);
        leave_out(field.name, field.begin, field.end);
    }
    for (; hidden != header.hidden.end(); ++hidden) leave_out(hidden->name, hidden->begin, hidden->end);
    return ranges;
}

ForgedFilter::ForgedFilter(ForgedNames names) : names_(std::move(names)) {}

std::string_view ForgedFilter::candidate(std::size_t index) const {
    constexpr std::string_view others[] = {"Face", "X-Face", "X-Message-Flag"};
    return index == 0 ? std::string_view(names_.prefix) : others[index - 1];
}

bool ForgedFilter::is_complete_name() const {
    for (std::size_t i = 0; i < candidates; ++i) {
        if ((alive_ >> i & 1) == 0) continue;
        const std::size_t octets = candidate(i).size();
        // The prefix may go on after its hyphen, which in_name() has seen.
        if (name_octets_ == octets || (i == 0 && name_octets_ > octets)) return true;
    }
    return false;
}

ForgedFilter::Verdict ForgedFilter::start_line(char octet) {
    if (ascii::is_wsp(octet)) return removing_ ? Verdict::remove : Verdict::keep;
    removing_ = false;
    if (octet != '\r') return start_name(octet);
    at_ = At::leading_cr;
    return Verdict::undecided;
}

ForgedFilter::Verdict ForgedFilter::start_name(char octet) {
    undecided_octets_ = 0;
    name_octets_ = 0;
    alive_ = static_cast<std::uint8_t>(prefix_bit | (names_.face ? face_bits : 0) |
                                       (names_.outlook_flag ? flag_bit : 0));
    at_ = At::name;
    return in_name(octet);
}

ForgedFilter::Verdict ForgedFilter::in_name(char octet) {
    if (octet == ':') return is_complete_name() ? Verdict::remove : Verdict::keep;
    if (ascii::is_wsp(octet)) {
        if (!is_complete_name()) return Verdict::keep;
        at_ = At::before_colon;
        return Verdict::undecided;
    }
    if (cuts_name(octet)) {
        if (!is_complete_name()) return Verdict::keep;
        at_ = At::cut_name;
        return Verdict::undecided;
    }
    if (!ftext.contains(octet)) return Verdict::keep;
    for (std::size_t i = 0; i < candidates; ++i) {
        const std::string_view name = candidate(i);
        bool agrees = false;
        if (name_octets_ < name.size())
            agrees = ascii::to_lower(octet) == ascii::to_lower(name[name_octets_]);
        else
            agrees = i == 0 && (name_octets_ > name.size() || octet == '-');
        if (!agrees) alive_ = static_cast<std::uint8_t>(alive_ & ~(1U << i));
    }
    ++name_octets_;
    return alive_ == 0 ? Verdict::keep : Verdict::undecided;
}

void ForgedFilter::feed(std::string_view octets, std::string& out) {
    std::size_t kept_from = 0;       // what stands before is in `out` already, or removed
    std::size_t undecided_from = 0;  // 0 also for what began in an earlier feed
    std::size_t i = 0;
    std::size_t line_feed = octets.find('\n');
    const auto next_cr_or_lf = [&] {
        if (line_feed < i) line_feed = octets.find('\n', i);
        const std::size_t line_end = std::min(line_feed, octets.size());
        const std::size_t cr = octets.substr(i, line_end - i).find('\r');
        return cr == std::string_view::npos ? line_end : i + cr;
    };
    while (i < octets.size() && !ended_) {
        Verdict verdict = Verdict::undecided;
        switch (at_) {
            case At::kept:
                i = next_cr_or_lf();
                if (i == octets.size()) continue;
                at_ = octets[i] == '\n' ? At::line_start : At::cr;
                undecided_from = i++;
                continue;
            case At::cut:
                kept_from = i = next_cr_or_lf();
                if (i < octets.size()) at_ = At::kept;
                continue;
            case At::removed:
                line_feed = octets.find('\n', i);
                if (line_feed == std::string_view::npos) {
                    i = octets.size();
                    continue;
                }
                kept_from = i = line_feed + 1;
                at_ = At::line_start;
                continue;
            case At::line_start:
                if (octets[i] == '\n') {
                    ended_ = true;
                    continue;
                }
                undecided_from = i;
                undecided_octets_ = 0;
                behind_cr_ = false;
                verdict = start_line(octets[i]);
                break;
            case At::leading_cr:
                if (octets[i] == '\n') {
                    ended_ = undecided_octets_ == 1;
                    verdict = Verdict::keep;
                } else if (octets[i] != '\r') {
                    verdict = start_name(octets[i]);
                }
                break;
            case At::cr:
                if (octets[i] == '\n' || octets[i] == '\r') {
                    verdict = Verdict::keep;
                } else {
                    behind_cr_ = true;
                    verdict = start_name(octets[i]);
                }
                break;
            case At::name: verdict = in_name(octets[i]); break;
            case At::before_colon:
                if (cuts_name(octets[i]))
                    at_ = At::cut_name;
                else if (!ascii::is_wsp(octets[i]))
                    verdict = octets[i] == ':' ? Verdict::remove : Verdict::keep;
                break;
            case At::cut_name:
                if (octets[i] == ':')
                    verdict = Verdict::remove;
                else if (octets[i] == '\n' || (behind_cr_ && octets[i] == '\r'))
                    verdict = Verdict::keep;
                break;
        }
        if (verdict == Verdict::undecided && ++undecided_octets_ > max_held_octets)
            verdict = at_ == At::leading_cr ? Verdict::keep : Verdict::remove;
        switch (verdict) {
            case Verdict::undecided: ++i; break;
            case Verdict::keep:
                out.append(held_);
                held_.clear();
                at_ = At::kept;
                break;
            case Verdict::remove:
                out.append(octets.substr(kept_from, undecided_from - kept_from));
                held_.clear();
                if (!behind_cr_) removing_ = true;
                at_ = behind_cr_ ? At::cut : At::removed;
                break;
        }
    }
    switch (at_) {
        case At::removed:
        case At::cut: return;
        case At::leading_cr:
        case At::cr:
        case At::name:
        case At::before_colon:
        case At::cut_name:
            out.append(octets.substr(kept_from, undecided_from - kept_from));
            held_.append(octets.substr(undecided_from));
            return;
        case At::line_start:
        case At::kept: out.append(octets.substr(kept_from)); return;
    }
}

void ForgedFilter::finish(std::string& out) {
    out.append(held_);
    held_.clear();
}

}  // namespace decorum::message
