// {"words":[{"source":…,"account":…,"outcome":…,"asked":…,"due":…,"fetched":…,"reason":…,"hidden":"yes","ended":"yes",
// "profile":{…}},…],"portrait":{"url":…,"png":…,"due":…}}; empty members are left out.
#include "gateway/profile/source_words.hpp"

#include <algorithm>

#include "gateway/base/digest.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/limits.hpp"
#include "gateway/profile/profile_json.hpp"

namespace decorum::profile {
namespace {

namespace json = boost::json;
using profile::put;

constexpr std::size_t max_words = 200;
constexpr std::size_t max_written_octets = max_json_octets / 2;

void put(json::object& out, std::string_view name, Instant time) {
    if (time != Instant{})
        out[{name.data(), name.size()}] =
            std::clamp(time, earliest_time, latest_time).time_since_epoch().count();
}

json::object object_of(const SourceWord& word) {
    json::object out;
    put(out, "source", capped_utf8(word.source, max_token_octets));
    put(out, "account", capped_utf8(word.account, max_url_octets));
    put(out, "outcome", name_of(word.outcome));
    put(out, "asked", word.asked);
    put(out, "due", word.due);
    put(out, "fetched", word.fetched);
    put(out, "reason", capped_utf8(word.reason, max_handle_octets));
    put(out, "hidden", word.hidden ? "yes" : "");
    put(out, "ended", word.ended ? "yes" : "");
    if (word.profile) out["profile"] = object_of(*word.profile);
    return out;
}

SourceWord read_word(JsonMembers& members) {
    SourceWord word;
    word.source = members.text("source", max_token_octets);
    word.account = members.text("account", max_url_octets);
    const auto outcome = outcome_from(members.text("outcome", max_token_octets));
    if (outcome)
        word.outcome = *outcome;
    else
        members.refuse("outcome", "not one of the five");
    word.asked = members.time("asked");
    word.due = members.time("due");
    word.fetched = members.time("fetched");
    word.reason = members.text("reason", max_handle_octets);
    word.hidden = !members.text("hidden", max_token_octets).empty();
    word.ended = !members.text("ended", max_token_octets).empty();
    members.object("profile", [&](JsonMembers& profile) { word.profile = read_profile(profile); });
    return word;
}

}  // namespace

SourceWord* SourceWords::find(std::string_view source, std::string_view account) {
    const auto at = std::ranges::find_if(
        words, [&](const SourceWord& word) { return word.source == source && word.account == account; });
    return at == words.end() ? nullptr : &*at;
}

const SourceWord* SourceWords::find(std::string_view source, std::string_view account) const {
    return const_cast<SourceWords*>(this)->find(source, account);
}

std::string to_json(const SourceWords& words) {
    std::string out = R"({"words":[)";
    std::size_t written = 0;
    for (const SourceWord& word : words.words) {
        const std::string text = json::serialize(object_of(word));
        if (written == max_words || out.size() + text.size() > max_written_octets) break;
        if (written++ > 0) out.push_back(',');
        out.append(text);
    }
    out.append("]");
    if (words.portrait) {
        json::object portrait;
        put(portrait, "url", capped_utf8(words.portrait->url, max_url_octets));
        put(portrait, "png", to_base64(words.portrait->png));
        put(portrait, "due", words.portrait->due);
        out.append(R"(,"portrait":)").append(json::serialize(portrait));
    }
    return out.append("}");
}

Result<SourceWords> source_words_from_json(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) return std::unexpected(value.error());
    if (!value->is_object()) return fail(errc::corrupt, "JSON: the words of sources are not an object");
    SourceWords out;
    JsonMembers::Fault fault;
    JsonMembers members(value->get_object(), fault);
    members.objects("words", max_words, [&](JsonMembers& member) { out.words.push_back(read_word(member)); });
    members.object("portrait", [&](JsonMembers& member) {
        out.portrait = PortraitWord{member.text("url", max_url_octets), member.octets("png", max_face_octets),
                                    member.time("due")};
    });
    if (fault) return std::unexpected(std::move(*fault));
    return out;
}

}  // namespace decorum::profile
