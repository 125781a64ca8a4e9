// What to ask next for one address: a pure function of what is known, in stages. First every source that is
// asked by address; then the accounts tied to it, the best tier first; then accounts at the end of one-way
// links that an answer from there could raise. Each stage waits for the answers of the one before, and what
// is still fresh is not asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/lookup/person.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/lookup/sources.hpp"

namespace decorum::lookup {

struct Question {
    std::size_t source = 0;
    std::optional<profile::Handle> handle;  // nothing: the address
    std::string account;                    // its key; empty: the address
    std::string senders_domain;             // set: that domain would learn of it, which is the sender's
};

struct Situation {
    const Sources& sources;
    const profile::SourceWords& words;
    const Person& person;
    std::string_view address;
    std::string_view senders_domain;  // the address's registrable domain
    std::uint64_t max_accounts = 0;
    Instant now{};
    // Of a lookup under way; by default one that asks nobody.
    bool forced = false;         // what is fresh is asked for too
    bool ask_local = false;      // local sources are asked each time
    bool ask_at_senders = true;  // also those on the sender's own domain
    std::function<bool(const Question&)> was_asked = [](const Question&) { return false; };
};

struct Plan {
    std::vector<Question> questions;  // of one stage; empty: nothing is to be asked
    std::vector<Question> known;      // what holds for now, or was asked: all that this address is made of
    bool later = false;               // something at the sender's own domain is to be asked, but not now
};

[[nodiscard]] Plan plan(const Situation& situation, Scope scope);

// The registrable domain of the address.
[[nodiscard]] std::string senders_domain(std::string_view address);
// Of an http(s) URL, in lower case; empty: it has none.
[[nodiscard]] std::string host_of(std::string_view url);

}  // namespace decorum::lookup
