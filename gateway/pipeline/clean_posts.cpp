#include "gateway/pipeline/clean_posts.hpp"

namespace decorum::pipeline {

void CleanPosts::find_clean(std::vector<profile::Activity> posts, std::size_t most, Done done) {
    // Kept outside of the job, which is lost where the queue is full.
    const auto shared = std::make_shared<Done>(std::move(done));
    const bool taken = queue_.post([this, shared, most, posts = std::move(posts)] { (*shared)(judged(posts, most)); });
    if (!taken) (*shared)({});
}

std::vector<std::size_t> CleanPosts::judged(const std::vector<profile::Activity>& posts,
                                            std::size_t most) const {
    std::vector<std::size_t> clean;
    const auto assessor = assessor_();
    if (!assessor) return clean;
    const Instant now = now_();
    conduct::Workspace workspace;
    for (std::size_t i = 0; i < posts.size() && clean.size() < most; ++i) {
        const auto written = posts[i].time == Instant{} ? std::nullopt : std::optional(posts[i].time);
        const conduct::Text text{.octets = posts[i].text, .written = written};
        if (assessor->assess(text, now, workspace).findings.empty()) clean.push_back(i);
    }
    return clean;
}

}  // namespace decorum::pipeline
