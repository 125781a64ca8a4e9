// The assessor that serves now. Loading gives a whole one or a reason; reloading keeps the last good one. A
// text that is being assessed keeps the assessor that it began with.
#pragma once

#include <filesystem>
#include <memory>

#include "gateway/base/last_good.hpp"
#include "gateway/conduct/assessor.hpp"

namespace decorum::conduct {

class Conduct : public LastGood<Assessor> {
public:
    [[nodiscard]] static Result<std::unique_ptr<Conduct>> load(std::filesystem::path data_dir);

private:
    friend LastGood<Assessor>;
    using LastGood::LastGood;
};

}  // namespace decorum::conduct
