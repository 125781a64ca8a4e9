#include "gateway/pipeline/confirmations.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/message/encoded_word.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/sanitize.hpp"

namespace decorum::pipeline {
namespace {

// Nothing else that is kept under the same secret begins so.
constexpr std::string_view purpose = "decorum confirmation\n";
constexpr std::size_t max_subject_characters = 1000;
// Of answers and forwards, in the languages of common clients.
constexpr auto marks =
    std::to_array<std::string_view>({"re:", "aw:", "sv:", "rv:", "fw:", "fwd:", "tr:", "wg:"});

}  // namespace

std::string normalised_subject(std::string_view body) {
    const std::string decoded = message::decode_encoded_words(message::unfold(body));
    const std::string subject = ascii::lower(message::sanitize(decoded, max_subject_characters));
    std::string_view rest = subject;
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view mark : marks) {
            if (!rest.starts_with(mark)) continue;
            rest = ascii::trim(rest.substr(mark.size()));
            again = true;
        }
    }
    return std::string(rest);
}

Confirmations::Key Confirmations::key_of(std::string_view login, std::vector<std::string> recipients,
                                         std::string_view subject) const {
    for (std::string& recipient : recipients) recipient = ascii::lower(recipient);
    std::ranges::sort(recipients);
    const auto [end, last] = std::ranges::unique(recipients);
    recipients.erase(end, last);
    std::string all = ascii::lower(login);
    for (const std::string& recipient : recipients) all.append("\n").append(recipient);
    return std::string(
        view_of(hmac_sha256(secret_.reveal(), {purpose, all, "\n\n", normalised_subject(subject)})));
}

bool Confirmations::may_pass(const Key& key, Instant now) {
    {
        const std::lock_guard lock(mutex_);
        const auto known = index_.find(key);
        if (known != index_.end()) {
            const auto age = now - known->second->at;
            if (age >= soonest && age <= latest) return true;
            if (age >= Instant::duration::zero() && age < soonest) return false;  // the first refusal counts
            drop(key);
        }
        add(key, now);
    }
    if (tell_) tell_(key, false);
    return false;
}

void Confirmations::passed(const Key& key) {
    bool known = false;
    {
        const std::lock_guard lock(mutex_);
        known = drop(key);
    }
    if (known && tell_) tell_(key, true);
}

// The first refusal counts, whoever it was.
void Confirmations::hear(const std::string& key, std::optional<Instant> at) {
    const std::lock_guard lock(mutex_);
    const auto known = index_.find(key);
    if (at && known != index_.end() && known->second->at <= *at) return;
    drop(key);
    if (at) add(key, *at);
}

void Confirmations::add(const Key& key, Instant at) {
    refused_.push_back({key, at});
    index_.emplace(refused_.back().key, std::prev(refused_.end()));
    if (refused_.size() > max_messages_) {
        index_.erase(refused_.front().key);
        refused_.pop_front();
    }
}

bool Confirmations::drop(const Key& key) {
    const auto known = index_.find(key);
    if (known == index_.end()) return false;
    const auto entry = known->second;
    index_.erase(known);
    refused_.erase(entry);
    return true;
}

}  // namespace decorum::pipeline
