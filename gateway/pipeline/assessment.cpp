// The cache and its flights. The lock is held for a few memory accesses, never while something is called.
//
// Callbacks of the profile service may outlive the assessment: they hold the implementation weakly.
#include "gateway/pipeline/assessment.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <span>
#include <unordered_map>

#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/work_queue.hpp"

namespace decorum::pipeline {
namespace {

using conduct::Action;
using conduct::Audience;
using conduct::JudgedText;

constexpr std::size_t max_jobs = 1'000;
constexpr std::size_t max_waiting = 10'000;
// A profile that can't be looked at again speaks no longer than this against anybody.
constexpr std::chrono::hours kept_for{24};

// Does the charter count what nobody declared? Then outside sources are asked for the address, too.
bool looks_beyond_declared(const conduct::Charter& charter) {
    return charter.directory || charter.tier_a;
}

using LanguageCounts = std::array<std::size_t, conduct::language_count>;

// Empty: none was counted.
std::string most_of(const LanguageCounts& counts) {
    const auto most = std::ranges::max_element(counts);
    return *most == 0 ? std::string{}
                      : std::string(conduct::language_names[static_cast<std::size_t>(most - counts.begin())]);
}

std::string language_of(const conduct::Verdict& verdict) {
    LanguageCounts counts{};
    for (const conduct::Noted& noted : verdict.findings)
        if (noted.action >= conduct::Action::notice) ++counts[static_cast<std::size_t>(noted.language)];
    return most_of(counts);
}

AssessedPtr skipped(std::string_view why) {
    auto out = std::make_shared<Assessed>();
    out->skipped = why;
    return out;
}

}  // namespace

class Assessment::Implementation : public std::enable_shared_from_this<Implementation> {
public:
    explicit Implementation(Options options)
        : options_(std::move(options)), queue_(std::make_unique<WorkQueue>(options_.threads, max_jobs)) {}

    AssessedPtr known(std::string address) {
        if (const std::string_view why = why_not(address); !why.empty()) return skipped(why);
        auto [have, fresh, refresh] = look(address);
        if (!fresh) begin(std::move(address), refresh, {});
        return have;
    }

    void assess(std::string address, Done done) {
        if (const std::string_view why = why_not(address); !why.empty()) return done(skipped(why));
        auto [have, fresh, refresh] = look(address);
        if (fresh) return done(std::move(have));
        begin(std::move(address), refresh, std::move(done));
    }

    void close() {
        std::vector<Done> waiting;
        std::unique_ptr<WorkQueue> queue;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            for (auto& [address, flight] : flights_) std::ranges::move(flight, std::back_inserter(waiting));
            flights_.clear();
            waiting_ = 0;
            queue = std::move(queue_);
        }
        for (Done& done : waiting) done(nullptr);
    }

private:
    // What is kept of a person.
    struct Entry {
        std::string address;
        Instant at{};        // when the profile was looked at last
        Instant as_of{};     // when the texts stood there
        std::string digest;  // of what was assessed, and by which assessor
        std::shared_ptr<const conduct::Assessor> assessor;
        std::vector<JudgedText> texts;  // those with a finding
        std::size_t assessed = 0;
        std::string language;  // of most texts that tell theirs for certain; empty: none does
        WarnedPerson person;   // but for what follows from the verdict
        AssessedPtr result;
    };

    // Empty: the person may be assessed.
    std::string_view why_not(std::string_view address) const {
        const auto charter = options_.charter.current();
        const std::size_t at = address.rfind('@');
        const std::string_view domain = at == std::string_view::npos ? "" : address.substr(at + 1);
        const auto& domains = charter->domains.empty() ? options_.outbound.domains : charter->domains;
        const auto is_domain = [&](const std::string& own) { return same_domain(own, domain); };
        if (domain.empty() || std::ranges::none_of(domains, is_domain))
            return "the address is none of the charter's domains";
        if (charter->excludes(address)) return "the charter excludes the person";
        if (charter->is_shared(address)) return "the charter says that several people write from there";
        if (const std::string_view why = options_.impersonal(address); !why.empty()) return why;
        if (charter->opt_out && options_.warnings != nullptr && options_.warnings->opted_out(address))
            return "the person opted out of assessment";
        if (!looks_beyond_declared(*charter) && !options_.declares(address))
            return "the person declared no account";
        return {};
    }

