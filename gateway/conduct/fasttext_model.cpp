// Reads the file format of fastText 0.9 (version 12), quantised or not, and folds the output matrix into the
// input rows. The format is little-endian, like the machines it runs on.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <type_traits>

#include "gateway/conduct/fasttext_model.hpp"

namespace decorum::conduct {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::int32_t fasttext_magic = 793712314;
constexpr std::int32_t version = 12;
constexpr std::int32_t supervised = 3;
enum Loss : std::int32_t { loss_softmax = 3, loss_one_vs_all = 4 };
constexpr std::size_t max_labels = 64;
constexpr std::size_t max_dimension = 1024;
constexpr std::size_t max_rows = std::size_t{1} << 24;
constexpr std::size_t centroids_per_part = 256;
constexpr float max_effect = 1e6F;  // of one feature; so no sum over a text can leave the range of a float

// A quantiser of parts of `width` numbers, 256 centroids each (fastText's ProductQuantizer).
struct Quantiser {
    std::size_t dimension = 0;
    std::size_t parts = 0;
    std::size_t width = 0;
    std::size_t last_width = 0;
    std::vector<float> centroids;

    [[nodiscard]] std::span<const float> centroid(std::size_t part, std::uint8_t code) const {
        const std::size_t size = part + 1 == parts ? last_width : width;
        const std::size_t at = part * centroids_per_part * width + code * size;
        return std::span(centroids).subspan(at, size);
    }
};

class Parser {
public:
    Parser(std::string_view octets, std::string_view name) : rest_(octets), name_(name) {}

    Result<FasttextModel> run() {
        if (!read_arguments() || !read_dictionary() || !read_matrices())
            return fail(errc::corrupt, fmt::format("{}: {}", name_, why_));
        if (!rest_.empty())
            return fail(errc::corrupt, fmt::format("{}: octets after the end of the model", name_));
        return std::move(model_);
    }

private:
    bool no(std::string_view why) {
        if (why_.empty()) why_ = why;
        return false;
    }

    template <class T>
        requires std::is_trivially_copyable_v<T>
    bool take(T& value) {
        if (rest_.size() < sizeof(T)) return no("the file is truncated");
        std::memcpy(&value, rest_.data(), sizeof(T));
        rest_.remove_prefix(sizeof(T));
        return true;
    }
    template <class T>
    bool take_array(std::vector<T>& values, std::size_t count) {
        if (count > rest_.size() / sizeof(T)) return no("the file is truncated");
        values.resize(count);
        if (count > 0) std::memcpy(values.data(), rest_.data(), count * sizeof(T));
        rest_.remove_prefix(count * sizeof(T));
        return true;
    }
    bool take_flag(bool& value) {
        std::uint8_t octet = 0;
        if (!take(octet)) return false;
        value = octet != 0;
        return octet <= 1 || no("a flag is neither 0 nor 1");
    }

    bool read_arguments() {
        std::int32_t word = 0;
        if (!take(word)) return false;
        if (word != fasttext_magic) return no("not a model of fastText");
        if (!take(word)) return false;
        if (word != version) return no(fmt::format("version {} of the format; known is {}", word, version));
        std::int32_t window = 0, epochs = 0, min_count = 0, negatives = 0, loss = 0, kind = 0, buckets = 0,
                     rate = 0;
        double sampling = 0;
        if (!take(dimension_) || !take(window) || !take(epochs) || !take(min_count) || !take(negatives) ||
            !take(model_.hashing.word_grams) || !take(loss) || !take(kind) || !take(buckets) ||
            !take(model_.hashing.min_characters) || !take(model_.hashing.max_characters) || !take(rate) ||
            !take(sampling))
            return false;
        if (kind != supervised) return no("not a classifier");
        if (loss != loss_softmax && loss != loss_one_vs_all)
            return no("the loss is neither softmax nor one-vs-all");
        if (dimension_ < 1 || static_cast<std::size_t>(dimension_) > max_dimension)
            return no("a dimension out of range");
        if (buckets < 0 || static_cast<std::size_t>(buckets) > max_rows) return no("buckets out of range");
        if (model_.hashing.min_characters < 0 || model_.hashing.max_characters > 16 ||
            model_.hashing.word_grams < 0 || model_.hashing.word_grams > 8)
            return no("n-grams out of range");
        model_.hashing.buckets = static_cast<std::uint32_t>(buckets);
        model_.softmax = loss == loss_softmax;
        return true;
    }

