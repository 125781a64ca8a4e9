// Envelope and header section in, a decision out: the outbound half of the gateway, for any protocol.
//
// Who writes is who logged in; on listeners without logins, the envelope sender within outbound.domains. What
// is assessed is the From address, where the writer owns it: delegates and shared mailboxes are nobody in
// person. Only mail that leaves the house counts, unless a rule of the charter says otherwise.
//
// decide() waits for nothing: only a verdict that is known already can hold a message back, and whatever
// fails lets it pass. What a notice follows from is found out after the message has gone.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/pipeline/alerts.hpp"
#include "gateway/pipeline/assessment.hpp"
#include "gateway/pipeline/confirmations.hpp"
#include "gateway/pipeline/eligibility.hpp"
#include "gateway/pipeline/envelope.hpp"
#include "gateway/pipeline/login_map.hpp"
#include "gateway/pipeline/warnings.hpp"

namespace decorum::pipeline {

// How a message came to us.
struct Submission {
    std::string session;      // for the log
    std::string login;        // empty: nobody logged in
    bool has_logins = false;  // the listener offers to log in: who doesn't is nobody we know
    bool may_refuse = false;  // people submit here: somebody reads a refusal
};

struct Decision {
    std::optional<std::string> refusal;  // one line of ASCII for the author; nothing: the message passes

    std::string author;  // in lower case; empty: nobody who is assessed
    conduct::Audience audience{};
    std::string session;
    std::string login;
    Confirmations::Key confirmed;  // it passes because it came again
};

// What became of mail whose author a finding stands against, by the charter's action.
class OutboundTally {
public:
    // "passed": it was to be held back, and something spoke against it.
    static constexpr auto outcomes = std::to_array<std::string_view>(
        {"recorded", "warned", "answered", "passed", "confirmed", "refused", "other"});

    // `outcome` as the log tells it: a word, perhaps with its reason behind a colon.
    void note(conduct::Action action, std::string_view outcome) noexcept;
    [[nodiscard]] std::uint64_t value(conduct::Action action, std::size_t outcome) const noexcept {
        return counts_[static_cast<std::size_t>(action)][outcome].value();
    }

private:
    std::array<std::array<Tally, outcomes.size()>, conduct::action_names.size()> counts_;
};

// For Assessment: nobody writes in person from an address of several logins, nor from a role's. Both outlive
// the result.
[[nodiscard]] std::function<std::string_view(std::string_view address)> impersonal_by(
    LoginMap& logins, const config::Annotate& settings);

class Outbound {
public:
    // All that is referenced outlives it.
    struct Options {
        const config::Settings& settings;
        Assessment& assessment;
        const conduct::CharterFile& charter;
        LoginMap& logins;
        Warnings* warnings = nullptr;   // null: nobody is told
        Alerts* alerts = nullptr;       // null: nor by an IMAP client
        audit::Trail* audit = nullptr;  // null: nothing is recorded
        Secret secret;                  // what is kept of refused messages is hidden under it
        // Are both addresses one person's, by the registry? In lower case.
        std::function<bool(std::string_view, std::string_view)> same_person;
        WallClock now = wall_clock_now;
    };

    explicit Outbound(Options options);

    // On any thread. MAIL came: who it names will probably stand in From. Begins the assessment, so that it
    // is known at the end of the message.
    void expect(const Submission& submission, std::string_view reverse_path);
    // Likewise when somebody has logged in, who will probably send something.
    void expect(const Submission& submission);

    // May a message of this submission be held back, by what is known now? Only then is it worth while to
    // read its header section before the mail server hears of it.
    [[nodiscard]] bool may_hold_back(const Submission& submission);

    [[nodiscard]] Decision decide(const message::HeaderSection& header, const Envelope& envelope,
                                  const Submission& submission);

    // Which messages were refused once: other gateways have their part in it.
    [[nodiscard]] Confirmations& confirmations() { return confirmations_; }

    // The mail server behind us took the message.
    void sent(const Decision& decision);

    [[nodiscard]] const OutboundTally& tally() const { return *tally_; }

private:
    [[nodiscard]] std::vector<std::string> addresses_of(const Submission& submission,
                                                        std::string_view reverse_path) const;
    [[nodiscard]] bool is_recent(const Assessed& assessed) const;
    [[nodiscard]] bool leaves_the_house(const Envelope& envelope) const;
    // Nothing: nobody who is assessed.
    [[nodiscard]] std::optional<std::string> author_of(const message::HeaderSection& header,
                                                       const Envelope& envelope,
                                                       const Submission& submission) const;
    void hold_back(const Assessed& assessed, const message::HeaderSection& header, const Envelope& envelope,
                   const Submission& submission, Decision& decision);

    void tell(const Decision& decision, const Assessed& assessed, std::string_view outcome) const;
    // By mail, and by an alert where the charter says so and somebody logged in.
    static void warn(Warnings* warnings, Alerts* alerts, std::string_view login, const Assessed& assessed,
                     const conduct::Verdict& verdict);

    const Options options_;
    const EligibilityRules eligibility_;
    Confirmations confirmations_;
    const std::shared_ptr<OutboundTally> tally_ =
        std::make_shared<OutboundTally>();  // assessments outlive us
};

}  // namespace decorum::pipeline
