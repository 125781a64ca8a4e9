#include "connectors/json_fetch.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "connectors/http_answers.hpp"
#include "connectors/loose_json.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

std::string error_name_of(const net::HttpResponse& response) {
    if (!is_json(media_type(response))) return {};
    const auto body = loose_json::parse(response.body);
    return body ? loose_json::text(*body, {"error"}, profile::max_token_octets) : std::string{};
}

std::expected<JsonReply, Refusal> read(const Result<net::HttpResponse>& fetched, Instant now) {
    if (auto refused = refusal(fetched, now)) {
        Refusal out;
        out.answer = std::move(*refused);
        if (fetched) {
            out.status = fetched->status;
            out.error_name = error_name_of(*fetched);
        }
        return std::unexpected(std::move(out));
    }
    auto root = json_body(*fetched);
    if (root) return JsonReply{std::move(*root), quota_of(*fetched, now), fetched->url};
    const std::string type = media_type(*fetched);
    Refusal out{failed(root.error().text()), fetched->status, !type.empty() && !is_json(type), {}};
    out.answer.quota = quota_of(*fetched, now);
    return std::unexpected(std::move(out));
}

}  // namespace

void fetch_json(net::Fetcher& fetcher, net::HttpRequest request, WallClock now, JsonDone done) {
    if (request.accept.empty()) request.accept = "application/json";
    request.max_octets = loose_json::max_octets;
    fetcher.fetch(std::move(request),
                  [now = std::move(now), done = std::move(done)](Result<net::HttpResponse> fetched) mutable {
                      done(read(fetched, now()));
                  });
}

std::string url_escaped(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace decorum::connectors