    bool read_dictionary() {
        std::int32_t size = 0, words = 0, labels = 0;
        std::int64_t tokens = 0, pruned = 0;
        if (!take(size) || !take(words) || !take(labels) || !take(tokens) || !take(pruned)) return false;
        if (words < 0 || labels < 1 || static_cast<std::size_t>(labels) > max_labels ||
            std::int64_t{size} != std::int64_t{words} + labels)
            return no("a dictionary out of range");
        constexpr std::size_t max_word_octets = 1024;
        constexpr std::size_t least_entry = 10;  // NUL, count, kind
        if (static_cast<std::size_t>(size) > rest_.size() / least_entry) return no("the file is truncated");
        model_.words.reserve(static_cast<std::size_t>(words));
        for (std::int32_t i = 0; i < size; ++i) {
            const std::size_t end = rest_.find('\0');
            if (end == std::string_view::npos) return no("the file is truncated");
            if (end > max_word_octets) return no("a word out of range");
            std::string word(rest_.substr(0, end));
            rest_.remove_prefix(end + 1);
            std::int64_t count = 0;
            std::int8_t kind = 0;
            if (!take(count) || !take(kind)) return false;
            if (kind != (i < words ? 0 : 1)) return no("words and labels are mixed");
            constexpr std::string_view prefix = "__label__";
            if (i < words) {
                model_.words.push_back(std::move(word));
            } else {
                if (!word.starts_with(prefix)) return no("a label without its prefix");
                model_.labels.push_back(word.substr(prefix.size()));
            }
        }
        return read_buckets(pruned);
    }

    // -1: nothing was pruned; else which buckets are left, and as which row after those of the words.
    bool read_buckets(std::int64_t pruned) {
        const std::uint32_t buckets = model_.hashing.buckets;
        const auto words = static_cast<std::uint32_t>(model_.words.size());
        if (pruned < 0) {
            if (buckets > rest_.size()) return no("the file is truncated");
            model_.buckets.reserve(buckets);
            for (std::uint32_t i = 0; i < buckets; ++i) model_.buckets.emplace_back(i, words + i);
            rows_ = std::size_t{words} + buckets;
            return true;
        }
        if (static_cast<std::uint64_t>(pruned) > buckets) return no("more buckets are left than there were");
        constexpr std::size_t entry_octets = 2 * sizeof(std::int32_t);
        if (static_cast<std::size_t>(pruned) > rest_.size() / entry_octets)
            return no("the file is truncated");
        model_.buckets.reserve(static_cast<std::size_t>(pruned));
        for (std::int64_t i = 0; i < pruned; ++i) {
            std::int32_t bucket = 0, row = 0;
            if (!take(bucket) || !take(row)) return false;
            if (bucket < 0 || static_cast<std::uint32_t>(bucket) >= buckets || row < 0 || row >= pruned)
                return no("a bucket out of range");
            model_.buckets.emplace_back(static_cast<std::uint32_t>(bucket),
                                        words + static_cast<std::uint32_t>(row));
        }
        rows_ = words + static_cast<std::size_t>(pruned);
        return true;
    }

    bool read_matrices() {
        bool quantised = false;
        bool quantised_output = false;
        const std::size_t dimension = static_cast<std::size_t>(dimension_);
        if (!take_flag(quantised)) return false;
        if (quantised ? !read_codes() : !read_dense(input_, rows_, dimension)) return false;
        if (!take_flag(quantised_output)) return false;
        if (quantised_output) return no("a quantised output matrix");
        if (!read_dense(output_, model_.labels.size(), dimension)) return false;
        multiply(quantised);
        if (std::ranges::all_of(model_.rows, [](float x) { return std::abs(x) <= max_effect; })) return true;
        return no("numbers out of range");
    }

