// The collection of faults and the lines they point at. Nothing here fails; beyond the bound, faults are
// dropped and the last one says so.
#include "config/findings.hpp"

#include <algorithm>
#include <tuple>

#include "config/checks.hpp"

namespace decorum::config {
namespace {

constexpr std::size_t max_findings = 100;

std::string joined(std::string_view section, std::string_view key) {
    std::string out(section);
    if (!section.empty() && !key.empty()) out.push_back('.');
    return out.append(key);
}

// The section as the reference calls it: which [[listener]] it is, the line says.
std::string_view shown(std::string_view section) {
    return section.starts_with("listener[") ? section.substr(0, section.find('[')) : section;
}

}  // namespace

void Findings::note(std::string_view section, std::string_view key, std::uint64_t line) {
    lines_.emplace(joined(section, key), line);
}

bool Findings::given(std::string_view section, std::string_view key) const {
    return lines_.contains(joined(section, key));
}

bool Findings::faulty(std::string_view section, std::string_view key) const {
    return faulty_.contains(joined(section, key));
}

std::uint64_t Findings::line_of(std::string_view section, std::string_view key) const {
    if (const auto at = lines_.find(joined(section, key)); at != lines_.end()) return at->second;
    if (const auto at = lines_.find(std::string(section)); at != lines_.end()) return at->second;
    return 1;
}

void Findings::fault(std::string_view section, std::string_view key, std::string message) {
    faulty_.insert(joined(section, key));
    add(faults_, section, key, std::move(message));
}

void Findings::warn(std::string_view section, std::string_view key, std::string message) {
    add(warnings_, section, key, std::move(message));
}

bool Findings::full() const {
    return faults_.size() >= max_findings;
}

void Findings::add(std::vector<Fault>& list, std::string_view section, std::string_view key,
                   std::string message) {
    if (list.size() >= max_findings) return;
    list.push_back({file_, line_of(section, key), joined(shown(section), key), std::move(message)});
}

std::vector<Fault> Findings::take_faults() {
    const bool cut = full();
    std::ranges::sort(faults_, {},
                      [](const Fault& fault) { return std::tie(fault.line, fault.key, fault.message); });
    if (cut) faults_.push_back({file_, faults_.back().line, "and more", "mend these first"});
    return std::move(faults_);
}

}  // namespace decorum::config
