#pragma once

#include <cstdlib>
#include <span>
#include <vector>

#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

/// What holds of findings whatever was linted.
namespace portolan::lint::fuzz {

inline void require(bool condition) {
    if (!condition) std::abort();
}

inline void check_place(const Place& place, std::span<const sdp::Description* const> all) {
    require(place.description < all.size());
    require(place.range.begin <= place.range.end);
    require(place.range.end <= all[place.description]->text().size());
}

/// Every range lies in its description, every sentence says something, and fixes only where the
/// catalogue has them.
inline void check_findings(const std::vector<Finding>& findings,
                           std::span<const sdp::Description* const> all) {
    for (const Finding& finding : findings) {
        check_place(finding.place, all);
        require(!finding.message.empty() && finding.severity != Severity::Off);
        for (const Related& related : finding.related)
            check_place(related.place, all);
        if (!finding.fix) continue;
        require(row_of(finding.code).fix != FixSafety::None);
        require(!finding.fix->title.empty() && !finding.fix->edits.empty());
        for (const Edit& edit : finding.fix->edits)
            check_place(edit.place, all);
    }
}

}  // namespace portolan::lint::fuzz
