// The telling half of outbound: notices to our own people, what they answer, and what others see of them.
//
//   warn             the deciding half's word; the rules of rules.hpp; a letter queued in the store
//   recognise, take  mail to the gateway's own address, whatever listener it came through
//   claim … settle   letters on their way out, for session::NoticeSender
//   follow           what other processes changed
// Every call returns at once; what must not be lost is in the store before `done` says so. Any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/checks.hpp"
#include "config/latest.hpp"
#include "config/settings.hpp"
#include "gateway/audit/trail.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/base/tally.hpp"
#include "gateway/base/work_queue.hpp"
#include "gateway/lookup/profile_service.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/message/mailbox.hpp"
#include "gateway/notice/letters.hpp"
#include "gateway/notice/reply_token.hpp"
#include "gateway/notice/reply_word.hpp"
#include "gateway/pipeline/eligibility.hpp"
#include "gateway/pipeline/warnings.hpp"
#include "gateway/store/store.hpp"

namespace decorum::notice {

// Where a message for the gateway itself came from.
struct OwnMail {
    std::vector<std::string> recipients;  // paths that recognise() took
    std::string reverse_path;
    std::string octets;            // header section and body, dots unstuffed, perhaps cut off
    std::string login;             // SASL; empty: none
    bool results_trusted = false;  // its Authentication-Results were written by our own servers
};

// A letter that tells what others see of an address; `account`: it was just tied to it, may be empty.
[[nodiscard]] store::Letter profile_request(const config::Notice& settings, const std::string& record_key,
                                            const std::string& address, std::string_view account,
                                            std::string_view language, std::string_view seed, Instant now);

// Letters of the gateway, and what people wrote to it.
struct NoticeTally {
    Tally queued;  // notices; answers are only sent
    Tally sent, refused, expired, delayed;
    Tally replies_obeyed, replies_not_theirs, replies_unavailable;
};

class Notices final : public pipeline::Warnings {
public:
    struct Options {
        config::Latest settings;  // notice.from is set
        config::Sender own;       // settings.notice.from
        std::shared_ptr<const Stationery> stationery;
        store::Store& store;
        lookup::ProfileService& profiles;
        Secret cache_secret;
        Secret token_key;
        // The charter that holds; null: none.
        std::function<std::shared_ptr<const conduct::Charter>()> charter;
        // Does the login own the address (both in lower case)?
        std::function<bool(std::string_view login, std::string_view address)> owns;
        // All addresses of the person who has this one (in lower case), always in the same order; nobody we
        // know: none. How somebody stands to notices is the person's, whichever address they use.
        std::function<std::vector<std::string>(std::string_view address)> addresses_of;
        // Puts an address on the opt-out list and erases what is stored; false: it was listed. Blocks.
        std::function<Result<bool>(const std::string& address)> opt_out;
        // Another process has tied an account to an address: our own sources are to know it. Blocks.
        std::function<void()> look_again = [] {};
        // The store can't be opened, and another stands in for it that knows nobody's answers: nobody is
        // assessed or told, and mail passes.
        bool store_stands_in = false;
        audit::Trail* audit = nullptr;  // null: nothing is recorded
        WallClock now = wall_clock_now;
    };

    // Begins to load how people stand to notices.
    explicit Notices(Options options);
    // Nothing is begun any more, and whoever waits for take() has been answered, unless the store takes too
    // long. The store may call back until it ends itself.
    void close();

    void warn(const pipeline::WarnedPerson& person, const conduct::Verdict& verdict) override;
    [[nodiscard]] Answer answer(std::string_view address, const conduct::Verdict& verdict,
                                conduct::Action from) const override;
    [[nodiscard]] bool opted_out(std::string_view address) const override;

    // Is a recipient the gateway itself? own: with a token of ours; plain: without one, so that only proof of
    // the sender makes anything of it.
    enum class Recipient : std::uint8_t { other, own, plain, forged, expired };
    [[nodiscard]] Recipient recognise(std::string_view path) const;

    // obeyed: its effect, if any, is in the store. not_theirs: the token is another person's. unavailable:
    // nothing changed (or we are closing), and the sender is to try again.
    enum class Taken : std::uint8_t { obeyed, not_theirs, unavailable };
    void take(OwnMail mail, std::move_only_function<void(Taken)> done);

