// See block.hpp.
#include "gateway/imap/block.hpp"

#include <algorithm>

namespace decorum::imap {

bool OurNames::match(std::string_view field_name) const {
    const bool prefixed = ascii::starts_with_nocase(field_name, prefix) &&
                          (field_name.size() == prefix.size() || field_name[prefix.size()] == '-');
    return prefixed ||
           (face && (ascii::equals_nocase(field_name, "Face") || ascii::equals_nocase(field_name, "X-Face")));
}

bool OurNames::left_out_by(const Section& section) const {
    if (section.kind != Section::Kind::header_fields) return false;
    return std::ranges::none_of(section.names, [this](const std::string& name) { return match(name); });
}

bool OurNames::only_masked_in(const FetchItem& item) const {
    return item.is_annotated() ? left_out_by(item.section)
                               : item.kind == FetchItem::Kind::body && item.section.may_be_header();
}

std::string selected(std::string_view block, const Section& section) {
    if (!section.selects_fields()) return std::string(block);
    std::string out;
    bool taken = false;
    while (!block.empty()) {
        const auto line = block.substr(0, std::min(block.find('\n'), block.size() - 1) + 1);
        block.remove_prefix(line.size());
        if (!ascii::is_wsp(line.front())) {
            const bool named = section.names_field(ascii::trim(line.substr(0, line.find(':'))));
            taken = named == (section.kind == Section::Kind::header_fields);
        }
        if (taken) out += line;
    }
    return out;
}

}  // namespace decorum::imap
