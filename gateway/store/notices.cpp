// The stored form of a standing; reading checks every member.
#include "gateway/store/notices.hpp"

#include <array>
#include <charconv>

#include "gateway/profile/json_members.hpp"

namespace decorum::store {
namespace {

namespace json = boost::json;

constexpr std::size_t max_mark_octets = 64;
constexpr std::size_t max_time_octets = 32;

json::array texts_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

json::array times_of(const std::vector<Instant>& times) {
    json::array out;
    for (const Instant time : times) out.emplace_back(to_rfc3339(time));
    return out;
}

std::vector<Instant> times_from(profile::JsonMembers& members, std::string_view name) {
    std::vector<Instant> out;
    for (const auto& text : members.texts(name, max_times, max_time_octets)) {
        const auto time = from_rfc3339(text);
        if (!time) members.refuse(name, "not a time");
        out.push_back(time.value_or(Instant{}));
    }
    return out;
}

}  // namespace

std::string to_json(const Standing& standing) {
    json::object out;
    out["noticed"] = standing.noticed;
    out["notices"] = times_of(standing.notices);
    json::array told;
    for (const Told& one : standing.told)
        told.push_back(json::object{
            {"mark", one.mark}, {"time", to_rfc3339(one.time)}, {"findings", texts_of(one.findings)}});
    out["told"] = std::move(told);
    out["acknowledged"] = texts_of(standing.acknowledged);
    out["wrong"] = texts_of(standing.wrong);
    out["wrongs"] = std::to_string(standing.wrongs);
    out["opted_out"] = standing.opted_out ? "yes" : "";
    out["answers"] = times_of(standing.answers);
    out["language"] = standing.language;
    return json::serialize(out);
}

Result<Standing> standing_from_json(std::string_view text) {
    const auto value = profile::parse_json(text);
    if (!value) return std::unexpected(value.error());
    if (!value->is_object()) return fail(errc::corrupt, "JSON: a standing is not an object");
    profile::JsonMembers::Fault fault;
    profile::JsonMembers members(value->get_object(), fault);
    Standing out;
    out.noticed = members.text("noticed", max_mark_octets);
    out.notices = times_from(members, "notices");
    members.objects("told", max_told, [&](profile::JsonMembers& one) {
        const auto time = from_rfc3339(one.text("time", max_time_octets));
        if (!time) one.refuse("time", "not a time");
        out.told.push_back({one.text("mark", max_mark_octets), time.value_or(Instant{}),
                            one.texts("findings", max_told_findings, max_mark_octets)});
    });
    out.acknowledged = members.texts("acknowledged", max_marks, max_mark_octets);
    out.wrong = members.texts("wrong", max_marks, max_mark_octets);
    const std::string wrongs = members.text("wrongs", max_time_octets);
    const auto [end, error] = std::from_chars(wrongs.data(), wrongs.data() + wrongs.size(), out.wrongs);
    if (error != std::errc{} || end != wrongs.data() + wrongs.size())
        members.refuse("wrongs", "not a number");
    out.opted_out = members.text("opted_out", max_mark_octets) == "yes";
    out.answers = times_from(members, "answers");
    out.language = members.text("language", max_mark_octets);
    if (fault) return std::unexpected(std::move(*fault));
    return out;
}

std::string_view name_of(LetterState state) {
    constexpr std::array<std::string_view, 4> names{"waiting", "sent", "refused", "expired"};
    return names[static_cast<std::size_t>(state)];
}

}  // namespace decorum::store
