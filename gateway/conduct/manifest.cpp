// Reads config/model/manifest.toml and the models that it names.
//
//   format, reading, version
//   [[model]] file (*.ftz: fastText's, *.evi: of evidence, of which there is one, *.net: a network beside a
//       head), sha256
//   [[head]] name, model (the file), label, network (the file; may be absent), category, severity
//   [[head.calibration]] language (en fr de es any), slope, intercept, threshold, alone
#include <fmt/format.h>

#include <algorithm>

#include "config/toml_table.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/conduct/classifier.hpp"

namespace decorum::conduct {
namespace {

constexpr std::size_t max_manifest_octets = std::size_t{1} << 20;

}  // namespace

class ManifestReader {
public:
    ManifestReader(Classifier& classifier, const std::filesystem::path& file)
        : classifier_(classifier), file_(file) {}

    Result<> read(const toml::table& root) {
        std::optional<Error> fault;
        config::Table top(root, "", file_, fault);
        read_top(top);
        if (fault) return std::unexpected(std::move(*fault));
        if (unread_) return std::unexpected(std::move(*unread_));
        auto table = FeatureTable::make(models_);
        if (!table)
            return fail(table.error().code, fmt::format("{}: {}", file_.native(), table.error().detail));
        const bool alike = std::ranges::all_of(classifier_.networks_, [&](const HeadNetwork& network) {
            return network.hashing() == table->hashing();
        });
        if (!alike || !(table->hashing() == classifier_.evidence_.hashing()))
            return fail(errc::invalid,
                        fmt::format("{}: the models make their features in different ways", file_.native()));
        classifier_.table_ = std::move(*table);
        classifier_.evidence_.learn(classifier_.table_.words());
        for (HeadNetwork& network : classifier_.networks_) network.learn(classifier_.table_.words());
        return {};
    }

private:
    void read_top(config::Table& top) {
        top.allow_only({"format", "reading", "version", "model", "head"});
        if (top.integer("format", 1, 1000) != manifest_format)
            return top.refuse("format",
                              fmt::format("this version of decorum reads format {}", manifest_format));
        if (top.integer("reading", 1, 1000) != reading_version)
            return top.refuse(
                "reading",
                fmt::format("this version of decorum reads texts by rule {}; train the models again",
                            reading_version));
        classifier_.version_ = top.text("version");
        if (classifier_.version_.empty()) return top.refuse("version", "is missing");
        top.each_table("model", [&](config::Table& model) { read_model(model); });
        top.each_table("head", [&](config::Table& head) { read_head(head); });
        if (unread_) return;
        if (models_.empty() || classifier_.evidence_.labels().empty())
            return top.refuse("model", "one of fastText and one of evidence are needed");
        if (classifier_.heads_.empty()) return top.refuse("head", "at least one is needed");
    }

    void read_model(config::Table& table) {
        table.allow_only({"file", "sha256"});
        const std::string file = table.text("file");
        if (unread_) return;
        if (file.empty() || file.contains('/'))
            return table.refuse("file", "must be a file beside the manifest");
        auto octets = read_file(file_.parent_path() / file, max_model_octets);
        if (!octets) {
            unread_ = std::move(octets.error());
            return;
        }
        octets_ += octets->size();
        if (octets_ > max_model_octets)
            return table.refuse(
                "file", fmt::format("the models are larger than {} octets together", max_model_octets));
        if (to_hex(view_of(sha256({*octets}))) != table.text("sha256"))
            return table.refuse(
                "sha256", fmt::format("is not that of {}: the file is damaged, or of another version", file));
        const std::string name = (file_.parent_path() / file).native();
        if (file.ends_with(".evi")) return take_evidence(table, file, EvidenceModel::parse(*octets, name));
        if (file.ends_with(".net")) return take_network(table, file, HeadNetwork::parse(*octets, name));
        auto model = FasttextModel::parse(*octets, name);
        if (!model) {
            unread_ = std::move(model.error());
            return;
        }
        classifier_.models_.push_back(
            {model->labels.size(), model->softmax ? Classifier::Kind::softmax : Classifier::Kind::one_vs_all,
             models_.size()});
        labels_.push_back(model->labels);
        models_.push_back(std::move(*model));
        files_.push_back(file);
    }

