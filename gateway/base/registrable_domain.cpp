#include "gateway/base/registrable_domain.hpp"

#include <libpsl.h>

#include <memory>

#include "gateway/base/ascii.hpp"

namespace decorum {
namespace {

struct FreeList {
    void operator()(psl_ctx_t* list) const { psl_free(list); }
};

const psl_ctx_t* public_suffixes() {
    static const std::unique_ptr<psl_ctx_t, FreeList> latest(psl_latest(nullptr));
    return latest ? latest.get() : psl_builtin();
}

}  // namespace

std::string registrable_domain(std::string_view domain) {
    const std::string lower = ascii::lower(domain);
    if (lower.starts_with('[') || !lower.contains('.') || lower.contains('\0')) return lower;
    const auto registrable = [](const char* name) -> std::string {
        const char* const found = psl_registrable_domain(public_suffixes(), name);
        return found != nullptr ? found : name;
    };
    if (ascii::is_ascii(lower)) return registrable(lower.c_str());
    char* converted = nullptr;
    if (psl_str_to_utf8lower(lower.c_str(), "utf-8", nullptr, &converted) != PSL_SUCCESS) return lower;
    const std::unique_ptr<char, decltype(&psl_free_string)> normal(converted, &psl_free_string);
    return registrable(normal.get());
}

}  // namespace decorum
