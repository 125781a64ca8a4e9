// A web that a test writes: the fetcher that connectors ask, answering from a list of pages.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/web_url.hpp"
#include "gateway/net/http/fetcher.hpp"
#include "gateway/profile/connector.hpp"

namespace decorum::test {

// When the tests of sources ask.
inline constexpr Instant noon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12};

class Web final : public net::Fetcher {
public:
    // Whatever stands at no URL is a 404.
    void put(std::string url, int status, std::string type, std::string body,
             std::vector<net::HttpField> fields = {}) {
        fields.push_back({"content-type", std::move(type)});
        pages_.insert_or_assign(url,
                                net::HttpResponse{status, std::move(fields), std::move(body), url, false});
    }
    void put_error(std::string url, errc code) {
        pages_.insert_or_assign(std::move(url), fail(code, "secret detail of the transfer"));
    }
    // The next answers there, each once; then what put() said.
    void put_in_turn(const std::string& url, int status, std::string body) {
        turns_[url].push_back(
            net::HttpResponse{status, {{"content-type", "application/json"}}, std::move(body), url, false});
    }
    void redirect(const std::string& url, std::string to) {
        put(url, 302, "text/html", "", {{"location", std::move(to)}});
    }
    // Questions are kept until answer_all().
    void hold() { holding_ = true; }
    void answer_all() {
        holding_ = false;
        for (auto& [request, done] : std::exchange(held_, {})) answer(request, std::move(done));
    }

    void fetch(net::HttpRequest request, Done done) override {
        requests.push_back(request);
        if (holding_)
            held_.emplace_back(std::move(request), std::move(done));
        else
            answer(request, std::move(done));
    }

    [[nodiscard]] std::vector<std::string> asked() const {
        std::vector<std::string> urls;
        for (const auto& request : requests) urls.push_back(request.url);
        return urls;
    }

    std::vector<net::HttpRequest> requests;
    std::vector<std::string> followed;  // redirects

private:
    void answer(net::HttpRequest request, Done done) {
        if (auto& turns = turns_[request.url]; !turns.empty()) {
            net::HttpResponse next = std::move(turns.front());
            turns.pop_front();
            return done(std::move(next));
        }
        auto page = pages_.find(request.url);
        // Absolute ones, as many as there are.
        while (page != pages_.end() && page->second && page->second->status == 302) {
            const std::string to(page->second->field("location"));
            if (request.may_lead_to && !request.may_lead_to(connectors::host_of(to))) break;
            if (to.empty()) break;
            followed.push_back(to);
            request.url = to;
            page = pages_.find(to);
        }
        done(page != pages_.end()
                 ? page->second
                 : Result<net::HttpResponse>(net::HttpResponse{404, {}, {}, request.url, false}));
    }

    std::map<std::string, Result<net::HttpResponse>> pages_;
    std::map<std::string, std::deque<net::HttpResponse>> turns_;
    bool holding_ = false;
    std::vector<std::pair<net::HttpRequest, Done>> held_;
};

// The answer to a question that is answered at once.
inline profile::Answer ask(profile::Connector& connector, profile::Query query) {
    std::optional<profile::Answer> answer;
    connector.find(query, [&](profile::Answer a) { answer = std::move(a); });
    if (!answer) throw std::runtime_error("not answered");
    return std::move(*answer);
}

}  // namespace decorum::test
