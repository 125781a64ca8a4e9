// Who is tied to an address, over invented graphs. Accounts are pages of example.* and of known networks.
#include "gateway/lookup/linking.hpp"

#include <deque>

#include "parts.hpp"

namespace decorum::lookup {
namespace {

using profile::Tier;
using test::github;
using test::link_to;
using test::mastodon;

class World {
public:
    // What a source says of the address.
    World& address(std::string_view source, Tier tier, std::vector<profile::Link> links) {
        return add({source, "", tier, "its reason"}, std::move(links));
    }
    // What stands at an account; asked for by its own URL, which is its key for these.
    World& account(std::string_view source, std::string_view key, std::vector<profile::Link> links) {
        return add({source, key, Tier::s, ""}, std::move(links));
    }
    World& nobody_at(std::string_view source, std::string_view key) {
        nodes.push_back({source, key, Tier::s, ""});
        return *this;
    }
    World& bounded(Tier tier) {
        nodes.back().tier = tier;
        return *this;
    }
    [[nodiscard]] Linked link() const { return link_accounts(nodes, "jane@example.org"); }

    // "S", …, or "-": not listed.
    [[nodiscard]] std::string tier(std::string_view key) const {
        for (const LinkedAccount& account : link().accounts)
            if (account.key == key && !account.nobody) return std::string(name_of(account.link.origin.tier));
        return "-";
    }
    [[nodiscard]] std::string reason(std::string_view key) const {
        for (const LinkedAccount& account : link().accounts)
            if (account.key == key) return account.link.origin.reason;
        return "-";
    }

    std::vector<Node> nodes;

private:
    World& add(Node node, std::vector<profile::Link> links) {
        profiles_.emplace_back().links = std::move(links);
        node.profile = &profiles_.back();
        nodes.push_back(node);
        return *this;
    }
    std::deque<profile::Profile> profiles_;
};

constexpr auto blog = "https://jane.example";

TEST(Linking, ATieIsAsStrongAsItsWeakestLink) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s, "declared")});
    world.account("page", blog, {link_to(mastodon, Tier::b, "a verified field")});
    world.account("activitypub", mastodon, {link_to(github, Tier::a)});
    EXPECT_EQ(world.tier(blog), "S");
    EXPECT_EQ(world.reason(blog), "declared");
    EXPECT_EQ(world.tier(mastodon), "B");
    EXPECT_EQ(world.reason(mastodon), "a verified field");
    EXPECT_EQ(world.tier(github), "B");
    EXPECT_EQ(world.reason(github), "activitypub names it");
    const Linked linked = world.link();
    ASSERT_EQ(linked.ties.size(), 3u);
    EXPECT_EQ(linked.ties[0]->reason, "its reason");
    EXPECT_EQ(linked.ties[2]->tier, Tier::b);
    EXPECT_EQ(linked.ties[2]->reason, "a verified field");
}

TEST(Linking, TheBestOfSeveralTiesCounts) {
    World world;
    world.address("gravatar", Tier::a, {link_to(github, Tier::a, "verified there")});
    world.address("registry", Tier::s, {link_to("http://www.github.com/JaneM/", Tier::s, "declared")});
    const Linked linked = world.link();
    ASSERT_EQ(linked.accounts.size(), 1u);
    EXPECT_EQ(linked.accounts[0].link.url, github);
    EXPECT_EQ(linked.accounts[0].link.network, "github");
    EXPECT_EQ(linked.accounts[0].link.handle, "janem");
    EXPECT_EQ(linked.accounts[0].link.origin.tier, Tier::s);
    EXPECT_EQ(linked.accounts[0].link.origin.reason, "declared");
}

// alice@gmail.com must never become @alice.
TEST(Linking, NothingIsGuessedFromAnAddress) {
    World world;
    world.address("gravatar", Tier::a, {link_to("https://x.com/jane", Tier::d, "the same local part")});
    world.account("x", "https://x.com/jane", {link_to("mailto:jane@example.com", Tier::a)});
    const Linked linked = world.link();
    EXPECT_TRUE(linked.accounts.empty());
    EXPECT_TRUE(linked.ties[0]);
    EXPECT_FALSE(linked.ties[1]);
}

