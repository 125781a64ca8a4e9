// Hashes over OpenSSL's EVP interface, and the text forms of octets. Invariant: a thread's hash context is
// between begin() and end() only inside one function here, so that functions don't disturb each other.
// OpenSSL fails only for want of memory, which throws std::bad_alloc; texts that don't decode are nullopt.
#include "gateway/base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <new>

#include "gateway/base/secret.hpp"

namespace decorum {
namespace {

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

constexpr std::size_t block_octets = 64;  // of SHA-256, FIPS 180-4

// One hash context a thread and nesting level; fetched once.
class Hasher {
public:
    Hasher() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
        if (!algorithm_ || !context_) throw std::bad_alloc();
    }
    void begin() { check(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr)); }
    void add(std::string_view octets) {
        check(EVP_DigestUpdate(context_.get(), octets.data(), octets.size()));
    }
    Sha256 end() {
        Sha256 out;
        check(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr));
        return out;
    }

private:
    static void check(int ok) {
        if (ok != 1) throw std::bad_alloc();
    }
    std::unique_ptr<EVP_MD, ContextDeleter> algorithm_;
    std::unique_ptr<EVP_MD_CTX, ContextDeleter> context_;
};

Hasher& hasher() {
    thread_local Hasher instance;
    return instance;
}

int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

}  // namespace

// All that was allocated: a short string that was moved from keeps its octets beyond its size.
Secret::~Secret() {
    octets_.resize(octets_.capacity());
    OPENSSL_cleanse(octets_.data(), octets_.size());
}

Sha256 sha256(std::initializer_list<std::string_view> pieces) {
    Hasher& hash = hasher();
    hash.begin();
    for (std::string_view piece : pieces) hash.add(piece);
    return hash.end();
}

Sha256 hmac_sha256(std::string_view key, std::initializer_list<std::string_view> pieces) {
    std::array<char, block_octets> inner{};
    std::array<char, block_octets> outer{};
    Sha256 digest{};
    if (key.size() > block_octets) {
        digest = sha256({key});
        key = view_of(digest);
    }
    for (std::size_t i = 0; i < block_octets; ++i) {
        const char octet = i < key.size() ? key[i] : '\0';
        inner[i] = static_cast<char>(octet ^ 0x36);
        outer[i] = static_cast<char>(octet ^ 0x5c);
    }
    Hasher& hash = hasher();
    hash.begin();
    hash.add({inner.data(), inner.size()});
    for (std::string_view piece : pieces) hash.add(piece);
    const Sha256 first = hash.end();
    hash.begin();
    hash.add({outer.data(), outer.size()});
    hash.add(view_of(first));
    OPENSSL_cleanse(inner.data(), inner.size());
    OPENSSL_cleanse(outer.data(), outer.size());
    OPENSSL_cleanse(digest.data(), digest.size());
    return hash.end();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(octets.size() * 2);
    for (char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        out.push_back(digits[octet >> 4]);
        out.push_back(digits[octet & 15]);
    }
    return out;
}

std::string to_base64(std::string_view octets) {
    std::string out((octets.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        const bool last = i + 4 == text.size();
        unsigned bits = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const bool pad = last && j >= 4 - padding;
            const int value = pad ? 0 : value_of(text[i + j]);
            if (value < 0) return std::nullopt;
            bits = bits << 6 | static_cast<unsigned>(value);
        }
        // One text for one value (RFC 4648 §3.5): the bits that padding drops are zero.
        if (last && (bits & ((1U << (8 * padding)) - 1)) != 0) return std::nullopt;
        out.push_back(static_cast<char>(bits >> 16));
        if (!last || padding < 2) out.push_back(static_cast<char>(bits >> 8));
        if (!last || padding < 1) out.push_back(static_cast<char>(bits));
    }
    return out;
}

std::string random_octets(std::size_t count) {
    std::string out(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
        throw std::bad_alloc();
    return out;
}

}  // namespace decorum
