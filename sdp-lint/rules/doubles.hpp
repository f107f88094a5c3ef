#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

namespace portolan::lint {

/// So many are compared each with each faster than they are sorted.
template <typename Key>
inline constexpr std::size_t kMostCompared = std::is_integral_v<Key> ? 32 : 12;

/// Calls visit(first, again) for each element whose key another one had before it, in order of the
/// elements. `key(element)` must be cheap and ordered; n log n.
template <typename Range, typename Key, typename Visit>
void find_doubles(const Range& range, Key key, Visit visit) {
    using Element = std::remove_reference_t<decltype(*range.begin())>;
    if (range.size() < 2) return;
    using Value = std::remove_cvref_t<decltype(key(*range.begin()))>;
    if (range.size() <= kMostCompared<Value>) {
        for (auto again = range.begin(); again != range.end(); ++again) {
            const auto first = std::find_if(range.begin(), again, [&](const auto& element) {
                return key(element) == key(*again);
            });
            if (first != again) visit(*first, *again);
        }
        return;
    }
    std::vector<Element*> sorted;
    sorted.reserve(range.size());
    for (auto& element : range)
        sorted.push_back(&element);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const auto* a, const auto* b) { return key(*a) < key(*b); });
    struct Double {
        Element* first;
        Element* again;
    };
    std::vector<Double> found;
    Element* first = sorted.front();
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        if (key(*sorted[i]) == key(*first)) {
            found.push_back({first, sorted[i]});
        } else {
            first = sorted[i];
        }
    }
    std::sort(found.begin(), found.end(),
              [](const Double& a, const Double& b) { return a.again < b.again; });
    for (const Double& pair : found)
        visit(*pair.first, *pair.again);
}

}  // namespace portolan::lint
