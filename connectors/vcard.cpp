// Cards from content lines. A card is read whole before anything of it counts: its version and what is
// preferred stand anywhere in it.
#include "connectors/vcard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "connectors/account_link.hpp"
#include "connectors/joined.hpp"
#include "connectors/vcard_lines.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

constexpr std::size_t max_addresses = 100;  // of one card

// The preferred of several values; of equals the first.
class Choice {
public:
    explicit Choice(std::string& value) : value_(value) {}

    void offer(unsigned rank, std::string text) {
        if (text.empty() || (!value_.empty() && rank >= rank_)) return;
        value_ = std::move(text);
        rank_ = rank;
    }

private:
    std::string& value_;
    unsigned rank_ = 0;
};

// URI schemes of chats that show where somebody is met in public; tel and sms are no links.
bool is_chat(std::string_view uri) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{"xmpp:", "matrix:", "irc:", "ircs:"},
        [&](std::string_view scheme) { return ascii::starts_with_nocase(uri, scheme); });
}

class CardReader {
public:
    explicit CardReader(std::size_t line) { person_.line = line; }
    CardReader(const CardReader&) = delete;  // the choices refer to what it holds
    CardReader& operator=(const CardReader&) = delete;

    void take(const VcardProperty& property) {
        if (property.name == "VERSION") {
            version_ = property.value.starts_with("2")   ? VcardVersion::v2_1
                       : property.value.starts_with("4") ? VcardVersion::v4_0
                                                         : VcardVersion::v3_0;
        } else if (property.name == "KIND") {
            is_group_ = ascii::equals_nocase(ascii::trim(property.value), "group");
        } else if (property.name == "PHOTO") {
            take_photo(property);
        } else if (property.name == "EMAIL") {
            take_address(text(property));
        } else {
            take_text(property);
        }
    }

    [[nodiscard]] VcardVersion version() const { return version_; }

    // Nothing: nobody whom a mail could come from.
    std::optional<Person> finish() {
        if (is_group_ || person_.addresses.empty()) return std::nullopt;
        profile::Profile& profile = person_.profile;
        if (profile.display_name.empty()) profile.display_name.value = std::move(structured_name_);
        if (profile.headline.empty()) profile.headline.value = std::move(role_);
        profile::cap(profile);
        return std::move(person_);
    }

private:
    // The whole value as one text.
    [[nodiscard]] std::string text(const VcardProperty& property) const {
        return std::string(ascii::trim(unescaped(property.utf8(), version_)));
    }

    void take_text(const VcardProperty& property) {
        const unsigned rank = property.preference();
        if (property.name == "FN") {
            full_name_.offer(rank, text(property));
        } else if (property.name == "N") {
            // N = family; given; additional; prefixes; suffixes  RFC 6350 §6.2.2
            auto name = components_of(property.utf8(), version_);
            name.resize(2);
            any_name_.offer(rank, joined(std::move(name[1]), name[0], " "));
        } else if (property.name == "TITLE") {
            title_.offer(rank, text(property));
        } else if (property.name == "ROLE") {
            any_role_.offer(rank, text(property));
        } else if (property.name == "ORG") {
            organisation_.offer(rank, components_of(property.utf8(), version_).front());
        } else if (property.name == "NOTE") {
            note_.offer(rank, text(property));
        } else if (property.name == "ADR") {
            take_place(property, rank);
        } else if (property.name == "URL") {
            link({}, text(property));
        } else if (property.name == "SOCIALPROFILE" || property.name == "X-SOCIALPROFILE") {
            take_social_profile(property);
        } else if (property.name == "IMPP") {
            std::string uri = text(property);
            if (is_chat(uri)) add_chat(std::move(uri));
        }
    }

    void take_address(std::string address) {
        constexpr std::string_view scheme = "mailto:";  // 4.0 may write a URI
        if (ascii::starts_with_nocase(address, scheme)) address.erase(0, scheme.size());
        if (is_address(address) && person_.addresses.size() < max_addresses)
            (void)add_address(person_, address);
    }

    // ADR = box; extended; street; locality; region; code; country  RFC 6350 §6.3.1
    // Where somebody lives is nobody's business; where they work is.
    void take_place(const VcardProperty& property, unsigned rank) {
        if (property.has_type("home") && !property.has_type("work")) return;
        auto place = components_of(property.utf8(), version_);
        place.resize(7);
        const bool named = !place[3].empty();
        place_.offer(rank, joined(std::move(place[named ? 3 : 4]), place[6], ", "));
    }

