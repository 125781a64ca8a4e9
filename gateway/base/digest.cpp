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

using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

constexpr std::size_t block_octets = 64;  // of SHA-256, FIPS 180-4

void check(int ok) {
    if (ok != 1) throw std::bad_alloc();
}

Context make_context() {
    Context context(EVP_MD_CTX_new());
    check(context ? 1 : 0);
    return context;
}

void begin(EVP_MD_CTX* context) {
    thread_local const std::unique_ptr<EVP_MD, ContextDeleter> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr));
    check(algorithm ? 1 : 0);
    check(EVP_DigestInit_ex2(context, algorithm.get(), nullptr));
}

void add(EVP_MD_CTX* context, std::string_view octets) {
    check(EVP_DigestUpdate(context, octets.data(), octets.size()));
}

Sha256 end(EVP_MD_CTX* context) {
    Sha256 out;
    check(EVP_DigestFinal_ex(context, out.data(), nullptr));
    return out;
}

EVP_MD_CTX* of_this_thread() {
    thread_local const Context context = make_context();
    return context.get();
}

// A key as both hashes of RFC 2104 begin with it.
class PaddedKey {
public:
    explicit PaddedKey(std::string_view key) {
        Sha256 digest{};
        if (key.size() > block_octets) {
            EVP_MD_CTX* const context = of_this_thread();
            begin(context);
            add(context, key);
            digest = end(context);
            key = view_of(digest);
        }
        for (std::size_t i = 0; i < block_octets; ++i) {
            const char octet = i < key.size() ? key[i] : '\0';
            inner_[i] = static_cast<char>(octet ^ 0x36);
            outer_[i] = static_cast<char>(octet ^ 0x5c);
        }
        OPENSSL_cleanse(digest.data(), digest.size());
    }
    ~PaddedKey() {
        OPENSSL_cleanse(inner_.data(), inner_.size());
        OPENSSL_cleanse(outer_.data(), outer_.size());
    }
    PaddedKey(const PaddedKey&) = delete;
    PaddedKey& operator=(const PaddedKey&) = delete;

    [[nodiscard]] std::string_view inner() const { return {inner_.data(), inner_.size()}; }
    [[nodiscard]] std::string_view outer() const { return {outer_.data(), outer_.size()}; }

private:
    std::array<char, block_octets> inner_{};
    std::array<char, block_octets> outer_{};
};

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
    EVP_MD_CTX* const context = of_this_thread();
    begin(context);
    for (std::string_view piece : pieces) add(context, piece);
    return end(context);
}

Sha256 hmac_sha256(std::string_view key, std::initializer_list<std::string_view> pieces) {
    const PaddedKey padded(key);
    EVP_MD_CTX* const context = of_this_thread();
    begin(context);
    add(context, padded.inner());
    for (std::string_view piece : pieces) add(context, piece);
    const Sha256 first = end(context);
    begin(context);
    add(context, padded.outer());
    add(context, view_of(first));
    return end(context);
}

// Both hashes of RFC 2104 with the padded key taken in.
struct HmacSha256::State {
    Context inner = make_context();
    Context outer = make_context();
};

HmacSha256::HmacSha256(std::string_view key) : state_(std::make_unique<State>()) {
    const PaddedKey padded(key);
    begin(state_->inner.get());
    add(state_->inner.get(), padded.inner());
    begin(state_->outer.get());
    add(state_->outer.get(), padded.outer());
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&& other) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&& other) noexcept = default;

Sha256 HmacSha256::operator()(std::initializer_list<std::string_view> pieces) const {
    EVP_MD_CTX* const context = of_this_thread();
    check(EVP_MD_CTX_copy_ex(context, state_->inner.get()));
    for (std::string_view piece : pieces) add(context, piece);
    const Sha256 first = end(context);
    check(EVP_MD_CTX_copy_ex(context, state_->outer.get()));
    add(context, view_of(first));
    return end(context);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void append_hex(std::string& out, std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t at = out.size();
    out.resize(at + octets.size() * 2);
    for (char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        out[at++] = digits[octet >> 4];
        out[at++] = digits[octet & 15];
    }
}

std::string to_hex(std::string_view octets) {
    std::string out;
    append_hex(out, octets);
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
