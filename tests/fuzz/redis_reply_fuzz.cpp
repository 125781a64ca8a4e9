// What Redis, or whoever answers in its place, sends: the same replies for every split, none beyond the
// limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "gateway/store/redis/reply.hpp"

namespace {

using namespace decorum;
using store::redis::Reply;
using store::redis::ReplyReader;

constexpr std::size_t max_elements = 1000;

struct Seen {
    std::vector<Reply> replies;
    bool failed = false;
    bool operator==(const Seen&) const = default;
};

std::size_t elements_of(const Reply& reply) {
    std::size_t count = reply.list.size();
    for (const Reply& one : reply.list) count += elements_of(one);
    return count;
}

Seen read(std::string_view octets, std::size_t piece) {
    ReplyReader reader({.octets = std::size_t{1} << 20, .elements = max_elements});
    Seen seen;
    while (!octets.empty()) {
        const auto part = octets.substr(0, piece);
        octets.remove_prefix(part.size());
        if (!reader.feed(part)) std::abort();  // shorter than the limit
        for (;;) {
            auto reply = reader.next();
            if (!reply) {
                seen.failed = true;
                if (reader.next() || reader.feed("+OK\r\n")) std::abort();
                return seen;
            }
            if (!*reply) break;
            if (elements_of(**reply) > max_elements) std::abort();
            seen.replies.push_back(std::move(**reply));
        }
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t max_octets = 4096;
    if (size == 0 || size > max_octets) return 0;
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const Seen whole = read(octets, octets.size());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}})
        if (!(read(octets, piece) == whole)) std::abort();
    return 0;
}