    struct Look {
        AssessedPtr have;
        bool fresh = false;
        bool refresh = false;  // the sources, though they are not due
    };
    Look look(const std::string& address) {
        const auto charter = options_.charter.current();
        const auto assessor = options_.conduct.current();
        const Instant now = options_.now();
        const std::lock_guard lock(mutex_);
        const auto found = index_.find(address);
        if (found == index_.end()) return {};
        Entry& entry = *found->second;
        if (now - entry.at > kept_for) {
            entries_.erase(found->second);
            index_.erase(found);
            return {};
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        if (entry.result->person.charter != charter) entry.result = judged(entry, charter, now);
        const bool fresh =
            now >= entry.at && now - entry.at < options_.fresh_for && entry.assessor == assessor;
        const Action gravest = std::max(entry.result->external.action, entry.result->everyone.action);
        const bool refresh = gravest >= Action::confirm && now - entry.as_of >= options_.max_age;
        return {entry.result, fresh, refresh};
    }

    static AssessedPtr judged(const Entry& entry, std::shared_ptr<const conduct::Charter> charter,
                              Instant now) {
        auto out = std::make_shared<Assessed>();
        const conduct::Measured& measured = entry.assessor->measured();
        out->external = conduct::judge(entry.texts, *charter, measured, Audience::external, now);
        out->everyone = conduct::judge(entry.texts, *charter, measured, Audience::everyone, now);
        out->texts = entry.assessed;
        out->as_of = entry.as_of;
        out->person = entry.person;
        // Who curses in another language still reads their own.
        out->person.language = entry.language.empty() ? language_of(out->external) : entry.language;
        out->person.charter = std::move(charter);
        return out;
    }

    // Without `done` nobody waits.
    void begin(std::string address, bool refresh, Done done) {
        {
            const std::lock_guard lock(mutex_);
            const auto flight = flights_.find(address);
            const bool full = flight == flights_.end() && flights_.size() >= options_.max_flights;
            const bool crowded = done && waiting_ >= max_waiting;
            if (!closed_ && !full && !crowded) {
                auto& waiting = flights_[address];
                if (done) {
                    ++waiting_;
                    waiting.push_back(std::move(done));
                }
                if (flight != flights_.end()) return;
                done = {};
            } else if (!done) {
                return;
            }
        }
        if (done) {
            tell_failure("too many people at a time");
            return done(nullptr);
        }
        options_.profiles.report(address, refresh,
                                 [weak = weak_from_this(), address](lookup::Report report) mutable {
                                     if (const auto self = weak.lock())
                                         self->heard(std::move(address), std::move(report));
                                 });
    }

    // Mail passes whatever fails here; one line a minute says so, and how often it did.
    void tell_failure(std::string_view what) {
        ++failures_;
        const std::int64_t now = SteadyClock::now().time_since_epoch() / std::chrono::minutes{1};
        if (last_told_.exchange(now) == now) return;
        log::warning("assessment", {{"error", what}, {"failures", failures_.exchange(0)}});
    }

    // On whatever thread the profile service answers.
    void heard(std::string address, lookup::Report report) {
        const bool nothing = report.verdict == lookup::Verdict::unavailable && report.said.empty();
        const bool gone = report.verdict == lookup::Verdict::opted_out;
        if (gone) {
            const std::lock_guard lock(mutex_);
            drop(address);
        }
        if (nothing) tell_failure("the profile can't be looked up");
        if (nothing || gone) return finish(address, gone ? skipped("the person opted out") : nullptr);
        bool taken = false;
        {
            const std::lock_guard lock(mutex_);
            taken = queue_ && queue_->post([weak = weak_from_this(), address, report = std::move(report)] {
                if (const auto self = weak.lock()) self->work(address, report);
            });
        }
        if (taken) return;
        tell_failure("too many texts at a time");
        finish(address, nullptr);
    }

    // On the pool.
    void work(const std::string& address, const lookup::Report& report) {
        const auto charter = options_.charter.current();
        Entry fresh;
        fresh.address = address;
        fresh.at = options_.now();
        fresh.as_of = looked_at(report, fresh.at);
        fresh.assessor = options_.conduct.current();
        fresh.texts = texts_of(report, *charter);
        fresh.assessed = fresh.texts.size();
        fresh.digest = digest_of(fresh);
        fresh.person = person_of(address, report);
        if (!take_over(fresh)) assess_texts(fresh);
        fresh.result = judged(fresh, charter, fresh.at);
        AssessedPtr result = fresh.result;
        AssessedPtr before;
        {
            const std::lock_guard lock(mutex_);
            if (const auto found = index_.find(address); found != index_.end())
                before = found->second->result;
            drop(address);
            entries_.push_front(std::move(fresh));
            index_.emplace(entries_.front().address, entries_.begin());
            while (entries_.size() > options_.max_people) drop(std::string(entries_.back().address));
        }
        tell_news(before, *result);
        finish(address, std::move(result));
    }

    // Where a source does not answer, what it said before still counts.
    static Instant looked_at(const lookup::Report& report, Instant now) {
        Instant oldest = now;
        for (const lookup::Said& said : report.said)
            for (const lookup::SourceReport& source : report.sources)
                if (source.source == said.source && source.account == said.account &&
                    source.fetched != Instant{})
                    oldest = std::min(oldest, source.fetched);
        return oldest;
    }

    // The age of a post counts by days.
    static std::string digest_of(const Entry& entry) {
        std::string all = to_date(entry.at);
        for (const JudgedText& text : entry.texts) {
            for (const std::string& part : {text.text, text.url, text.network})
                all.append(std::to_string(part.size())).append(":").append(part);
            all += text.bio ? 'b' : 'p';
            if (text.written) all += to_rfc3339(*text.written);
        }
        return std::string(view_of(sha256({all})));
    }

    // What was found before, where nothing changed since.
    bool take_over(Entry& fresh) {
        const std::lock_guard lock(mutex_);
        const auto found = index_.find(fresh.address);
        if (found == index_.end() || found->second->digest != fresh.digest ||
            found->second->assessor != fresh.assessor)
            return false;
        fresh.texts = found->second->texts;
        fresh.language = found->second->language;
        return true;
    }

    void assess_texts(Entry& entry) {
        conduct::Workspace workspace;
        LanguageCounts counts{};
        for (JudgedText& text : entry.texts) {
            auto assessed = entry.assessor->assess(
                {.octets = text.text, .bio = text.bio, .reposted = false, .written = text.written}, entry.at,
                workspace);
            text.language = assessed.language.best;
            text.findings = std::move(assessed.findings);
            if (assessed.language.certainty == conduct::Certainty::certain)
                ++counts[static_cast<std::size_t>(assessed.language.best)];
        }
        entry.language = most_of(counts);
        std::erase_if(entry.texts, [](const JudgedText& text) { return text.findings.empty(); });
    }

    static WarnedPerson person_of(const std::string& address, const lookup::Report& report) {
        WarnedPerson person;
        person.address = address;
        if (!report.profile) return person;
        person.display_name = report.profile->display_name.value;
        for (const profile::Link& link : report.profile->links)
            if (link.origin.tier <= profile::Tier::b)
                person.accounts.push_back({link.network, link.url,
                                           std::string(profile::name_of(link.origin.tier)),
                                           link.origin.reason});
        return person;
    }

    // A change of what the charter speaks of is one line, without the content.
    void tell_news(const AssessedPtr& before, const Assessed& now) const {
        const conduct::Verdict none;
        const conduct::Verdict& was = before ? before->external : none;
        if (was.action == now.external.action && was.fingerprint == now.external.fingerprint) return;
        log::info("verdict", {{"action", conduct::name_of(now.external.action)},
                              {"before", conduct::name_of(was.action)},
                              {"findings", now.external.findings.size()},
                              {"charter", now.person.charter->version}});
        if (options_.audit != nullptr) record_findings(*options_.audit, now);
    }

    // Of what was found, what it is and where, as far as the charter lets others see it; never the words.
    static void record_findings(audit::Trail& trail, const Assessed& assessed) {
        constexpr std::size_t most = 50;
        const std::string person = trail.person(assessed.person.address);
        const conduct::ComplianceView& view = assessed.person.charter->compliance;
        const auto& findings = assessed.external.findings;
        for (const conduct::Noted& noted :
             std::span(findings).first(std::min<std::size_t>(findings.size(), most))) {
            audit::Event event(audit::Kind::finding);
            event.text("person", person)
                .text("source", conduct::name_of(noted.source))
                .text("action", conduct::name_of(noted.action))
                .text_unless_empty("network", noted.network)
                .flag("bio", noted.bio);
            if (view.category)
                event.text("category", conduct::name_of(noted.category)).text("rule", noted.rule);
            if (view.severity) event.number("severity", noted.severity);
            trail.record(event);
        }
    }

    // Under the lock.
    void drop(const std::string& address) {
        const auto found = index_.find(address);
        if (found == index_.end()) return;
        const auto entry = found->second;
        index_.erase(found);
        entries_.erase(entry);
    }

    void finish(const std::string& address, AssessedPtr result) {
        std::vector<Done> waiting;
        {
            const std::lock_guard lock(mutex_);
            const auto flight = flights_.find(address);
            if (flight == flights_.end()) return;  // closed
            waiting = std::move(flight->second);
            waiting_ -= waiting.size();
            flights_.erase(flight);
        }
        for (Done& done : waiting) done(result);
    }

    const Options options_;
    std::atomic<std::uint64_t> failures_ = 0;
    std::atomic<std::int64_t> last_told_ = -1;                                // minutes
    std::mutex mutex_;                                                        // guards what follows
    std::list<Entry> entries_;                                                // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;  // views into entries_
    std::unordered_map<std::string, std::vector<Done>> flights_;
    std::size_t waiting_ = 0;
    bool closed_ = false;
    std::unique_ptr<WorkQueue> queue_;  // last: its jobs use all the others
};

Assessment::Assessment(Options options)
    : implementation_(std::make_shared<Implementation>(std::move(options))) {}

Assessment::~Assessment() {
    close();
}

AssessedPtr Assessment::known(std::string_view address) {
    return implementation_->known(canonical_address(address));
}

void Assessment::assess(std::string_view address, Done done) {
    implementation_->assess(canonical_address(address), std::move(done));
}

void Assessment::close() {
    implementation_->close();
}

}  // namespace decorum::pipeline
