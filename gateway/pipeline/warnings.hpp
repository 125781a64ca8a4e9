// What the deciding half of outbound asks of the telling half: notices, and what people answered to them.
//
// Both sides of a call are free of waits: warn() hands over, the questions are answered from memory. A
// Warnings serves any number of threads and outlives whoever asks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/conduct/charter.hpp"
#include "gateway/conduct/verdict.hpp"

namespace decorum::pipeline {

// An account that readers of this person's mail can find.
struct TiedAccount {
    std::string network;
    std::string url;
    std::string tier;    // "S"
    std::string reason;  // why it is tied to the address
};

struct WarnedPerson {
    std::string address;       // the one that was assessed, in lower case; the notice goes there
    std::string display_name;  // may be empty; UTF-8, hostile
    std::string language;      // "en", that of most findings; empty: not known
    std::shared_ptr<const conduct::Charter> charter;
    std::vector<TiedAccount> accounts;
};

class Warnings {
public:
    // What the person said of findings. Unknown: the store could not tell (yet).
    enum class Answer : std::uint8_t { none, acknowledged, wrong, unknown };

    virtual ~Warnings() = default;

    // The verdict's action is notice or graver. Called with each message of hers that went out or was
    // refused because of it; who is told, and how often, is decided behind this.
    virtual void warn(const WarnedPerson& person, const conduct::Verdict& verdict) = 0;

    // Addresses in lower case. Of those findings of the verdict from which at least `from` follows: none, as
    // long as one of them is unanswered; wrong, where all were called so.
    [[nodiscard]] virtual Answer answer(std::string_view address, const conduct::Verdict& verdict,
                                        conduct::Action from) const = 0;
    [[nodiscard]] virtual bool opted_out(std::string_view address) const = 0;  // of assessment
};

}  // namespace decorum::pipeline
