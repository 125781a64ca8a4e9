#include "gateway/conduct/feature_table.hpp"

#include <algorithm>
#include <bit>

namespace decorum::conduct {
namespace {

constexpr std::size_t rows_ahead = 12;
constexpr std::size_t buckets_ahead = 24;

}  // namespace

Result<FeatureTable> FeatureTable::make(std::span<const FasttextModel> models) {
    FeatureTable table;
    std::size_t used = models.size();  // the counts
    std::size_t words = 0;
    for (const FasttextModel& model : models) {
        if (!(model.hashing == models.front().hashing))
            return fail(errc::invalid, "the models make their features in different ways");
        table.first_.push_back(used - models.size());
        used += model.labels.size();
        words += model.words.size();
    }
    if (used > columns) return fail(errc::limit, "the models have too many labels together");
    table.hashing_ = models.front().hashing;
    table.rows_.resize(1);
    table.row_of_bucket_.assign(table.hashing_.buckets, 0);
    table.words_.resize(std::bit_ceil(2 * words + 2));
    for (std::size_t m = 0; m < models.size(); ++m) {
        const FasttextModel& model = models[m];
        const std::size_t labels = model.labels.size();
        auto take = [&](std::uint32_t& row, std::size_t from) {
            if (row == 0) {
                row = static_cast<std::uint32_t>(table.rows_.size());
                table.rows_.emplace_back();
            }
            Row& values = table.rows_[row].values;
            std::copy_n(model.rows.begin() + static_cast<std::ptrdiff_t>(from * labels), labels,
                        values.begin() + static_cast<std::ptrdiff_t>(table.first_[m]));
            values[table.count_column(m)] = 1;
        };
        for (std::size_t word = 0; word < model.words.size(); ++word)
            take(table.row_of_word(model.words[word]), word);
        for (std::size_t bucket = 0; bucket < model.row_of_bucket.size(); ++bucket)
            if (model.row_of_bucket[bucket] != FasttextModel::absent)
                take(table.row_of_bucket_[bucket], static_cast<std::size_t>(model.row_of_bucket[bucket]));
    }
    return table;
}

std::uint32_t& FeatureTable::row_of_word(std::string_view word) {
    const std::uint32_t hash = hash_of(word);
    const std::size_t mask = words_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
        Word& entry = words_[slot];
        if (entry.row == 0) {
            entry = {hash, 0, static_cast<std::uint32_t>(letters_.size()),
                     static_cast<std::uint32_t>(word.size())};
            letters_ += word;
            return entry.row;
        }
        if (entry.hash == hash && std::string_view(letters_).substr(entry.begin, entry.length) == word)
            return entry.row;
    }
}

std::uint32_t FeatureTable::find_word(std::string_view word, std::uint32_t hash) const {
    const std::size_t mask = words_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
        const Word& entry = words_[slot];
        if (entry.row == 0) return 0;
        if (entry.hash == hash && std::string_view(letters_).substr(entry.begin, entry.length) == word)
            return entry.row;
    }
}

void FeatureTable::add(Row& sum, std::string_view line, const Features& features,
                       const Features::Word& word) const {
    auto add_row = [&sum, this](std::uint32_t row) {
        const Row& values = rows_[row].values;
        for (std::size_t i = 0; i < columns; ++i) sum[i] += values[i];
    };
    const std::string_view letters =
        word.begin == word.end ? end_of_line : line.substr(word.begin, word.end - word.begin);
    add_row(find_word(letters, word.hash));
    const std::span grams(features.grams);
    for (std::size_t i = word.grams_begin; i < word.grams_end; ++i) {
        if (i + buckets_ahead < grams.size()) __builtin_prefetch(&row_of_bucket_[grams[i + buckets_ahead]]);
        if (i + rows_ahead < grams.size()) __builtin_prefetch(&rows_[row_of_bucket_[grams[i + rows_ahead]]]);
        add_row(row_of_bucket_[grams[i]]);
    }
}

FeatureTable::Row FeatureTable::score(std::string_view line, const Features& features) const {
    Row sum{};
    for (const Features::Word& word : features.words) add(sum, line, features, word);
    for (std::size_t m = 0; m < first_.size(); ++m) {
        const std::size_t end = m + 1 < first_.size() ? first_[m + 1] : columns - first_.size();
        const float count = std::max(sum[count_column(m)], 1.0F);
        for (std::size_t i = first_[m]; i < end; ++i) sum[i] /= count;
    }
    return sum;
}

std::vector<float> FeatureTable::effects(std::string_view line, const Features& features, std::size_t model,
                                         std::size_t column) const {
    std::vector<float> out;
    float count = 0;
    for (const Features::Word& word : features.words) {
        Row sum{};
        add(sum, line, features, word);
        out.push_back(sum[column]);
        count += sum[count_column(model)];
    }
    for (float& effect : out) effect /= std::max(count, 1.0F);
    return out;
}

}  // namespace decorum::conduct