    // What is to be sent now; not given out again before settings.notice.retry has passed.
    void claim(std::move_only_function<void(std::optional<store::Letter>)> done);
    // The octets of a letter, written now where it has none. Unavailable: the account that it is about is not
    // known to be tied to the address yet; invalid: it is none that can be sent.
    void write(store::Letter letter, std::move_only_function<void(Result<std::string>)> done);
    // What the mail server made of it; `reply` is its code, 0: it could not be asked. `done` once it is
    // stored.
    enum class Fate : std::uint8_t { taken, refused, not_now };
    void settle(const store::Letter& letter, Fate fate, int reply, std::move_only_function<void()> done);

    // What other processes changed, and what has been kept for long enough. Called now and then.
    void follow();

    [[nodiscard]] const NoticeTally& tally() const { return tally_; }
    [[nodiscard]] std::shared_ptr<const config::Settings> settings() const { return options_.settings.get(); }

private:
    struct Reply;    // a message for us, as far as it was understood
    struct Request;  // a letter to be written
    using WhenTaken = std::move_only_function<void(Taken)>;

    [[nodiscard]] std::string key_of(std::string_view address) const;
    // The record keys of whoever has the address: that of their first one, where the store decides, before
    // the others.
    [[nodiscard]] std::vector<std::string> keys_of(std::string_view address) const;
    // How they stand by all of these keys but the first, as far as it is known. Under the lock.
    [[nodiscard]] store::Standing standing_beside(const std::vector<std::string>& keys) const;
    [[nodiscard]] store::Standing standing_of(std::string_view address) const;  // by all
    [[nodiscard]] std::string own_address() const {
        return options_.own.local_part + "@" + options_.own.domain;
    }
    // The address with a token for the person; without a purpose the plain one.
    [[nodiscard]] std::string reply_address(std::optional<Purpose> purpose, std::string_view mark,
                                            std::string_view key, Instant now) const;
    [[nodiscard]] bool is_ours(std::string_view address) const;  // of one of our domains
    [[nodiscard]] std::optional<std::string> token_of(std::string_view path) const;
    [[nodiscard]] std::optional<std::string> octets_of(const Letter& letter, const std::string& id,
                                                       const Frame& frame, std::string_view name,
                                                       const std::string& in_reply_to, Instant now) const;
    [[nodiscard]] Frame frame_of(std::string_view language, std::string address, std::string reply_to) const;

    // On the store's thread, within its transaction.
    [[nodiscard]] std::optional<store::Letter> write_notice(const pipeline::WarnedPerson& person,
                                                            const conduct::Verdict& verdict,
                                                            const std::string& mark, Instant now) const;
    // What the store did under the first key is done under the others too, for as long as one of the
    // addresses is remembered.
    void spread(const std::vector<std::string>& keys, const store::Standing& standing);
    [[nodiscard]] std::optional<store::Letter> obey(const Reply& reply, store::Standing& standing) const;
    [[nodiscard]] std::optional<store::Letter> answer_to(const Reply& reply, Answered answer,
                                                         const std::string& language) const;

    void write_of_link(const std::shared_ptr<Request>& request);
    void write(const std::shared_ptr<Request>& request, Instant date);
    [[nodiscard]] std::optional<Reply> understand(const OwnMail& mail) const;
    void obey(const Reply& reply, WhenTaken done);
    void opt_out(const Reply& reply, WhenTaken done);
    // What a person said to what they were told, or what became of a letter.
    void record_word(const Reply& reply) const;
    void record_erasure(const Reply& reply) const;
    void record_letter(const store::Letter& letter, std::string_view state) const;
    void remember(const std::string& key, const store::Standing& standing);
    void load();
    void follow_erasures();

    const Options options_;
    pipeline::EligibilityRules eligibility_;
    NoticeTally tally_;

    mutable std::mutex mutex_;
    std::unordered_map<std::string, store::Standing> standings_;  // by key
    std::set<std::string> asking_;  // keys whose warning is on its way to the store
    std::size_t taking_ = 0;        // callers of take() who wait
    bool closed_ = false;
    std::condition_variable taken_;
    std::uint64_t cursor_ = 0;
    std::optional<std::uint64_t> erasures_;  // the cursor; nothing: what was erased before us is no news
    bool loaded_ = false;
    bool failing_ = false;  // the last look at the store: what people answered since is not known
    bool following_ = false;
    Instant next_drop_{};

    std::unique_ptr<WorkQueue> blocking_;  // last
};

}  // namespace decorum::notice
