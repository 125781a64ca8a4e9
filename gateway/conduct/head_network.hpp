// A network beside a head of fastText: what it says is added to the head's log-odds.
//
// fastText sees which words there are, the network which stand beside each other, and which signs of the
// lexicon. It is asked where fastText leaves any doubt. tests/conduct/fit_head.cpp trains it.
//
//   "DECONET1"; how n-grams are hashed (buckets, least and most characters, words), in 32 bits each,
//   little-endian; a network of one label
//
// A file is not trusted: see network.hpp.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/conduct/network.hpp"

namespace decorum::conduct {

class HeadNetwork {
public:
    // Of the held-out texts that a head reported none was below, but six in seven clean ones were.
    static constexpr Network::Manner beside_head{.least_doubt = -4, .most_say = 12, .reads_signs = true};

    // `name` is for faults.
    [[nodiscard]] static Result<HeadNetwork> parse(std::string_view octets, std::string_view name);

    [[nodiscard]] const Hashing& hashing() const { return hashing_; }
    // Works out what each of the common words is, which are those that features are numbered by from now on.
    void learn(const KnownWords& words);

    // To the head's log-odds. Replaces `seen`.
    void add_say(const Features& features, float& odds, Network::Seen& seen) const;
    // Adds to `effects` what each word added to it, and at the end of the line what is no word's.
    void add_effects(const Features& features, const Network::Seen& seen, std::vector<float>& effects) const;

private:
    Hashing hashing_;
    Network network_;
};

}  // namespace decorum::conduct
