// The grammar of commands. See command.hpp for the contract; FETCH and the search keys are in
// command_fetch.cpp and command_search.cpp.
#include "gateway/imap/command.hpp"

#include <algorithm>
#include <array>

#include "gateway/imap/command_parts.hpp"

namespace decorum::imap {
namespace {

// How the arguments of a command are read.
enum class Shape : std::uint8_t { none, any, values, own };

struct Known {
    std::string_view name;
    Verb verb;
    Shape shape;
};

constexpr auto commands = std::to_array<Known>({
    {"CAPABILITY", Verb::capability, Shape::none},
    {"ID", Verb::id, Shape::own},
    {"LOGOUT", Verb::logout, Shape::none},
    {"NOOP", Verb::noop, Shape::none},
    {"AUTHENTICATE", Verb::authenticate, Shape::own},
    {"LOGIN", Verb::login, Shape::own},
    {"STARTTLS", Verb::starttls, Shape::none},
    {"APPEND", Verb::append, Shape::own},
    {"CREATE", Verb::create, Shape::values},
    {"DELETE", Verb::remove, Shape::values},
    {"DELETEACL", Verb::delete_acl, Shape::values},
    {"ENABLE", Verb::enable, Shape::own},
    {"EXAMINE", Verb::examine, Shape::own},
    {"GETACL", Verb::get_acl, Shape::values},
    {"GETMETADATA", Verb::get_metadata, Shape::values},
    {"GETQUOTA", Verb::get_quota, Shape::values},
    {"GETQUOTAROOT", Verb::get_quota_root, Shape::values},
    {"IDLE", Verb::idle, Shape::none},
    {"LIST", Verb::list, Shape::own},
    {"LISTRIGHTS", Verb::list_rights, Shape::values},
    {"LSUB", Verb::lsub, Shape::values},
    {"MYRIGHTS", Verb::my_rights, Shape::values},
    {"NAMESPACE", Verb::namespaces, Shape::none},
    {"RENAME", Verb::rename, Shape::values},
    {"SELECT", Verb::select, Shape::own},
    {"SETACL", Verb::set_acl, Shape::values},
    {"SETMETADATA", Verb::set_metadata, Shape::values},
    {"SETQUOTA", Verb::set_quota, Shape::values},
    {"STATUS", Verb::status, Shape::own},
    {"SUBSCRIBE", Verb::subscribe, Shape::values},
    {"UNSUBSCRIBE", Verb::unsubscribe, Shape::values},
    {"CHECK", Verb::check, Shape::none},
    {"CLOSE", Verb::close, Shape::none},
    {"COPY", Verb::copy, Shape::values},
    {"EXPUNGE", Verb::expunge, Shape::any},
    {"FETCH", Verb::fetch, Shape::own},
    {"MOVE", Verb::move, Shape::values},
    {"SEARCH", Verb::search, Shape::own},
    {"SORT", Verb::sort, Shape::own},
    {"STORE", Verb::store, Shape::values},
    {"THREAD", Verb::thread, Shape::own},
    {"UNSELECT", Verb::unselect, Shape::none},
});

constexpr auto verb_octets = ascii::OctetSet("").add_range('A', 'Z').add_range('a', 'z');
constexpr auto mechanism_octets =
    ascii::OctetSet("-_").add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');
constexpr auto base64_octets =
    ascii::OctetSet("+/=").add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');
// Leniency login_wildcards: what quotes alone should hold stands in names and passwords without them, in
// Dovecot's "user*master" above all.
constexpr auto login_octets = ascii::OctetSet("!#$%&'*+,-./:;<=>?@[\\]^_`|}~")
                                  .add_range('0', '9')
                                  .add_range('A', 'Z')
                                  .add_range('a', 'z');
constexpr auto capability_octets =
    ascii::OctetSet("-+=.:/").add_range('A', 'Z').add_range('a', 'z').add_range('0', '9');

// uid = "UID" SP (copy / move / fetch / search / store / uid-expunge), sort and thread too
bool takes_uid(Verb verb) {
    switch (verb) {
        case Verb::copy:
        case Verb::expunge:
        case Verb::fetch:
        case Verb::move:
        case Verb::search:
        case Verb::sort:
        case Verb::store:
        case Verb::thread: return true;
        default: return false;
    }
}

// id-params-list = "(" *(string SP nstring) ")" / nil  RFC 2971 §4
Result<Id> parse_id(std::string_view arguments, const CommandLimits& limits) {
    Id id;
    Cursor cursor(arguments);
    if (cursor.take_word("NIL")) {
        if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
        return id;
    }
    if (!cursor.take('(')) return fail(errc::syntax, "Invalid arguments");
    while (!cursor.take(')')) {
        if (!id.pairs.empty() && !cursor.take(' ')) return fail(errc::syntax, "Invalid arguments");
        auto key = cursor.take_string();
        if (!key || !cursor.take(' ')) return fail(errc::syntax, "Invalid arguments");
        std::optional<std::string> value;
        if (!cursor.take_word("NIL")) {
            value = cursor.take_string();
            if (!value) return fail(errc::syntax, "Invalid arguments");
        }
        if (id.pairs.size() == limits.max_id_pairs) return fail(errc::limit, "Too many fields");
        if (key->size() > limits.max_id_key_octets || value.value_or("").size() > limits.max_id_value_octets)
            return fail(errc::limit, "Field too long");
        id.pairs.emplace_back(std::move(*key), std::move(value));
    }
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return id;
}

// login = "LOGIN" SP userid SP password; both are astrings
Result<Login> parse_login(std::string_view arguments) {
    Cursor cursor(arguments);
    auto user = cursor.take_astring(login_octets);
    if (!user || !cursor.take(' ')) return fail(errc::syntax, "Invalid arguments");
    auto password = cursor.take_astring(login_octets);
    if (!password || !cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return Login{std::move(*user), Secret(std::move(*password))};
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]; initial-resp = base64 / "="
Result<Authenticate> parse_authenticate(std::string_view arguments) {
    Cursor cursor(arguments);
    Authenticate authenticate;
    for (const char octet : cursor.take_all(mechanism_octets))
        authenticate.mechanism += ascii::to_upper(octet);
    if (authenticate.mechanism.empty()) return fail(errc::syntax, "Invalid arguments");
    if (cursor.take(' ')) {
        const auto response = cursor.take_all(base64_octets);
        if (response.empty()) return fail(errc::syntax, "Invalid arguments");
        authenticate.initial_response = Secret(std::string(response));
    }
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return authenticate;
}

// enable = "ENABLE" 1*(SP capability)
Result<Enable> parse_enable(std::string_view arguments) {
    Cursor cursor(arguments);
    Enable enable;
    do {
        const auto capability = cursor.take_all(capability_octets);
        if (capability.empty()) return fail(errc::syntax, "Invalid arguments");
        enable.capabilities.push_back(capability);
    } while (cursor.take(' '));
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return enable;
}

// select-param = condstore-param / "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids]
// [SP seq-match-data] ")"  RFC 7162 §7
Result<> take_select_parameter(Cursor& cursor, Select& select) {
    if (cursor.take_word("CONDSTORE")) return {};
    if (!cursor.take_word("QRESYNC") || !cursor.rest().starts_with(" ("))
        return fail(errc::syntax, "Unknown parameter");
    cursor.take(' ');
    const auto list = cursor.rest();
    Cursor inner(list.substr(1));
    const auto digits = inner.rest();
    if (!inner.take_number() || inner.peek() != ' ' || select.qresync_uid_validity || !cursor.take_value())
        return fail(errc::syntax, "Invalid parameter");
    select.qresync_uid_validity = inner.since(digits);
    return {};
}

// select = "SELECT" SP mailbox [select-params]; select-params = SP "(" select-param *(SP select-param) ")"
Result<Select> parse_select(std::string_view arguments) {
    Cursor cursor(arguments);
    if (!cursor.take_astring()) return fail(errc::syntax, "Invalid arguments");
    Select select;
    if (cursor.take(' ')) {
        if (!cursor.take('(')) return fail(errc::syntax, "Invalid arguments");
        do {
            if (auto taken = take_select_parameter(cursor, select); !taken)
                return std::unexpected(std::move(taken.error()));
        } while (cursor.take(' '));
        if (!cursor.take(')')) return fail(errc::syntax, "Invalid arguments");
    }
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return select;
}

// "(" status-att *(SP status-att) ")"
std::optional<StatusItems> take_status_items(Cursor& cursor) {
    const auto from = cursor.rest();
    StatusItems items;
    if (!cursor.take('(')) return std::nullopt;
    do {
        const auto item = cursor.take_all(atom_octets);
        if (item.empty()) return std::nullopt;
        items.messages = items.messages || ascii::equals_nocase(item, "MESSAGES");
        items.size = items.size || ascii::equals_nocase(item, "SIZE");
    } while (cursor.take(' '));
    if (!cursor.take(')')) return std::nullopt;
    items.wire = cursor.since(from);
    return items;
}

// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
Result<Status> parse_status(std::string_view arguments) {
    Cursor cursor(arguments);
    if (!cursor.take_astring() || !cursor.take(' ')) return fail(errc::syntax, "Invalid arguments");
    const auto items = take_status_items(cursor);
    if (!items || !cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return Status{*items};
}

// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]; list-return-opts =
// "RETURN" SP "(" [return-option *(SP return-option)] ")", STATUS among them  RFC 5258, RFC 5819
Result<List> parse_list(std::string_view arguments) {
    Cursor cursor(arguments);
    if (!cursor.take_values()) return fail(errc::syntax, "Invalid arguments");
    cursor.reset(arguments);
    List list;
    if (cursor.peek() == '(' && (!cursor.take_value() || !cursor.take(' ')))
        return fail(errc::syntax, "Invalid arguments");
    if (!cursor.take_value() || !cursor.take(' ') || !cursor.take_value())
        return fail(errc::syntax, "Invalid arguments");
    if (cursor.at_end()) return list;
    if (!cursor.take(' ') || !cursor.take_word("RETURN") || !cursor.take(' ') || !cursor.take('('))
        return fail(errc::syntax, "Invalid arguments");
    while (!cursor.take(')')) {
        if (cursor.take_word("STATUS")) {
            if (list.status || !cursor.take(' ')) return fail(errc::syntax, "Invalid arguments");
            list.status = take_status_items(cursor);
            if (!list.status) return fail(errc::syntax, "Invalid arguments");
        } else if (!cursor.take_value()) {
            return fail(errc::syntax, "Invalid arguments");
        }
        if (!cursor.take(' ') && cursor.peek() != ')') return fail(errc::syntax, "Invalid arguments");
    }
    if (!cursor.at_end()) return fail(errc::syntax, "Invalid arguments");
    return list;
}

template <class Detail>
Result<> keep(Result<Detail> parsed, Command& command) {
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    command.detail = std::move(*parsed);
    return {};
}

Result<> parse_own(Command& command, const CommandLimits& limits) {
    const auto arguments = command.arguments;
    switch (command.verb) {
        case Verb::id: return keep(parse_id(arguments, limits), command);
        case Verb::login: return keep(parse_login(arguments), command);
        case Verb::authenticate: return keep(parse_authenticate(arguments), command);
        case Verb::enable: return keep(parse_enable(arguments), command);
        case Verb::select:
        case Verb::examine: return keep(parse_select(arguments), command);
        case Verb::status: return keep(parse_status(arguments), command);
        case Verb::list: return keep(parse_list(arguments), command);
        case Verb::fetch: return keep(parse_fetch(arguments), command);
        case Verb::search:
        case Verb::sort:
        case Verb::thread: return keep(parse_search(command.verb, arguments), command);
        // The reader stops at the message of every APPEND that has one.
        default: return fail(errc::syntax, "Invalid arguments");
    }
}

Result<> parse_arguments(Command& command, Shape shape, bool has_arguments, const CommandLimits& limits) {
    switch (shape) {
        case Shape::none:
            if (has_arguments) return fail(errc::syntax, "This command takes no arguments");
            return {};
        case Shape::any:
            // EXPUNGE; UID EXPUNGE sequence-set
            if (has_arguments != command.uid) return fail(errc::syntax, "Invalid arguments");
            if (!has_arguments) return {};
            [[fallthrough]];
        case Shape::values: {
            Cursor cursor(command.arguments);
            if (!cursor.take_values()) return fail(errc::syntax, "Invalid arguments");
            return {};
        }
        case Shape::own: break;
    }
    return parse_own(command, limits);
}

}  // namespace

std::string_view tag_of(std::string_view wire) {
    Cursor cursor(wire);
    const auto tag = cursor.take_all(tag_octets);
    if (tag.size() > max_tag_octets || cursor.peek() != ' ') return {};
    return tag;
}

// command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF
Result<Command> parse_command(std::string_view wire, const CommandLimits& limits) {
    Command command{.tag = tag_of(wire)};
    if (command.tag.empty()) return fail(errc::syntax, "Invalid tag");
    Cursor cursor(wire.substr(command.tag.size() + 1));
    command.uid = cursor.take_word("UID");
    if (command.uid && !cursor.take(' ')) return fail(errc::syntax, "Missing command");
    const auto word = cursor.take_all(verb_octets);
    const auto* known = std::ranges::find_if(
        commands, [word](const Known& candidate) { return ascii::equals_nocase(candidate.name, word); });
    if (known == commands.end() || (command.uid && !takes_uid(known->verb)))
        return fail(errc::unsupported, "Unknown command");
    command.verb = known->verb;
    const bool has_arguments = cursor.take(' ');
    if (!has_arguments && !cursor.at_end()) return fail(errc::syntax, "Unknown command");
    command.arguments = cursor.rest();
    if (auto parsed = parse_arguments(command, known->shape, has_arguments, limits); !parsed)
        return std::unexpected(std::move(parsed.error()));
    return command;
}

// append = "APPEND" SP mailbox 1*append-message; append-message = [SP flag-list] [SP date-time] SP
// append-data append-data = literal / literal8 / "UTF8" SP "(" literal8 ")"  RFC 3501, RFC 3516, RFC 6855 §4
std::optional<AppendHead> parse_append_head(std::string_view wire) {
    AppendHead head{.tag = tag_of(wire)};
    if (head.tag.empty()) return std::nullopt;
    Cursor cursor(wire.substr(head.tag.size() + 1));
    if (!cursor.take_word("APPEND") || !cursor.take(' ')) return std::nullopt;
    if (!cursor.take_astring() || !cursor.take(' ')) return std::nullopt;
    if (cursor.peek() == '(' && (!cursor.take_value() || !cursor.take(' '))) return std::nullopt;
    if (cursor.peek() == '"' && (!cursor.take_string() || !cursor.take(' '))) return std::nullopt;
    if (cursor.take_word("UTF8")) {
        head.utf8 = cursor.take(' ') && cursor.take('(');
        if (!head.utf8 || cursor.peek() != '~') return std::nullopt;
    }
    head.before_literal = wire.substr(0, wire.size() - cursor.rest().size());
    cursor.take('~');
    if (!cursor.take('{') || !cursor.take_number()) return std::nullopt;
    cursor.take('+');
    if (!cursor.take('}') || !cursor.at_end()) return std::nullopt;
    return head;
}

}  // namespace decorum::imap
