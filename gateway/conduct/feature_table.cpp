#include "gateway/conduct/feature_table.hpp"

#include <algorithm>

namespace decorum::conduct {
namespace {

constexpr std::size_t rows_together = 32;
constexpr std::size_t words_ahead = 4;

// Of each set of models: 1 for each that is in it.
constexpr auto counts_of_models = [] {
    std::array<std::array<std::uint32_t, FeatureTable::columns>, std::size_t{1} << FeatureTable::columns>
        out{};
    for (std::size_t models = 0; models < out.size(); ++models)
        for (std::size_t m = 0; m < FeatureTable::columns; ++m) out[models][m] = models >> m & 1U;
    return out;
}();

}  // namespace

Result<FeatureTable> FeatureTable::make(std::span<const FasttextModel> models) {
    FeatureTable table;
    std::size_t words = 0;
    table.first_.push_back(0);
    for (const FasttextModel& model : models) {
        if (!(model.hashing == models.front().hashing))
            return fail(errc::invalid, "the models make their features in different ways");
        table.first_.push_back(table.first_.back() + model.labels.size());
        words = std::max(words, model.words.size());
    }
    if (table.first_.back() > columns) return fail(errc::limit, "the models have too many labels together");
    table.hashing_ = models.front().hashing;
    table.words_ = KnownWords(words);  // nearly all are in the largest, too
    // Each model has its words by how common they are.
    for (std::size_t word = 0; word < words && table.words_.size() < KnownWords::common; ++word)
        for (const FasttextModel& model : models)
            if (word < model.words.size()) table.words_.add(model.words[word]);
    std::vector<std::uint32_t> numbers;  // of the models' words in turn
    for (const FasttextModel& model : models)
        for (std::size_t word = 0; word < model.words.size(); ++word) {
            if (word + words_ahead < model.words.size())
                table.words_.prefetch(key_of(model.words[word + words_ahead]));
            numbers.push_back(table.words_.add(model.words[word]));
        }
    const std::uint32_t rows = table.number_buckets(models);
    table.rows_.resize(rows);
    table.models_.resize(rows);
    auto number = numbers.begin();
    for (std::size_t m = 0; m < models.size(); ++m) {
        const std::size_t labels = models[m].labels.size();
        auto take = [&](std::size_t row, std::size_t from) {
            for (std::size_t i = 0; i < labels; ++i)
                table.rows_[row][table.first_[m] + i] = models[m].rows[from * labels + i];
            table.models_[row] |= static_cast<std::uint8_t>(1U << m);
        };
        for (std::size_t word = 0; word < models[m].words.size(); ++word) take(*number++, word);
        for (const auto& [bucket, row] : models[m].buckets) take(table.place_of(bucket).row, row);
    }
    table.add_common_words();
    return table;
}

// Gives those that any model has a row for the rows behind those of the words. Returns how many rows there
// are.
std::uint32_t FeatureTable::number_buckets(std::span<const FasttextModel> models) {
    buckets_.resize(hashing_.buckets / buckets_together + 1);
    for (const FasttextModel& model : models)
        for (const auto& [bucket, row] : model.buckets)
            buckets_[bucket / buckets_together].bits |= std::uint32_t{1} << (bucket % buckets_together);
    auto rows = static_cast<std::uint32_t>(words_.size());
    for (Buckets& some : buckets_) {
        some.row = rows;
        rows += static_cast<std::uint32_t>(std::popcount(some.bits));
    }
    return rows;
}

void FeatureTable::add_common_words() {
    common_.resize(std::min<std::size_t>(KnownWords::common, words_.size()));
    std::vector<std::uint32_t> grams;
    for (std::uint32_t word = 0; word < common_.size(); ++word) {
        add(common_[word], word);
        grams.clear();
        add_character_grams(words_.word(word), hashing_, grams);
        for (const std::uint32_t gram : grams)
            if (const Place place = place_of(gram); place.known) add(common_[word], place.row);
    }
}

void FeatureTable::add(Sum& sum, std::uint32_t row) const {
    add(sum, rows_[row], counts_of_models[models_[row]]);
}

template <class Take>
void FeatureTable::add(Sum& sum, const Features& features, const Features::Word& word, Take&& take) const {
    if (word.known < KnownWords::common)
        add(sum, common_[word.known].values, common_[word.known].models);
    else if (word.known != KnownWords::none)
        take(Place{word.known, true});
    for (std::uint32_t i = word.grams_begin; i < word.grams_end; ++i) take(place_of(features.grams[i]));
}

FeatureTable::Row FeatureTable::score(const Features& features) const {
    Sum sum;
    // Rows are fetched some at a time, so that none is waited for alone.
    std::array<std::uint32_t, rows_together> rows;
    std::size_t count = 0;
    auto add_rows = [&] {
        for (std::size_t i = 0; i < count; ++i) add(sum, rows[i]);
        count = 0;
    };
    auto take = [&](const Place& place) {
        __builtin_prefetch(rows_.data() + place.row);
        rows[count] = place.row;
        count += place.known ? 1 : 0;
        if (count == rows.size()) add_rows();
    };
    for (std::size_t i = 0; i < features.words.size(); ++i) {
        if (i + words_ahead < features.words.size())
            if (const std::uint32_t ahead = features.words[i + words_ahead].known; ahead < KnownWords::common)
                __builtin_prefetch(&common_[ahead]);
        add(sum, features, features.words[i], take);
    }
    add_rows();
    for (std::size_t m = 0; m + 1 < first_.size(); ++m)
        for (std::size_t i = first_[m]; i < first_[m + 1]; ++i)
            sum.values[i] /= static_cast<float>(std::max(sum.models[m], 1U));
    return sum.values;
}

std::vector<float> FeatureTable::effects(const Features& features, std::size_t model,
                                         std::size_t column) const {
    std::vector<float> out;
    std::uint32_t count = 0;
    for (const Features::Word& word : features.words) {
        Sum sum;
        add(sum, features, word, [&](const Place& place) {
            if (place.known) add(sum, place.row);
        });
        out.push_back(sum.values[column]);
        count += sum.models[model];
    }
    for (float& effect : out) effect /= static_cast<float>(std::max(count, 1U));
    return out;
}

}  // namespace decorum::conduct
