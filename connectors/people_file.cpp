// Reads people.toml with toml++. Every member is checked by kind; what is unknown is a fault, because a
// misspelt key would silently show less than its author meant. The first fault ends the reading: no half-read
// directory ever serves.
#include "connectors/people_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <optional>

#include "gateway/base/ascii.hpp"
#include "gateway/base/log.hpp"
#include "gateway/profile/face.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

// Reads the members of one table. The first fault sticks; what is read after it is not used.
class Table {
public:
    Table(const toml::table& table, std::string path, const std::filesystem::path& file,
          std::optional<Error>& fault)
        : table_(table), path_(std::move(path)), file_(file), fault_(fault) {}

    void allow_only(std::initializer_list<std::string_view> keys) {
        for (const auto& [key, node] : table_)
            if (std::ranges::find(keys, key.str()) == keys.end())
                refuse(node, key.str(), fmt::format("unknown key; known are {}", fmt::join(keys, ", ")));
    }

    [[nodiscard]] std::string text(std::string_view key) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return {};
        if (const auto* value = node->as_string()) return value->get();
        refuse(*node, key, "must be a text in quotes");
        return {};
    }

    // A date, or a date with a time and an offset.
    [[nodiscard]] Instant time(std::string_view key) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return refuse(table_, key, "is missing"), Instant{};
        std::optional<Instant> time;
        if (const auto* moment = node->as_date_time()) {
            const toml::date_time& value = moment->get();
            if (value.offset)
                time = days_of(value.date) + std::chrono::hours{value.time.hour} +
                       std::chrono::minutes{value.time.minute} + std::chrono::seconds{value.time.second} -
                       std::chrono::minutes{value.offset->minutes};
        } else if (const auto* day = node->as_date()) {
            time = days_of(day->get());
        }
        if (!time) refuse(*node, key, "must be a date, or a time with an offset as in 2026-11-20T08:00:00Z");
        return time.value_or(Instant{});
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
            const toml::table* table = entry.as_table();
            if (table == nullptr)
                return refuse(entry, key, fmt::format("must be written as [[{}]]", name_of(key)));
            Table members(*table, name_of(key), file_, fault_);
            read(members);
            if (fault_) return;
        }
    }

    template <class Read>
    void each_text(std::string_view key, Read read) {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return refuse(table_, key, "is missing");
        const toml::array* array = node->as_array();
        if (array == nullptr || array->empty())
            return refuse(*node, key, "must be a list of texts, at least one");
        for (const toml::node& entry : *array) {
            const auto* value = entry.as_string();
            if (value == nullptr) return refuse(entry, key, "must be a list of texts");
            read(entry, value->get());
            if (fault_) return;
        }
    }

    void refuse(const toml::node& node, std::string_view key, std::string_view why) {
        if (fault_) return;
        fault_ = Error{errc::invalid, fmt::format("{}:{}: {}: {}", file_.native(), node.source().begin.line,
                                                  name_of(key), why)};
    }

private:
    static std::chrono::sys_days days_of(const toml::date& date) {
        return std::chrono::year_month_day{std::chrono::year{date.year}, std::chrono::month{date.month},
                                           std::chrono::day{date.day}};
    }
    std::string name_of(std::string_view key) const {
        return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    }

    const toml::table& table_;
    std::string path_;
    const std::filesystem::path& file_;
    std::optional<Error>& fault_;
};

class PeopleReader {
public:
    PeopleReader(const std::filesystem::path& file, Instant now) : file_(file) {
        origin_.source = "directory";
        origin_.tier = profile::Tier::s;
        origin_.reason = "listed in the directory";
        origin_.fetched = now;
    }

    Result<People> read(const toml::table& root) {
        std::optional<Error> fault;
        Table top(root, "", file_, fault);
        top.allow_only({"person"});
        top.each_table("person", [this](Table& person) { read_person(person); });
        if (fault) return std::unexpected(std::move(*fault));
        for (std::vector<std::string>* list : {&people_.names, &people_.organisations}) {
            std::ranges::sort(*list);
            const auto repeated = std::ranges::unique(*list);
            list->erase(repeated.begin(), repeated.end());
        }
        return std::move(people_);
    }

private:
    profile::Text fact(std::string value) const { return {std::move(value), origin_}; }

