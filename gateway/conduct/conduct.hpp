// The assessor that serves now. Loading gives a whole one or a reason; reading again keeps the last good one,
// and reads nothing where no file has changed: it is most of what a gateway holds. A text that is being
// assessed keeps the assessor that it began with.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "gateway/base/last_good.hpp"
#include "gateway/base/watched_file.hpp"
#include "gateway/conduct/assessor.hpp"

namespace decorum::conduct {

class Conduct : public LastGood<Assessor> {
public:
    [[nodiscard]] static Result<std::unique_ptr<Conduct>> load(std::filesystem::path data_dir);

    // Both on one thread at a time; what is taken over is what was read last.
    [[nodiscard]] Result<std::shared_ptr<const Assessor>> read_again();
    void take_over(std::shared_ptr<const Assessor> fresh);

private:
    friend LastGood<Assessor>;
    using LastGood::LastGood;

    using Files = std::map<std::filesystem::path, FileSignature>;
    [[nodiscard]] static Files files_of(const std::filesystem::path& data_dir);

    std::filesystem::path data_dir_;
    Files read_;        // as they were before current() was read
    Files read_again_;  // the same of what was read last
};

}  // namespace decorum::conduct
