// Names, labels and histograms as Prometheus reads them.
#include "gateway/app/metrics.hpp"

#include <gmock/gmock.h>

namespace decorum::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, MetricsOfOneNameStandTogether) {
    Metrics metrics;
    metrics.add([](Families& out) {
        out.counter("decorum_a_total", "Of a.", 1, {{"listener", "mx"}});
        out.gauge("decorum_b", "Of b.", 2);
        out.counter("decorum_a_total", "Of a.", 3, {{"listener", "quoted \"name\"\\"}});
    });
    EXPECT_EQ(metrics.render(),
              "# HELP decorum_a_total Of a.\n# TYPE decorum_a_total counter\n"
              "decorum_a_total{listener=\"mx\"} 1\n"
              "decorum_a_total{listener=\"quoted \\\"name\\\"\\\\\"} 3\n"
              "# HELP decorum_b Of b.\n# TYPE decorum_b gauge\ndecorum_b 2\n");
}

TEST(Metrics, LargeCountsAreWhole) {
    Metrics metrics;
    metrics.add([](Families& out) { out.counter("decorum_a_total", "Of a.", 9'007'199'254'740'991.0); });
    EXPECT_THAT(metrics.render(), HasSubstr("\ndecorum_a_total 9007199254740991\n"));
}

TEST(Metrics, AHistogramCountsUpToEachBound) {
    LatencyTally tally;
    tally.record(std::chrono::microseconds(10));  // a bound belongs to its range
    tally.record(std::chrono::nanoseconds(10'001));
    tally.record(std::chrono::milliseconds(3));
    tally.record(std::chrono::minutes(5));
    tally.record(std::chrono::nanoseconds(-5));  // a clock's fault
    Metrics metrics;
    metrics.add([&](Families& out) { out.histogram("decorum_x_seconds", "Of x.", tally.snapshot()); });
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"1e-05\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"2.5e-05\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.0025\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"0.005\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"30\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{le=\"+Inf\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("decorum_x_seconds_count 5\n"));
    EXPECT_NEAR(std::chrono::duration<double>(tally.snapshot().sum).count(), 300.003020001, 1e-9);
}

TEST(Metrics, TheProcessIsToldByTheNamesOfOtherClients) {
    Metrics metrics;
    metrics.add(collect_build);
    metrics.add(collect_process);
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("decorum_build_info{version=\"" DECORUM_VERSION "\",compiler=\""));
    for (const std::string name : {"process_cpu_seconds_total", "process_threads",
                                   "process_start_time_seconds", "process_virtual_memory_bytes",
                                   "process_resident_memory_bytes", "process_open_fds", "process_max_fds"}) {
        EXPECT_THAT(text, HasSubstr("\n" + name + " ")) << name;
        EXPECT_THAT(text, Not(HasSubstr("\n" + name + " 0\n"))) << name;
    }
}

}  // namespace
}  // namespace decorum::app
