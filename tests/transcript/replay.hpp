// Replays a written dialogue against a session in memory: the file plays the client and the mail
// server, and every octet that the session says to either side must stand in it.
//
// A file begins with a head of `key: value` lines, ended by an empty line. Lines that begin with `#` are
// comments, everywhere.
//
//   protocol: smtp | lmtp | imap      policy: inbound | outbound | pass     tls: none | starttls | implicit
//   position: delivery | filter | front | submission                       malformed: refuse | normalize |
//   pass trusted: PREFIX                   peer: ADDRESS                         require: authenticated |
//   none deadline, timeout.command, timeout.data_block, timeout.data_end, timeout.data_total,
//   timeout.greeting: 50ms limit.recipients, limit.errors, limit.header, limit.received_fields,
//   own_domain: NAME       charter: audit | notice | confirm | block, for findings in mail to others
//   limit.message_size, limit.command_line, limit.auth_line, limit.data_line: NUMBER person: ADDRESS | NAME |
//   HEADLINE | ORGANISATION | TIER        (any number of these) people: silent | failing          own_name:
//   NAME                        exclude: RECIPIENT visible: from | subject           outlook_flag: yes
//   max_idle, spares: NUMBER upstream: A, B, …                 what the mail server offers (a default stands
//   in replay.cpp; none: nothing) upstream_tls: none | starttls | implicit     upstream_verify: none |
//   opportunistic | required upstream_verified: yes            send_proxy: v1 | v2 handshake: manual else
//   each connection's greeting and EHLO or LHLO are played unseen splits: yes                       the
//   dialogue is also replayed with the client's octets read in small pieces
//
// For imap also: annotate: yes   block: OCTETS   epoch: NUMBER   autologout: 50ms   forward_address: yes;
// each connection's greeting, with the capabilities of `upstream` (separated by commas), is played unseen.
//
// Then steps, in the order in which they must happen:
//
//   C: text    the client sends the line. C lines that follow one another go in one write.
//   S: text    the client must receive the line.
//   U: text    the mail server must receive the line.
//   R: text    the mail server sends the line. R lines that follow one another go in one write.
//
// A number after the letter (C2, U3) is the client or connection meant, 1 where there is none; clients
// connect when they are first named, connections are numbered as they are dialled. `C*5000: text` is the line
// so many times. In C and R: \r \n \0 \\ \xNN, and a `\` at the very end leaves the CRLF out. In S and U the
// same, and {*} for any octets within the line.
//
//   hello [N]             client N reads the greeting, says EHLO or LHLO, and reads the answer
//   envelope [N [M]]      jane@example.net to paul@example.org, up to and with 354, over connection M
//   login [N [M]]         client N reads the greeting and logs in (imap), over connection M
//   S-block PATTERN       the client must receive imap.block octets whose Source field is PATTERN ("padding":
//                         there is none); S-field PATTERN: they must hold this field, unfolded
//   alert TEXT            somebody has this to say to paul@example.org
//   S-reply CODE          the client must receive a reply with this code, of any number of lines
//   C-close, R-close      the peer ends its side             C-reset, R-reset     its connection breaks
//   C-block, U-same-block the last block, verbatim           R-down, R-up         later dials fail, succeed
//   S-closed, U-closed    nothing more may come, and the session must have closed this connection
//   U-abandoned           whatever else comes of the message, the final dot does not: the session must have
//                         closed the connection without it
//   U-block PATTERN       the mail server must receive an annotation block whose Source field is PATTERN
//   U-field PATTERN       the last block must hold this field, unfolded
//   U-writes N            the session has written so many times to this connection since this was last asked,
//                         or since the handshake
//   connections N         so many were dialled so far
//   wait 100ms            for what is about time itself
//   people answering, people silent                          drain           the gateway is going down
//   assessed ADDRESS      its assessment is waited for       clock SECONDS   so much later, for confirmations
//   warned N              so many warnings were handed to the telling half so far
//   limit SETTING N, …    the limits that were hit so far, in the order of their list, and how often
//   store down            nobody can tell what people answered
//
// At the end the clients' connections are closed, every session must end, and nothing may be left unread but
// a QUIT for the mail server.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace decorum::test {

struct Dialogue;

[[nodiscard]] bool wants_splits(const std::filesystem::path& file);

// Throws std::runtime_error with file, line, and what came instead. `read_sizes`: as in MemoryPlan, for what
// the session reads from its clients.
void replay(const std::filesystem::path& file, std::vector<std::size_t> read_sizes);

}  // namespace decorum::test
