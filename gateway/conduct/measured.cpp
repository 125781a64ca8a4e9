// Reads measured.toml:
//
//   format = 1
//   [[measured]] category, language, findings, precision
#include "gateway/conduct/measured.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/checks.hpp"
#include "config/toml_table.hpp"
#include "gateway/base/watched_file.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_measured_octets = std::size_t{1} << 20;

void read_row(config::Table& row, Measured& measured) {
    row.allow_only({"category", "language", "findings", "precision"});
    const auto category = category_named(row.text("category"));
    if (!category)
        return row.refuse("category", fmt::format("must be {}", config::enumerate(category_names)));
    const auto language = language_named(row.text("language"));
    if (!language)
        return row.refuse("language", fmt::format("must be {}", config::enumerate(language_names)));
    const double precision = row.number("precision");
    if (!(precision >= 0 && precision <= 1)) return row.refuse("precision", "must be from 0 to 1");
    measured.set(*category, *language, precision);
}

}  // namespace

Result<Measured> Measured::load(const std::filesystem::path& file) {
    const auto octets = read_file(file, max_measured_octets);
    if (!octets) return std::unexpected(octets.error());
    const auto root = config::parse_toml(*octets, file);
    if (!root) return std::unexpected(root.error());
    Measured measured;
    std::optional<Error> fault;
    config::Table top(*root, "", file, fault);
    top.allow_only({"format", "measured"});
    if (top.integer("format", 1, 1000) != measured_format)
        top.refuse("format", fmt::format("this version of decorum reads format {}", measured_format));
    top.each_table("measured", [&](config::Table& row) { read_row(row, measured); });
    if (fault) return std::unexpected(std::move(*fault));
    return measured;
}

void Measured::set(Category category, Language language, double precision) {
    precision_[static_cast<std::size_t>(category)][static_cast<std::size_t>(language)] = precision;
}

bool Measured::suffices(Category category, Language language, Source source) const {
    const auto& row = precision_[static_cast<std::size_t>(category)];
    if (source == Source::classifier) return row[static_cast<std::size_t>(language)] >= least_precision;
    return std::ranges::max(row) >= least_precision;
}

}  // namespace decorum::conduct
