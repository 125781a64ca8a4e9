// Proof that an account is somebody's: a code that only its owner can publish there stands there.
//
// The account is asked through the connector that knows its network, else its page is visited and read in the
// worker. The code counts only where nobody but the owner writes: in the bio, description or summary and
// among the links that the page's head and structured data give; not in its text, where comments of others
// stand. The whole page counts at a site of the address's own registrable domain. What comes back says what
// became of the question, never what the account holds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/registry_file.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::connectors {

// "decorum-" and ten letters and digits that can't be taken for one another: 49 bits of chance.
[[nodiscard]] std::string make_code();

struct Proof {
    enum class Verdict : std::uint8_t {
        there,      // the code stands there
        not_there,  // the account was read, and does not hold it
        unknown,    // it could not be read
    };
    Verdict verdict = Verdict::unknown;
    std::string saw;  // for a person: "the page answers with status 404"
    // With `there`: what the network calls the account for ever; empty: it doesn't say.
    std::string account_id{};
};

// Why no code at that account could be seen by us, for a person; empty: it could.
[[nodiscard]] std::string_view never_asked(std::string_view network, std::string_view url);

// At a known network, but no account there, whatever network it was declared as: whoever writes an issue in
// somebody's repository would put the code there.
[[nodiscard]] bool is_page_of_others(std::string_view url);

// `address` is that of the person who declared the account. `done` is called exactly once, on any thread,
// perhaps before the call returns. Fetcher and worker must live until then. A page that redirects to another
// account or site proves nothing.
void look_for_code(const DeclaredAccount& account, std::string_view address,
                   const std::vector<std::shared_ptr<profile::Connector>>& connectors, net::Fetcher& fetcher,
                   worker::Worker& worker, std::move_only_function<void(Proof)> done);

}  // namespace decorum::connectors
