#include "gateway/pipeline/outbound.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/log.hpp"

namespace decorum::pipeline {
namespace {

using conduct::Action;
using conduct::Audience;

// Whose recipients are left alone inbound is no matter here.
config::Annotate without_exclusions(config::Annotate settings) {
    settings.exclude_recipients.clear();
    return settings;
}

std::string_view domain_of(std::string_view path) {
    const std::size_t at = path.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : path.substr(at + 1);
}

bool is_among(const std::vector<std::string>& domains, std::string_view domain) {
    return std::ranges::any_of(domains, [&](const std::string& own) { return same_domain(own, domain); });
}

// One line of ASCII that any client shows whole; it names no recipient and repeats nothing of the profile.
std::string refusal_text(Action action, const conduct::Charter& charter, conduct::Language language) {
    constexpr std::size_t max_url_octets = 200;
    const bool french = language == conduct::Language::fr;
    std::string text;
    if (action == Action::confirm)
        text = french ? "Pas encore envoye : votre profil public contient des propos que notre charte "
                        "deconseille. Pour envoyer ce message quand meme, renvoyez-le dans 30 secondes au "
                        "plus tot et 15 minutes au plus tard."
                      : "Not sent yet: your public profile holds words that our charter advises against. To "
                        "send this message all the same, send it again, after 30 seconds at the soonest and "
                        "15 minutes at the latest.";
    else
        text = french
                   ? "Non envoye : votre profil public contient des propos que notre charte n'admet pas. "
                     "Vos messages sont retenus jusqu'a ce que le profil ou la charte change."
                   : "Not sent: your public profile holds words that our charter does not allow. Your mail "
                     "is held back until the profile or the charter changes.";
    const std::string& url = charter.url.in(language);
    const bool plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
    if (!url.empty() && plain && url.size() <= max_url_octets) text.append(" ").append(url);
    return text;
}

// The same for an alert, which points to the notice.
std::string alert_text(conduct::Language language) {
    return language == conduct::Language::fr ? "Votre profil public contient des propos que notre charte "
                                               "deconseille : lisez l'avis dans votre boite."
                                             : "Your public profile holds words that our charter advises "
                                               "against: see the notice in your mailbox.";
}

conduct::Language language_of(const Assessed& assessed) {
    const conduct::Charter& charter = *assessed.person.charter;
    const auto spoken = conduct::language_named(assessed.person.language);
    return charter.language_for(spoken.value_or(charter.languages.front()));
}

// What the audit log holds of it: of what was found, no more than the charter lets others see.
void record(audit::Trail* trail, const Decision& decision, const Assessed& assessed,
            std::string_view outcome) {
    if (trail == nullptr) return;
    const conduct::Verdict& verdict = assessed.verdict(decision.audience);
    const std::size_t colon = std::min(outcome.find(": "), outcome.size());
    std::uint8_t severity = 0;
    for (const conduct::Noted& noted : verdict.findings) severity = std::max(severity, noted.severity);
    audit::Event event(audit::Kind::verdict);
    event.text("session", decision.session)
        .text("person", trail->person(decision.author))
        .text("action", conduct::name_of(verdict.action))
        .text("outcome", outcome.substr(0, colon))
        .text("audience", decision.audience == Audience::external ? "external" : "everyone")
        .number("findings", verdict.findings.size())
        .text("charter", assessed.person.charter->version);
    if (assessed.person.charter->compliance.severity) event.number("severity", severity);
    if (colon < outcome.size()) event.text("reason", outcome.substr(colon + 2));
    trail->record(event);
    if (outcome == "confirmed")
        trail->record(audit::Event(audit::Kind::override_)
                          .text("person", trail->person(decision.author))
                          .text("word", "confirm")
                          .text("by", "person"));
}

}  // namespace

void OutboundTally::note(Action action, std::string_view outcome) noexcept {
    const auto at = std::ranges::find(outcomes, outcome.substr(0, outcome.find(':')));
    const auto place = std::min(at - outcomes.begin(), std::ssize(outcomes) - 1);
    counts_[static_cast<std::size_t>(action)][static_cast<std::size_t>(place)].add();
}

void Outbound::tell(const Decision& decision, const Assessed& assessed, std::string_view outcome) const {
    const Action action = assessed.verdict(decision.audience).action;
    tally_->note(action, outcome);
    log::info("outbound",
              {{"session", decision.session}, {"action", conduct::name_of(action)}, {"outcome", outcome}});
    record(options_.audit, decision, assessed, outcome);
}

std::function<std::string_view(std::string_view)> impersonal_by(LoginMap& logins,
                                                                const config::Annotate& settings) {
    return [&logins, rules = EligibilityRules(settings)](std::string_view address) -> std::string_view {
        if (logins.is_shared(address)) return "several logins write from there";
        if (rules.is_role(address.substr(0, address.rfind('@')))) return "the address is a role's";
        return {};
    };
}

Outbound::Outbound(Options options)
    : options_(std::move(options)),
      eligibility_(without_exclusions(options_.settings.annotate)),
      confirmations_(options_.secret) {}

// In lower case.
std::vector<std::string> Outbound::addresses_of(const Submission& submission,
                                                std::string_view reverse_path) const {
    if (!submission.login.empty()) return options_.logins.addresses_of(submission.login);
    if (submission.has_logins || !is_among(options_.settings.outbound.domains, domain_of(reverse_path)))
        return {};
    return {canonical_address(reverse_path)};
}

void Outbound::expect(const Submission& submission, std::string_view reverse_path) {
    const std::string address = canonical_address(reverse_path);
    const auto owned = addresses_of(submission, reverse_path);
    if (std::ranges::find(owned, address) != owned.end()) (void)options_.assessment.known(address);
}

void Outbound::expect(const Submission& submission) {
    if (submission.login.empty()) return;
    constexpr std::size_t most = 3;  // a person has few addresses, a mailer many
    const auto owned = addresses_of(submission, {});
    if (owned.size() > most) return;
    for (const std::string& address : owned) (void)options_.assessment.known(address);
}

bool Outbound::may_hold_back(const Submission& submission) {
    if (!submission.may_refuse || options_.charter.current()->gravest() < Action::confirm) return false;
    // What From says is not known yet: it may be another address of the same person.
    return !addresses_of(submission, {}).empty();
}

// A profile that was mended since holds nobody back.
bool Outbound::is_recent(const Assessed& assessed) const {
    return options_.now() - assessed.as_of <= options_.settings.cache.activities;
}

// "postmaster" without a domain is ours (RFC 5321 §4.5.1).
bool Outbound::leaves_the_house(const Envelope& envelope) const {
    return std::ranges::any_of(envelope.recipients, [this](const std::string& path) {
        return path.contains('@') && !is_among(options_.settings.outbound.domains, domain_of(path));
    });
}

std::optional<std::string> Outbound::author_of(const message::HeaderSection& header, const Envelope& envelope,
                                               const Submission& submission) const {
    const auto owned = addresses_of(submission, envelope.reverse_path.value_or(""));
    if (owned.empty()) return std::nullopt;
    const Eligibility eligible = eligibility_.judge(header, envelope);
    if (!eligible.author) return std::nullopt;
    std::string author = canonical_address(eligible.author->address());
    const bool is_own = std::ranges::any_of(owned, [&](const std::string& address) {
        return address == author || options_.same_person(address, author);
    });
    if (!is_own || options_.logins.is_shared(author)) return std::nullopt;
    return author;
}

Decision Outbound::decide(const message::HeaderSection& header, const Envelope& envelope,
                          const Submission& submission) {
    Decision decision;
    decision.session = submission.session;
    decision.login = submission.login;
    decision.audience = leaves_the_house(envelope) ? Audience::external : Audience::everyone;
    const auto charter = options_.charter.current();
    if (decision.audience == Audience::everyone &&
        std::ranges::find(charter->rules, Audience::everyone, &conduct::CharterRule::audience) ==
            charter->rules.end())
        return decision;
    auto author = author_of(header, envelope, submission);
    if (!author) return decision;
    decision.author = std::move(*author);
    if (const AssessedPtr known = options_.assessment.known(decision.author))
        hold_back(*known, header, envelope, submission, decision);
    return decision;
}

// What of the verdict holds the message back, if anything.
void Outbound::hold_back(const Assessed& assessed, const message::HeaderSection& header,
                         const Envelope& envelope, const Submission& submission, Decision& decision) {
    const conduct::Verdict& verdict = assessed.verdict(decision.audience);
    if (verdict.action < Action::confirm) return;
    if (!submission.may_refuse) return tell(decision, assessed, "passed: nobody logged in");
    if (!is_recent(assessed))
        return tell(decision, assessed, "passed: the profile was not looked at of late");
    const auto answer = options_.warnings == nullptr
                            ? Warnings::Answer::none
                            : options_.warnings->answer(decision.author, verdict, Action::confirm);
    if (answer == Warnings::Answer::unknown) {
        tally_->note(verdict.action, "passed");
        log::warning("outbound", {{"session", decision.session},
                                  {"action", conduct::name_of(verdict.action)},
                                  {"outcome", "passed: the store can't tell what the author answered"}});
        record(options_.audit, decision, assessed, "passed: the store can't tell what the author answered");
        return;
    }
    if (verdict.action == Action::confirm) {
        if (answer != Warnings::Answer::none) return tell(decision, assessed, "passed: answered");
        const message::Field* subject = header.first("Subject");
        auto key = confirmations_.key_of(submission.login, envelope.recipients,
                                         subject == nullptr ? std::string_view{} : subject->body);
        if (confirmations_.may_pass(key, options_.now())) {
            decision.confirmed = std::move(key);
            return tell(decision, assessed, "confirmed");
        }
    }
    decision.refusal = refusal_text(verdict.action, *assessed.person.charter, language_of(assessed));
    tell(decision, assessed, "refused");
    warn(options_.warnings, options_.alerts, submission.login, assessed, verdict);
}

void Outbound::warn(Warnings* warnings, Alerts* alerts, std::string_view login, const Assessed& assessed,
                    const conduct::Verdict& verdict) {
    if (warnings != nullptr) warnings->warn(assessed.person, verdict);
    if (alerts != nullptr && assessed.person.charter->alert)
        alerts->ask(login, verdict.fingerprint, alert_text(language_of(assessed)));
}

void Outbound::sent(const Decision& decision) {
    if (decision.author.empty()) return;
    if (!decision.confirmed.empty()) confirmations_.passed(decision.confirmed);
    options_.assessment.assess(
        decision.author, [warnings = options_.warnings, alerts = options_.alerts, tally = tally_,
                          trail = options_.audit, decision](const AssessedPtr& assessed) {
            if (!assessed) return;
            const conduct::Verdict& verdict = assessed->verdict(decision.audience);
            if (verdict.action == Action::none) return;
            std::string_view outcome = "recorded";
            if (verdict.action >= Action::notice && warnings != nullptr) {
                const auto answer = warnings->answer(decision.author, verdict, Action::notice);
                const bool answered =
                    answer == Warnings::Answer::acknowledged || answer == Warnings::Answer::wrong;
                outcome = answered ? "answered" : "warned";
                if (!answered) warn(warnings, alerts, decision.login, *assessed, verdict);
            }
            tally->note(verdict.action, outcome);
            log::info("outbound", {{"session", decision.session},
                                   {"action", conduct::name_of(verdict.action)},
                                   {"outcome", outcome}});
            record(trail, decision, *assessed, outcome);
        });
}

}  // namespace decorum::pipeline
