// The sections of the configuration, in the order of the reference and of the shipped file, and the names
// that a [connector.NAME] may have.
#include <algorithm>
#include <array>

#include "config/schema.hpp"

namespace decorum::config {
namespace {

using std::string_view;

template <auto Member>
constexpr auto of = [](Settings& settings) -> Target { return &(settings.*Member); };

constexpr std::array sections{
    SectionInfo{"gateway", Shape::table, of<&Settings::gateway>, "", "The gateway itself."},
    SectionInfo{
        "log", Shape::table, of<&Settings::log>, "",
        "The operational log: one line an event. It never holds message text, credentials or looked-up "
        "content."},
    SectionInfo{"listener", Shape::list, nullptr, "",
                "Where mail comes in; one section a listener. Each hands its mail on to one upstream."},
    SectionInfo{"upstream", Shape::named, nullptr, "dovecot",
                "Where mail goes to. The name after the dot is what listeners refer to."},
    SectionInfo{
        "annotate", Shape::table, of<&Settings::annotate>, "",
        "The block of header fields that says who wrote a message, on listeners whose policy is inbound."},
    SectionInfo{"limits", Shape::table, of<&Settings::limits>, "", "What one client may ask of the gateway."},
    SectionInfo{"timeouts", Shape::table, of<&Settings::timeouts>, "",
                "How long each step of a session may take; command, data_block and data_end are what RFC "
                "5321 section 4.5.3.2 asks for."},
    SectionInfo{"cache", Shape::table, of<&Settings::cache>, "", "How long the answer of a lookup holds."},
    SectionInfo{"store", Shape::table, of<&Settings::store>, "",
                "What survives a restart: profiles and their history, our own letters until they are sent. "
                "Mail is never stored. With Redis several gateways share it."},
    SectionInfo{"retention", Shape::table, of<&Settings::retention>, "", "How much history is kept."},
    SectionInfo{
        "connector", Shape::named, nullptr, "directory",
        "The sources of profiles. This version holds directory (people in local files), ldap, gravatar, "
        "webfinger (Mastodon and the rest of the fediverse), bluesky, github, gitlab, facebook, x, orcid, "
        "libravatar, and profile_page (public pages that people declared to be theirs, Viadeo's among "
        "them)."},
    SectionInfo{
        "connector.custom", Shape::named, nullptr, "staff",
        "A source that these lines alone describe: an address of the web that answers with JSON, and where "
        "in it the fields of a profile stand; custom.example.toml shows one. It is told whom we ask for: "
        "leave {address} to servers that may know of your mail."},
    SectionInfo{"http", Shape::table, of<&Settings::http>, "", "How connectors reach the network."},
    SectionInfo{"lookup", Shape::table, of<&Settings::lookup>, "", "What a lookup may cost others."},
    SectionInfo{"worker", Shape::table, of<&Settings::worker>, "",
                "The processes without rights or network that decode pictures and HTML."},
    SectionInfo{"registry", Shape::table, of<&Settings::registry>, "",
                "The accounts that people declared as their own; kept by decorum link."},
    SectionInfo{"optout", Shape::table, of<&Settings::optout>, "",
                "Who wants to be shown nowhere; kept by decorum optout."},
    SectionInfo{"outbound", Shape::table, of<&Settings::outbound>, "", "Our own organisation."},
    SectionInfo{"notice", Shape::table, of<&Settings::notice>, "",
                "What the gateway writes to our own people: notices by the charter, and answers."},
    SectionInfo{"imap", Shape::table, of<&Settings::imap>, "",
                "Annotation of mail while it is read over IMAP."},
    SectionInfo{"audit", Shape::table, of<&Settings::audit>, "",
                "The tamper-evident record of what the gateway did."},
    SectionInfo{"metrics", Shape::table, of<&Settings::metrics>, "",
                "Counters for Prometheus, and the health check."},
};

constexpr auto connectors =
    std::to_array<string_view>({"directory", "gravatar", "ldap", "profile_page", "webfinger", "facebook", "x",
                                "github", "bluesky", "orcid", "libravatar", "gitlab"});

}  // namespace

std::span<const SectionInfo> all_sections() {
    return sections;
}

const SectionInfo* find_section(string_view name) {
    const auto* at = std::ranges::find(sections, name, &SectionInfo::name);
    return at == sections.end() ? nullptr : at;
}

std::span<const string_view> known_connectors() {
    return connectors;
}

}  // namespace decorum::config
