// Invariant: whatever the two say, the result could have been loaded from one file, or faults say why not.
#include "config/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <variant>

#include "config/consistency.hpp"
#include "config/findings.hpp"
#include "config/schema.hpp"

namespace decorum::config {
namespace {

// Of two slots of one setting.
bool same(const Slot& a, const Slot& b) {
    return std::visit(
        [&](auto* value) { return *value == *std::get<std::remove_cvref_t<decltype(value)>>(b); }, a);
}

void copy(const Slot& from, const Slot& to) {
    std::visit([&](auto* value) { *std::get<std::remove_cvref_t<decltype(value)>>(to) = *value; }, from);
}

class Merger {
public:
    Merger(const Settings& running, Settings fresh) : running_(running) {
        merged_.settings = std::move(fresh);
    }

    Merged run() {
        for (const SectionInfo& info : all_sections())
            if (info.shape == Shape::table)
                keep(info.name, std::string(info.name), info.of(running_), info.of(merged_.settings));
        merge_listeners();
        merge_named("upstream", running_.upstreams, merged_.settings.upstreams, Whole::fresh);
        merge_named("connector.custom", running_.custom, merged_.settings.custom, Whole::running);
        merge_named("connector", running_.connectors, merged_.settings.connectors, Whole::running);
        for (const Listener& listener : merged_.settings.listeners) need_upstream(listener.upstream);
        if (!merged_.settings.notice.upstream.empty()) need_upstream(merged_.settings.notice.upstream);
        check();
        return std::move(merged_);
    }

private:
    // What only one of the two has: does it count as the running one has it, or as the fresh one?
    enum class Whole : std::uint8_t { running, fresh };

    void note(std::string key) {
        auto& kept = merged_.kept;
        if (std::ranges::find(kept, key) == kept.end()) kept.push_back(std::move(key));
    }

    // True: some setting of the section takes a restart, and was set back.
    bool keep(std::string_view section, const std::string& instance, Target running, Target fresh) {
        bool kept = false;
        for (const Setting& setting : all_settings()) {
            if (setting.section != section || setting.reloadable) continue;
            const Slot old = setting.slot(running);
            const Slot now = setting.slot(fresh);
            if (same(old, now)) continue;
            copy(old, now);
            note(fmt::format("{}.{}", instance, setting.key));
            kept = true;
        }
        return kept;
    }

    void merge_listeners() {
        auto& fresh = merged_.settings.listeners;
        std::vector<Listener> listeners;
        for (Listener& running : running_.listeners) {
            const auto found = std::ranges::find(fresh, running.name, &Listener::name);
            const std::string instance = "listener." + running.name;
            if (found == fresh.end()) {
                note(instance);
            } else if (!keep("listener", instance, &running, &*found)) {
                listeners.push_back(std::move(*found));
                fresh.erase(found);
                continue;
            } else {
                fresh.erase(found);
            }
            listeners.push_back(running);
            pinned_.push_back(running.upstream);
        }
        for (const Listener& added : fresh) note("listener." + added.name);
        fresh = std::move(listeners);
        for (const std::string& name : pinned_)
            merged_.settings.upstreams[name] = running_.upstreams.at(name);
    }

    template <class Section>
    void merge_named(std::string_view section, std::map<std::string, Section>& running,
                     std::map<std::string, Section>& fresh, Whole whole) {
        const auto instance = [&](const std::string& name) { return fmt::format("{}.{}", section, name); };
        for (auto& [name, old] : running) {
            const auto found = fresh.find(name);
            if (found != fresh.end()) {
                keep(section, instance(name), &old, &found->second);
            } else if (whole == Whole::running) {
                fresh.emplace(name, old);
                note(instance(name));
            }
        }
        if (whole == Whole::fresh) return;
        std::erase_if(fresh, [&](const auto& section_of) {
            const bool added = !running.contains(section_of.first);
            if (added) note(instance(section_of.first));
            return added;
        });
    }

    void check() {
        const auto& listeners = merged_.settings.listeners;
        Findings findings(merged_.settings.file);
        for (std::size_t i = 0; i < listeners.size(); ++i)
            findings.note(listener_instance(i), "protocol", listeners[i].line);
        for (const auto& [name, upstream] : merged_.settings.upstreams)
            findings.note("upstream." + name, "protocol", upstream.line);
        check_consistency(merged_.settings, findings);
        merged_.faults = findings.take_faults();
    }

    void need_upstream(const std::string& name) {
        auto& upstreams = merged_.settings.upstreams;
        if (!upstreams.contains(name)) upstreams.emplace(name, running_.upstreams.at(name));
    }

    Settings running_;  // a copy: the table gives access to what can be changed only
    Merged merged_;
    std::vector<std::string> pinned_;  // upstreams of listeners that are kept whole
};

}  // namespace

Merged merge_for_reload(const Settings& running, Settings fresh) {
    return Merger(running, std::move(fresh)).run();
}

}  // namespace decorum::config
