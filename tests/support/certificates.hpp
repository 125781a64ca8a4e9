// Certificates for tests: made when the test runs, so that none is stored and none expires.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace decorum::test {

// A folder that goes with its owner.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path path_;
};

struct CertificateFiles {
    std::string certificate_file;
    std::string private_key_file;
};

struct CertificateRequest {
    std::string alt_names = "DNS:mx.example.org";  // as in openssl.cnf: "DNS:a,IP:127.0.0.1"
    std::chrono::hours valid_from{-1};             // counted from now
    std::chrono::hours valid_until{24};
};

// A certification authority of its own, with its files in a folder. Throws std::runtime_error on failure.
class Authority {
public:
    explicit Authority(const TemporaryFolder& folder, const std::string& name = "ca");
    [[nodiscard]] const std::string& ca_file() const noexcept { return files_.certificate_file; }
    [[nodiscard]] CertificateFiles issue(const std::string& name,
                                         const CertificateRequest& request = {}) const;

private:
    const TemporaryFolder& folder_;
    CertificateFiles files_;
};

}  // namespace decorum::test
