// What is kept of notices: how each person stands to them, letters that wait for the mail server, and what
// was told to whom, when, and with what end. Part of the store (store.hpp), under the same keys.
//
// A letter is kept until the mail server has taken it, or refused it for good, or its time is over; so it is
// sent at least once, each time with the octets and the Message-ID that it was queued with. Its address and
// its octets go with it. Nothing here blocks the caller: `done` is called exactly once, on any thread,
// perhaps before the call returns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::store {

inline constexpr std::size_t max_marks = 1000;  // kept of each kind a person; the oldest go
inline constexpr std::size_t max_times = 128;   // likewise
inline constexpr std::size_t max_told = 16;     // likewise
inline constexpr std::size_t max_told_findings = 200;

// What a notice told.
struct Told {
    std::string mark;  // the notice's (notice::mark_of_fingerprint)
    Instant time{};
    std::vector<std::string> findings;  // their marks (conduct::Noted::mark)

    bool operator==(const Told&) const = default;
};

// Marks are of notices and of findings.
struct Standing {
    std::string noticed;           // of what was told last; empty: nothing yet
    std::vector<Instant> notices;  // when, oldest first
    std::vector<Told> told;        // oldest first
    std::vector<std::string> acknowledged;
    std::vector<std::string> wrong;
    std::uint64_t wrongs = 0;      // notices that they called wrong
    bool opted_out = false;        // of assessment
    std::vector<Instant> answers;  // letters that answered one of theirs
    std::string language;          // of the last letter; empty: none was written

    bool operator==(const Standing&) const = default;
};
[[nodiscard]] std::string to_json(const Standing& standing);
[[nodiscard]] Result<Standing> standing_from_json(std::string_view text);

// In the order in which they leave: who asked is not kept waiting by those who did not.
enum class LetterKind : std::uint8_t { answer, profile, notice };

struct Letter {
    std::string id;   // its Message-ID, unique: what is queued twice is queued once
    std::string key;  // of the person
    LetterKind kind{};
    std::string address;   // where it goes
    std::string language;  // with profile
    std::string about;     // notice: "harassment 3, profanity 2"; profile: the account just tied, or empty
    std::string mark;      // notice: of what it tells
    std::string octets;    // empty: to be written when it is sent (profile)
    Instant queued{};
    Instant expires{};
    Instant due{};
    std::uint64_t tries = 0;
};

// What becomes of a letter.
enum class LetterState : std::uint8_t { waiting, sent, refused, expired };
[[nodiscard]] std::string_view name_of(LetterState state);

// A notice, once it was queued; for as long as the retention says.
struct NoticeRecord {
    std::string id;
    std::string key;
    std::string mark;
    std::string about;
    Instant queued{};
    LetterState state = LetterState::waiting;
    Instant ended{};  // the epoch: not yet
};

struct Standings {
    struct Entry {
        std::string key;
        Standing standing;
    };
    std::vector<Entry> entries;
    std::uint64_t cursor = 0;  // for the next question
};

class NoticeBook {
public:
    template <class T>
    using Done = std::move_only_function<void(Result<T>)>;
    // Changes the standing, and gives a letter to queue in the same step. May be called more than once.
    using Amend = std::function<std::optional<Letter>(Standing&)>;

    virtual ~NoticeBook() = default;

    // Atomically. Gives the standing as it is then. Of a forgotten key nothing is kept: an empty standing.
    virtual void amend(std::string key, Amend amend, Done<Standing> done) = 0;
    // Those that changed since `cursor` (0: since ever), by any process; some 1000 at the most, so whoever
    // gets any asks again.
    virtual void standings_since(std::uint64_t cursor, Done<Standings> done) = 0;

    // The first letter that is due, which is not due again before `again`; nothing: there is none.
    virtual void claim(Instant now, Instant again, Done<std::optional<Letter>> done) = 0;
    // The octets of a letter that had none.
    virtual void write(std::string id, std::string octets, Done<void> done) = 0;
    // Not taken: to be tried again.
    virtual void postpone(std::string id, Instant due, Done<void> done) = 0;
    // Its end: address and octets go.
    virtual void conclude(std::string id, LetterState state, Instant now, Done<void> done) = 0;

    // Notices, the latest first, at most `limit`; of one person, or of all where `key` is empty.
    virtual void notices(std::string key, std::size_t limit, Done<std::vector<NoticeRecord>> done) = 0;
    // Drops notices that ended before.
    virtual void drop_notices(Instant before, Done<void> done) = 0;
};

}  // namespace decorum::store
