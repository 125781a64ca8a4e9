// The list is small and read whole; looking an address up in it costs at most three searches.
#include "gateway/lookup/opt_out.hpp"

#include <algorithm>
#include <optional>

#include "config/toml_table.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/canonical.hpp"
#include "gateway/base/endpoint.hpp"
#include "gateway/base/log.hpp"
#include "gateway/base/tagged_address.hpp"
#include "gateway/base/utf8.hpp"

namespace decorum::lookup {
namespace {

constexpr std::size_t max_entry_octets = 512;  // of an address; RFC 5321 §4.5.3.1 allows 320

// Nothing that would be a command to a terminal, or two entries, when the list is shown. A quoted local part
// (RFC 5321 §4.1.2) may hold what a plain one may not.
bool is_plain(std::string_view text) {
    const bool quoted = text.starts_with('"');
    return is_valid_utf8(text) && std::ranges::none_of(text, [&](char c) {
               return ascii::is_control(c) || (!quoted && std::string_view(" \"\\<>,").contains(c));
           });
}

}  // namespace

Result<std::string> OptOutList::entry_of(std::string_view text) {
    const auto refused = [] {
        return fail(errc::invalid, "must be an address as in jane@example.org, or @example.org");
    };
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || text.size() > max_entry_octets || !is_plain(text)) return refused();
    const std::string_view domain = text.substr(at + 1);
    // What domains beyond ASCII may hold is their registry's matter.
    if (domain.empty() || (ascii::is_ascii(domain) && !is_host_name(domain))) return refused();
    return canonical_address(text);
}

Result<OptOutList> OptOutList::parse(std::string_view toml, const std::filesystem::path& file,
                                     std::vector<std::string>* all) {
    OptOutList list;
    if (ascii::trim(toml).empty()) return list;
    const auto root = config::parse_toml(toml, file);
    if (!root) return std::unexpected(root.error());
    std::optional<Error> fault;
    config::Table top(*root, "", file, fault, all);
    top.allow_only({"entries"});
    const auto* entries = root->get_as<toml::array>("entries");
    const bool nobody = entries != nullptr && entries->empty();
    if (!nobody)
        top.each_text("entries", [&](const toml::node& node, std::string_view text) {
            auto entry = entry_of(text);
            if (!entry) return top.refuse(node, "entries", entry.error().detail);
            list.add(std::move(*entry));
        });
    if (fault) return std::unexpected(std::move(*fault));
    return list;
}

std::string OptOutList::to_toml() const {
    std::string out = "# Who wants to be shown nowhere; kept by decorum optout.\nentries = [\n";
    for (const std::string& entry : entries_) {
        out += "  \"";
        for (const char c : entry) {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.push_back(c);
        }
        out += "\",\n";
    }
    return out + "]\n";
}

bool OptOutList::contains(std::string_view address) const {
    if (entries_.empty()) return false;
    const std::string folded = canonical_address(address);
    if (entries_.contains(folded)) return true;
    const auto at = folded.rfind('@');
    if (at == std::string::npos) return false;
    if (entries_.contains(std::string_view(folded).substr(at))) return true;
    return entries_.contains(without_tag(folded));
}

std::filesystem::path opt_out_path(const config::Settings& settings) {
    const auto& file = settings.optout.file;
    return file.empty() ? settings.gateway.state_dir / "optout.toml" : settings.file.parent_path() / file;
}

Result<OptOutList> read_opt_out(const std::filesystem::path& file, std::vector<std::string>* all) {
    const auto octets = read_file(file, OptOutList::max_octets);
    if (octets) return OptOutList::parse(*octets, file, all);
    if (octets.error().code == errc::not_found) return OptOutList{};
    return std::unexpected(octets.error());
}

OptOut::OptOut(std::filesystem::path path, Milliseconds look_interval)
    : file_({.path = path,
             .name = "optout",
             .max_octets = OptOutList::max_octets,
             .absent = WatchedFileOptions::Absent::empty,
             .look_interval = look_interval},
            [path](std::string_view octets) { return OptOutList::parse(octets, path); }) {
    if (const auto read = file_.read(); !read)
        log::error("optout_fault", {{"fault", read.error().detail}, {"instead", "nobody is shown"}});
}

bool OptOut::contains(std::string_view address) {
    file_.look();
    return file_.generation() == 0 || file_.value()->contains(address);
}

}  // namespace decorum::lookup
