#include "gateway/pipeline/login_map.hpp"

#include <algorithm>

#include "config/toml_table.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/message/mailbox.hpp"

namespace decorum::pipeline {
namespace {

void read_logins(config::Table& logins, LoginTable& table) {
    std::set<std::string, std::less<>> seen;
    for (const std::string& login : logins.keys()) {
        const auto [at, added] = table.addresses.try_emplace(canonical_address(login));
        if (!added) {
            logins.refuse(login, "stands twice, case apart");
            continue;
        }
        logins.each_text(login, [&](const toml::node& node, std::string_view text) {
            const auto mailbox = message::parse_address(text);
            if (!mailbox) return logins.refuse(node, login, "must be addresses such as \"jane@example.org\"");
            std::string address = canonical_address(mailbox->address());
            if (std::ranges::find(at->second, address) != at->second.end()) return;
            if (!seen.insert(address).second) table.shared.insert(address);
            at->second.push_back(std::move(address));
        });
    }
}

}  // namespace

Result<LoginTable> LoginTable::parse(std::string_view toml, const std::filesystem::path& file,
                                     std::vector<std::string>* all) {
    const auto root = config::parse_toml(toml, file);
    if (!root) return std::unexpected(root.error());
    LoginTable table;
    std::optional<Error> fault;
    config::Table top(*root, "", file, fault, all);
    top.allow_only({"logins"});
    if (!top.has("logins")) top.refuse("logins", "is missing: [logins], and a line a login");
    top.table("logins", [&](config::Table& logins) { read_logins(logins, table); });
    if (fault) return std::unexpected(std::move(*fault));
    return table;
}

Result<LoginTable> LoginTable::read(const std::filesystem::path& file, std::vector<std::string>* all) {
    const auto octets = read_file(file, max_octets);
    if (!octets) return std::unexpected(octets.error());
    return parse(*octets, file, all);
}

Result<std::unique_ptr<LoginMap>> LoginMap::open(const config::Outbound& settings) {
    std::unique_ptr<LoginMap> map(new LoginMap(settings));
    const auto& path = settings.login_map;
    if (path.empty()) return map;
    map->file_ = std::make_unique<WatchedFile<LoginTable>>(
        WatchedFileOptions{.path = path, .name = "login_map", .max_octets = LoginTable::max_octets},
        [path](std::string_view octets) { return LoginTable::parse(octets, path); });
    if (auto read = map->file_->read(); !read) return std::unexpected(std::move(read.error()));
    return map;
}

std::vector<std::string> LoginMap::addresses_of(std::string_view login) {
    const std::string folded = canonical_address(login);
    if (file_) {
        file_->look();
        const auto table = file_->value();
        const auto found = table->addresses.find(folded);
        return found == table->addresses.end() ? std::vector<std::string>{} : found->second;
    }
    const auto mailbox = message::parse_address(folded);
    const auto is_ours = [&](const std::string& own) { return same_domain(own, mailbox->domain); };
    if (!mailbox || std::ranges::none_of(settings_.domains, is_ours)) return {};
    return {mailbox->address()};
}

bool LoginMap::is_shared(std::string_view address) {
    return file_ && file_->value()->shared.contains(address);
}

}  // namespace decorum::pipeline
