// Envelope and header section in, splices out: the inbound half of the gateway, for any protocol.
//
// One Annotator a thread. Nothing here can lose or delay a message: every failure of a part ends in a block
// that says `unavailable` or `pending`, and the lookup is left after its deadline.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/message/auth_results.hpp"
#include "gateway/message/block.hpp"
#include "gateway/message/forged_filter.hpp"
#include "gateway/message/resemblance.hpp"
#include "gateway/message/visible_tag.hpp"
#include "gateway/net/task.hpp"
#include "gateway/pipeline/eligibility.hpp"
#include "gateway/pipeline/envelope.hpp"

namespace decorum::pipeline {

// Why an author that was looked up isn't shown. Each may change, as the lookup goes on or the day does.
enum class Unfound : std::uint8_t { pending, unavailable, none, resembles_own, future };

// How one front end wants it.
struct AnnotationPolicy {
    config::Position position{};
    Milliseconds deadline{};
    std::string_view line_end = "\r\n";
    // Sessions of this front end that wait for a lookup now, and how many may: beyond, nobody waits.
    std::atomic<std::uint64_t>* waiting = nullptr;
    std::uint64_t max_waiting = 0;
    // What the block of this message said before, and shall say again: nobody is looked up.
    std::optional<Unfound> as_before = std::nullopt;
};

// What a block says of a message's author, and how that came to be known. Texts are empty where nothing is
// known.
struct Said {
    message::Status status{};
    std::string source;  // names of sources, comma separated
    std::string reason;  // of the status
    std::string author;  // the address that was judged, whatever it proved
    std::string tier;    // of the source
    bool warm = false;
    Milliseconds lookup{};
};

struct Annotation : Said {
    std::vector<message::Splice> splices;  // ascending, disjoint; an insertion has begin == end
};

// A block whose length does not depend on what it says, for what counts octets (IMAP).
struct FixedBlock : Said {
    std::string octets;
    message::Range kept;  // a validly sealed block within the message, which stays; empty: there is none
    std::optional<Unfound> unfound;
};

// What one annotator counts of itself.
struct AnnotatorTally {
    LatencyTally lookup;      // the wait for a profile, of messages that were looked up
    LatencyTally annotation;  // the rest of what a block takes
    Tally crowded;            // did not wait, because too many did
};

class Annotator {
public:
    // Shared by the threads; all referenced objects outlive the annotators.
    struct Shared {
        const config::Settings& settings;
        lookup::ProfileService& profiles;
        message::SealKey seal_key;
        // The names that are ours now; rebuilt when the directory changes. Null: not known yet, and no claim
        // is shown that may be in one of them.
        std::function<std::shared_ptr<const message::OwnNames>()> own_names;
        WallClock now = wall_clock_now;
    };

    explicit Annotator(const Shared& shared);

    // `octets` begins with the whole header section that `header` describes; whatever follows is ignored.
    // Both must stay until the task is done.
    [[nodiscard]] net::Task<Annotation> annotate(std::string_view octets,
                                                 const message::HeaderSection& scanned,
                                                 const Envelope& envelope, AnnotationPolicy policy);

    // MAIL FROM came: who it names is, mostly, who will stand in From. Loads what is known of the address
    // (lookup::ProfileService::prefetch); nothing of it is shown before the message proves its author.
    void prefetch(std::string_view reverse_path) const;

    // The header section is beyond the limit: a block without a lookup. Forged fields are the caller's
    // (message::ForgedFilter), because the section streams.
    [[nodiscard]] std::string neutral_block(std::string_view octets, const message::HeaderSection& header,
                                            std::string_view line_end) const;

    // The same as annotate() with a block of exactly `block_octets` (at least message::max_tail_octets() of
    // the prefix), for a message that nothing is taken out of: what else bears our names is the caller's to
    // mask. A message with our valid seal gets padding only. `envelope.received` decides which version is
    // shown.
    [[nodiscard]] net::Task<FixedBlock> annotate_fixed(std::string_view octets,
                                                       const message::HeaderSection& header,
                                                       const Envelope& envelope, AnnotationPolicy policy,
                                                       std::size_t block_octets);
    // Says `unavailable`, with `reason`.
    [[nodiscard]] std::string neutral_fixed_block(const message::HeaderSection& header,
                                                  std::string_view reason, std::size_t block_octets) const;
    // How much of the message's top is ours: a validly sealed block, or padding. To take out of what a client
    // puts back into a mailbox, where it would be shown a second time.
    [[nodiscard]] std::size_t own_top_octets(std::string_view octets,
                                             const message::HeaderSection& header) const;

    // Splices that remove what bears our names, without a block: for mail that leaves the house.
    [[nodiscard]] std::vector<message::Splice> strip(const message::HeaderSection& header) const;

    [[nodiscard]] const message::ForgedNames& forged_names() const { return forged_names_; }
    // What it counts goes on in `tally`, which another counted in before. Before its first message.
    void count_in(std::shared_ptr<AnnotatorTally> tally) { tally_ = std::move(tally); }
    [[nodiscard]] std::shared_ptr<AnnotatorTally> tally() const { return tally_; }

private:
    struct Judged {
        message::BlockContent content;
        std::shared_ptr<const profile::Presentation> shown;
        SteadyClock::duration waited{};  // for a lookup
        std::optional<Unfound> unfound;

        void say(Unfound why);
    };
    [[nodiscard]] net::Task<Judged> judge(const message::HeaderSection& header, const Envelope& envelope,
                                          AnnotationPolicy policy, Annotation& annotation);
    [[nodiscard]] net::Task<std::optional<lookup::Found>> look_up(std::string address, Instant date,
                                                                  lookup::Scope scope,
                                                                  AnnotationPolicy policy);
    [[nodiscard]] bool may_keep(const message::SealedBlock& block, const message::HeaderSection& header,
                                const AnnotationPolicy& policy) const;
    // Why a claim isn't shown; nothing: it may be.
    [[nodiscard]] std::optional<Unfound> withheld(const profile::Presentation& shown,
                                                  std::string_view author_domain) const;
    const message::RenderedPerson& rendered(const std::shared_ptr<const profile::Presentation>& shown,
                                            const message::BlockOptions& options);
    [[nodiscard]] message::BlockOptions block_options(std::string_view line_end) const;
    void add_visible_tag(const message::HeaderSection& header, const profile::Presentation& shown,
                         const AnnotationPolicy& policy, message::BlockContent& content,
                         Annotation& annotation) const;

    const Shared& shared_;
    EligibilityRules eligibility_;
    message::ForgedNames forged_names_;
    std::shared_ptr<AnnotatorTally> tally_ = std::make_shared<AnnotatorTally>();

    // Rendering a person costs more than sealing a block; the presentation is held so that its address
    // stays taken while it is a key.
    struct CachedPerson {
        std::shared_ptr<const profile::Presentation> shown;
        message::RenderedPerson rendered;
    };
    std::unordered_map<const profile::Presentation*, CachedPerson> rendered_;
};

}  // namespace decorum::pipeline
