#include "gateway/pipeline/alerts.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/ascii.hpp"

namespace decorum::pipeline {
namespace {

std::string key_of(std::string_view login) {
    std::string key(login);
    std::ranges::transform(key, key.begin(), [](char c) { return ascii::to_lower(c); });
    return key;
}

std::string one_line(std::string_view text) {
    std::string line(text.substr(0, Alerts::max_text_octets));
    std::ranges::replace_if(line, [](char c) { return ascii::is_control(c); }, ' ');
    std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return line;
}

}  // namespace

void Alerts::ask(std::string_view login, std::string_view occasion, std::string_view text) {
    std::string line = one_line(text);
    if (login.empty() || line.empty()) return;
    const std::lock_guard lock(mutex_);
    if (users_.size() >= max_users) drop_old(SteadyClock::now());
    if (users_.size() >= max_users && !users_.contains(key_of(login))) return;
    User& user = users_[key_of(login)];
    if (user.occasion == occasion) return;
    user.occasion = occasion;
    if (user.text.empty()) ++waiting_;
    user.text = std::move(line);
}

void Alerts::drop_old(SteadyClock::time_point now) {
    std::erase_if(users_, [now](const auto& entry) {
        return entry.second.text.empty() && now - *entry.second.last_shown >= interval;
    });
}

std::optional<std::string> Alerts::take(std::string_view login, SteadyClock::time_point now) {
    if (waiting_.load(std::memory_order_relaxed) == 0) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto at = users_.find(key_of(login));
    if (at == users_.end() || at->second.text.empty()) return std::nullopt;
    User& user = at->second;
    if (user.last_shown && now - *user.last_shown < interval) return std::nullopt;
    user.last_shown = now;
    --waiting_;
    return std::exchange(user.text, {});
}

}  // namespace decorum::pipeline
