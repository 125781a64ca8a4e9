// One hop after the other: permission, request, and where a redirect leads the same again.
#include "connectors/page_visit.hpp"

#include <algorithm>
#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/loose_json.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/registrable_domain.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;

constexpr std::size_t max_page_octets = loose_json::max_octets;
constexpr std::string_view accepted =
    "text/html, application/xhtml+xml, application/ld+json, application/json, text/plain;q=0.5";

std::string site_domain_of(std::string_view url) {
    return registrable_domain(host_of(url));
}

class PageVisit : public std::enable_shared_from_this<PageVisit> {
public:
    using Done = std::move_only_function<void(Visited)>;

    PageVisit(net::Fetcher& fetcher, std::shared_ptr<RobotsTable> robots, std::string url,
              PageVisitOptions options, Done done)
        : fetcher_(fetcher),
          robots_(std::move(robots)),
          url_(std::move(url)),
          domain_(site_domain_of(url_)),
          options_(std::move(options)),
          done_(std::move(done)) {}

    void ask() {
        robots_->ask(url_, [self = shared_from_this()](Permission permission) {
            if (permission == Permission::granted) return self->fetch();
            if (permission == Permission::unknown) return self->refuse(failed("robots.txt can't be read"));
            self->refuse(hidden("robots.txt keeps us out"));
        });
    }

private:
    void fetch() {
        net::HttpRequest request;
        request.url = url_;
        request.accept = accepted;
        request.max_octets = max_page_octets;
        request.limit = options_.timeout;
        request.may_lead_to = [](std::string_view) { return false; };  // not before robots.txt was asked
        fetcher_.fetch(std::move(request), [self = shared_from_this()](Result<net::HttpResponse> fetched) {
            self->take(std::move(fetched));
        });
    }

    void take(Result<net::HttpResponse> fetched) {
        if (fetched && fetched->status >= 300 && fetched->status <= 399)
            return go_on(fetched->field("location"));
        if (auto refused = refusal(fetched, options_.now())) return refuse(std::move(*refused));
        fetched->url = std::move(url_);
        done_(std::move(*fetched));
    }

    void go_on(std::string_view location) {
        if (location.empty()) return refuse(not_found("moved elsewhere"));
        auto next = https_url(location, url_);
        if (!next) return refuse(failed("a redirect to what is no https URL"));
        next->resize(std::min(next->find('#'), next->size()));
        if (site_domain_of(*next) != domain_) return refuse(not_found("moved elsewhere"));
        if (redirects_++ == options_.max_redirects) return refuse(failed("too many redirects"));
        url_ = std::move(*next);
        ask();
    }

    void refuse(Answer answer) { done_(std::unexpected(std::move(answer))); }

    net::Fetcher& fetcher_;
    const std::shared_ptr<RobotsTable> robots_;
    std::string url_;
    const std::string domain_;
    const PageVisitOptions options_;
    std::uint64_t redirects_ = 0;
    Done done_;
};

}  // namespace

void visit_page(net::Fetcher& fetcher, std::shared_ptr<RobotsTable> robots, std::string url,
                PageVisitOptions options, std::move_only_function<void(Visited)> done) {
    std::make_shared<PageVisit>(fetcher, std::move(robots), std::move(url), std::move(options),
                                std::move(done))
        ->ask();
}

}  // namespace decorum::connectors
