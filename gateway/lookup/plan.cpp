#include "gateway/lookup/plan.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/registrable_domain.hpp"

namespace decorum::lookup {
namespace {

std::string_view domain_of(std::string_view address) {
    return address.substr(address.rfind('@') + 1);
}

class Planner {
public:
    Planner(const Situation& situation, Scope scope) : at_(situation), scope_(scope) {
        // Links that this lookup has found take no account's place: it is asked for so many and no more.
        for (const LinkedAccount& account : situation.person.accounts)
            if (was_asked(account)) ++accounts_;
    }

    Plan run() {
        for (std::size_t i = 0; i < at_.sources.all().size(); ++i) {
            const profile::Connector& connector = *at_.sources[i].connector;
            if (!connector.traits().by_address) continue;
            const std::string_view host =
                connector.asks_senders_domain(at_.address) ? domain_of(at_.address) : "";
            consider({.source = i, .handle = {}, .account = {}, .senders_domain = {}}, host,
                     profile::Tier::s);
        }
        if (!plan_.questions.empty()) return std::move(plan_);
        consider_accounts(
            [](const LinkedAccount& account) { return account.link.origin.tier <= profile::Tier::b; });
        if (!plan_.questions.empty()) return std::move(plan_);
        consider_accounts([](const LinkedAccount& account) { return account.open; });
        return std::move(plan_);
    }

private:
    template <class Wanted>
    void consider_accounts(Wanted wanted) {
        for (const LinkedAccount& account : at_.person.accounts) {
            const bool counted = was_asked(account);
            if (!wanted(account) || (!counted && accounts_ >= at_.max_accounts)) continue;
            const auto& link = account.link;
            const profile::Handle handle{link.network, link.handle, link.url};
            for (std::size_t i = 0; i < at_.sources.all().size(); ++i) {
                const Source& source = at_.sources[i];
                if (!source.connector->answers(handle)) continue;
                // What a source said of the address is what it says of the account that it named with it.
                const auto& by = account.answered_by;
                if (std::ranges::find(by, source.name) != by.end()) break;
                if (consider({i, handle, account.key, {}}, host_of(link.url), link.origin.tier) && !counted)
                    ++accounts_;
                break;
            }
        }
    }

    [[nodiscard]] bool was_asked(const LinkedAccount& account) const {
        for (std::size_t i = 0; i < at_.sources.all().size(); ++i)
            if (at_.was_asked({i, std::nullopt, account.key, {}})) return true;
        return false;
    }

    // False: it can't be asked at all.
    bool consider(Question question, std::string_view host, profile::Tier tier) {
        const Source& source = at_.sources[question.source];
        // Whoever types a link chooses whom we ask, and that server learns that mail arrived.
        if (source.outside() && source.many_servers && tier != profile::Tier::s && !source.may_ask_at(host))
            return false;
        // Whichever way the sender's domain would learn of it: the account stands there, or the server does.
        for (const std::string_view at : {host, source.connector->traits().server}) {
            // Our own domain may learn that its people write to us.
            if (!source.outside() || at.empty() || registrable_domain(at) != at_.senders_domain ||
                source.is_ours(at))
                continue;
            if (!source.may_ask_at(at)) return false;
            question.senders_domain = at_.senders_domain;
        }
        if (!is_due(question, source)) {
            plan_.known.push_back(std::move(question));
        } else if (scope_ == Scope::ours && source.outside()) {
            plan_.known.push_back(std::move(question));
        } else if (!question.senders_domain.empty() && !at_.ask_at_senders) {
            plan_.later = true;
            plan_.known.push_back(std::move(question));
        } else {
            plan_.questions.push_back(std::move(question));
        }
        return true;
    }

    [[nodiscard]] bool is_due(const Question& question, const Source& source) const {
        if (at_.was_asked(question)) return false;
        if (source.local() && at_.ask_local) return true;
        const profile::SourceWord* word = at_.words.find(source.name, question.account);
        return word == nullptr || at_.forced || at_.now >= word->due || at_.now < word->asked;
    }

    const Situation& at_;
    const Scope scope_;
    std::uint64_t accounts_ = 0;
    Plan plan_;
};

}  // namespace

Plan plan(const Situation& situation, Scope scope) {
    return Planner(situation, scope).run();
}

std::string senders_domain(std::string_view address) {
    return registrable_domain(domain_of(address));
}

std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return {};
    url.remove_prefix(begin + 3);
    std::string_view host = url.substr(0, url.find_first_of("/?#"));
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    return ascii::lower(host);
}

}  // namespace decorum::lookup