TEST(Linking, AOneWayLinkTiesNothing) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(github, Tier::c)});
    EXPECT_EQ(world.tier(github), "C");
    EXPECT_EQ(world.reason(github), "only page names it");
    EXPECT_TRUE(world.link().accounts[1].open);
    world.account("github", github, {});
    EXPECT_EQ(world.tier(github), "C");
    EXPECT_FALSE(world.link().ties[2]);
}

TEST(Linking, TwoDirectionsThatAgreeTie) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(github, Tier::c)});
    world.account("github", github, {link_to(blog, Tier::c), link_to(mastodon, Tier::b)});
    EXPECT_EQ(world.tier(github), "B");
    EXPECT_EQ(world.reason(github), "page names it, and it names https://jane.example/ in return");
    EXPECT_EQ(world.tier(mastodon), "B") << "what is tied now ties others";
    EXPECT_EQ(world.link().ties[2]->tier, Tier::b);
}

TEST(Linking, AnAccountMayNameTheAddressInReturn) {
    World world;
    world.address("gravatar", Tier::a, {link_to(blog, Tier::c)});
    world.account("page", blog, {link_to("mailto:Jane@Example.org", Tier::c)});
    EXPECT_EQ(world.tier(blog), "B");
    EXPECT_EQ(world.reason(blog), "gravatar names it, and it names the address in return");
    World other;
    other.address("gravatar", Tier::a, {link_to(blog, Tier::c)});
    other.account("page", blog, {link_to("mailto:paul@example.org", Tier::c)});
    EXPECT_EQ(other.tier(blog), "C");
}

// Jane's page names Paul's account, and Paul's names his own page, and somebody famous.
// Her firm's page, which she names and which names her and a colleague: the colleague is not her.
TEST(Linking, APageThatManyShareLiftsNobodyElse) {
    constexpr auto firm = "https://firm.example/team";
    constexpr auto colleague = "https://github.com/paulp";
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(firm, Tier::c), link_to(colleague, Tier::c)});
    world.account("page", firm, {link_to(blog, Tier::c), link_to(colleague, Tier::c)});
    world.account("github", colleague, {link_to(firm, Tier::c)});
    EXPECT_EQ(world.tier(firm), "B");
    EXPECT_EQ(world.tier(colleague), "C") << "it names the firm's page, which names it";
}

TEST(Linking, TheAccountNamedInReturnIsTheOneThatNamed) {
    constexpr auto colleague = "https://github.com/paulp";
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s), link_to(mastodon, Tier::s)});
    world.account("page", blog, {link_to(colleague, Tier::c)});
    world.account("github", colleague, {link_to(mastodon, Tier::c)});
    EXPECT_EQ(world.tier(colleague), "C");
}

TEST(Linking, AClaimOnSomebodyElsesAccountFails) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to("https://github.com/paul", Tier::c)});
    world.account("github", "https://github.com/paul",
                  {link_to("https://paul.example/", Tier::a), link_to("https://x.com/famous", Tier::a)});
    EXPECT_EQ(world.tier("https://github.com/paul"), "C");
    EXPECT_EQ(world.tier("https://paul.example"), "-");
    EXPECT_EQ(world.tier("https://x.com/famous"), "-");
    EXPECT_FALSE(world.link().ties[2]);
}

// Its own word is the person's, and needs no answer from the account; but where nobody is there is no link.
TEST(Linking, AnAccountThatIsGoneIsNoLink) {
    World world;
    world.address("registry", Tier::s, {link_to(github, Tier::s, "declared"), link_to(blog, Tier::s)});
    world.account("github", github, {link_to("mailto:paul@example.net", Tier::c)});
    EXPECT_EQ(world.tier(github), "S");
    world.nobody_at("page", blog);
    EXPECT_EQ(world.tier(blog), "-");
}

TEST(Linking, AccountsThatOnlyNameOneAnotherAreNobodys) {
    World world;
    world.address("gravatar", Tier::a, {});
    world.account("page", blog, {link_to(mastodon, Tier::a), link_to(blog, Tier::a)});
    world.account("activitypub", mastodon, {link_to(blog, Tier::a)});
    EXPECT_TRUE(world.link().accounts.empty());
}

TEST(Linking, LoopsEnd) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(blog, Tier::s), link_to(github, Tier::a)});
    world.account("github", github, {link_to(mastodon, Tier::a)});
    world.account("activitypub", mastodon, {link_to(blog, Tier::s), link_to(github, Tier::s)});
    EXPECT_EQ(world.tier(blog), "S");
    EXPECT_EQ(world.tier(github), "A");
    EXPECT_EQ(world.tier(mastodon), "A");
}

