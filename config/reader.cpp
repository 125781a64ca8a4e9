// Values from nodes. Invariant: a slot is written only with a value that passed its type, range and check;
// every other case is one fault that names what would be right. Secrets are never quoted, because they are
// never read: there are only keys for the names of their files.
#include "config/reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "config/checks.hpp"
#include "config/consistency.hpp"
#include "gateway/base/ascii.hpp"

namespace decorum::config {
namespace {

std::string describe(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "a list";
        case toml::node_type::string: return in_quotes(node.as_string()->get());
        case toml::node_type::integer: return fmt::format("the number {}", node.as_integer()->get());
        case toml::node_type::floating_point: return "a number with a fraction";
        case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
        default: return "a date or time";
    }
}

// The defaults of the table, parsed once: they are read by the same code as the file's own values.
const toml::table& default_values() {
    static const toml::table values = [] {
        toml::table out;
        for (const Setting& setting : all_settings()) {
            if (setting.default_text.empty()) continue;
            toml::table one = toml::parse(fmt::format("value = {}", setting.default_text));
            auto [section, added] = out.emplace<toml::table>(setting.section);
            section->second.as_table()->insert(setting.key, std::move(*one.get("value")));
        }
        return out;
    }();
    return values;
}

const toml::node* default_of(const Setting& setting) {
    const auto* section = default_values().get_as<toml::table>(setting.section);
    return section == nullptr ? nullptr : section->get(setting.key);
}

bool same(const toml::node& a, const toml::node* b) {
    if (b == nullptr || a.type() != b->type()) return false;
    if (a.is_string()) return a.as_string()->get() == b->as_string()->get();
    if (a.is_integer()) return a.as_integer()->get() == b->as_integer()->get();
    if (a.is_boolean()) return a.as_boolean()->get() == b->as_boolean()->get();
    return a.is_array() && *a.as_array() == *b->as_array();
}

std::string heading_of(const SectionInfo& info) {
    switch (info.shape) {
        case Shape::list: return fmt::format("[[{}]]", info.name);
        case Shape::named: return fmt::format("[{}.NAME]", info.name);
        case Shape::table: break;
    }
    return fmt::format("[{}]", info.name);
}

std::string unknown(std::string_view what, std::string_view name,
                    std::span<const std::string_view> candidates) {
    const std::string_view meant = nearest(name, candidates);
    if (meant.empty()) return fmt::format("there is no such {}", what);
    return fmt::format("there is no such {}; did you mean \"{}\"?", what, meant);
}

constexpr std::string_view credentials_of_service = "/run/credentials/decorum.service";

// "$CREDENTIALS_DIRECTORY/NAME": what systemd's LoadCredential= put there for us alone. Who isn't started by
// systemd, such as `decorum check`, looks where the service has it while it runs.
std::optional<std::filesystem::path> credential_at(std::string_view path) {
    constexpr std::string_view variable = "$CREDENTIALS_DIRECTORY/";
    if (!path.starts_with(variable)) return std::nullopt;
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    return std::filesystem::path(folder == nullptr ? credentials_of_service : folder) /
           path.substr(variable.size());
}

constexpr std::string_view custom_section = "connector.custom";

const toml::node* node_of(const toml::table& root, std::string_view section) {
    if (section != custom_section) return root.get(section);
    const auto* connectors = root.get_as<toml::table>("connector");
    return connectors == nullptr ? nullptr : connectors->get("custom");
}

// A key as a message shows it, however strange it is in the file.
std::string shown_key(std::string_view key) {
    const bool plain = !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
        return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.';
    });
    return plain ? std::string(key) : in_quotes(key);
}

}  // namespace

