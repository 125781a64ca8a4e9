// A stable sort for the short lists of a profile. std::stable_sort of libstdc++ 12 calls a function that
// C++23 deprecates, which Clang refuses under -Werror.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <vector>

namespace decorum::profile {

// By insertion: lists have at most some hundred entries.
template <class T, class Before, class Key>
void sort_stably(std::vector<T>& list, Before before, Key key) {
    const auto earlier = [&](const T& a, const T& b) {
        return before(std::invoke(key, a), std::invoke(key, b));
    };
    for (auto next = list.begin(); next != list.end(); ++next)
        std::rotate(std::upper_bound(list.begin(), next, *next, earlier), next, std::next(next));
}

}  // namespace decorum::profile
