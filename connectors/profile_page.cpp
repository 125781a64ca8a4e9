// From the page, once it was visited, to the worker. Each step hands on to the next; whichever ends it
// answers once.
#include "connectors/profile_page.hpp"

#include <fmt/format.h>

#include <ranges>
#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/page_profile.hpp"
#include "connectors/page_visit.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/charset.hpp"
#include "gateway/base/registrable_domain.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;

bool is_html(std::string_view media_type) {
    return media_type == "text/html" || media_type == "application/xhtml+xml";
}

// X-Robots-Tag = [user-agent ":"] 1#directive; those for other robots are not meant for us.
bool header_asks_to_be_left_out(const net::HttpResponse& response) {
    for (const net::HttpField& field : response.fields) {
        if (field.name != "x-robots-tag") continue;
        std::string_view value = field.value;
        if (const std::size_t colon = value.find(':'); colon != std::string_view::npos) {
            const std::string_view name = ascii::trim(value.substr(0, colon));
            const bool names_robot = name.find_first_of(" ,") == std::string_view::npos &&
                                     !ascii::equals_nocase(name, "unavailable_after");
            if (names_robot && !ascii::equals_nocase(name, product_token)) continue;
            if (names_robot) value.remove_prefix(colon + 1);
        }
        for (const auto word : value | std::views::split(','))
            if (asks_to_be_left_out(ascii::lower(ascii::trim(std::string_view(word.begin(), word.end())))))
                return true;
    }
    return false;
}

// What the server says of the encoding counts for more than the page's own word, and a byte order mark for
// more than both (HTML Living Standard §13.2.3.2).
std::string marked_as_utf8(const net::HttpResponse& response) {
    const std::string type = ascii::lower(response.field("content-type"));
    constexpr std::string_view parameter = "charset=";
    const std::size_t at = type.find(parameter);
    if (at == std::string::npos) return response.body;
    std::string_view charset = std::string_view(type).substr(at + parameter.size());
    charset = charset.substr(0, charset.find(';'));
    while (charset.starts_with('"')) charset.remove_prefix(1);
    charset = ascii::trim(charset.substr(0, charset.find('"')));
    const auto text = to_utf8(charset, response.body);
    return text ? "\xEF\xBB\xBF" + *text : response.body;
}

class PageReading : public std::enable_shared_from_this<PageReading> {
public:
    using Done = profile::Connector::Done;

    PageReading(net::Fetcher& fetcher, worker::Worker& worker, std::shared_ptr<RobotsTable> robots,
                const ProfilePageOptions& options, std::string url, Preset preset, Done done)
        : fetcher_(fetcher),
          worker_(worker),
          robots_(std::move(robots)),
          options_(options),
          url_(std::move(url)),
          preset_(preset),
          done_(std::move(done)) {}

    void start() {
        visit_page(
            fetcher_, robots_, url_,
            {.timeout = options_.timeout, .max_redirects = options_.max_redirects, .now = options_.now},
            [self = shared_from_this()](Visited visited) {
                if (!visited) return self->done_(std::move(visited.error()));
                self->response_ = std::move(*visited);
                self->url_ = self->response_.url;
                self->read();
            });
    }

private:
    void read() {
        if (header_asks_to_be_left_out(response_))
            return done_(hidden("the server asks not to index the page"));
        const std::string type = media_type(response_);
        if (is_json(type)) return done_(answer_from_json(response_.body, url_));
        if (!is_html(type)) return done_(not_found("a media type that holds no profile"));
        worker_.run(
            worker::Job::page, marked_as_utf8(response_),
            [self = shared_from_this()](const Result<std::string>& decoded) { self->take_facts(decoded); });
    }

    void take_facts(const Result<std::string>& decoded) {
        if (!decoded) return done_(failed(fmt::format("page: {}", name_of(decoded.error().code))));
        const auto facts = worker::page_facts_from_json(*decoded);
        if (!facts) return done_(failed(facts.error().detail));
        done_(answer_from_page(*facts, url_, preset_));
    }

    net::Fetcher& fetcher_;
    worker::Worker& worker_;
    const std::shared_ptr<RobotsTable> robots_;
    const ProfilePageOptions options_;
    std::string url_;
    const Preset preset_;
    net::HttpResponse response_;
    Done done_;
};

}  // namespace

ProfilePage::ProfilePage(net::Fetcher& fetcher, worker::Worker& worker, ProfilePageOptions options)
    : HtmlSource(fetcher, worker),
      options_(std::move(options)),
      robots_(RobotsTable::make(fetcher, {.timeout = options_.timeout})) {}

const profile::Traits& ProfilePage::traits() const {
    static constexpr profile::Traits traits{
        .name = profile_page_source, .reach = profile::Reach::outside, .many_servers = true};
    return traits;
}

bool ProfilePage::answers(const profile::Handle& handle) const {
    const auto url = https_url(handle.url);
    if (!url || handle.network == "linkedin" || handle.network == "gravatar") return false;
    const std::string domain = registrable_domain(host_of(*url));
    return domain != "linkedin.com" && domain != "gravatar.com";
}

void ProfilePage::find(const profile::Query& query, Done done) {
    if (!query.handle || !answers(*query.handle)) return done(not_found("no page to ask for"));
    std::string url = https_url(query.handle->url).value_or("");
    url.resize(std::min(url.find('#'), url.size()));
    const Preset preset = query.handle->network == "viadeo" ? Preset::viadeo : Preset::any;
    std::make_shared<PageReading>(fetcher(), worker(), robots_, options_, std::move(url), preset,
                                  std::move(done))
        ->start();
}

}  // namespace decorum::connectors