void Reader::read(const toml::table& root) {
    std::vector<std::string_view> names;
    for (const SectionInfo& info : all_sections())
        if (!info.name.contains('.')) names.push_back(info.name);
    for (const auto& [key, node] : root) {
        findings_.note("", shown_key(key.str()), key.source().begin.line);
        if (std::ranges::find(names, key.str()) == names.end())
            findings_.fault("", shown_key(key.str()), unknown("section", key.str(), names));
        if (findings_.full()) return;
    }
    const toml::table empty;
    for (const SectionInfo& info : all_sections()) {
        const toml::node* node = node_of(root, info.name);
        if (info.shape == Shape::table) {
            const toml::table* table = node == nullptr ? &empty : node->as_table();
            if (table == nullptr)
                findings_.fault("", info.name, fmt::format("a section {}", heading_of(info)));
            read_section(table == nullptr ? empty : *table, info, std::string(info.name), info.of(settings_));
        } else if (node != nullptr) {
            if (info.name == "listener")
                read_listeners(*node);
            else if (info.name == "upstream")
                read_named(*node, info, settings_.upstreams);
            else if (info.name == custom_section)
                read_named(*node, info, settings_.custom);
            else
                read_named(*node, info, settings_.connectors);
        }
        if (findings_.full()) return;
    }
    resolve_texts();
}

void Reader::read_listeners(const toml::node& node) {
    const SectionInfo& info = *find_section("listener");
    const toml::array* list = node.as_array();
    if (list == nullptr || !list->is_homogeneous<toml::table>()) {
        if (list == nullptr || !list->empty())
            findings_.fault("", info.name,
                            fmt::format("sections {}, with double brackets", heading_of(info)));
        return;
    }
    settings_.listeners.resize(list->size());
    for (std::size_t i = 0; i < list->size() && !findings_.full(); ++i) {
        const toml::table& table = *list->get_as<toml::table>(i);
        const std::string instance = listener_instance(i);
        findings_.note(instance, "", table.source().begin.line);
        settings_.listeners[i].line = table.source().begin.line;
        read_section(table, info, instance, &settings_.listeners[i]);
    }
}

template <class Section>
void Reader::read_named(const toml::node& node, const SectionInfo& info,
                        std::map<std::string, Section>& into) {
    const toml::table* sections = node.as_table();
    if (sections == nullptr) {
        findings_.fault("", info.name, fmt::format("sections {}", heading_of(info)));
        return;
    }
    for (const auto& [key, value] : *sections) {
        if (findings_.full()) return;
        const std::string name(key.str());
        if (info.name == "connector" && name == "custom") {  // a section of its own
            findings_.note("", custom_section, key.source().begin.line);
            continue;
        }
        const std::string instance = fmt::format("{}.{}", info.name, shown_key(name));
        findings_.note(instance, "", key.source().begin.line);
        if (const std::string wrong = check_section_name(name); !wrong.empty()) {
            findings_.fault(instance, "", wrong);
        } else if (info.name == "connector" &&
                   std::ranges::find(known_connectors(), name) == known_connectors().end()) {
            findings_.fault(instance, "", unknown("connector", name, known_connectors()));
        } else if (!value.is_table()) {
            findings_.fault(instance, "", fmt::format("a section {}, not a value", heading_of(info)));
        } else {
            Section& section = into[name];
            section.line = key.source().begin.line;
            if constexpr (requires { section.name; }) section.name = name;
            read_section(*value.as_table(), info, instance, &section);
        }
    }
}

void Reader::read_section(const toml::table& table, const SectionInfo& info, const std::string& instance,
                          Target target) {
    refuse_unknown_keys(table, info, instance);
    for (const Setting& setting : all_settings()) {
        if (setting.section != info.name) continue;
        const Place place{setting, instance};
        const Slot slot = setting.slot(target);
        const toml::node* node = table.get(setting.key);
        if (node == nullptr && setting.required)
            findings_.fault(instance, setting.key,
                            fmt::format("must be given, as in {} = {}", setting.key, setting.example));
        const toml::node* fallback = default_of(setting);
        if (node != nullptr && take(place, *node, slot)) {
            if (!setting.effective && !same(*node, fallback))
                findings_.warn(instance, setting.key, "has no effect in this version");
        } else if (fallback != nullptr) {
            take(place, *fallback, slot);
        }
    }
}

