// Lines of an audit log: whatever stands in a file, what is read out of it lies within it, and only what the
// chain wrote has its code.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/audit/chain.hpp"
#include "gateway/audit/files.hpp"
#include "gateway/audit/tally.hpp"

using namespace decorum;
using namespace decorum::audit;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool lies_within(std::string_view part, std::string_view whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    static const KeyRing keys = KeyRing::parse(to_base64(std::string(32, 'k'))).value();
    Tally tally;
    for (std::string_view rest = input; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        (void)heading_of(line);
        const auto parsed = parse_line(line);
        if (!parsed) continue;
        require(lies_within(parsed->covered, line) && lies_within(parsed->time, line) &&
                lies_within(parsed->event, line));
        require(lies_within(text_member(line, "result"), line));
        tally.add(*parsed, line);
    }
    // Whatever an event holds, its line reads back, and says so.
    Chain chain(1, {}, keys.current());
    std::string line;
    chain.append(line, Event(Kind::outcome).text("session", input).text("result", "refused"), clock_now());
    require(line.ends_with('\n') && line.find('\n') + 1 == line.size());
    line.pop_back();
    const auto parsed = parse_line(line);
    require(parsed && parsed->seq == 1 && parsed->event == "outcome" &&
            text_member(line, "result") == "refused");
    static const HmacSha256 hmac(keys.current().octets.reveal());
    require(mac_of(hmac, {}, parsed->covered) == parsed->mac);
    (void)KeyRing::parse(input);
    return 0;
}
