// Over OpenSSL's EVP interface. The key never leaves this file but into its own.
#include "connectors/request_signer.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gateway/base/digest.hpp"
#include "gateway/base/file_edit.hpp"

namespace decorum::connectors {
namespace {

constexpr unsigned key_bits = 2048;
constexpr std::size_t max_key_file_octets = 16'384;
constexpr std::size_t max_actor_file_octets = 65'536;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

template <class Write>
std::string pem(Write write) {
    const Bio bio(BIO_new(BIO_s_mem()), BIO_free_all);
    if (!bio || write(bio.get()) != 1) return {};
    const char* octets = nullptr;
    const long count = BIO_get_mem_data(bio.get(), &octets);
    return {octets, static_cast<std::size_t>(count)};
}

// Signature-input: Host as libcurl sends it, without the usual port.
struct Target {
    std::string_view host;
    std::string_view path;  // and query
};

std::optional<Target> target_of(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    constexpr std::string_view usual_port = ":443";
    if (!url.starts_with(scheme)) return std::nullopt;
    url.remove_prefix(scheme.size());
    const auto slash = url.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    std::string_view host = url.substr(0, slash);
    if (host.ends_with(usual_port)) host.remove_suffix(usual_port.size());
    return Target{host, url.substr(slash, url.find('#') - slash)};
}

// IMF-fixdate  RFC 9110 §5.6.7
std::string http_date(Instant time) {
    const std::string date = to_rfc5322(time);
    return date.substr(0, date.rfind(' ')) + " GMT";
}

}  // namespace

void RequestSigner::Free::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

Result<RequestSigner> RequestSigner::open(Options options) {
    if (options.key_id.empty()) options.key_id = options.actor_id + "#main-key";
    auto key = load_or_make(options.key_file);
    if (!key) return std::unexpected(std::move(key.error()));
    if (auto published = publish(options, *key); !published)
        return std::unexpected(std::move(published.error()));
    return RequestSigner(std::move(*key), std::move(options.key_id));
}

// Under the lock of edit_file(): gateways that start at once end with the same key.
Result<RequestSigner::Key> RequestSigner::load_or_make(const std::filesystem::path& file) {
    Key key;
    const auto no_key = [&] {
        return fail(errc::corrupt, fmt::format("{}: not an RSA key in PEM", file.native()));
    };
    const auto kept =
        edit_file(file, max_key_file_octets, [&](std::string_view octets) -> Result<std::string> {
            if (octets.empty()) {
                key.reset(EVP_RSA_gen(key_bits));
                std::string made = pem([&](BIO* bio) {
                    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr,
                                                         nullptr);
                });
                if (made.empty()) return no_key();
                return made;
            }
            const Bio bio(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())), BIO_free_all);
            key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
            if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return no_key();
            return std::string(octets);
        });
    if (!kept) return std::unexpected(kept.error());
    return key;
}

Result<> RequestSigner::publish(const Options& options, const Key& key) {
    const std::string public_key = pem([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
    const boost::json::object actor{
        {"@context", {"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"}},
        {"id", options.actor_id},
        {"type", "Application"},
        {"preferredUsername", "decorum"},
        {"inbox", options.actor_id + "/inbox"},
        {"publicKey", {{"id", options.key_id}, {"owner", options.actor_id}, {"publicKeyPem", public_key}}}};
    return edit_file(options.actor_file, max_actor_file_octets, [&](std::string_view) -> Result<std::string> {
        return boost::json::serialize(actor) + "\n";
    });
}

// signature = "(request-target): get " path LF "host: " host LF "date: " date  draft-cavage-12 §2.3
Result<> RequestSigner::sign(net::HttpRequest& request, Instant now) const {
    const auto target = target_of(request.url);
    if (!target) return fail(errc::invalid, "a URL that can't be signed for");
    const std::string date = http_date(now);
    const std::string input =
        fmt::format("(request-target): get {}\nhost: {}\ndate: {}", target->path, target->host, date);
    const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    std::size_t octets = signature.size();
    if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &octets,
                       reinterpret_cast<const unsigned char*>(input.data()), input.size()) != 1)
        return fail(errc::corrupt, "the key of the signatures can't sign");
    signature.resize(octets);
    request.fields.push_back({"Date", date});
    request.fields.push_back(
        {"Signature",
         fmt::format(
             R"(keyId="{}",algorithm="rsa-sha256",headers="(request-target) host date",signature="{}")",
             key_id_, to_base64(signature))});
    // The date makes each one of its kind.
    request.cacheable = false;
    return {};
}

}  // namespace decorum::connectors
