// Replies: the same events for every split; what is given out parses again to itself; whatever an upstream
// tells, what we offer stays on our list and on one line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/smtp/reply.hpp"
#include "gateway/smtp/sasl.hpp"
#include "tests/unit/smtp/splits.hpp"

namespace {

using namespace decorum;
using namespace decorum::smtp;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_reply(const Reply& reply) {
    require(reply.code >= 200 && reply.code <= 599);
    require(reply.octets.ends_with("\r\n"));
    const auto lines = reply.texts();
    require(static_cast<std::size_t>(std::ranges::count(reply.octets, '\n')) == lines.size());
    require(static_cast<std::size_t>(std::ranges::count(reply.octets, '\r')) == lines.size());
    ReplyParser parser(1000, 20);
    parser.feed(reply.octets);
    const auto again = parser.next();
    require(std::get<Reply>(again).octets == reply.octets && std::get<Reply>(again).code == reply.code);
    require(!parser.buffered());

    const auto upstream = Capabilities::parse(reply);
    const OfferPolicy policy{.starttls = true,
                             .auth = true,
                             .requiretls = true,
                             .xclient = true,
                             .xforward = true,
                             .size_reserve_octets = 10,
                             .max_size_octets = 1000};
    constexpr std::string_view offered_keywords =
        " PIPELINING SIZE 8BITMIME SMTPUTF8 DSN ENHANCEDSTATUSCODES REQUIRETLS AUTH STARTTLS XCLIENT "
        "XFORWARD ";
    for (const std::string& line : offered_extensions(upstream, policy)) {
        const auto keyword = line.substr(0, line.find(' '));
        require(offered_keywords.find(" " + keyword + " ") != std::string_view::npos);
        require(line.find_first_of("\r\n\0") == std::string::npos);
        if (keyword != "AUTH") continue;
        for (std::size_t at = line.find(' '); at != std::string::npos; at = line.find(' ', at + 1))
            require(SaslObserver::supports(line.substr(at + 1, line.find(' ', at + 1) - at - 1)));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto whole = test::reply_events({input}, 1000, 20);
    for (const std::size_t stride : {std::size_t{1}, std::size_t{5}}) {
        test::Chunks chunks;
        for (std::size_t i = 0; i < size; i += stride) chunks.push_back(input.substr(i, stride));
        require(test::reply_events(chunks, 1000, 20) == whole);
    }
    ReplyParser parser(1000, 20);
    parser.feed(input);
    for (auto event = parser.next(); std::holds_alternative<Reply>(event); event = parser.next())
        check_reply(std::get<Reply>(event));
    check_reply(make_reply(250, "2.0.0", input.substr(0, 900)));
    return 0;
}
