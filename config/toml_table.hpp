// Reads TOML files other than the configuration, table by table: people, the registry, the opt-out list,
// lexicons, the manifest of a model.
//
// Every member is checked by kind, and what is unknown is a fault: a misspelt key would silently say less
// than its author meant. The first fault of a file sticks, as "FILE:LINE: KEY: what would be right"; what is
// read after it is not used. Who asks for all faults gets one for each key and line, for people to mend at
// once; a fault may have others in its train.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"

namespace decorum::config {

[[nodiscard]] Result<toml::table> parse_toml(std::string_view octets, const std::filesystem::path& file);

class Table {
public:
    // All must outlive it. `all`: takes every fault, up to a bound, the first too; null: the first is enough.
    Table(const toml::table& table, std::string path, const std::filesystem::path& file,
          std::optional<Error>& fault, std::vector<std::string>* all = nullptr)
        : table_(table), path_(std::move(path)), file_(file), fault_(fault), all_(all) {}

    void allow_only(std::initializer_list<std::string_view> keys);

    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
    [[nodiscard]] std::vector<std::string> keys() const;
    // Of this table or another of the file.
    [[nodiscard]] bool is_faulty() const { return fault_.has_value(); }
    [[nodiscard]] std::size_t line() const { return table_.source().begin.line; }  // where it begins
    // Absent: empty.
    [[nodiscard]] std::string text(std::string_view key);
    [[nodiscard]] bool flag(std::string_view key);  // absent: false
    // Absent: a fault, as of all that follow.
    [[nodiscard]] double number(std::string_view key);
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
    // A date, or a date with a time and an offset.
    [[nodiscard]] Instant time(std::string_view key);

    // A table; absent: nothing is read.
    template <class Read>
    void table(std::string_view key, Read read) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return;
        const toml::table* inner = node->as_table();
        if (inner == nullptr) return refuse(*node, key, fmt::format("must be written as [{}]", name_of(key)));
        Table members(*inner, name_of(key), file_, fault_, all_);
        read(members);
    }

    // An array of tables; absent: none.
    template <class Read>
    void each_table(std::string_view key, Read read) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return;
        const toml::array* array = node->as_array();
        if (array == nullptr)
            return refuse(*node, key, fmt::format("must be written as [[{}]]", name_of(key)));
        for (const toml::node& entry : *array) {
            const toml::table* inner = entry.as_table();
            if (inner == nullptr)
                return refuse(entry, key, fmt::format("must be written as [[{}]]", name_of(key)));
            Table members(*inner, name_of(key), file_, fault_, all_);
            read(members);
            if (fault_ && all_ == nullptr) return;
        }
    }

    // A list of at least one text; `read` gets the node (for refuse()) and the text.
    template <class Read>
    void each_text(std::string_view key, Read read) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return refuse(table_, key, "is missing");
        const toml::array* array = node->as_array();
        if (array != nullptr && array->empty())
            return refuse(*node, key, "must be a list of texts, at least one");
        each_text_or_none(key, read);
    }

    // The same of a list that may be empty or absent.
    template <class Read>
    void each_text_or_none(std::string_view key, Read read) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return;
        const toml::array* array = node->as_array();
        if (array == nullptr) return refuse(*node, key, "must be a list of texts");
        for (const toml::node& entry : *array) {
            const auto* value = entry.as_string();
            if (value == nullptr) return refuse(entry, key, "must be a list of texts");
            read(entry, value->get());
            if (fault_ && all_ == nullptr) return;
        }
    }

    void refuse(const toml::node& node, std::string_view key, std::string_view why);
    void refuse(std::string_view key, std::string_view why);  // at the member's line, or the table's

private:
    [[nodiscard]] std::string name_of(std::string_view key) const;

    const toml::table& table_;
    std::string path_;
    const std::filesystem::path& file_;
    std::optional<Error>& fault_;
    std::vector<std::string>* all_;
};

}  // namespace decorum::config
