#include "gateway/conduct/feature_table.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

// 64 MiB. A small file of models must not fill the memory with its copies.
constexpr std::size_t max_rows_of_words = std::size_t{1} << 22;
constexpr std::size_t words_ahead = 4;

}  // namespace

Result<FeatureTable> FeatureTable::make(std::span<const FasttextModel> models) {
    FeatureTable table;
    std::size_t words = 0;
    table.first_.push_back(0);
    for (const FasttextModel& model : models) {
        if (!(model.hashing == models.front().hashing))
            return fail(errc::invalid, "the models make their features in different ways");
        table.first_.push_back(table.first_.back() + model.labels.size());
        words += model.words.size();
    }
    if (table.first_.back() > columns) return fail(errc::limit, "the models have too many labels together");
    table.hashing_ = models.front().hashing;
    table.row_of_bucket_.assign(table.hashing_.buckets, no_row);
    table.words_ = KnownWords(words);
    // Each model has its words by how common they are.
    for (std::size_t word = 0; word < words && table.words_.size() < KnownWords::common; ++word)
        for (const FasttextModel& model : models)
            if (word < model.words.size()) table.words_.add(model.words[word]);
    std::vector<Line> word_rows(table.words_.size());
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
            take(word_rows, table.words_.add(model.words[word]), word);
        for (std::size_t bucket = 0; bucket < model.row_of_bucket.size(); ++bucket) {
            if (model.row_of_bucket[bucket] == FasttextModel::absent) continue;
            std::uint32_t& row = table.row_of_bucket_[bucket];
            if (row == no_row) row = static_cast<std::uint32_t>(table.rows_.size());
            take(table.rows_, row, static_cast<std::size_t>(model.row_of_bucket[bucket]));
        }
    }
    if (!table.lay_out(word_rows)) return fail(errc::limit, "the models know too many n-grams in words");
    return table;
}

bool FeatureTable::lay_out(const std::vector<Line>& words) {
    begins_.assign(1, 0);
    rows_of_words_.reserve(8 * words.size());
    std::vector<std::uint32_t> grams;
    for (std::uint32_t word = 0; word < words.size(); ++word) {
        Row models = words[word].models;
        rows_of_words_.emplace_back();
        rows_of_words_.push_back(words[word].values);
        grams.clear();
        if (word < KnownWords::common) add_character_grams(words_.word(word), hashing_, grams);
        for (const std::uint32_t gram : grams) {
            if (row_of_bucket_[gram] == no_row) continue;
            const Line& row = rows_[row_of_bucket_[gram]];
            rows_of_words_.push_back(row.values);
            for (std::size_t m = 0; m < columns; ++m) models[m] += row.models[m];
        }
        rows_of_words_[begins_.back()] = models;
        begins_.push_back(static_cast<std::uint32_t>(rows_of_words_.size()));
        if (rows_of_words_.size() > max_rows_of_words) return false;
    }
    return true;
}

void FeatureTable::fetch(const Features::Word& word) const {
    if (word.known == KnownWords::none) return;
    constexpr std::size_t rows_in_line = 4;
    for (std::uint32_t at = begins_[word.known]; at < begins_[word.known + 1]; at += rows_in_line)
        __builtin_prefetch(&rows_of_words_[at]);
}

void FeatureTable::add(Line& sum, const Features& features, const Features::Word& word) const {
    auto add_row = [](Row& to, const Row& row) {
        for (std::size_t i = 0; i < columns; ++i) to[i] += row[i];
    };
    if (word.known != KnownWords::none) {
        std::uint32_t at = begins_[word.known];
        add_row(sum.models, rows_of_words_[at]);
        while (++at < begins_[word.known + 1]) add_row(sum.values, rows_of_words_[at]);
    }
    for (std::uint32_t i = word.grams_begin; i < word.grams_end; ++i) {
        const std::uint32_t at = row_of_bucket_[features.grams[i]];
        if (at == no_row) continue;
        add_row(sum.values, rows_[at].values);
        add_row(sum.models, rows_[at].models);
    }
}

FeatureTable::Row FeatureTable::score(const Features& features) const {
    Line sum{};
    for (std::size_t i = 0; i < features.words.size(); ++i) {
        if (i + words_ahead < features.words.size()) fetch(features.words[i + words_ahead]);
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
