// Pages as the worker hands them on, written by tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gateway/worker/page_facts.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::test {

// A property of text, or of one or more items.
struct Property : worker::MicroformatItem::Property {
    Property(std::string property, std::string text, std::vector<worker::MicroformatItem> nested = {})
        : worker::MicroformatItem::Property{std::move(property), std::move(text), std::move(nested)} {}
};

inline worker::MicroformatItem item(std::string type, const std::vector<Property>& properties) {
    return {{std::move(type)}, {properties.begin(), properties.end()}};
}

// Takes every page for the same one.
class Decoder final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        jobs.push_back(job);
        inputs.push_back(std::move(input));
        done(result);
    }
    void show(const worker::PageFacts& facts) { result = worker::to_json(facts); }

    Result<std::string> result = worker::to_json(worker::PageFacts{});
    std::vector<worker::Job> jobs;
    std::vector<std::string> inputs;
};

}  // namespace decorum::test
