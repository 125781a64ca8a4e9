// The judge of posts: those without any finding may be shown to readers. We don't do to an outside sender
// what we warn our own about.
#pragma once

#include <functional>
#include <memory>

#include "gateway/base/clock.hpp"
#include "gateway/base/work_queue.hpp"
#include "gateway/conduct/assessor.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::pipeline {

class CleanPosts final : public profile::PostJudge {
public:
    // Called on the judge's thread, for each person. Null: nobody can tell, and no post is shown.
    using AssessorSource = std::function<std::shared_ptr<const conduct::Assessor>()>;

    explicit CleanPosts(AssessorSource assessor, WallClock now = wall_clock_now)
        : assessor_(std::move(assessor)), now_(std::move(now)) {}

    // Asks for the assessor now, so that the first person does not wait while it is loaded.
    void prepare() {
        (void)queue_.post([this] { (void)assessor_(); });
    }

    void find_clean(std::vector<profile::Activity> posts, std::size_t most, Done done) override;

private:
    static constexpr std::size_t max_people = 4096;  // waiting; more are shown without a post

    [[nodiscard]] std::vector<std::size_t> judged(const std::vector<profile::Activity>& posts,
                                                  std::size_t most) const;

    const AssessorSource assessor_;
    const WallClock now_;
    WorkQueue queue_{1, max_people};  // last: its jobs use all the others
};

}  // namespace decorum::pipeline