    bool read_dense(std::vector<float>& into, std::size_t rows, std::size_t columns) {
        std::int64_t m = 0, n = 0;
        if (!take(m) || !take(n)) return false;
        if (m != static_cast<std::int64_t>(rows) || n != static_cast<std::int64_t>(columns))
            return no("a matrix of another size than the dictionary");
        return take_array(into, rows * columns);
    }

    bool read_quantiser(Quantiser& into, std::size_t dimension) {
        std::int32_t d = 0, parts = 0, width = 0, last = 0;
        if (!take(d) || !take(parts) || !take(width) || !take(last)) return false;
        if (d != static_cast<std::int32_t>(dimension) || parts < 1 || parts > d || width < 1 || width > d ||
            last < 1 || last > width || (parts - 1) * width + last != d)
            return no("a quantiser out of range");
        into.dimension = dimension;
        into.parts = static_cast<std::size_t>(parts);
        into.width = static_cast<std::size_t>(width);
        into.last_width = static_cast<std::size_t>(last);
        return take_array(into.centroids, dimension * centroids_per_part);
    }

    bool read_codes() {
        std::int64_t m = 0, n = 0;
        std::int32_t count = 0;
        if (!take_flag(norms_) || !take(m) || !take(n) || !take(count)) return false;
        if (m != static_cast<std::int64_t>(rows_) || n != dimension_ || count < 0)
            return no("a matrix of another size than the dictionary");
        if (!take_array(codes_, static_cast<std::size_t>(count))) return false;
        if (!read_quantiser(quantiser_, static_cast<std::size_t>(dimension_))) return false;
        if (codes_.size() != rows_ * quantiser_.parts)
            return no("a matrix of another size than the dictionary");
        if (!norms_) return true;
        return take_array(norm_codes_, rows_) && read_quantiser(norm_quantiser_, 1);
    }

    // rows_ × labels. A quantised row is a sum over its parts, so each centroid is multiplied only once.
    void multiply(bool quantised) {
        const std::size_t labels = model_.labels.size();
        const auto dimension = static_cast<std::size_t>(dimension_);
        model_.rows.assign(rows_ * labels, 0.0F);
        if (!quantised) {
            for (std::size_t row = 0; row < rows_; ++row)
                for (std::size_t label = 0; label < labels; ++label)
                    for (std::size_t i = 0; i < dimension; ++i)
                        model_.rows[row * labels + label] +=
                            input_[row * dimension + i] * output_[label * dimension + i];
            return;
        }
        std::vector<float> products(quantiser_.parts * centroids_per_part * labels, 0.0F);
        for (std::size_t part = 0; part < quantiser_.parts; ++part)
            for (std::size_t code = 0; code < centroids_per_part; ++code) {
                const auto centroid = quantiser_.centroid(part, static_cast<std::uint8_t>(code));
                for (std::size_t label = 0; label < labels; ++label)
                    for (std::size_t i = 0; i < centroid.size(); ++i)
                        products[(part * centroids_per_part + code) * labels + label] +=
                            centroid[i] * output_[label * dimension + part * quantiser_.width + i];
            }
        for (std::size_t row = 0; row < rows_; ++row) {
            float* into = model_.rows.data() + row * labels;
            for (std::size_t part = 0; part < quantiser_.parts; ++part) {
                const float* from =
                    products.data() +
                    (part * centroids_per_part + codes_[row * quantiser_.parts + part]) * labels;
                for (std::size_t label = 0; label < labels; ++label) into[label] += from[label];
            }
            if (!norms_) continue;
            const float norm = norm_quantiser_.centroid(0, norm_codes_[row])[0];
            for (std::size_t label = 0; label < labels; ++label) into[label] *= norm;
        }
    }

    std::string_view rest_;
    std::string_view name_;
    std::string why_;
    FasttextModel model_;
    std::int32_t dimension_ = 0;
    std::size_t rows_ = 0;
    std::vector<float> input_;
    std::vector<float> output_;
    std::vector<std::uint8_t> codes_;
    Quantiser quantiser_;
    bool norms_ = false;
    std::vector<std::uint8_t> norm_codes_;
    Quantiser norm_quantiser_;
};

}  // namespace

Result<FasttextModel> FasttextModel::parse(std::string_view octets, std::string_view name) {
    return Parser(octets, name).run();
}

}  // namespace decorum::conduct
