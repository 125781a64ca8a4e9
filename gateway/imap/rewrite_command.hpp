// What is asked upstream for a client's command, where messages are shown with a block of constant size above
// them and UIDVALIDITY is mapped. Everything that needn't change stays as the client wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/imap/block.hpp"
#include "gateway/imap/command.hpp"
#include "gateway/imap/uid_validity.hpp"

namespace decorum::imap {

struct Rewrite {
    std::uint64_t block_octets = 0;  // 0: no block, sizes and sections are as they were
    OurNames names;
    Epoch epoch;
    std::size_t max_header_octets = 256 * 1024;  // held of a header section; beyond: a neutral block
};

// SEARCH, SORT, THREAD: LARGER and SMALLER less the block; STATUS and LIST RETURN (STATUS …): MESSAGES beside
// SIZE; SELECT, EXAMINE: the UIDVALIDITY of QRESYNC. All other commands as they are; FETCH is plan_fetch()'s.
[[nodiscard]] std::string upstream_command(const Command& command, std::string_view wire,
                                           const Rewrite& rewrite);
// upstream_command() asks for MESSAGES where the client didn't.
[[nodiscard]] bool adds_messages(const Command& command, const Rewrite& rewrite);

// How the value of one item is made from what the upstream answers.
struct FetchPart {
    FetchItem::Kind kind = FetchItem::Kind::body;
    Section section;
    std::uint64_t upstream_origin = 0;
    FetchItem::Partial shown;  // origin and octets, as the client asked
    // Of what the upstream answers nothing is shown: it all lies within the block, only NIL matters.
    bool within_block = false;
};

// A FETCH command on its way: kept until its tagged response.
struct FetchPlan {
    std::string wire;        // what is asked upstream
    bool hides_uid = false;  // these were added by us
    bool hides_internal_date = false;
    bool hides_header = false;  // BODY[HEADER]
    bool shows_uid = false;     // the client asked for these
    bool shows_internal_date = false;
    bool shows_header = false;
    std::vector<FetchPart> parts;  // the partials of annotated and masked sections, in order

    // The block of each message is needed: lookups may start.
    bool needs_block = false;

    // Octets of memory that the plan takes until its command is answered, about.
    [[nodiscard]] std::size_t held_octets() const;
};

// `header_known`: the session has header and INTERNALDATE of all messages that the command can be about.
[[nodiscard]] FetchPlan plan_fetch(const Command& command, std::string_view wire, const Rewrite& rewrite,
                                   bool header_known = false);

// The responses to both couldn't be told apart: the second command waits for the end of the first.
[[nodiscard]] bool conflict(const FetchPlan& first, const FetchPlan& second);

}  // namespace decorum::imap
