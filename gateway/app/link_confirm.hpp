// Confirms a declared account: the steps that ask somebody, apart from the command line around them.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "connectors/registry_file.hpp"
#include "gateway/app/outside.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::app {

struct Confirmation {
    int status = 0;            // of the command
    std::string said;          // for the administrator: what was seen, never content
    std::string account = {};  // the URL of the confirmed one, which need not be what was declared
};

// The pending account `url` of `address`. Error not_found: it was never declared; invalid: it can't be
// confirmed (any more), and why.
[[nodiscard]] Result<connectors::DeclaredAccount> pending_account(const config::Settings& settings,
                                                                  std::string_view address,
                                                                  std::string_view url);

// By the code that stands at the account.
[[nodiscard]] Confirmation confirm_by_code(const config::Settings& settings, const Outside& outside,
                                           const std::vector<std::shared_ptr<profile::Connector>>& connectors,
                                           std::string_view address,
                                           const connectors::DeclaredAccount& account);

// By what the person brought back from signing in at Facebook.
[[nodiscard]] Confirmation confirm_by_sign_in(const config::Settings& settings, net::Fetcher& fetcher,
                                              std::string_view address,
                                              const connectors::DeclaredAccount& account,
                                              std::string_view pasted);

}  // namespace decorum::app
