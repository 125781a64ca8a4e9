// The blocks of one IMAP session: what is shown above each message that a client reads.
//
// A block depends on the message's header section and INTERNALDATE alone, so nothing is kept a message but a
// few headers of messages that are read in pieces. Any doubt gives a neutral block of the same size: a date
// or a header that isn't known, a header beyond the limit, a lookup that is late.
//
// Who wasn't found may be found a moment later, but a message's octets don't change within a connection
// (RFC 9051 §2.3.1.1), nor the sizes of selected fields: so it is remembered which messages were shown
// without their authors, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/imap/block.hpp"
#include "gateway/imap/rewrite_fetch.hpp"
#include "gateway/pipeline/annotator.hpp"
#include "gateway/session/context.hpp"

namespace decorum::session {

// The fields of a range, told by name and number: the upstream may send them in another selection.
[[nodiscard]] std::vector<imap::KeptField> kept_fields(const message::HeaderSection& header,
                                                       message::Range range);

class ImapAnnotation {
public:
    static constexpr std::size_t max_kept_messages = 4;
    static constexpr std::size_t max_kept_header_octets = 32 * 1024;
    // Beyond so many in one connection a message may be shown without its author, then with her.
    static constexpr std::size_t max_unfound_messages = 8192;

    // `session` and `login` belong to the session, and are for the audit log.
    ImapAnnotation(const Listening& listening, ThreadContext& thread, const std::string& session,
                   const std::string& login)
        : listening_(listening), thread_(thread), session_(session), login_(login) {}

    // Whose mailbox it is, as far as the login tells.
    void set_reader(std::string_view login);

    // A command begins while none reads messages: it has the listener's deadline for all its lookups
    // together.
    void begin_command() { waited_ = {}; }

    // The block that the rewriter wants. `keep_it`: the client reads the message in pieces and will come
    // back.
    [[nodiscard]] net::Task<imap::MessageBlock> block_of(const imap::WantedBlock& wanted, bool keep_it);

    // The header of a message that came without it; empty where it isn't known. Valid until the next call
    // here.
    [[nodiscard]] std::string_view header_of(const imap::WantedBlock& wanted) const;
    // True: it is known, and stays so until release().
    [[nodiscard]] bool hold(std::uint64_t uid);
    void release(std::uint64_t uid);

    // Another mailbox is open, or the client is idle.
    void forget() { std::vector<Kept>().swap(kept_); }

    // A list of messages shows this author: somebody will be read soon.
    void prefetch(std::string_view address) const { thread_.annotator.prefetch(address); }

private:
    struct Kept {
        std::uint64_t uid = 0;
        unsigned held = 0;  // by so many commands
        std::string header;
        imap::MessageBlock block;
    };
    [[nodiscard]] const Kept* find(std::uint64_t uid) const;
    void keep(Kept message);
    // The message is known by its header section and INTERNALDATE, in whichever mailbox it stands.
    [[nodiscard]] std::optional<pipeline::Unfound> shown_before(std::uint64_t message) const;
    void remember(std::uint64_t message, pipeline::Unfound why);
    [[nodiscard]] imap::MessageBlock neutral(std::string_view octets, std::string_view reason);
    void record(const pipeline::Said& said, const message::HeaderSection& header, std::string_view block);

    const Listening& listening_;
    ThreadContext& thread_;
    const std::string& session_;
    const std::string& login_;
    std::uint64_t recorded_ = 0;
    pipeline::Envelope envelope_;
    Milliseconds waited_{};
    std::vector<Kept> kept_;  // the oldest first
    // Ascending; a hash of the message whose last octet is the reason: eight octets a message.
    std::vector<std::uint64_t> unfound_;
};

}  // namespace decorum::session
