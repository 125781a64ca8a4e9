#include "gateway/net/http/fetcher.hpp"

#include <algorithm>

namespace decorum::net {

std::string_view HttpResponse::field(std::string_view name) const {
    const auto at = std::ranges::find(fields, name, &HttpField::name);
    return at == fields.end() ? std::string_view{} : std::string_view(at->value);
}

}  // namespace decorum::net
