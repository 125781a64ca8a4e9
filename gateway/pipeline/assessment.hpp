// A person's public profile, judged by the charter, and kept until it changes.
//
//   known()/assess() -> may this person be assessed? -> what the sources said (lookup::ProfileService)
//   -> texts of accounts that count -> the assessor, on a small pool -> the verdict
//
// Nobody waits but those who ask for it: known() answers from memory. An answer is looked at again after a
// minute, behind whoever asks; texts that did not change are not assessed again. What is kept of a
// person are the texts with a finding. Every failure leaves the person unassessed, and their mail passes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/conduct/charter.hpp"
#include "gateway/conduct/conduct.hpp"
#include "gateway/conduct/verdict.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/pipeline/warnings.hpp"

namespace decorum::pipeline {

struct Assessed {
    std::string_view skipped;   // why the person was not assessed; static text. Empty: they were
    conduct::Verdict external;  // for mail that leaves the house
    conduct::Verdict everyone;  // for mail that stays
    WarnedPerson person;
    std::size_t texts = 0;  // that were assessed
    Instant as_of{};        // since then nobody has looked what stands there

    [[nodiscard]] const conduct::Verdict& verdict(conduct::Audience audience) const {
        return audience == conduct::Audience::external ? external : everyone;
    }
};
using AssessedPtr = std::shared_ptr<const Assessed>;

class Assessment {
public:
    // All that is referenced outlives the assessment.
    struct Options {
        const config::Outbound& outbound;
        lookup::ProfileService& profiles;
        const conduct::Conduct& conduct;
        const conduct::CharterFile& charter;
        // Has the person declared any account, with consent on record? Addresses in lower case.
        std::function<bool(std::string_view address)> declares;
        // Why nobody is assessed who writes from there, such as a role; static text. Empty: somebody may be.
        // Addresses in lower case.
        std::function<std::string_view(std::string_view address)> impersonal;
        const Warnings* warnings = nullptr;  // null: nobody has opted out of assessment
        audit::Trail* audit = nullptr;       // null: findings are not recorded
        WallClock now = wall_clock_now;
        std::chrono::seconds fresh_for{60};  // then the profile is looked at again
        // Whose mail is held back is not judged by words that were heard longer ago: then the sources are
        // asked anew, due or not.
        std::chrono::seconds max_age{1800};
        std::size_t max_people = 10'000;  // kept in memory
        std::size_t max_flights = 1'000;  // people under way; more are not assessed this time
        std::size_t threads = 2;
    };
    // Called exactly once, on any thread, perhaps before the call returns. Null: it could not be done.
    using Done = std::move_only_function<void(AssessedPtr)>;

    explicit Assessment(Options options);
    ~Assessment();
    Assessment(const Assessment&) = delete;
    Assessment& operator=(const Assessment&) = delete;

    // On any thread, of an address in any case. Never waits. Null: nothing is known yet; it will be, where it
    // can be.
    [[nodiscard]] AssessedPtr known(std::string_view address);
    void assess(std::string_view address, Done done);

    // Those who wait get null, and nothing begins any more. Before the profile service closes.
    void close();

private:
    class Implementation;
    std::shared_ptr<Implementation> implementation_;
};

// What of a person's profile may be assessed under a charter, as texts.
[[nodiscard]] std::vector<conduct::JudgedText> texts_of(const lookup::Report& report,
                                                        const conduct::Charter& charter);

}  // namespace decorum::pipeline
