// One thread only: answers come on the thread that asked, or on the one that calls answer_all().
#include "tests/support/people.hpp"

#include <utility>

namespace decorum::test {

void People::add(const std::string& address, const Person& person) {
    const profile::Origin origin{.source = {},
                                 .tier = person.tier,
                                 .reason = "a test says so",
                                 .fetched = *from_rfc3339("2026-11-23T06:00:00Z")};
    profile::Profile& known = people_[address];
    known.display_name = {person.name, origin};
    known.headline = {person.headline, origin};
    known.organisation = {person.organisation, origin};
}

profile::Answer People::answer(const std::string& address) const {
    profile::Answer out;
    const auto found = people_.find(address);
    out.outcome = found == people_.end() ? profile::Outcome::not_found : profile::Outcome::found;
    if (found != people_.end()) out.profile = found->second;
    return out;
}

void People::find(const profile::Query& query, Done done) {
    asked_.push_back(query.address);
    switch (mood_) {
        case Mood::answering: return done(answer(query.address));
        case Mood::silent: kept_.push_back({query.address, std::move(done)}); return;
        case Mood::failing: return done({});
    }
}

void People::answer_all() {
    for (Question& question : std::exchange(kept_, {})) question.done(answer(question.address));
}

}  // namespace decorum::test
