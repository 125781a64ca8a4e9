#include "gateway/conduct/feature_table.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

constexpr std::size_t words_ahead = 4;

}  // namespace

Result<FeatureTable> FeatureTable::make(std::span<const FasttextModel> models) {
    FeatureTable table;
    std::size_t words = 0, grams = 0;
    table.first_.push_back(0);
    for (const FasttextModel& model : models) {
        if (!(model.hashing == models.front().hashing))
            return fail(errc::invalid, "the models make their features in different ways");
        table.first_.push_back(table.first_.back() + model.labels.size());
        words += model.words.size();
        grams += model.rows.size() / model.labels.size() - model.words.size();
    }
    if (table.first_.back() > columns) return fail(errc::limit, "the models have too many labels together");
    table.hashing_ = models.front().hashing;
    table.row_of_bucket_.assign(table.hashing_.buckets, no_row);
    table.words_ = KnownWords(words);
    // Each model has its words by how common they are.
    for (std::size_t word = 0; word < words && table.words_.size() < KnownWords::common; ++word)
        for (const FasttextModel& model : models)
            if (word < model.words.size()) table.words_.add(model.words[word]);
    table.rows_of_words_.reserve(words);
    table.rows_.reserve(std::min<std::size_t>(grams, table.hashing_.buckets));
    table.rows_of_words_.resize(table.words_.size());
    for (std::size_t m = 0; m < models.size(); ++m) {
        const FasttextModel& model = models[m];
        const std::size_t labels = model.labels.size();
        // Rows are numbered in the order in which they are first seen.
        auto take = [&](std::vector<Line>& rows, std::size_t row, std::size_t from) {
            if (row == rows.size()) rows.emplace_back();
            std::copy_n(model.rows.begin() + static_cast<std::ptrdiff_t>(from * labels), labels,
                        rows[row].values.begin() + static_cast<std::ptrdiff_t>(table.first_[m]));
            rows[row].models[m] = 1;
        };
        for (std::size_t word = 0; word < model.words.size(); ++word)
            take(table.rows_of_words_, table.words_.add(model.words[word]), word);
        for (std::size_t bucket = 0; bucket < model.row_of_bucket.size(); ++bucket) {
            if (model.row_of_bucket[bucket] == FasttextModel::absent) continue;
            std::uint32_t& row = table.row_of_bucket_[bucket];
            if (row == no_row) row = static_cast<std::uint32_t>(table.rows_.size());
            take(table.rows_, row, static_cast<std::size_t>(model.row_of_bucket[bucket]));
        }
    }
    table.add_grams_of_common_words();
    return table;
}

void FeatureTable::add_grams_of_common_words() {
    std::vector<std::uint32_t> grams;
    const std::size_t common = std::min<std::size_t>(KnownWords::common, rows_of_words_.size());
    for (std::uint32_t word = 0; word < common; ++word) {
        grams.clear();
        add_character_grams(words_.word(word), hashing_, grams);
        for (const std::uint32_t gram : grams)
            if (row_of_bucket_[gram] != no_row) rows_of_words_[word] += rows_[row_of_bucket_[gram]];
    }
}

void FeatureTable::add(Line& sum, const Features& features, const Features::Word& word) const {
    if (word.known != KnownWords::none) sum += rows_of_words_[word.known];
    for (std::uint32_t i = word.grams_begin; i < word.grams_end; ++i)
        if (const std::uint32_t at = row_of_bucket_[features.grams[i]]; at != no_row) sum += rows_[at];
}

FeatureTable::Row FeatureTable::score(const Features& features) const {
    Line sum{};
    for (std::size_t i = 0; i < features.words.size(); ++i) {
        // So that the row is there when it is its turn.
        if (i + words_ahead < features.words.size())
            if (const auto& ahead = features.words[i + words_ahead]; ahead.known != KnownWords::none)
                __builtin_prefetch(&rows_of_words_[ahead.known]);
        add(sum, features, features.words[i]);
    }
    for (std::size_t m = 0; m + 1 < first_.size(); ++m)
        for (std::size_t i = first_[m]; i < first_[m + 1]; ++i)
            sum.values[i] /= std::max(sum.models[m], 1.0F);
    return sum.values;
}

std::vector<float> FeatureTable::effects(const Features& features, std::size_t model,
                                         std::size_t column) const {
    std::vector<float> out;
    float count = 0;
    for (const Features::Word& word : features.words) {
        Line sum{};
        add(sum, features, word);
        out.push_back(sum.values[column]);
        count += sum.models[model];
    }
    for (float& effect : out) effect /= std::max(count, 1.0F);
    return out;
}

}  // namespace decorum::conduct
