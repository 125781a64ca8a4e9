// Octets that are collected, given out as a view, and dropped at the next step. A buffer that grew is given
// back then: most commands and names are short, and an idle session keeps next to nothing.
#pragma once

#include <cstddef>
#include <string>

namespace decorum::imap {

class Collected {
public:
    [[nodiscard]] std::string& octets() { return octets_; }
    [[nodiscard]] const std::string& octets() const { return octets_; }
    void give_out() { given_out_ = true; }
    void drop_given_out() {
        if (!given_out_) return;
        given_out_ = false;
        if (octets_.capacity() > kept_capacity_octets)
            std::string().swap(octets_);
        else
            octets_.clear();
    }

private:
    static constexpr std::size_t kept_capacity_octets = 512;

    std::string octets_;
    bool given_out_ = false;
};

}  // namespace decorum::imap
