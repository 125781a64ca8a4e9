// Makes the networks that the configuration enables, each with its place, its token and its time.
#include "connectors/make_networks.hpp"

#include <fmt/format.h>

#include "connectors/bluesky.hpp"
#include "connectors/custom.hpp"
#include "connectors/facebook.hpp"
#include "connectors/github.hpp"
#include "connectors/gitlab.hpp"
#include "connectors/gravatar.hpp"
#include "connectors/libravatar.hpp"
#include "connectors/orcid.hpp"
#include "connectors/token_file.hpp"
#include "connectors/webfinger.hpp"
#include "connectors/x.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::connectors {
namespace {

using Made = Result<std::shared_ptr<profile::Connector>>;  // null: what it needs is not there

std::string without_final_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

std::string base_of(const config::Connector& connector, std::string_view public_place) {
    return without_final_slash(connector.base_url.empty() ? std::string(public_place) : connector.base_url);
}

// Without a file: empty.
Result<Secret> token_of(const std::filesystem::path& file) {
    return file.empty() ? Secret{} : read_token(file);
}

// A source at one place, with a token or without.
template <class Source, class Options>
Made make_with_token(Secret Options::* token, const config::Connector& connector, const Services& services) {
    auto read = token_of(connector.token_file);
    if (!read) return std::unexpected(std::move(read.error()));
    Options options{.timeout = connector.timeout};
    options.base_url = base_of(connector, options.base_url);
    options.*token = std::move(*read);
    return std::make_shared<Source>(*services.fetcher, std::move(options));
}

Made make_facebook(const config::Connector& connector, const Services& services,
                   std::shared_ptr<const Registry> registry) {
    auto secret = token_of(connector.token_file);
    if (!secret) return std::unexpected(std::move(secret.error()));
    FacebookOptions options{
        .app_id = connector.app_id,
        .secret = std::move(*secret),
        .signed_in = [registry = std::move(registry)](
                         std::string_view account) { return registry->signed_in(account); },
        .timeout = connector.timeout};
    if (!connector.base_url.empty())
        options.graph = fmt::format("{}/{}", base_of(connector, {}), facebook_api_version);
    return std::make_shared<Facebook>(*services.fetcher, std::move(options));
}

Made make_x(const config::Connector& connector, const Services& services) {
    auto token = token_of(connector.token_file);
    if (!token) return std::unexpected(std::move(token.error()));
    return std::make_shared<X>(*services.fetcher,
                               XOptions{.base_url = base_of(connector, XOptions{}.base_url),
                                        .token = std::move(*token),
                                        .user_price = connector.user_price,
                                        .post_price = connector.post_price,
                                        .timeout = connector.timeout});
}

Made make_orcid(const config::Connector& connector, const Services& services) {
    auto secret = token_of(connector.token_file);
    if (!secret) return std::unexpected(std::move(secret.error()));
    OrcidOptions options{
        .app_id = connector.app_id, .secret = std::move(*secret), .timeout = connector.timeout};
    if (!connector.base_url.empty()) {
        options.api = base_of(connector, {});
        options.token_endpoint = options.api + "/oauth/token";
    }
    return std::make_shared<Orcid>(*services.fetcher, std::move(options));
}

Made make_libravatar(const config::Settings& settings, const config::Connector& connector,
                     const Services& services) {
    if (services.worker == nullptr) return nullptr;
    LibravatarOptions options{.central = base_of(connector, LibravatarOptions{}.central),
                              .max_picture_octets = settings.worker.max_picture,
                              .timeout = connector.timeout};
    for (const auto* domains : {&connector.domains, &settings.outbound.domains})
        for (const std::string& domain : *domains) options.domains.push_back(ascii::lower(domain));
    return std::make_shared<Libravatar>(*services.fetcher, services.dns, *services.worker,
                                        std::move(options));
}

Made make_custom(const config::Settings& settings, std::string_view name, const Services& services) {
    const config::CustomSource& source = settings.custom.at(std::string(name));
    auto token = token_of(source.token_file);
    if (!token) return std::unexpected(std::move(token.error()));
    return std::make_shared<Custom>(
        *services.fetcher,
        CustomOptions{.name = std::string(name), .source = source, .token = std::move(*token)});
}

Made make_webfinger(const config::Settings& settings, const config::Connector& connector,
                    const Services& services) {
    if (services.worker == nullptr) return nullptr;
    WebFingerOptions options{.timeout = connector.timeout};
    if (!connector.actor_id.empty()) {
        auto signer =
            RequestSigner::open({.key_file = settings.gateway.state_dir / "activitypub.key",
                                 .actor_file = settings.gateway.state_dir / "activitypub-actor.json",
                                 .actor_id = connector.actor_id,
                                 .key_id = connector.key_id});
        // Who may not read the state folder goes on without it, as without the rest that is in there.
        if (!signer && signer.error().code != errc::io) return std::unexpected(std::move(signer.error()));
        if (signer) options.signer = std::make_shared<const RequestSigner>(std::move(*signer));
    }
    return std::make_shared<WebFinger>(*services.fetcher, *services.worker, std::move(options));
}

Made make_bluesky(const config::Connector& connector, const Services& services) {
    BlueskyOptions options{.timeout = connector.timeout};
    options.base_url = base_of(connector, options.base_url);
    options.plc_url = without_final_slash(connector.plc_url);
    for (const std::string& domain : connector.personal_domains)
        options.personal_domains.push_back(ascii::lower(domain));
    return std::make_shared<Bluesky>(*services.fetcher, services.dns, std::move(options));
}

}  // namespace

Made make_network(const config::Settings& settings, const std::string& name,
                  const config::Connector& connector, const Services& services,
                  const std::shared_ptr<const Registry>& registry) {
    if (name == "gravatar") return make_with_token<Gravatar>(&GravatarOptions::key, connector, services);
    if (name == "github") return make_with_token<GitHub>(&ForgeOptions::token, connector, services);
    if (name == "gitlab") return make_with_token<GitLab>(&ForgeOptions::token, connector, services);
    if (name == "webfinger") return make_webfinger(settings, connector, services);
    if (name == "bluesky") return make_bluesky(connector, services);
    if (name == "facebook") return make_facebook(connector, services, registry);
    if (name == "x") return make_x(connector, services);
    if (name == "orcid") return make_orcid(connector, services);
    if (name == "libravatar") return make_libravatar(settings, connector, services);
    if (name.starts_with(config::custom_prefix))
        return make_custom(settings, std::string_view(name).substr(config::custom_prefix.size()), services);
    return fail(errc::unsupported, fmt::format("{}:{}: connector.{}.enabled: not part of this version",
                                               settings.file.native(), connector.line, name));
}

}  // namespace decorum::connectors
