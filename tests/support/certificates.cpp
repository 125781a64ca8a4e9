// Keys on P-256, signatures with SHA-256; PEM files. Every step of OpenSSL's that fails throws.
#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdint>
#include <fstream>
#include <memory>

#include "tests/support/require.hpp"

namespace decorum::test {
namespace {
template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const noexcept {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using File = std::unique_ptr<FILE, Free<fclose>>;

Key new_key() {
    Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

Certificate new_certificate(const std::string& name, EVP_PKEY* key, const CertificateRequest& request) {
    Certificate out(X509_new());
    require(out != nullptr, "X509_new");
    std::uint32_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
    require(X509_set_version(out.get(), 2) == 1, "version");
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), std::uint64_t{serial} + 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), std::chrono::seconds(request.valid_from).count());
    X509_gmtime_adj(X509_getm_notAfter(out.get()), std::chrono::seconds(request.valid_until).count());
    require(X509_set_pubkey(out.get(), key) == 1, "public key");
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                                       reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1,
            "subject");
    return out;
}

File open_file(const std::string& path, const char* mode) {
    File file(fopen(path.c_str(), mode));
    require(file != nullptr, path);
    return file;
}

CertificateFiles store(const TemporaryFolder& folder, const std::string& name, X509* certificate,
                       EVP_PKEY* key) {
    CertificateFiles out{folder.file(name + ".pem"), folder.file(name + ".key")};
    require(PEM_write_X509(open_file(out.certificate_file, "w").get(), certificate) == 1, "writing");
    require(PEM_write_PrivateKey(open_file(out.private_key_file, "w").get(), key, nullptr, nullptr, 0,
                                 nullptr, nullptr) == 1,
            "writing");
    return out;
}
}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "decorum-test-XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, "folder");
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return file(name);
}

Authority::Authority(const TemporaryFolder& folder, const std::string& name) : folder_(folder) {
    const Key key = new_key();
    const Certificate certificate = new_certificate(name, key.get(), {});
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "signature");
    files_ = store(folder, name, certificate.get(), key.get());
}

CertificateFiles Authority::issue(const std::string& name, const CertificateRequest& request) const {
    const Certificate issuer(
        PEM_read_X509(open_file(files_.certificate_file, "r").get(), nullptr, nullptr, nullptr));
    const Key issuer_key(
        PEM_read_PrivateKey(open_file(files_.private_key_file, "r").get(), nullptr, nullptr, nullptr));
    require(issuer && issuer_key, "reading the authority");
    const Key key = new_key();
    const Certificate certificate = new_certificate(name, key.get(), request);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    if (!request.alt_names.empty())
        add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, request.alt_names);
    require(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0, "signature");
    return store(folder_, name, certificate.get(), key.get());
}

}  // namespace decorum::test
