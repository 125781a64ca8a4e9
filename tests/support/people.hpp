// A source of profiles whose people, and whose mood, a test decides.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/profile/connector.hpp"

namespace decorum::test {

// One person as one source tells it: every text at the same tier.
struct Person {
    std::string name;
    std::string headline;
    std::string organisation;
    profile::Tier tier = profile::Tier::s;
};

class People final : public profile::Connector {
public:
    enum class Mood : std::uint8_t {
        answering,
        silent,  // keeps the question until answer_all()
        failing,
    };

    explicit People(bool local = true)
        : traits_{.name = "directory",
                  .reach = local ? profile::Reach::local : profile::Reach::outside,
                  .by_address = true,
                  .tier = profile::Tier::s} {}

    [[nodiscard]] const profile::Traits& traits() const override { return traits_; }
    void find(const profile::Query& query, Done done) override;

    // A name of static lifetime; before anybody asks.
    void call(std::string_view name) { traits_.name = name; }
    void add(const std::string& address, const Person& person);
    void feel(Mood mood) { mood_ = mood; }
    void answer_all();  // the questions that were kept, by what is known now
    [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

private:
    [[nodiscard]] profile::Answer answer(const std::string& address) const;

    struct Question {
        std::string address;
        Done done;
    };
    profile::Traits traits_;
    Mood mood_ = Mood::answering;
    std::map<std::string, profile::Profile> people_;
    std::vector<Question> kept_;
    std::vector<std::string> asked_;
};

}  // namespace decorum::test
