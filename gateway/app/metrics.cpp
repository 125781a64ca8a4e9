#include "gateway/app/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace decorum::app {

prometheus::ClientMetric& Families::add(std::string_view name, std::string_view help,
                                        prometheus::MetricType type, Labels labels) {
    auto place = places_.find(name);
    if (place == places_.end()) {
        place = places_.emplace(std::string(name), families_.size()).first;
        families_.push_back({std::string(name), std::string(help), type, {}});
    }
    prometheus::ClientMetric& metric = families_[place->second].metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, std::string(value)});
    return metric;
}

void Families::counter(std::string_view name, std::string_view help, double value, Labels labels) {
    add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void Families::gauge(std::string_view name, std::string_view help, double value, Labels labels) {
    add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void Families::histogram(std::string_view name, std::string_view help, const LatencyTally::Snapshot& value,
                         Labels labels) {
    auto& histogram = add(name, help, prometheus::MetricType::Histogram, labels).histogram;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < LatencyTally::bounds.size(); ++i) {
        count += value.counts[i];
        histogram.bucket.push_back({count, std::chrono::duration<double>(LatencyTally::bounds[i]).count()});
    }
    histogram.sample_count = count + value.counts.back();
    histogram.sample_sum = std::chrono::duration<double>(value.sum).count();
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
    Families families;
    for (const Collector& collector : collectors_) collector(families);
    return std::move(families).take();
}

std::string Metrics::render() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, Collect());
    return std::move(out).str();
}

}  // namespace decorum::app
