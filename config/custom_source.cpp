// A template is walked over once; whatever is wrong first is what the message names.
#include "config/custom_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/checks.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::config {
namespace {

constexpr std::size_t max_url_octets = 1000;
constexpr std::size_t max_pointer_octets = 200;
constexpr std::size_t max_name_octets = 16;  // beside "custom.", a name that the block has room for
constexpr std::string_view handle = "{handle}";
constexpr auto placeholders =
    std::to_array<std::string_view>({"{address}", "{local}", "{domain}", "{sha256}", "{handle}"});

// The placeholders in the order in which they stand; `wrong` tells of the first brace that is none.
std::vector<std::string_view> placeholders_in(std::string_view text, std::string& wrong) {
    std::vector<std::string_view> found;
    for (auto at = text.find_first_of("{}"); at != std::string_view::npos;
         at = text.find_first_of("{}", at)) {
        const std::string_view word = text.substr(at, text.find('}', at) - at + 1);
        if (std::ranges::find(placeholders, word) == placeholders.end()) {
            wrong = fmt::format("{}; {} is none of them", enumerate(placeholders),
                                in_quotes(word.substr(0, max_name_octets * 2)));
            return found;
        }
        found.push_back(word);
        at += word.size();
    }
    return found;
}

std::string_view scheme_of(std::string_view url) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (url.starts_with(scheme)) return scheme;
    return {};
}

// scheme, host and slash, without user, fragment or placeholder in the host.
std::string check_address(std::string_view value) {
    const std::string_view scheme = scheme_of(value);
    if (scheme.empty()) return fmt::format("a URL that begins with \"https://\", not {}", in_quotes(value));
    if (value.size() > max_url_octets) return fmt::format("at most {} octets", max_url_octets);
    const auto refused = [](char c) {
        return c <= ' ' || static_cast<unsigned char>(c) >= 0x7f ||
               std::string_view("\"<>\\^`|#").contains(c);
    };
    if (std::ranges::any_of(value, refused))
        return "a URL of printable ASCII, without spaces, quotes and fragment";
    const std::string_view rest = value.substr(scheme.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find_first_of("{}") != std::string_view::npos)
        return "placeholders behind the host only: no sender may choose whom we ask";
    if (authority.contains('@')) return "a URL without user and password: token_file is for secrets";
    return check_base_url(value.substr(0, scheme.size() + authority.size()));
}

class CustomSourceJudge {
public:
    CustomSourceJudge(const std::string& name, const CustomSource& source, Findings& findings)
        : source_(source), findings_(findings), place_(fmt::format("connector.custom.{}", name)) {}

    void all(const std::string& name, bool plain_http) {
        if (name.size() > max_name_octets)
            findings_.fault(place_, "", fmt::format("a name of at most {} octets", max_name_octets));
        for (const auto& [key, url] : {std::pair{"url", &source_.url}, {"accounts", &source_.accounts}})
            if (url->starts_with("http://") && !plain_http)
                findings_.fault(place_, key,
                                "a URL that begins with \"https://\": plain http is for tests, with "
                                "http.allow_private");
        if (source_.tier == "S")
            findings_.fault(place_, "tier",
                            "\"A\", \"B\" or \"C\": facts come from the directory, LDAP and the registry");
        if (!source_.enabled) return;
        what_is_asked();
        what_is_read();
    }

private:
    void what_is_asked() {
        if (source_.url.empty()) return;  // a fault already
        if (source_.by_handle()) {
            if (source_.accounts.empty() && !findings_.faulty(place_, "accounts"))
                findings_.fault(
                    place_, "accounts",
                    "the address of an account there, with {handle}: how a link is told to be one");
            if (!source_.address.empty())
                findings_.warn(place_, "address", "has no effect: url asks by {handle}");
            return;
        }
        if (source_.address.empty() && !findings_.faulty(place_, "address"))
            findings_.fault(place_, "address",
                            "the JSON pointer to the address in the answer: without it nothing proves that "
                            "the answer is about the sender");
        if (!source_.accounts.empty())
            findings_.warn(place_, "accounts", "has no effect: url does not ask by {handle}");
        if (!source_.id.empty()) findings_.warn(place_, "id", "has no effect: url does not ask by {handle}");
    }

