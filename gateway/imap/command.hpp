// IMAP client commands: one command in wire form in (syntax.hpp), one Command out (RFC 9051 §6, RFC 3501, and
// the extensions that the capability list lets through).
//
// A command that isn't known, or not understood as a whole, is an error and goes nowhere: it is answered BAD.
// Commands are forwarded as they came; what the gateway must understand or change is taken apart here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/secret.hpp"
#include "gateway/imap/section.hpp"

namespace decorum::imap {

enum class Verb : std::uint8_t {
    // Any state.
    capability,
    id,
    logout,
    noop,
    // Not authenticated.
    authenticate,
    login,
    starttls,
    // Authenticated.
    append,
    create,
    remove,  // DELETE
    delete_acl,
    enable,
    examine,
    get_acl,
    get_metadata,
    get_quota,
    get_quota_root,
    idle,
    list,
    list_rights,
    lsub,
    my_rights,
    namespaces,  // NAMESPACE
    rename,
    select,
    set_acl,
    set_metadata,
    set_quota,
    status,
    subscribe,
    unsubscribe,
    // Selected.
    check,
    close,
    copy,
    expunge,
    fetch,
    move,
    search,
    sort,
    store,
    thread,
    unselect,
};

struct Login {
    std::string user;
    Secret password;
};
struct Authenticate {
    std::string mechanism;                   // in capitals
    std::optional<Secret> initial_response;  // base64, or "=": present and empty
};
struct Id {
    // "NIL" for a value gives nullopt.
    std::vector<std::pair<std::string, std::optional<std::string>>> pairs;
};
struct Enable {
    std::vector<std::string_view> capabilities;
};
struct Select {                                              // EXAMINE too
    std::optional<std::string_view> qresync_uid_validity{};  // its digits in the command
};
struct Fetch {
    std::string_view set;
    std::vector<FetchItem> items;  // macros (ALL, FAST, FULL) taken apart
    std::string_view items_wire;   // as written, with the parentheses
    std::string_view modifiers;    // "(CHANGEDSINCE 12)", or empty
    bool is_macro = false;
};
// A LARGER or SMALLER key of SEARCH, SORT or THREAD, at any depth.
struct SizeKey {
    bool larger = false;
    std::uint64_t octets = 0;
    std::string_view wire;  // "LARGER 4000"
};
struct Search {  // SORT and THREAD too
    std::vector<SizeKey> size_keys;
};
struct StatusItems {
    std::string_view wire;  // "(MESSAGES SIZE)"
    bool messages = false;
    bool size = false;
};
struct Status {
    StatusItems items;
};
struct List {
    std::optional<StatusItems> status;  // RETURN (STATUS (…))
};

struct Command {
    std::string_view tag;
    Verb verb = Verb::noop;
    bool uid = false;              // UID FETCH, UID SEARCH, …
    std::string_view arguments{};  // after the verb and its space, as written
    std::variant<std::monostate, Login, Authenticate, Id, Enable, Select, Fetch, Search, Status, List>
        detail{};
};

// An APPEND up to its message, which streams.
struct AppendHead {
    std::string_view tag;
    std::string_view before_literal{};  // "a1 APPEND INBOX (\Seen) ", with "UTF8 (" where that was given
    bool utf8 = false;                  // the text after the literal must be ")", else nothing
};

struct CommandLimits {
    std::size_t max_id_pairs = 30;  // RFC 2971 §3.3
    std::size_t max_id_key_octets = 30;
    std::size_t max_id_value_octets = 1024;
};

// Views point into `wire`, which is without its last line end. errc::syntax, errc::limit or errc::unsupported
// (an unknown command) with a short text fit for a BAD response: it repeats nothing of the command.
// APPEND is not parsed here: the reader (command_reader.hpp) stops at its message.
[[nodiscard]] Result<Command> parse_command(std::string_view wire, const CommandLimits& limits = {});

// The tag of a command, or empty where it has no valid one (the answer is "* BAD").
[[nodiscard]] std::string_view tag_of(std::string_view wire);

// Whether `wire`, which ends in the announcement of a literal, is an APPEND up to its message.
[[nodiscard]] std::optional<AppendHead> parse_append_head(std::string_view wire);

}  // namespace decorum::imap
