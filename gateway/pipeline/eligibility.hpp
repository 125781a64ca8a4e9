// Who is the author that the reader sees, and is that somebody to look up at all?
//
// DESIGN, the annotation: the single mailbox of the single From; lists, automatic and bulk mail, bounces and
// role addresses are nobody in person; mail to excluded recipients is left alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "config/settings.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/pipeline/envelope.hpp"

namespace decorum::pipeline {

struct Eligibility {
    std::optional<message::Mailbox> author;  // present: look up
    message::Status status{};                // absent: what to say instead
    std::string_view reason;                 // static text
};

class EligibilityRules {
public:
    explicit EligibilityRules(const config::Annotate& settings);

    [[nodiscard]] Eligibility judge(const message::HeaderSection& header, const Envelope& envelope) const;

    // Of a local part in any case.
    [[nodiscard]] bool is_role(std::string_view local_part) const;

private:
    [[nodiscard]] bool excludes(const Envelope& envelope) const;

    std::unordered_set<std::string> excluded_;  // "address" and "@domain", in lower case
    std::unordered_set<std::string> roles_;     // local parts in lower case
};

}  // namespace decorum::pipeline
