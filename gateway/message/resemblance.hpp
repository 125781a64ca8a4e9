// Is a name or an organisation that an outsider claims confusable with one of ours?
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace decorum::message {

// A form in which look-alikes are equal: case folded, accents dropped, look-alike letters of Cyrillic, Greek,
// fullwidth and mathematical alphabets and digits mapped to Latin, punctuation and spaces dropped, legal forms
// (Ltd, GmbH, SA, SARL, Inc …) dropped from the end of an organisation, words of a person's name sorted.
[[nodiscard]] std::string skeleton_of_person(std::string_view name);
[[nodiscard]] std::string skeleton_of_organisation(std::string_view name);

// The names that are ours, prepared once.
class OwnNames {
public:
    void add_person(std::string_view name);
    void add_organisation(std::string_view name);
    void add_domain(std::string_view domain);     // "acme.example": its registrable label "acme" counts as ours
    // True where the claimed name equals one of ours in skeleton, or the claimed organisation equals or
    // contains one as whole words, or differs from one of at least five letters by one edit.
    [[nodiscard]] bool resembles(std::string_view claimed_name, std::string_view claimed_organisation) const;
    [[nodiscard]] bool empty() const { return persons_.empty() && organisations_.empty(); }

private:
    std::vector<std::string> persons_;        // sorted
    std::vector<std::string> organisations_;  // sorted
};

}  // namespace decorum::message
