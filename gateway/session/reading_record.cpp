#include "gateway/session/reading_record.hpp"

#include <functional>
#include <utility>

#include "gateway/net/event.hpp"
#include "gateway/session/message_record.hpp"

namespace decorum::session {

bool ReadingMemory::note(std::string_view reader, std::string_view block) {
    const std::hash<std::string_view> hash;
    const std::uint64_t name = hash(reader) * 31 + hash(block);
    if (lately_.empty()) lately_.resize(remembered);
    return std::exchange(lately_[name % remembered], name) != name;
}

ReadingRecord::ReadingRecord(audit::Recorder& recorder, net::Executor executor, ReadingMemory& memory)
    : recorder_(recorder), executor_(std::move(executor)), memory_(memory) {}

bool ReadingRecord::add(const Shown& shown, const pipeline::Said& said,
                        const message::HeaderSection& header) {
    if (!memory_.note(shown.reader, shown.block)) return false;
    audit::Event event(audit::Kind::annotation);
    event.text("session", shown.session)
        .number("message", shown.number)
        .text("listener", shown.listener)
        .text("protocol", "imap")
        .text_unless_empty("reader", recorder_.names.of(shown.reader))
        .text_unless_empty("message_id", name_of_message(header));
    describe(said, recorder_.names, event);
    recorder_.journal.add(event);
    commit_soon();
    return true;
}

// Who reads a thousand messages has them recorded in a few writes.
void ReadingRecord::commit_soon() {
    if (std::exchange(*commits_soon_, true)) return;
    net::post(executor_, [&journal = recorder_.journal, commits_soon = commits_soon_] {
        *commits_soon = false;
        (void)journal.commit();
    });
}

}  // namespace decorum::session
