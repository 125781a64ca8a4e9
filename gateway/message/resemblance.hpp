// Is a name or an organisation that an outsider claims confusable with one of ours?
//
// Names are hostile text of any length and octets. Being strict costs an honest sender the annotation, never
// the mail; being lax lends a stranger our name.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace decorum::message {

// A form in which look-alikes are equal: case folded, accents dropped, look-alike letters of Cyrillic, Greek,
// fullwidth and mathematical alphabets and digits mapped to Latin, punctuation and spaces dropped, legal
// forms (Ltd, GmbH, SA, SARL, Inc …) dropped from the end of an organisation, titles (Dr, Mrs, PhD …) from
// either end of a person's name of more than two words, and its words sorted.
[[nodiscard]] std::string skeleton_of_person(std::string_view name);
[[nodiscard]] std::string skeleton_of_organisation(std::string_view name);

// The names that are ours, prepared once.
class OwnNames {
public:
    void add_person(std::string_view name);
    void add_organisation(std::string_view name);
    void add_domain(std::string_view domain);  // "acme.example": its registrable label "acme" counts as ours
    // True where the claimed name, or a part of it ("Jane Martin, HR Director at ACME", "Jane Martin |
    // ACME"), equals one of ours (a person's or an organisation's) in skeleton; where it holds an address in
    // one of our domains; where a part of the claimed headline equals one of our organisations, or holds such
    // an address; or where the claimed organisation equals or contains one as whole words, or differs from
    // one of at least five letters by one edit (two neighbours swapped count as one).
    [[nodiscard]] bool resembles(std::string_view claimed_name, std::string_view claimed_organisation,
                                 std::string_view claimed_headline = {}) const;
    // True where the claimed name, or a part of it, equals one of our persons' in skeleton.
    [[nodiscard]] bool resembles_person(std::string_view claimed_name) const;
    [[nodiscard]] bool empty() const { return persons_.empty() && organisations_.empty(); }

private:
    [[nodiscard]] bool is_organisation(std::string_view claimed) const;
    [[nodiscard]] bool holds_address(std::string_view text) const;

    std::set<std::string, std::less<>> persons_;
    std::set<std::string, std::less<>> organisations_;
    std::set<std::string, std::less<>> domains_;  // registrable, as skeletons of one word
    std::size_t longest_organisation_ = 0;        // octets
};

}  // namespace decorum::message
