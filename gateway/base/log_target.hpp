// Where the operational log goes, in two steps: a reload opens the target with all else that can fail, and
// takes it over when nothing has.
#pragma once

#include <memory>
#include <utility>

#include "gateway/base/log.hpp"

namespace decorum::log {

// A target, open; until it is taken over, the log stays where it was.
class Opened {
public:
    struct Sink;

private:
    Opened(std::shared_ptr<const Sink> sink, Level level) : sink_(std::move(sink)), level_(level) {}
    friend Result<Opened> open(const Options& options);
    friend void take_over(Opened opened);
    std::shared_ptr<const Sink> sink_;
    Level level_;
};
[[nodiscard]] Result<Opened> open(const Options& options);

// From here on lines go there.
void take_over(Opened opened);

}  // namespace decorum::log
