// decorum notice list, ack: what was told to whom, by category and severity, and what became of it.
//
// What of a finding is kept once a notice is sent is what the charter lets compliance see. Persons are
// pseudonyms here, too, unless one is asked for by address.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gateway/app/audit_parts.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/load.hpp"
#include "gateway/app/outbound_parts.hpp"
#include "gateway/app/stored_people.hpp"
#include "gateway/app/typed_address.hpp"
#include "gateway/base/digest.hpp"

namespace decorum::app {
namespace {

constexpr std::size_t max_listed = 10'000;
constexpr std::size_t pseudonym_octets = 6;

int notice_failed(const Error& error) {
    fmt::print(stderr, "decorum notice: {}\n", shown(error.detail));
    return exit_failure;
}

std::string_view answer_to(const store::NoticeRecord& notice, const store::Standing& standing) {
    const auto holds = [&](const auto& marks) {
        return std::ranges::find(marks, notice.mark) != marks.end();
    };
    if (holds(standing.wrong)) return "wrong";
    return holds(standing.acknowledged) ? "acknowledged" : "none";
}

// Over all people, so that no one of them is told from it.
struct Totals {
    std::uint64_t wrong = 0;
    std::size_t opted_out = 0;
};

Totals totals_of(const StoredPeople::Standings& standings) {
    Totals out;
    for (const auto& standing : standings.persons) {
        out.wrong += standing->wrongs;
        out.opted_out += standing->opted_out ? 1 : 0;
    }
    return out;
}

// When somebody was told is for those to see whom the charter lets. A charter that can't be read lets nobody.
bool times_are_seen(const config::Settings& settings) {
    const auto charter = conduct::Charter::read(charter_path(settings));
    return charter && charter->compliance.time;
}

}  // namespace

int notice_list(const std::optional<std::filesystem::path>& config, const std::string& typed, bool json) {
    std::optional<std::string> address;
    if (!typed.empty() && !(address = typed_address("notice", typed))) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto people = StoredPeople::open(*settings);
    if (!people) return notice_failed(people.error());
    const auto notices = people->notices(address.value_or(""), max_listed);
    if (!notices) return notice_failed(notices.error());
    const auto standings = people->standings();
    if (!standings) return notice_failed(standings.error());

    const bool timed = times_are_seen(*settings);
    boost::json::array entries;
    for (const auto& notice : *notices) {
        const auto known = standings->by_key.find(notice.key);
        const store::Standing standing =
            known == standings->by_key.end() ? store::Standing{} : *known->second;
        const std::string person = address.value_or(to_hex(notice.key.substr(0, pseudonym_octets)));
        const std::string_view answer = answer_to(notice, standing);
        if (!json) {
            fmt::print("{:<20}  {:<12}  {:<8} {:<13} {}\n", timed ? to_rfc3339(notice.queued) : "-",
                       shown(person), store::name_of(notice.state), answer, shown(notice.about));
            continue;
        }
        boost::json::object entry{{"person", person},
                                  {"about", notice.about},
                                  {"state", store::name_of(notice.state)},
                                  {"answer", answer},
                                  {"message_id", notice.id}};
        if (timed) entry["time"] = to_rfc3339(notice.queued);
        entries.push_back(std::move(entry));
    }
    const Totals totals = totals_of(*standings);
    if (json)
        fmt::print("{}\n", boost::json::serialize(boost::json::object{{"notices", std::move(entries)},
                                                                      {"called_wrong", totals.wrong},
                                                                      {"opted_out", totals.opted_out}}));
    else
        fmt::print("{} notices; {} called wrong, {} people opted out of assessment\n", notices->size(),
                   totals.wrong, totals.opted_out);
    return exit_done;
}

int notice_ack(const std::optional<std::filesystem::path>& config, const std::string& typed) {
    const auto address = typed_address("notice", typed);
    if (!address) return exit_usage;
    const auto settings = load_settings(config, ConfigNeed::optional);
    if (!settings) return exit_failure;
    auto people = StoredPeople::open(*settings);
    if (!people) return notice_failed(people.error());
    const auto acknowledged = people->acknowledge(*address);
    if (!acknowledged) return notice_failed(acknowledged.error());
    if (*acknowledged)
        record_of_person(
            *settings,
            std::move(audit::Event(audit::Kind::override_).text("word", "ack").text("by", "administrator")),
            *address);
    fmt::print("{}: {}\n", shown(*address),
               *acknowledged ? "acknowledged" : "there is nothing to acknowledge");
    return *acknowledged ? exit_done : exit_no;
}

}  // namespace decorum::app
