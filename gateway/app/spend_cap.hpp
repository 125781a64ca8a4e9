// Sources that are paid for, asked by a command: within the same daily cap as the running gateway, and on the
// same account, which the store keeps.
#pragma once

#include <memory>
#include <vector>

#include "config/settings.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/store/store.hpp"

namespace decorum::app {

// Puts each source that costs something and has a cap behind its cap. What a question can cost is on record
// while it is under way, and stays there where the command ends before the answer. Where the store can't say
// what was spent today, nothing is: the answer is throttled. The ledger is opened here where there is such a
// source, and must outlive the last answer of any: its own thread may be the last to hold one.
void keep_to_spend_caps(const config::Settings& settings,
                        std::vector<std::shared_ptr<profile::Connector>>& connectors,
                        std::unique_ptr<store::Store>& ledger, WallClock now = wall_clock_now);

}  // namespace decorum::app
