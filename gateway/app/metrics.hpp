// What Prometheus reads of the gateway: its parts count by themselves (gateway/base/tally.hpp), and
// collectors put names to the counts when somebody asks.
//
//     Metrics metrics;
//     metrics.add([&](Families& out) {
//         out.counter("decorum_audit_lost_total", "Audit events that could not be written.", trail.lost());
//     });
//
// Names follow https://prometheus.io/docs/practices/naming/: decorum_…, counters end with _total, units are
// base units. A label's value is a word of ours or a name from the configuration, never something that came
// with mail.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/tally.hpp"

namespace decorum::app {

// A count as Prometheus takes it.
[[nodiscard]] inline double number(std::uint64_t count) {
    return static_cast<double>(count);
}

// The families of one scrape, in the order in which they were first named.
class Families {
public:
    using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

    void counter(std::string_view name, std::string_view help, double value, Labels labels = {});
    void gauge(std::string_view name, std::string_view help, double value, Labels labels = {});
    // In seconds.
    void histogram(std::string_view name, std::string_view help, const LatencyTally::Snapshot& value,
                   Labels labels = {});

    [[nodiscard]] std::vector<prometheus::MetricFamily> take() && { return std::move(families_); }

private:
    [[nodiscard]] prometheus::ClientMetric& add(std::string_view name, std::string_view help,
                                                prometheus::MetricType type, Labels labels);

    std::vector<prometheus::MetricFamily> families_;
    std::map<std::string, std::size_t, std::less<>> places_;
};

class Metrics final : public prometheus::Collectable {
public:
    // Runs at each scrape, on the thread of the metrics: what it reads outlives that thread.
    using Collector = std::function<void(Families&)>;
    void add(Collector collector) { collectors_.push_back(std::move(collector)); }  // before the first scrape

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
    // The text format, version 0.0.4.
    [[nodiscard]] std::string render() const;

private:
    std::vector<Collector> collectors_;
};

// What was built.
void collect_build(Families& out);
// This process, by the names that Prometheus's own clients use: memory, descriptors, CPU, threads. What can't
// be read is left out.
void collect_process(Families& out);

}  // namespace decorum::app
