// The vocabulary of conduct: categories, heads, languages, and the names they have in files and on the wire.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace decorum::conduct {

enum class Category : std::uint8_t {
    profanity,
    sexual,
    hate,
    harassment,
    threat,
    substances,
    disparagement,
    confidentiality,
};
inline constexpr auto category_names =
    std::to_array<std::string_view>({"profanity", "sexual", "hate", "harassment", "threat", "substances",
                                     "disparagement", "confidentiality"});
inline constexpr std::size_t category_count = category_names.size();

enum class Language : std::uint8_t { en, fr, de, es };
inline constexpr auto language_names = std::to_array<std::string_view>({"en", "fr", "de", "es"});
inline constexpr std::size_t language_count = language_names.size();
inline constexpr std::array all_languages{Language::en, Language::fr, Language::de, Language::es};

// Severity: 1 note, 2 warn, 3 serious 0 is no finding.
inline constexpr std::uint8_t max_severity = 3;

[[nodiscard]] constexpr std::string_view name_of(Category category) {
    return category_names[static_cast<std::size_t>(category)];
}
[[nodiscard]] constexpr std::string_view name_of(Language language) {
    return language_names[static_cast<std::size_t>(language)];
}

template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> named(const std::array<std::string_view, N>& names,
                                                  std::string_view name) {
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}
[[nodiscard]] constexpr std::optional<Category> category_named(std::string_view name) {
    return named<Category>(category_names, name);
}
[[nodiscard]] constexpr std::optional<Language> language_named(std::string_view name) {
    return named<Language>(language_names, name);
}

}  // namespace decorum::conduct
