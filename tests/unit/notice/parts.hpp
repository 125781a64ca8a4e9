// A charter, a verdict and a person as notices meet them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "gateway/conduct/charter.hpp"
#include "gateway/conduct/verdict.hpp"
#include "gateway/notice/phrases.hpp"
#include "gateway/pipeline/warnings.hpp"

namespace decorum::notice::test {

inline Instant at(std::string_view time) {
    return *from_rfc3339(time);
}

inline std::shared_ptr<const Stationery> stationery() {
    auto loaded = Stationery::load(std::filesystem::path(DECORUM_SOURCE_DIR) / "config");
    if (!loaded) throw std::runtime_error(loaded.error().text());
    return std::make_shared<const Stationery>(std::move(*loaded));
}

inline std::shared_ptr<conduct::Charter> charter() {
    auto out = std::make_shared<conduct::Charter>();
    out->languages = {conduct::Language::en, conduct::Language::fr};
    out->title.set(conduct::Language::en, "ACME in public");
    out->title.set(conduct::Language::fr, "ACME en public");
    out->url.set(conduct::Language::en, "https://intranet.acme.example/charter");
    out->url.set(conduct::Language::fr, "https://intranet.acme.example/charte");
    conduct::CharterRule rule;
    rule.id = "respect";
    rule.sentence.set(conduct::Language::en,
                      "We speak of people, clients and colleagues with respect, in public too.");
    rule.sentence.set(
        conduct::Language::fr,
        "Nous parlons des personnes, des clients et des collègues avec respect, en public aussi.");
    out->rules.push_back(rule);
    return out;
}

inline conduct::Noted noted(std::string excerpt, conduct::Action action = conduct::Action::notice,
                            std::string mark = "0123456789abcdef") {
    conduct::Noted out;
    out.category = conduct::Category::harassment;
    out.severity = 2;
    out.rule = "respect";
    out.excerpt = std::move(excerpt);
    out.network = "mastodon";
    out.url = "https://piaille.example/@paul/113";
    out.written = at("2026-11-20T08:00:00Z");
    out.language = conduct::Language::en;
    out.action = action;
    out.mark = std::move(mark);
    return out;
}

// One finding, whose mark is the verdict's fingerprint.
inline conduct::Verdict verdict(std::string fingerprint = "first") {
    conduct::Verdict out;
    out.action = conduct::Action::notice;
    out.findings = {
        noted("My boss is a complete idiot and everybody knows it.", conduct::Action::notice, fingerprint)};
    out.fingerprint = std::move(fingerprint);
    return out;
}

inline pipeline::WarnedPerson paul() {
    return {.address = "paul@example.org",
            .display_name = "Paul Petit",
            .language = "en",
            .charter = charter(),
            .accounts = {}};
}

}  // namespace decorum::notice::test
