// The graph is built once; then ties are spread along the links until nothing changes, and one-way links are
// confirmed, which may spread further. Tiers only ever improve, so both end, whatever loops the links make.
#include "gateway/lookup/linking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/base/ascii.hpp"
#include "gateway/profile/account_url.hpp"
#include "gateway/profile/stable_order.hpp"

namespace decorum::lookup {
namespace {

using profile::Tier;

constexpr Tier weaker(Tier a, Tier b) {
    return std::max(a, b);
}

bool is_tied(Tier tier) {
    return tier <= Tier::b;
}

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

class Graph {
public:
    Graph(std::span<const Node> nodes, std::string_view address)
        : nodes_(nodes), address_(address), outgoing_(nodes.size()), names_address_(nodes.size()) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (nodes[i].profile == nullptr) continue;
            for (const profile::Link& link : nodes[i].profile->links) add(i, link);
        }
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const bool apart = nodes[i].account.empty() || !nodes[i].answered;
            const auto at = apart ? index_.end() : index_.find(nodes[i].account);
            account_of_.push_back(at == index_.end() ? nowhere : at->second);
            if (at == index_.end()) continue;
            Account& account = accounts_[at->second];
            account.asked = true;
            if (account.node == nowhere && nodes[i].profile != nullptr) account.node = i;
        }
    }

    void tie() {
        do spread();
        while (confirm());
    }

    [[nodiscard]] Linked result() const {
        Linked out;
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            const Tier tier = tier_of(i);
            out.ties.emplace_back();
            if (is_tied(tier))
                out.ties.back() = profile::Origin{std::string(nodes_[i].source), tier, reason_of(i), {}};
        }
        for (const Account& account : accounts_)
            if (auto linked = linked_account(account)) out.accounts.push_back(std::move(*linked));
        profile::sort_stably(out.accounts, std::less{}, [](const LinkedAccount& account) {
            return std::pair(account.link.origin.tier, account.node ? 0 : 1);
        });
        return out;
    }

