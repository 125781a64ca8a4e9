// An account whose profile bears another name is somebody else's, and so is all that is tied through it: the
// ties are made again without it until no names conflict. Each turn leaves one word out, so there is an end.
#include "gateway/lookup/person.hpp"

#include "gateway/lookup/plan.hpp"

namespace decorum::lookup {
namespace {

using profile::Profile;
using profile::SourceWord;

std::vector<Node> nodes_of(const profile::SourceWords& words, const Sources& sources) {
    std::vector<Node> nodes;
    for (const SourceWord& word : words.words) {
        const Source* source = sources.find(word.source);
        Node& node = nodes.emplace_back();
        node.source = word.source;
        node.account = word.account;
        node.reason = word.reason;
        node.answered = source != nullptr && word.fetched != Instant{};
        if (!node.answered) continue;
        node.tier = word.account.empty() ? source->address_tier : source->account_tier;
        if (word.profile) node.profile = &*word.profile;
    }
    return nodes;
}

// The host where what was said stands for everybody to read.
std::string place_of(const SourceWord& word, std::string_view address, const Sources& sources) {
    if (!word.account.empty()) return host_of(word.account);
    const Source* source = sources.find(word.source);
    if (source == nullptr) return {};
    const profile::Traits& traits = source->connector->traits();
    if (!traits.site.empty()) return std::string(traits.site);
    // Of a source without a site of its own the address's domain says who is there.
    return source->many_servers ? std::string(address.substr(address.rfind('@') + 1)) : std::string{};
}

// Only what is tied, without its links: those come from all of them together.
struct Tied {
    std::vector<Profile> profiles;
    std::vector<std::size_t> words;
};

Tied tied_profiles(const profile::SourceWords& words, const Linked& linked, std::string_view address,
                   const Sources& sources) {
    Tied tied;
    for (std::size_t i = 0; i < words.words.size(); ++i) {
        const SourceWord& word = words.words[i];
        if (!linked.ties[i] || !word.profile) continue;
        Profile profile = *word.profile;
        profile.links.clear();
        profile::Origin origin = *linked.ties[i];
        origin.fetched = word.fetched;
        origin.place = place_of(word, address, sources);
        profile::stamp(profile, origin);
        tied.profiles.push_back(std::move(profile));
        tied.words.push_back(i);
    }
    return tied;
}

Profile links_of(const Linked& linked, const profile::SourceWords& words) {
    Profile links;
    for (const LinkedAccount& account : linked.accounts) {
        if (account.nobody) continue;
        links.links.push_back(account.link);
        profile::Origin& origin = links.links.back().origin;
        for (const SourceWord& word : words.words)
            if (word.source == origin.source) origin.fetched = std::max(origin.fetched, word.fetched);
    }
    return links;
}

}  // namespace

Person assemble(const profile::SourceWords& words, std::string_view address, const Sources& sources) {
    std::vector<Node> nodes = nodes_of(words, sources);
    for (;;) {
        Linked linked = link_accounts(nodes, address);
        Tied tied = tied_profiles(words, linked, address, sources);
        const std::vector<bool> conflicting = profile::conflicting_names(tied.profiles);
        bool again = false;
        for (std::size_t i = 0; i < conflicting.size(); ++i) {
            if (!conflicting[i]) continue;
            nodes[tied.words[i]].conflicting = true;
            again = true;
        }
        if (again) continue;
        tied.profiles.push_back(links_of(linked, words));
        return {profile::merge(std::move(tied.profiles)), std::move(linked.accounts), std::move(linked.ties)};
    }
}

}  // namespace decorum::lookup