void Reader::refuse_unknown_keys(const toml::table& table, const SectionInfo& info,
                                 const std::string& instance) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : all_settings())
        if (setting.section == info.name) keys.push_back(setting.key);
    for (const auto& [key, node] : table) {
        if (findings_.full()) return;
        const std::string shown = shown_key(key.str());
        findings_.note(instance, shown, key.source().begin.line);
        if (std::ranges::find(keys, key.str()) == keys.end())
            findings_.fault(instance, shown, unknown("setting", key.str(), keys));
    }
}

bool Reader::take(const Place& place, const toml::node& node, Slot slot) {
    switch (place.setting.type) {
        case Type::boolean:
            if (!node.is_boolean()) return fault(place, fmt::format("true or false, not {}", describe(node)));
            *std::get<bool*>(slot) = node.as_boolean()->get();
            return true;
        case Type::word: return take_word(place, node, *std::get<std::uint8_t*>(slot));
        case Type::integer:
        case Type::size: return take_integer(place, node, *std::get<std::uint64_t*>(slot));
        case Type::duration: return take_duration(place, node, *std::get<Duration*>(slot));
        case Type::texts: return take_texts(place, node, *std::get<std::vector<std::string>*>(slot));
        case Type::text: return take_text(place, node, *std::get<std::string*>(slot));
        case Type::path:
        case Type::folder:
        case Type::file:
        case Type::file_or_folder:
        case Type::secret_file: break;
    }
    if (auto** path = std::get_if<std::filesystem::path*>(&slot)) return take_path(place, node, **path);
    std::filesystem::path path;
    if (!take_path(place, node, path)) return false;
    *std::get<std::string*>(slot) = path.string();
    return true;
}

bool Reader::take_word(const Place& place, const toml::node& node, std::uint8_t& into) {
    const auto& words = place.setting.words;
    const auto* text = node.as_string();
    const auto at = text == nullptr ? words.end() : std::ranges::find(words, text->get());
    if (at == words.end()) return fault(place, fmt::format("{}, not {}", enumerate(words), describe(node)));
    into = static_cast<std::uint8_t>(at - words.begin());
    return true;
}

bool Reader::take_integer(const Place& place, const toml::node& node, std::uint64_t& into) {
    const bool size = place.setting.type == Type::size;
    std::optional<std::uint64_t> value;
    bool negative = false;
    if (const auto* integer = node.as_integer()) {
        negative = integer->get() < 0;
        value = static_cast<std::uint64_t>(integer->get());
    } else if (const auto* text = node.as_string(); size && text != nullptr) {
        value = parse_size(text->get());
    }
    if (!value)
        return fault(place, fmt::format("{}, not {}",
                                        size ? "a size such as \"256KiB\", \"1MiB\" or a number of octets"
                                             : "a whole number",
                                        describe(node)));
    const Setting& setting = place.setting;
    if (negative || *value < setting.minimum || *value > setting.maximum) {
        const auto show = [&](std::uint64_t bound) {
            return size ? render_size(bound) : std::to_string(bound);
        };
        return fault(place, fmt::format("from {} to {}, not {}", show(setting.minimum), show(setting.maximum),
                                        describe(node)));
    }
    into = *value;
    return true;
}

bool Reader::take_duration(const Place& place, const toml::node& node, Duration& into) {
    const auto* text = node.as_string();
    const auto value = text == nullptr ? std::nullopt : parse_duration(text->get());
    if (!value)
        return fault(
            place,
            fmt::format(
                "a duration with its unit, such as \"300ms\", \"2s\", \"5min\", \"24h\" or \"1d\", not {}",
                describe(node)));
    const Duration minimum(static_cast<Duration::rep>(place.setting.minimum));
    const Duration maximum(static_cast<Duration::rep>(place.setting.maximum));
    if (*value < minimum || *value > maximum)
        return fault(place, fmt::format("from {} to {}, not {}", render_duration(minimum),
                                        render_duration(maximum), describe(node)));
    into = *value;
    return true;
}

