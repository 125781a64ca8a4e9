#include "gateway/base/registrable_domain.hpp"

#include <libpsl.h>

#include <memory>

#include "gateway/base/canonical.hpp"

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
    std::string name = canonical_domain(domain);
    if (name.starts_with('[') || !name.contains('.') || name.contains('\0')) return name;
    const char* const found = psl_registrable_domain(public_suffixes(), name.c_str());
    return found != nullptr ? found : name;
}

}  // namespace decorum
