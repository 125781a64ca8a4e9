// A worker that reads the HTML of tests: without sandbox, without errors in markup, without mercy.
#pragma once

#include <string>
#include <vector>

#include "gateway/worker/page_facts.hpp"
#include "gateway/worker/worker.hpp"

namespace decorum::test {

class PlainWorker final : public worker::Worker {
public:
    void run(worker::Job job, std::string input, Done done) override {
        jobs.push_back(job);
        if (fault != errc{}) return done(fail(fault, "secret"));
        done(job == worker::Job::page ? page_of(input) : text_of(input));
    }

    errc fault{};  // of every job; closed, the first of its kind, stands for none
    std::vector<worker::Job> jobs;

private:
    static std::string text_of(const std::string& html) {
        std::string out;
        bool in_tag = false;
        for (const char c : html) {
            if (c == '<') in_tag = true;
            if (!in_tag) out.push_back(c);
            if (c == '>') in_tag = false;
        }
        return out;
    }
    static std::string page_of(const std::string& html) {
        worker::PageFacts facts;
        constexpr std::string_view mark = "href=\"";
        for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1)) {
            const auto begin = at + mark.size();
            facts.links.push_back(html.substr(begin, html.find('"', begin) - begin));
        }
        return worker::to_json(facts);
    }
};

}  // namespace decorum::test
