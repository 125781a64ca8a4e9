// What lowers the severity of a finding: whether its words are another's, said in pride, or denied.
//
// A swear word in a negated sentence is still one. An insult or a slur is denied by a predication alone ("is
// not a", "n'est pas un"), not by what one doesn't like or allow, by "not only", or in another clause; what
// else is negated a few words before is meant the other way round. A quotation is another's: "I said" and
// "j'ai dit" make none.
#pragma once

#include <vector>

#include "gateway/conduct/finding.hpp"
#include "gateway/conduct/matcher.hpp"

namespace decorum::conduct {

[[nodiscard]] std::vector<Modifier> modifiers_of(const Match& match, const Context& context);
// Of a finding of the classifier, by the token that weighs most.
[[nodiscard]] std::vector<Modifier> modifiers_of(Category category, std::uint32_t token,
                                                 const Context& context);

// "Don't kill yourself" says the contrary.
[[nodiscard]] bool dissuades(const Match& match, const Context& context);
// Union speech, whistleblowing and facts on working conditions are no disparagement.
[[nodiscard]] bool is_carved_out(Category category, const Context& context);

}  // namespace decorum::conduct
