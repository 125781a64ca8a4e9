// Whether a predication right before an insult or a slur denies it, in four languages.
#pragma once

#include <cstdint>

#include "gateway/conduct/matcher.hpp"

namespace decorum::conduct {

// "is not an", "n'est pas un", "ist kein", "no es un" before the tokens; "don't think you are" and "never
// call him a", too. With `verb`, what is said may be a verb that is negated itself: "never lies". Not where
// it is taken back: "he isn't an idiot, you are".
[[nodiscard]] bool is_denied(std::uint32_t begin, std::uint32_t end, bool verb, const Context& context);

}  // namespace decorum::conduct
