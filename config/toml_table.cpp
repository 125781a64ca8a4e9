// The parts of a table's reading that don't depend on what reads it.
#include "config/toml_table.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"

namespace decorum::config {
namespace {

std::chrono::sys_days days_of(const toml::date& date) {
    return std::chrono::year_month_day{std::chrono::year{date.year}, std::chrono::month{date.month},
                                       std::chrono::day{date.day}};
}

// What a fault repeats of the file is shown on terminals and in logs.
Error fault_of(std::string text) {
    std::ranges::replace_if(text, ascii::is_control, '?');
    return {errc::invalid, std::move(text)};
}

}  // namespace

Result<toml::table> parse_toml(std::string_view octets, const std::filesystem::path& file) {
    try {
        return toml::parse(octets, file.native());
    } catch (const toml::parse_error& failure) {
        return std::unexpected(fault_of(
            fmt::format("{}:{}: {}", file.native(), failure.source().begin.line, failure.description())));
    }
}

void Table::allow_only(std::initializer_list<std::string_view> keys) {
    for (const auto& [key, node] : table_)
        if (std::ranges::find(keys, key.str()) == keys.end())
            refuse(node, key.str(), fmt::format("unknown key; known are {}", fmt::join(keys, ", ")));
}

std::vector<std::string> Table::keys() const {
    std::vector<std::string> keys;
    for (const auto& [key, node] : table_) keys.emplace_back(key.str());
    return keys;
}

std::string Table::text(std::string_view key) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    if (const auto* value = node->as_string()) return value->get();
    refuse(*node, key, "must be a text in quotes");
    return {};
}

bool Table::flag(std::string_view key) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return false;
    if (const auto* value = node->as_boolean()) return value->get();
    refuse(*node, key, "must be true or false");
    return false;
}

double Table::number(std::string_view key) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return refuse(key, "is missing"), 0;
    if (const auto value = node->value<double>()) return *value;
    refuse(*node, key, "must be a number");
    return 0;
}

std::int64_t Table::integer(std::string_view key, std::int64_t least, std::int64_t most) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return refuse(key, "is missing"), least;
    if (const auto* value = node->as_integer(); value && value->get() >= least && value->get() <= most)
        return value->get();
    refuse(*node, key, fmt::format("must be a whole number from {} to {}", least, most));
    return least;
}

Instant Table::time(std::string_view key) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return refuse(table_, key, "is missing"), Instant{};
    std::optional<Instant> time;
    if (const auto* moment = node->as_date_time()) {
        const toml::date_time& value = moment->get();
        if (value.offset)
            time = days_of(value.date) + std::chrono::hours{value.time.hour} +
                   std::chrono::minutes{value.time.minute} + std::chrono::seconds{value.time.second} -
                   std::chrono::minutes{value.offset->minutes};
    } else if (const auto* day = node->as_date()) {
        time = days_of(day->get());
    }
    if (!time) refuse(*node, key, "must be a date, or a time with an offset as in 2026-11-20T08:00:00Z");
    return time.value_or(Instant{});
}

void Table::refuse(const toml::node& node, std::string_view key, std::string_view why) {
    constexpr std::size_t max_faults = 100;
    if (fault_ && (all_ == nullptr || all_->size() >= max_faults)) return;
    const auto place = fmt::format("{}:{}: {}: ", file_.native(), node.source().begin.line, name_of(key));
    Error fault = fault_of(fmt::format("{}{}", place, why));
    const std::string_view same_place = std::string_view(fault.detail).substr(0, place.size());
    if (all_ != nullptr &&
        std::ranges::none_of(*all_, [&](const std::string& told) { return told.starts_with(same_place); }))
        all_->push_back(fault.detail);
    if (!fault_) fault_ = std::move(fault);
}

void Table::refuse(std::string_view key, std::string_view why) {
    const toml::node* node = table_.get(key);
    refuse(node != nullptr ? *node : table_, key, why);
}

std::string Table::name_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

}  // namespace decorum::config