    void take_evidence(config::Table& table, const std::string& file, Result<EvidenceModel> model) {
        if (!model) {
            unread_ = std::move(model.error());
            return;
        }
        if (!classifier_.evidence_.labels().empty())
            return table.refuse("file", "must be the only model of evidence");
        classifier_.models_.push_back({model->labels().size(), Classifier::Kind::evidence, 0});
        labels_.push_back(model->labels());
        classifier_.evidence_ = std::move(*model);
        files_.push_back(file);
    }

    void take_network(config::Table& table, const std::string& file, Result<HeadNetwork> network) {
        if (!network) {
            unread_ = std::move(network.error());
            return;
        }
        if (networks_.size() == max_networks) return table.refuse("file", "too many networks");
        classifier_.networks_.push_back(std::move(*network));
        networks_.push_back(file);
    }

    void read_head(config::Table& table) {
        if (unread_) return;
        table.allow_only({"name", "model", "label", "network", "category", "severity", "calibration"});
        Head head{};
        head.name = table.text("name");
        if (head.name.empty()) return table.refuse("name", "is missing");
        if (classifier_.heads_.size() == max_heads) return table.refuse("name", "too many heads");
        const auto file = std::ranges::find(files_, table.text("model"));
        if (file == files_.end()) return table.refuse("model", "must be the file of a [[model]] above");
        head.model = static_cast<std::size_t>(file - files_.begin());
        const auto& labels = labels_[head.model];
        const auto label = std::ranges::find(labels, table.text("label"));
        if (label == labels.end()) return table.refuse("label", "must be a label of the model");
        head.label = static_cast<std::size_t>(label - labels.begin());
        if (const std::string beside = table.text("network"); !beside.empty()) {
            const auto network = std::ranges::find(networks_, beside);
            if (network == networks_.end())
                return table.refuse("network", "must be the file of a [[model]] above, *.net");
            head.network = static_cast<std::size_t>(network - networks_.begin());
            if (std::ranges::any_of(classifier_.heads_,
                                    [&](const Head& h) { return h.network == head.network; }))
                return table.refuse("network", "stands beside another head already");
        }
        const auto category = category_named(table.text("category"));
        if (!category) return table.refuse("category", "must be a category of conduct");
        head.category = *category;
        head.severity = static_cast<std::uint8_t>(table.integer("severity", 1, max_severity));
        table.each_table("calibration", [&](config::Table& line) { read_calibration(line, head); });
        classifier_.heads_.push_back(std::move(head));
    }

    void read_calibration(config::Table& table, Head& head) {
        table.allow_only({"language", "slope", "intercept", "threshold", "sure", "alone"});
        const std::string name = table.text("language");
        const auto language = language_named(name);
        if (!language && name != "any") return table.refuse("language", "must be en, fr, de, es or any");
        const std::size_t at = language ? static_cast<std::size_t>(*language) : language_count;
        head.calibration[at] = {
            static_cast<float>(table.number("slope")), static_cast<float>(table.number("intercept")),
            static_cast<float>(table.number("threshold")), static_cast<float>(table.number("sure")),
            static_cast<float>(table.number("alone"))};
    }

    Classifier& classifier_;
    const std::filesystem::path& file_;
    std::vector<std::string> files_;     // of the models with labels
    std::vector<std::string> networks_;  // those beside heads
    std::vector<FasttextModel> models_;
    std::vector<std::vector<std::string>> labels_;  // by file
    std::size_t octets_ = 0;
    std::optional<Error> unread_;  // a model that can't be read names its own file
};

Result<Classifier> Classifier::load(const std::filesystem::path& folder) {
    const auto file = folder / "manifest.toml";
    const auto octets = read_file(file, max_manifest_octets);
    if (!octets) return std::unexpected(octets.error());
    try {
        Classifier classifier;
        const toml::table root = toml::parse(*octets, file.native());
        if (auto read = ManifestReader(classifier, file).read(root); !read)
            return std::unexpected(std::move(read.error()));
        return classifier;
    } catch (const toml::parse_error& failure) {
        return fail(errc::invalid, fmt::format("{}:{}: {}", file.native(), failure.source().begin.line,
                                               failure.description()));
    }
}

}  // namespace decorum::conduct