    void what_is_read() {
        if (source_.display_name.empty() && source_.headline.empty() && source_.organisation.empty() &&
            source_.location.empty() && source_.summary.empty() && source_.photo.empty() &&
            source_.links.empty() && source_.activities.empty() && source_.positions.empty())
            findings_.fault(place_, "", "at least one pointer to a field, such as display_name");
        list_has_fields("activities", source_.activities, {{"activity_text", &source_.activity_text}},
                        {{"activity_time", &source_.activity_time}, {"activity_url", &source_.activity_url}});
        list_has_fields(
            "positions", source_.positions,
            {{"position_title", &source_.position_title},
             {"position_organisation", &source_.position_organisation}},
            {{"position_start", &source_.position_start}, {"position_end", &source_.position_end}});
        list_has_fields("links", source_.links, {}, {{"link_url", &source_.link_url}});
    }

    using Fields = std::vector<std::pair<std::string_view, const std::string*>>;

    // Of `needed` one at least stands beside the list, and none of all without it.
    void list_has_fields(std::string_view key, const std::string& list, const Fields& needed,
                         const Fields& others) {
        const auto given = [](const auto& field) { return !field.second->empty(); };
        if (!list.empty() && !needed.empty() && std::ranges::none_of(needed, given) &&
            !findings_.faulty(place_, needed.front().first))
            findings_.fault(place_, needed.front().first,
                            fmt::format("a pointer seen from an entry of {}", key));
        if (!list.empty() || findings_.faulty(place_, key)) return;
        for (const Fields* fields : {&needed, &others})
            for (const auto& field : *fields)
                if (given(field))
                    findings_.warn(place_, field.first, fmt::format("has no effect without {}", key));
    }

    const CustomSource& source_;
    Findings& findings_;
    const std::string place_;
};

}  // namespace

std::string check_json_pointer(std::string_view value) {
    if (value.size() > max_pointer_octets) return fmt::format("at most {} octets", max_pointer_octets);
    bool sound = value.empty() || value.starts_with('/');
    for (std::size_t i = 0; i < value.size(); ++i)
        if (value[i] == '~')
            sound = sound && i + 1 < value.size() && (value[i + 1] == '0' || value[i + 1] == '1');
    if (sound) return {};
    return fmt::format("a JSON pointer such as \"/results/0/name\" (~0 for ~, ~1 for /), not {}",
                       in_quotes(value));
}

std::string check_url_template(std::string_view value) {
    if (std::string wrong = check_address(value); !wrong.empty()) return wrong;
    std::string wrong;
    const auto found = placeholders_in(value, wrong);
    if (!wrong.empty()) return wrong;
    if (found.empty()) return fmt::format("a URL with {}", enumerate(placeholders));
    const bool by_handle = std::ranges::find(found, handle) != found.end();
    if (by_handle && std::ranges::any_of(found, [](std::string_view word) { return word != handle; }))
        return "{handle} alone, or placeholders of the address: an account is asked for without the sender";
    return {};
}

std::string check_account_template(std::string_view value) {
    if (std::string wrong = check_address(value); !wrong.empty()) return wrong;
    std::string wrong;
    const auto found = placeholders_in(value, wrong);
    if (!wrong.empty() || found.size() != 1 || found.front() != handle)
        return fmt::format("the address of an account, with {{handle}} once, not {}", in_quotes(value));
    return {};
}

void check_custom_source(const std::string& name, const CustomSource& source, bool plain_http,
                         Findings& findings) {
    CustomSourceJudge(name, source, findings).all(name, plain_http);
}

}  // namespace decorum::config