    // Octets in the card: base64 (2.1, 3.0) or a data URL (4.0, RFC 2397).
    void take_photo(const VcardProperty& property) {
        std::string octets;
        if (property.parameter("ENCODING")) {
            octets = property.value;
        } else if (ascii::starts_with_nocase(property.value, "data:")) {
            const auto comma = property.value.find(',');
            const std::string_view head = std::string_view(property.value).substr(0, comma);
            if (comma == std::string::npos || !ascii::lower(head).ends_with(";base64")) return;
            octets = from_base64(std::string_view(property.value).substr(comma + 1)).value_or(std::string{});
        }
        picture_.offer(property.preference(), std::move(octets));
    }

    // SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=jane:https://…  RFC 9554 §3.6
    // X-SOCIALPROFILE;TYPE=twitter;X-USER=jane:http://…            as phones write it
    void take_social_profile(const VcardProperty& property) {
        std::string network;
        if (const auto service = property.parameter("SERVICE-TYPE"))
            network = *service;
        else if (property.name.starts_with('X'))
            for (const VcardParameter& parameter : property.parameters)
                if (network.empty() && parameter.name == "TYPE" && parameter.value != "pref")
                    network = parameter.value;
        link(network, text(property));
    }

    void link(std::string_view network, const std::string& url) {
        if (person_.profile.links.size() >= profile::max_links) return;
        // First the account: it makes https of a known network's http.
        if (const auto account = profile::account_of(url))
            add_link(person_.profile, account->url, {}, {.network = network});
    }

    // xmpp:jane@chat.example
    void add_chat(std::string uri) {
        const auto colon = uri.find(':');
        if (person_.profile.links.size() < profile::max_links)
            person_.profile.links.push_back(
                {ascii::lower(uri.substr(0, colon)), uri.substr(colon + 1), std::move(uri), {}});
    }

    Person person_;
    std::string structured_name_;
    std::string role_;
    Choice full_name_{person_.profile.display_name.value};
    Choice any_name_{structured_name_};
    Choice title_{person_.profile.headline.value};
    Choice any_role_{role_};
    Choice organisation_{person_.profile.organisation.value};
    Choice note_{person_.profile.summary.value};
    Choice place_{person_.profile.location.value};
    Choice picture_{person_.picture};
    VcardVersion version_ = VcardVersion::v3_0;
    bool is_group_ = false;
};

bool marks(const VcardProperty& property, std::string_view name) {
    return property.name == name && ascii::equals_nocase(ascii::trim(property.value), "VCARD");
}

}  // namespace

Result<std::vector<Person>> parse_vcards(std::string_view octets, const std::filesystem::path& file,
                                         std::vector<std::string>* all) {
    constexpr std::size_t max_faults = 100;
    std::vector<Person> people;
    std::optional<Error> first;
    const auto fault = [&](std::size_t line, std::string_view right) {
        Error error{errc::syntax, fmt::format("{}:{}: {}", file.native(), line, right)};
        if (all != nullptr && all->size() < max_faults) all->push_back(error.detail);
        if (!first) first = std::move(error);
    };
    std::optional<CardReader> card;
    // The lines at which cards begin that are open, those within the card too: the AGENT of 2.1, who is
    // somebody else.
    std::vector<std::size_t> open;
    bool astray = false;  // told already
    VcardLines lines(octets);
    while (const auto line = lines.next()) {
        const bool begins = line->property && marks(*line->property, "BEGIN");
        if (!card && !begins) {
            if (!astray) fault(line->line, "must be BEGIN:VCARD: no card is open here");
            if (all == nullptr) break;
            astray = true;
        } else if (begins) {
            open.push_back(line->line);
            if (card) continue;
            astray = false;
            card.emplace(line->line);
            lines.set_version(card->version());
        } else if (line->property && marks(*line->property, "END")) {
            open.pop_back();
            if (!open.empty()) continue;
            if (auto person = card->finish()) people.push_back(std::move(*person));
            card.reset();
        } else if (line->property && open.size() == 1) {
            card->take(*line->property);
            lines.set_version(card->version());
        }
    }
    for (const std::size_t line : open) fault(line, "the card that begins here must end with END:VCARD");
    if (first) return std::unexpected(std::move(*first));
    return people;
}

}  // namespace decorum::connectors