private:
    struct Edge {
        std::size_t from;  // a node
        std::size_t to;    // an account
        Tier tier;
        std::string_view reason;
        std::string_view network;  // as the node calls it
    };
    struct Account {
        profile::Link link;
        std::string key;
        Tier tier = Tier::c;
        std::string_view source;  // of the best tie
        std::string reason;
        bool asked = false;
        std::size_t node = nowhere;         // what was said of it
        std::vector<std::size_t> incoming;  // edges
    };

    void add(std::size_t from, const profile::Link& link) {
        if (link.origin.tier == Tier::d) return;
        constexpr std::string_view mailto = "mailto:";
        if (ascii::starts_with_nocase(link.url, mailto)) {
            if (ascii::equals_nocase(std::string_view(link.url).substr(mailto.size()), address_))
                names_address_[from] = true;
            return;
        }
        Account account;
        if (!link.url.empty()) {
            auto known = profile::account_of(link.url, link.network);
            if (!known) known = profile::account_of(link.url);
            if (!known) return;
            // What our own people call a page says more than "web".
            const bool ours = known->network == profile::web_network && link.origin.tier == Tier::s;
            account.link = {ours && !link.network.empty() ? link.network : known->network,
                            ours ? link.handle : known->handle,
                            known->url,
                            {}};
            account.key = std::move(known->key);
        } else if (!link.network.empty() && !link.handle.empty()) {
            account.link = {link.network, link.handle, {}, {}};
            account.key = fmt::format("{}:{}", link.network, link.handle);
        } else {
            return;
        }
        const auto [at, added] = index_.emplace(account.key, accounts_.size());
        if (added) accounts_.push_back(std::move(account));
        accounts_[at->second].incoming.push_back(edges_.size());
        outgoing_[from].push_back(edges_.size());
        edges_.push_back({from, at->second, link.origin.tier, link.origin.reason, link.network});
    }

    // Of all that a node says.
    [[nodiscard]] Tier tier_of(std::size_t i) const {
        const Node& node = nodes_[i];
        if (node.profile == nullptr || node.conflicting) return Tier::d;
        if (node.account.empty()) return node.tier;
        return account_of_[i] == nowhere ? Tier::d : weaker(node.tier, accounts_[account_of_[i]].tier);
    }

    [[nodiscard]] std::string reason_of(std::size_t i) const {
        return account_of_[i] == nowhere ? std::string(nodes_[i].reason) : accounts_[account_of_[i]].reason;
    }

    [[nodiscard]] const Node* node_at(const Account& account) const {
        return account.node == nowhere ? nullptr : &nodes_[account.node];
    }

    void spread() {
        for (bool changed = true; changed;) {
            changed = false;
            for (const Edge& edge : edges_) {
                const Tier tier = weaker(tier_of(edge.from), edge.tier);
                Account& account = accounts_[edge.to];
                const Node* there = node_at(account);
                if (!is_tied(tier) || tier >= account.tier || (there != nullptr && there->conflicting))
                    continue;
                account.tier = tier;
                account.source = nodes_[edge.from].source;
                account.reason = edge.reason.empty() ? fmt::format("{} names it", account.source)
                                                     : std::string(edge.reason);
                changed = true;
            }
        }
    }

    // Raises the first account at the end of a one-way link that names back. False: there is none.
    bool confirm() {
        for (const Edge& edge : edges_) {
            Account& account = accounts_[edge.to];
            if (account.node == nowhere || is_tied(account.tier) || !may_rise(edge)) continue;
            const std::string named = named_back(edge);
            if (named.empty()) continue;
            account.tier = Tier::b;
            account.source = nodes_[account.node].source;
            account.reason =
                fmt::format("{} names it, and it names {} in return", nodes_[edge.from].source, named);
            return true;
        }
        return false;
    }

    // Could what is said at the link's end make it tier B? Not where the link itself comes from such an
    // account: from one page to the next, naming each other, a chain would lead to anybody.
    [[nodiscard]] bool may_rise(const Edge& edge) const {
        const Account& account = accounts_[edge.to];
        const Node* there = node_at(account);
        return tier_of(edge.from) <= Tier::a &&
               (there == nullptr || (is_tied(there->tier) && !there->conflicting));
    }

    // The address, or the very account that the link comes from (of a source asked by address: its own
    // account there); empty: neither. A page that many share may name accounts of all of them, so that it
    // names some tied account or other proves nothing.
    [[nodiscard]] std::string named_back(const Edge& edge) const {
        const Account& account = accounts_[edge.to];
        if (names_address_[account.node]) return "the address";
        const std::size_t origin = account_of_[edge.from];
        for (std::size_t i : outgoing_[account.node]) {
            const Account& other = accounts_[edges_[i].to];
            const bool itself = origin != nowhere ? edges_[i].to == origin : is_own(edge.from, edges_[i].to);
            if (itself && is_tied(other.tier)) return other.link.url.empty() ? other.key : other.link.url;
        }
        return {};
    }

    // The account that a source asked by address has for the person itself.
    [[nodiscard]] bool is_own(std::size_t node, std::size_t account) const {
        return std::ranges::any_of(outgoing_[node], [&](std::size_t i) {
            return edges_[i].to == account && edges_[i].network == nodes_[node].source;
        });
    }

    // Nothing: no tied one names it.
    [[nodiscard]] std::optional<LinkedAccount> linked_account(const Account& account) const {
        const Node* there = node_at(account);
        LinkedAccount out;
        out.nobody = account.asked && there == nullptr;
        out.key = account.key;
        out.link = account.link;
        out.link.origin = {std::string(account.source), account.tier, account.reason, {}};
        if (there != nullptr) {
            out.node = account.node;
            out.link.origin.source = there->source;
        }
        const Edge* one_way = nullptr;
        for (std::size_t i : account.incoming) {
            const Edge& edge = edges_[i];
            if (nodes_[edge.from].account.empty()) out.answered_by.push_back(nodes_[edge.from].source);
            if (is_tied(account.tier) || !is_tied(tier_of(edge.from))) continue;
            if (one_way == nullptr) one_way = &edge;
            out.open = out.open || may_rise(edge);
        }
        if (is_tied(account.tier)) return out;
        if (one_way == nullptr) return std::nullopt;
        const std::string_view source = nodes_[one_way->from].source;
        out.link.origin.source = source;
        out.link.origin.reason = there != nullptr && there->conflicting
                                     ? "there is somebody of another name"
                                     : fmt::format("only {} names it", source);
        return out;
    }

    const std::span<const Node> nodes_;
    const std::string_view address_;
    std::map<std::string, std::size_t, std::less<>> index_;  // of accounts, by key
    std::vector<Account> accounts_;
    std::vector<Edge> edges_;
    std::vector<std::vector<std::size_t>> outgoing_;  // edges, by node
    std::vector<std::size_t> account_of_;             // by node
    std::vector<bool> names_address_;                 // by node
};

}  // namespace

Linked link_accounts(std::span<const Node> nodes, std::string_view address) {
    Graph graph(nodes, address);
    graph.tie();
    return graph.result();
}

}  // namespace decorum::lookup
