// SRV where it may be asked for, picture, worker. The desk outlives the connector where an answer is late.
#include "connectors/libravatar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/http_answers.hpp"
#include "connectors/web_url.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/registrable_domain.hpp"
#include "gateway/profile/face.hpp"

namespace decorum::connectors {
namespace {

using profile::Answer;
using profile::Outcome;
using Done = profile::Connector::Done;

std::string mail_domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string{} : ascii::lower(address.substr(at + 1));
}

}  // namespace

class Libravatar::Desk : public std::enable_shared_from_this<Desk> {
public:
    Desk(net::Fetcher& fetcher, net::Dns* dns, worker::Worker& worker, LibravatarOptions options)
        : fetcher_(fetcher), dns_(dns), worker_(worker), options_(std::move(options)) {}

    [[nodiscard]] bool may_ask(std::string_view domain) const {
        return dns_ != nullptr && is_host_name(domain) &&
               std::ranges::any_of(options_.domains, [&](std::string_view listed) {
                   return domain == listed ||
                          (domain.ends_with(listed) && domain[domain.size() - listed.size() - 1] == '.');
               });
    }

    void find(const std::string& address, Done done) {
        const std::string domain = mail_domain_of(address);
        std::string path = fmt::format("/avatar/{}?s=80&d=404", to_hex(view_of(sha256({address}))));
        if (may_ask(domain))
            return dns_->services("_avatars-sec._tcp." + domain, options_.timeout,
                                  [self = shared_from_this(), path = std::move(path),
                                   done = std::move(done)](Result<net::ServiceRecords> records) mutable {
                                      self->take_records(records, path, std::move(done));
                                  });
        // Whose server the central one is learns of its own people's mail only where it may.
        if (registrable_domain(domain) == registrable_domain(host_of(options_.central)))
            return done(not_found("the sender's own domain is not asked"));
        fetch(options_.central + path, std::move(done));
    }

private:
    void take_records(const Result<net::ServiceRecords>& records, const std::string& path, Done done) {
        if (!records && records.error().code != errc::not_found)
            return done(failed(fmt::format("SRV: {}", name_of(records.error().code))));
        if (!records || records->empty()) return fetch(options_.central + path, std::move(done));
        const net::ServiceRecord& server = records->front();
        if (server.target.empty() || server.target == ".")  // RFC 2782: decidedly no such service
            return done(not_found("the domain has no avatars"));
        if (!is_host_name(server.target) || server.port == 0)
            return done(failed("the SRV record names no server"));
        fetch(fmt::format("https://{}:{}{}", server.target, server.port, path), std::move(done));
    }

    void fetch(std::string url, Done done) {
        net::HttpRequest request;
        request.url = std::move(url);
        request.accept = "image/png, image/jpeg, image/webp";
        request.max_octets = options_.max_picture_octets;
        request.limit = options_.timeout;
        request.may_lead_to = [host = host_of(request.url)](std::string_view to) { return to == host; };
        request.allow_port = true;  // an SRV record, or the configuration, names it
        fetcher_.fetch(std::move(request), [self = shared_from_this(), done = std::move(done)](
                                               Result<net::HttpResponse> fetched) mutable {
            self->take_picture(std::move(fetched), std::move(done));
        });
    }

    void take_picture(Result<net::HttpResponse> fetched, Done done) {
        if (fetched && fetched->status >= 300 && fetched->status <= 399)
            return done(not_found("kept elsewhere"));
        if (auto refused = refusal(fetched, options_.now())) return done(std::move(*refused));
        worker_.run(worker::Job::face, std::move(fetched->body),
                    [done = std::move(done)](Result<std::string> face) mutable {
                        if (!face)
                            return done(failed(fmt::format("picture: {}", name_of(face.error().code))));
                        if (!profile::is_face(*face)) return done(failed("the worker made no face"));
                        Answer answer;
                        answer.outcome = Outcome::found;
                        answer.reason = "the address is verified at Libravatar";
                        answer.profile.photo_png.value = std::move(*face);
                        done(std::move(answer));
                    });
    }

    net::Fetcher& fetcher_;
    net::Dns* const dns_;
    worker::Worker& worker_;
    const LibravatarOptions options_;
};

Libravatar::Libravatar(net::Fetcher& fetcher, net::Dns* dns, worker::Worker& worker,
                       LibravatarOptions options)
    : desk_(std::make_shared<Desk>(fetcher, dns, worker, std::move(options))) {}

const profile::Traits& Libravatar::traits() const {
    static constexpr profile::Traits traits{.name = "libravatar",
                                            .reach = profile::Reach::outside,
                                            .by_address = true,
                                            .tier = profile::Tier::a,
                                            .default_rate = "600/h"};
    return traits;
}

bool Libravatar::asks_senders_domain(std::string_view address) const {
    return desk_->may_ask(mail_domain_of(address));
}

void Libravatar::find(const profile::Query& query, Done done) {
    const std::string address = ascii::lower(ascii::trim(query.address));
    if (mail_domain_of(address).empty()) return done(not_found("asked without an address"));
    desk_->find(address, std::move(done));
}

}  // namespace decorum::connectors