bool Reader::take_text(const Place& place, const toml::node& node, std::string& into) {
    const auto* text = node.as_string();
    if (text == nullptr) return fault(place, fmt::format("a text in quotes, not {}", describe(node)));
    if (std::ranges::any_of(text->get(), ascii::is_control))
        return fault(place, fmt::format("a text without control characters, not {}", describe(node)));
    // Empty means what the table says where that is the default.
    const bool empty_default = text->get().empty() && place.setting.default_text == R"("")";
    if (place.setting.check != nullptr && !empty_default)
        if (std::string wrong = place.setting.check(text->get()); !wrong.empty())
            return fault(place, std::move(wrong));
    into = text->get();
    return true;
}

bool Reader::take_path(const Place& place, const toml::node& node, std::filesystem::path& into) {
    std::string text;
    if (!take_text(place, node, text)) return false;
    if (text.empty() && place.setting.default_text != R"("")")
        return fault(place, "a path; it may not be empty");
    const std::filesystem::path path = resolved(text);
    if (!text.empty() && !is_usable(place, path)) return false;
    into = path;
    return true;
}

bool Reader::is_usable(const Place& place, const std::filesystem::path& path) {
    const Type type = place.setting.type;
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const bool folder = std::filesystem::is_directory(status);
    if (type == Type::path) return true;
    if (!std::filesystem::exists(status))
        return fault(place, fmt::format("a {} that exists: {} does not{}",
                                        type == Type::folder ? "folder" : "file", in_quotes(path.string()),
                                        path.native().starts_with(credentials_of_service)
                                            ? " (systemd puts credentials there while the service runs)"
                                            : ""));
    if (type != Type::file_or_folder && folder != (type == Type::folder))
        return fault(place, fmt::format("a {}: {} is a {}", folder ? "file" : "folder",
                                        in_quotes(path.string()), folder ? "folder" : "file"));
    if (access(path.c_str(), R_OK) != 0)
        return fault(place,
                     fmt::format("a file that this user may read: {} is not", in_quotes(path.string())));
    if (type == Type::secret_file &&
        (status.permissions() & std::filesystem::perms::others_read) != std::filesystem::perms::none)
        findings_.warn(
            place.section, place.setting.key,
            fmt::format("everybody on this machine can read {}: chmod o-r", in_quotes(path.string())));
    return true;
}

bool Reader::take_texts(const Place& place, const toml::node& node, std::vector<std::string>& into) {
    const toml::array* list = node.as_array();
    if (list == nullptr)
        return fault(place, fmt::format("a list of texts in brackets, not {}", describe(node)));
    std::vector<std::string> out;
    for (const toml::node& element : *list) {
        std::string text;
        if (!take_text(place, element, text)) return false;
        out.push_back(std::move(text));
    }
    into = std::move(out);
    return true;
}

std::filesystem::path Reader::resolved(const std::filesystem::path& path) const {
    if (auto credential = credential_at(path.native())) return std::move(*credential);
    return path.empty() || folder_.empty() ? path : (folder_ / path).lexically_normal();
}

// Texts that may hold a path.
void Reader::resolve_texts() {
    std::string& target = settings_.log.target;
    if (target != "stderr" && target != "journald") target = resolved(target).string();
    constexpr std::string_view sqlite = "sqlite:";
    std::string& url = settings_.store.url;
    if (url.starts_with(sqlite) && url.size() > sqlite.size())
        url = std::string(sqlite) + resolved(url.substr(sqlite.size())).string();
}

bool Reader::fault(const Place& place, std::string message) {
    findings_.fault(place.section, place.setting.key, std::move(message));
    return false;
}

}  // namespace decorum::config
