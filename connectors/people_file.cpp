// Reads people.toml with toml++. Every member is checked by kind; what is unknown is a fault, because a
// misspelt key would silently show less than its author meant. No half-read directory ever serves.
#include "connectors/people_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <optional>
#include <unordered_set>

#include "config/toml_table.hpp"
#include "gateway/profile/limits.hpp"

namespace decorum::connectors {
namespace {

using config::Table;

class PeopleReader {
public:
    explicit PeopleReader(const std::filesystem::path& file, std::vector<std::string>* all)
        : file_(file), all_(all) {}

    Result<std::vector<Person>> read(const toml::table& root) {
        std::optional<Error> fault;
        Table top(root, "", file_, fault, all_);
        top.allow_only({"person"});
        top.each_table("person", [this](Table& person) { read_person(person); });
        if (fault) return std::unexpected(std::move(*fault));
        return std::move(people_);
    }

private:
    void read_person(Table& table) {
        table.allow_only({"addresses", "display_name", "headline", "organisation", "location", "summary",
                          "photo_file", "link", "activity", "position", "recommendation"});
        Person person;
        person.line = table.line();
        profile::Profile& profile = person.profile;
        profile.display_name.value = table.text("display_name");
        profile.headline.value = table.text("headline");
        profile.organisation.value = table.text("organisation");
        profile.location.value = table.text("location");
        profile.summary.value = table.text("summary");
        if (const std::string photo = table.text("photo_file"); !photo.empty())
            person.picture_file = file_.parent_path() / photo;
        table.each_table("link", [&](Table& link) {
            link.allow_only({"network", "handle", "url"});
            profile.links.push_back({link.text("network"), link.text("handle"), link.text("url"), {}});
        });
        table.each_table("activity", [&](Table& activity) {
            activity.allow_only({"time", "network", "text", "url"});
            profile.activities.push_back({activity.time("time"),
                                          activity.text("network"),
                                          activity.text("text"),
                                          activity.text("url"),
                                          {}});
        });
        table.each_table("position", [&](Table& position) {
            position.allow_only({"title", "organisation", "start", "end"});
            profile.positions.push_back({position.text("title"),
                                         position.text("organisation"),
                                         position.text("start"),
                                         position.text("end"),
                                         {}});
        });
        table.each_table("recommendation", [&](Table& recommendation) {
            recommendation.allow_only({"author", "text"});
            profile.recommendations.push_back(
                {recommendation.text("author"), recommendation.text("text"), {}});
        });
        profile::cap(profile);
        table.each_text("addresses", [&](const toml::node& node, std::string_view address) {
            if (!is_address(address))
                return table.refuse(node, "addresses", "must be mail addresses as in jane@example.org");
            if (!add_address(person, address) || !taken_.insert(person.addresses.back()).second)
                return table.refuse(node, "addresses", fmt::format("{} stands here a second time", address));
        });
        people_.push_back(std::move(person));
    }

    const std::filesystem::path& file_;
    std::vector<std::string>* all_;
    std::unordered_set<std::string> taken_;  // addresses
    std::vector<Person> people_;
};

}  // namespace

Result<std::vector<Person>> parse_people(std::string_view toml, const std::filesystem::path& file,
                                         std::vector<std::string>* all) {
    const auto root = config::parse_toml(toml, file);
    if (!root) return std::unexpected(root.error());
    return PeopleReader(file, all).read(*root);
}

}  // namespace decorum::connectors
