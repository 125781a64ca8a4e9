// Reading stored JSON member by member, with a limit on each: what the store gives back is checked like
// anything from outside (the file may have been damaged or edited).
//
// The first fault sticks; later reads give empty values, and the caller looks at fault() once at the end.
// Members that are unknown are passed over, those that are absent read as empty.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::profile {

inline constexpr std::size_t max_json_octets = std::size_t{8} << 20;
inline constexpr std::size_t max_json_depth = 8;

// One JSON value (RFC 8259) that is the whole text, within the two limits above.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text);

// Writes a member; an empty one is left out.
void put(boost::json::object& out, std::string_view name, std::string_view text);

class JsonMembers {
public:
    using Fault = std::optional<Error>;
    using EachObject = std::function<void(JsonMembers&)>;

    // `fault` is shared by all readers of one text; both references outlive the reader.
    JsonMembers(const boost::json::object& object, Fault& fault) : object_(object), fault_(fault) {}

    [[nodiscard]] std::string text(std::string_view name, std::size_t max_octets);
    [[nodiscard]] std::string octets(std::string_view name, std::size_t max_octets);  // base64
    [[nodiscard]] bool flag(std::string_view name);
    [[nodiscard]] Instant time(std::string_view name);  // seconds since the epoch
    [[nodiscard]] std::vector<std::string> texts(std::string_view name, std::size_t max_entries,
                                                 std::size_t max_octets);
    void object(std::string_view name, const EachObject& read);
    void objects(std::string_view name, std::size_t max_entries, const EachObject& read);
    void refuse(std::string_view name, std::string_view why);

private:
    [[nodiscard]] const boost::json::value* member(std::string_view name) const;
    [[nodiscard]] const boost::json::array* list(std::string_view name, std::size_t max_entries);

    const boost::json::object& object_;
    Fault& fault_;
};

}  // namespace decorum::profile
