#include "gateway/app/worker_options.hpp"

namespace decorum::app {

// A page is as long as an answer may be: http.max_body.
worker::WorkerPool::Options worker_options(const config::Settings& settings) {
    worker::WorkerPool::Options options;
    options.processes = static_cast<std::size_t>(settings.worker.processes);
    options.deadline = settings.worker.deadline;
    options.memory = settings.worker.memory;
    options.max_picture = settings.worker.max_picture;
    options.max_side = static_cast<std::uint32_t>(settings.worker.max_side);
    options.max_html = settings.http.max_body;
    return options;
}

}  // namespace decorum::app
