// The Worker of the gateway: a few children at a time, by way of a keeper process (keeper.hpp).
//
// The keeper starts with the first job, and again when it is lost: at once the first time, then with a
// growing pause, in which jobs are refused (unavailable). What was under way with a lost keeper fails
// (unavailable). Each job that ends otherwise than by an answer leaves one line in the log,
// event=worker_job_failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/clock.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::worker {

class WorkerPool final : public Worker {
public:
    struct Options {
        std::string program = "/proc/self/exe";              // takes the argument `worker-keeper`
        std::size_t processes = 2;                           // jobs at a time
        Milliseconds deadline{3000};                         // of one job, from its start
        std::uint64_t memory = std::uint64_t{256} << 20;     // octets a job may use
        std::uint64_t max_picture = std::uint64_t{1} << 20;  // octets
        std::uint32_t max_side = 4096;                       // pixels
        std::uint64_t max_html = std::uint64_t{1} << 20;     // octets
        std::size_t max_waiting = 256;                       // jobs beside those under way
    };

    explicit WorkerPool(Options options);
    // Every job that is not done ends with `cancelled`; then the processes are ended and waited for.
    ~WorkerPool() override;
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // From any thread. `done` runs on the pool's own thread, or before run() returns where the job is
    // refused; it must neither block nor destroy the pool.
    void run(Job job, std::string input, Done done) override;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace decorum::worker