TEST(Linking, AConflictingNameUntiesWhatHangsOnIt) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(mastodon, Tier::b)});
    world.account("activitypub", mastodon, {link_to(github, Tier::b)});
    EXPECT_EQ(world.tier(github), "B");
    world.nodes.back().conflicting = true;
    EXPECT_EQ(world.tier(mastodon), "C");
    EXPECT_EQ(world.reason(mastodon), "there is somebody of another name");
    EXPECT_EQ(world.tier(github), "-");
    EXPECT_FALSE(world.link().ties[2]);
}

TEST(Linking, WhatASourceSaysCountsForItsTierAtMost) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(github, Tier::s), link_to(mastodon, Tier::c)}).bounded(Tier::b);
    EXPECT_EQ(world.tier(blog), "S");
    EXPECT_EQ(world.tier(github), "B");
    world.account("activitypub", mastodon, {link_to(blog, Tier::c)}).bounded(Tier::c);
    EXPECT_EQ(world.tier(mastodon), "C") << "a source that is believed so little confirms nothing";
    World weak;
    weak.address("gravatar", Tier::c, {link_to(github, Tier::a)});
    EXPECT_EQ(weak.tier(github), "-");
}

TEST(Linking, WhatIsNoUrlOfAnAccountIsNoLink) {
    World world;
    std::vector<profile::Link> links;
    for (const char* url : {"javascript:alert(1)", "ftp://example.org/", "https://user@example.org/",
                            "https:///", "//example.org", "mailto:paul@example.org"})
        links.push_back(link_to(url, Tier::a));
    profile::Link handle;
    handle.network = "matrix";
    handle.handle = "@jane:example.org";
    handle.origin.tier = Tier::a;
    links.push_back(handle);
    world.address("gravatar", Tier::a, links);
    const Linked linked = world.link();
    ASSERT_EQ(linked.accounts.size(), 1u);
    EXPECT_EQ(linked.accounts[0].link.handle, "@jane:example.org");
}

// Pages that name one another a thousand times over, tied at one end: the work grows with the links, not with
// the paths among them.
TEST(Linking, AThousandLinksAreNoTrouble) {
    World world;
    constexpr int pages = 1000;
    const auto page = [](int i) { return "https://p" + std::to_string(i) + ".example"; };
    std::deque<std::string> keys;
    std::vector<profile::Link> all;
    for (int i = 0; i < pages; ++i) all.push_back(link_to(page(i), Tier::c));
    world.address("registry", Tier::s, all);
    for (int i = 0; i < pages; ++i) {
        keys.push_back(page(i));
        // Every other one names the address, so that it rises, and all name one another.
        const std::string before = i % 2 == 1 ? "mailto:jane@example.org" : page((i + pages - 1) % pages);
        world.account("page", keys.back(),
                      {link_to(before, Tier::c), link_to(page((i * 7) % pages), Tier::c)});
    }
    const Linked linked = world.link();
    EXPECT_EQ(linked.accounts.size(), 1000u);
    EXPECT_EQ(std::ranges::count(linked.accounts, Tier::b,
                                 [](const LinkedAccount& account) { return account.link.origin.tier; }),
              500);
}

// The order of the answers is the order of arrival; who is tied does not hang on it.
TEST(Linking, TheOrderOfAnswersChangesNoTie) {
    World world;
    world.address("registry", Tier::s, {link_to(blog, Tier::s)});
    world.account("page", blog, {link_to(github, Tier::c), link_to(mastodon, Tier::b)});
    world.account("github", github, {link_to(blog, Tier::c)});
    world.account("activitypub", mastodon, {link_to("https://x.com/janem", Tier::b)});
    std::vector<std::size_t> order{0, 1, 2, 3};
    const auto nodes = world.nodes;
    do {
        for (std::size_t i = 0; i < order.size(); ++i) world.nodes[i] = nodes[order[i]];
        EXPECT_EQ(world.tier(blog), "S");
        EXPECT_EQ(world.tier(github), "B");
        EXPECT_EQ(world.tier(mastodon), "B");
        EXPECT_EQ(world.tier("https://x.com/janem"), "B");
    } while (std::ranges::next_permutation(order).found);
}

}  // namespace
}  // namespace decorum::lookup
