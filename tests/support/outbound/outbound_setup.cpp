#include "tests/support/outbound/outbound_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <stdexcept>

namespace decorum::test {
namespace {

constexpr std::chrono::seconds patience{30};  // only a failing test ever waits so long

std::filesystem::path own_folder() {
    static std::atomic<int> count = 0;
    const auto folder =
        std::filesystem::temp_directory_path() / fmt::format("decorum-outbound-{}-{}", ::getpid(), ++count);
    std::filesystem::create_directories(folder);
    return folder;
}

}  // namespace

void Told::warn(const pipeline::WarnedPerson& person, const conduct::Verdict& verdict) {
    const std::lock_guard lock(mutex_);
    warned_.emplace_back(person.address, verdict.fingerprint);
    last_ = person;
}

pipeline::Warnings::Answer Told::answer(std::string_view, const conduct::Verdict&, conduct::Action) const {
    return answer_;
}

bool Told::opted_out(std::string_view address) const {
    return address == opted_out_;
}

std::vector<std::pair<std::string, std::string>> Told::warned() const {
    const std::lock_guard lock(mutex_);
    return warned_;
}

pipeline::WarnedPerson Told::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

std::string charter_toml(std::string_view action, std::string_view scope) {
    return fmt::format(
        "format = 1\nlanguages = [\"en\", \"fr\"]\n[title]\nen = \"Charter\"\nfr = \"Charte\"\n"
        "[scope]\naccounts = [\"declared\", \"directory\"]\n{}\n[notices]\na_week = 1\nalert = true\n"
        "[[rule]]\nid = \"all\"\ncategories = [\"profanity\", \"sexual\", \"hate\", \"harassment\", "
        "\"threat\", "
        "\"substances\", \"disparagement\", \"confidentiality\"]\nseverity = 2\naction = \"{}\"\n"
        "[rule.sentence]\nen = \"We are kind.\"\nfr = \"Nous sommes aimables.\"\n",
        scope, action);
}

const conduct::Conduct& shipped_conduct() {
    static const std::unique_ptr<conduct::Conduct> shipped = [] {
        auto loaded = conduct::Conduct::load(std::filesystem::path(DECORUM_SOURCE_DIR) / "config");
        if (!loaded) throw std::runtime_error(loaded.error().detail);
        return std::move(*loaded);
    }();
    return *shipped;
}

OutboundSetup::OutboundSetup(const config::Settings& settings, lookup::ProfileService& profiles,
                             std::string_view charter, std::string_view logins)
    : folder_(own_folder()), outbound_settings_(settings.outbound) {
    std::ofstream(file()) << charter;
    charter_ = conduct::CharterFile::open(file()).value();
    if (!logins.empty()) {
        outbound_settings_.login_map = folder_ / "logins.toml";
        std::ofstream(outbound_settings_.login_map) << logins;
    }
    logins_ = pipeline::LoginMap::open(outbound_settings_).value();
    assessment_ = std::make_unique<pipeline::Assessment>(pipeline::Assessment::Options{
        .outbound = settings.outbound,
        .profiles = profiles,
        .conduct = shipped_conduct(),
        .charter = *charter_,
        .declares = [this](std::string_view address) { return declares(address); },
        .impersonal = pipeline::impersonal_by(*logins_, settings.annotate),
        .warnings = &told_,
        .now = [this] { return now(); }});
    outbound_ = std::make_unique<pipeline::Outbound>(pipeline::Outbound::Options{
        .settings = settings,
        .assessment = *assessment_,
        .charter = *charter_,
        .logins = *logins_,
        .warnings = &told_,
        .alerts = &alerts_,
        .secret = Secret("of the test"),
        .same_person = [this](std::string_view a, std::string_view b) { return same_person(a, b); },
        .now = [this] { return now(); }});
}

OutboundSetup::~OutboundSetup() {
    assessment_->close();
    std::filesystem::remove_all(folder_);
}

pipeline::AssessedPtr OutboundSetup::assess(std::string_view address) {
    const auto promise = std::make_shared<std::promise<pipeline::AssessedPtr>>();
    auto result = promise->get_future();
    assessment_->assess(
        address, [promise](pipeline::AssessedPtr assessed) { promise->set_value(std::move(assessed)); });
    if (result.wait_for(patience) != std::future_status::ready) return nullptr;
    return result.get();
}

Result<> OutboundSetup::change_charter(std::string_view toml) {
    std::ofstream(file()) << toml;
    auto fresh = charter_->read_again();
    if (!fresh) return std::unexpected(std::move(fresh.error()));
    charter_->take_over(std::move(*fresh));
    return {};
}

}  // namespace decorum::test
