// Content lines of vCards (RFC 6350 §3.3), whatever their version: unfolded, taken apart, decoded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::connectors {

enum class VcardVersion : std::uint8_t { v2_1, v3_0, v4_0 };

struct VcardParameter {
    std::string name;   // upper case; a 2.1 parameter without a name has that of its value: TYPE, ENCODING
    std::string value;  // without quotes
};

struct VcardProperty {
    std::string name;  // upper case, without its group
    std::vector<VcardParameter> parameters;
    std::string value;     // octets: the transfer encoding undone, backslashes not
    std::size_t line = 1;  // where it begins

    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view parameter_name) const;
    [[nodiscard]] bool has_type(std::string_view type) const;  // lower case
    // 1 is the most preferred, 101 where nothing is said.
    [[nodiscard]] unsigned preference() const;

    // As UTF-8, by the stated charset.
    [[nodiscard]] std::string utf8() const;
};

class VcardLines {
public:
    // Views the octets, which must outlive it.
    explicit VcardLines(std::string_view octets);

    // Folds of 2.1 keep their white space.
    void set_version(VcardVersion version) { version_ = version; }

    struct Line {
        std::optional<VcardProperty> property;  // nothing: a line without a colon, or without a name
        std::size_t line = 1;
    };
    // Nothing: the end. Empty lines are passed over.
    [[nodiscard]] std::optional<Line> next();

private:
    struct Octets {
        std::string text;
        std::size_t line = 1;
    };
    [[nodiscard]] std::string_view take_physical_line();
    [[nodiscard]] Octets take_unfolded_line();

    std::string_view rest_;
    std::size_t line_ = 1;  // of the first octet of rest_
    VcardVersion version_ = VcardVersion::v3_0;
};

// Text with its backslashes undone: \n \, \; \\ (RFC 6350 §3.4); 2.1 knows \; alone, and \\ and \, are what
// phones write.
[[nodiscard]] std::string unescaped(std::string_view value, VcardVersion version);

// The components of a structured value (N, ORG, ADR), split at each semicolon that no backslash precedes,
// each unescaped; the commas of a list within one stay.
[[nodiscard]] std::vector<std::string> components_of(std::string_view value, VcardVersion version);

}  // namespace decorum::connectors
