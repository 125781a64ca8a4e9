#include "gateway/conduct/conduct.hpp"

namespace decorum::conduct {

Result<std::unique_ptr<Conduct>> Conduct::load(std::filesystem::path data_dir) {
    return LastGood::open<Conduct>([data_dir = std::move(data_dir)] { return Assessor::load(data_dir); });
}

}  // namespace decorum::conduct
