// Reading stored JSON: see the header. Boost.JSON bounds the depth and refuses what is not UTF-8; the limits
// on each member are ours.
#include "gateway/profile/json_members.hpp"

#include <fmt/format.h>

#include "gateway/base/digest.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::profile {

namespace json = boost::json;

void put(json::object& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out[{name.data(), name.size()}] = json::string(text.data(), text.size());
}

Result<json::value> parse_json(std::string_view text) {
    if (text.size() > max_json_octets) return fail(errc::limit, "JSON: too large");
    json::parse_options options;
    options.max_depth = max_json_depth;
    boost::system::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error) return fail(errc::corrupt, "JSON: " + error.message());
    return value;
}

const json::value* JsonMembers::member(std::string_view name) const {
    return fault_ ? nullptr : object_.if_contains({name.data(), name.size()});
}

void JsonMembers::refuse(std::string_view name, std::string_view why) {
    if (!fault_) fault_ = Error{errc::corrupt, fmt::format("JSON: {}: {}", name, why)};
}

std::string JsonMembers::text(std::string_view name, std::size_t max_octets) {
    const json::value* value = member(name);
    if (value == nullptr) return {};
    if (!value->is_string()) return refuse(name, "not a string"), std::string{};
    const json::string& text = value->get_string();
    if (text.size() > max_octets) return refuse(name, "too long"), std::string{};
    return {text.data(), text.size()};
}

std::string JsonMembers::octets(std::string_view name, std::size_t max_octets) {
    auto decoded = from_base64(text(name, (max_octets + 2) / 3 * 4));
    if (!decoded) return refuse(name, "not base64"), std::string{};
    if (decoded->size() > max_octets) return refuse(name, "too long"), std::string{};
    return std::move(*decoded);
}

bool JsonMembers::flag(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) return refuse(name, "neither true nor false"), false;
    return value->get_bool();
}

Instant JsonMembers::time(std::string_view name) {
    const json::value* value = member(name);
    if (value == nullptr) return {};
    if (!value->is_int64()) return refuse(name, "not a time"), Instant{};
    const Instant time{std::chrono::seconds{value->get_int64()}};
    if (time < earliest_time || time > latest_time) return refuse(name, "out of range"), Instant{};
    return time;
}

const json::array* JsonMembers::list(std::string_view name, std::size_t max_entries) {
    const json::value* value = member(name);
    if (value == nullptr) return nullptr;
    if (!value->is_array()) return refuse(name, "not a list"), nullptr;
    if (value->get_array().size() > max_entries) return refuse(name, "too many entries"), nullptr;
    return &value->get_array();
}

std::vector<std::string> JsonMembers::texts(std::string_view name, std::size_t max_entries,
                                            std::size_t max_octets) {
    std::vector<std::string> out;
    const json::array* entries = list(name, max_entries);
    if (entries == nullptr) return out;
    for (const json::value& entry : *entries) {
        if (!entry.is_string() || entry.get_string().size() > max_octets) {
            refuse(name, "an entry is no string, or too long");
            return {};
        }
        out.emplace_back(entry.get_string().data(), entry.get_string().size());
    }
    return out;
}

void JsonMembers::object(std::string_view name, const EachObject& read) {
    const json::value* value = member(name);
    if (value == nullptr) return;
    if (!value->is_object()) return refuse(name, "not an object");
    JsonMembers members(value->get_object(), fault_);
    read(members);
}

void JsonMembers::objects(std::string_view name, std::size_t max_entries, const EachObject& read) {
    const json::array* entries = list(name, max_entries);
    if (entries == nullptr) return;
    for (const json::value& entry : *entries) {
        if (!entry.is_object()) return refuse(name, "an entry is not an object");
        JsonMembers members(entry.get_object(), fault_);
        read(members);
        if (fault_) return;
    }
}

}  // namespace decorum::profile
