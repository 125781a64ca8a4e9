// The operational log: one line an event, key=value, as text or JSON.
//
// Values are escaped, so that nothing a peer sent can forge a line or a field. Message text, credentials
// and looked-up content are never handed to this facade. Before start() lines go to standard error as text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "gateway/base/result.hpp"

namespace decorum::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };
enum class Format : std::uint8_t { text, json };

struct Options {
    Level level = Level::info;
    Format format = Format::json;
    std::string target = "stderr";  // stderr | journald | a file
};

// A field's value; views must live until write() returns.
class Value {
public:
    template <class T>
        requires std::is_convertible_v<T, std::string_view>
    Value(const T& text) : value_(std::string_view(text)) {}
    template <class T>
        requires std::is_integral_v<T>
    Value(T number) : value_(static_cast<std::int64_t>(number)) {}
    Value(double number) : value_(number) {}

    void append_json(std::string& out) const;
    void append_text(std::string& out) const;

private:
    std::variant<std::string_view, std::int64_t, double> value_;
};

struct Field {
    std::string_view key;
    Value value;
};

// Opens the target; on failure the log stays where it was.
[[nodiscard]] Result<> start(const Options& options);

[[nodiscard]] bool enabled(Level level) noexcept;

// {"time":…,"level":…,"event":EVENT, fields…}
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::debug)) write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::info)) write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::warning)) write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    if (enabled(Level::error)) write(Level::error, event, fields);
}

void flush();

}  // namespace decorum::log