    void read_person(Table& person) {
        person.allow_only({"addresses", "display_name", "headline", "organisation", "location", "summary",
                           "photo_file", "link", "activity", "position", "recommendation"});
        profile::Profile profile;
        profile.display_name = fact(person.text("display_name"));
        profile.headline = fact(person.text("headline"));
        profile.organisation = fact(person.text("organisation"));
        profile.location = fact(person.text("location"));
        profile.summary = fact(person.text("summary"));
        profile.photo_png = fact(photo(person.text("photo_file")));
        person.each_table("link", [&](Table& link) {
            link.allow_only({"network", "handle", "url"});
            profile.links.push_back({link.text("network"), link.text("handle"), link.text("url"), origin_});
        });
        person.each_table("activity", [&](Table& activity) {
            activity.allow_only({"time", "network", "text", "url"});
            profile.activities.push_back({activity.time("time"), activity.text("network"),
                                          activity.text("text"), activity.text("url"), origin_});
        });
        person.each_table("position", [&](Table& position) {
            position.allow_only({"title", "organisation", "start", "end"});
            profile.positions.push_back({position.text("title"), position.text("organisation"),
                                         position.text("start"), position.text("end"), origin_});
        });
        person.each_table("recommendation", [&](Table& recommendation) {
            recommendation.allow_only({"author", "text"});
            profile.recommendations.push_back(
                {recommendation.text("author"), recommendation.text("text"), origin_});
        });
        profile::cap(profile);
        if (!profile.display_name.empty()) people_.names.push_back(profile.display_name.value);
        if (!profile.organisation.empty()) people_.organisations.push_back(profile.organisation.value);

        const auto shared = std::make_shared<const profile::Profile>(std::move(profile));
        person.each_text("addresses", [&](const toml::node& node, std::string_view address) {
            const auto at = address.rfind('@');
            if (at == std::string_view::npos || at == 0 || at + 1 == address.size() ||
                std::ranges::any_of(address, [](char c) { return ascii::is_control(c) || c == ' '; }))
                return person.refuse(node, "addresses", "must be mail addresses as in jane@example.org");
            if (!people_.by_address.emplace(ascii::lower(address), shared).second)
                return person.refuse(node, "addresses", fmt::format("{} stands here a second time", address));
        });
        ++people_.persons;
    }

    // The octets of a picture that can be shown as it is; empty otherwise.
    std::string photo(const std::string& name) const {
        if (name.empty()) return {};
        const std::filesystem::path path = file_.parent_path() / name;
        std::ifstream in(path, std::ios::binary);
        std::string octets(profile::max_face_octets + 1, '\0');
        in.read(octets.data(), static_cast<std::streamsize>(octets.size()));
        octets.resize(static_cast<std::size_t>(in.gcount()));
        if (profile::is_face(octets)) return octets;
        log::warning("photo_not_shown", {{"file", path.native()},
                                         {"reason", "not a PNG of 48x48 pixels and at most 725 octets"}});
        return {};
    }

    const std::filesystem::path& file_;
    profile::Origin origin_;
    People people_;
};

}  // namespace

Result<People> parse_people(std::string_view toml, const std::filesystem::path& file, Instant now) {
    if (toml.size() > max_people_octets)
        return fail(errc::limit,
                    fmt::format("{}:1: the file is larger than {} octets", file.native(), max_people_octets));
    try {
        const toml::table root = toml::parse(toml, file.native());
        return PeopleReader(file, now).read(root);
    } catch (const toml::parse_error& failure) {
        return fail(errc::invalid, fmt::format("{}:{}: {}", file.native(), failure.source().begin.line,
                                               failure.description()));
    }
}

}  // namespace decorum::connectors
