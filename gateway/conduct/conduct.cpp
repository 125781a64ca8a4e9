#include "gateway/conduct/conduct.hpp"

namespace decorum::conduct {

Result<std::unique_ptr<Conduct>> Conduct::load(std::filesystem::path data_dir) {
    // Before they are read: what changes meanwhile is read again.
    Files files = files_of(data_dir);
    auto loaded = LastGood::open<Conduct>([data_dir] { return Assessor::load(data_dir); });
    if (loaded) {
        (*loaded)->data_dir_ = std::move(data_dir);
        (*loaded)->read_ = std::move(files);
    }
    return loaded;
}

Result<std::shared_ptr<const Assessor>> Conduct::read_again() {
    read_again_ = files_of(data_dir_);
    if (!read_again_.empty() && read_again_ == read_) return current();
    return LastGood::read_again();
}

void Conduct::take_over(std::shared_ptr<const Assessor> fresh) {
    read_ = read_again_;
    LastGood::take_over(std::move(fresh));
}

// Of lexicon/ and model/; none where one can't be listed.
Conduct::Files Conduct::files_of(const std::filesystem::path& data_dir) {
    Files out;
    for (const char* part : {"lexicon", "model"}) {
        std::error_code error;
        for (std::filesystem::directory_iterator at(data_dir / part, error), end; !error && at != end;
             at.increment(error))
            out.emplace(at->path(), signature_of(at->path()));
        if (error) return {};
    }
    return out;
}

}  // namespace decorum::conduct
