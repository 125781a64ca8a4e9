// What the audit log holds of mail that is read over IMAP: who was shown what about whom.
//
// Clients read one message many times, in pieces and again at each start: what the same reader was shown of
// the same message in the same words lately, by any session of this thread, is not recorded again. A reload
// forgets nothing of that; another thread doesn't know, nor does the next process. Nothing here keeps mail
// from its reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/audit/trail.hpp"
#include "gateway/message/header_section.hpp"
#include "gateway/net/task.hpp"
#include "gateway/pipeline/annotator.hpp"

namespace decorum::session {

// What was recorded lately; of one thread.
class ReadingMemory {
public:
    // False: it was noted before, and stands here still.
    [[nodiscard]] bool note(std::string_view reader, std::string_view block);

private:
    static constexpr std::size_t remembered = 16'384;  // eight octets each

    std::vector<std::uint64_t> lately_;  // hashes, each in its own place; empty until something is shown
};

// Of one thread.
class ReadingRecord {
public:
    // The recorder and the memory outlive it, and the recorder's journal all that runs on the executor.
    ReadingRecord(audit::Recorder& recorder, net::Executor executor, ReadingMemory& memory);

    struct Shown {
        std::string_view session;
        std::uint64_t number = 0;  // of what is recorded of the session, from 1
        std::string_view listener;
        std::string_view reader;  // the login
        std::string_view block;   // its seal tells messages apart
    };
    // True: it was not recorded lately, and is now; it is written by the end of this turn of the loop.
    bool add(const Shown& shown, const pipeline::Said& said, const message::HeaderSection& header);

private:
    void commit_soon();

    audit::Recorder& recorder_;
    const net::Executor executor_;
    ReadingMemory& memory_;
    std::shared_ptr<bool> commits_soon_ = std::make_shared<bool>(false);  // shared with what will do it
};

}  // namespace decorum::session
