// The annotation block as the rewriting of responses sees it: octets of a constant size, made of whole header
// fields; and the names that are ours, whoever wrote the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/imap/section.hpp"

namespace decorum::imap {

// PREFIX, PREFIX-anything, and Face and X-Face where `face` is set, in any case.
struct OurNames {
    std::string prefix = "Sender-Profile";
    bool face = true;
    [[nodiscard]] bool match(std::string_view field_name) const;
    // A section that selects fields can't hold one of the block.
    [[nodiscard]] bool left_out_by(const Section& section) const;
    // Nothing of the block is shown in it, but lines of the message's header are: fields of ours can stand
    // there behind a bare CR, or be all of a header that goes by another name.
    [[nodiscard]] bool only_masked_in(const FetchItem& item) const;
};

// A field of ours in the upstream's message that stays as it is, being part of a validly sealed block: which
// of the fields of this name, counted from 0 at the top. Only fields whose colon follows the name directly
// are kept and counted: what else begins with the name may be a field to one reader and none to another.
struct KeptField {
    std::string name;
    std::size_t occurrence = 0;
};

// What is shown above one message.
struct MessageBlock {
    std::string octets;  // of the constant size, ending with a line end
    std::vector<KeptField> kept{};
};

// The block's fields that the section selects (HEADER.FIELDS, HEADER.FIELDS.NOT); all of it for other
// sections.
[[nodiscard]] std::string selected(std::string_view block, const Section& section);

}  // namespace decorum::imap
