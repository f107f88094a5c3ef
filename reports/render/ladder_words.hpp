#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/model/figure.hpp"

/// A ladder diagram in words, for tables and for those who see no drawing.
namespace portolan::render {

/// An exchange, or a mark, which has neither `to` nor what follows `what`.
struct LadderRow {
    std::string at;  ///< "0.202 s"
    std::string from;
    std::string to;
    std::string what;
    std::string pair;     ///< with "(selected)" behind it, where it was
    std::string outcome;  ///< "answered after 12 ms: error 401"
    std::string sent;     ///< "3 times"
};

/// "?" for one that there is not.
std::string lane_name(const report::Ladder& ladder, std::size_t lane);

LadderRow row_of(const report::Ladder& ladder, const report::LadderExchange& each);
/// In the order of time; of the exchanges the first `most`.
std::vector<LadderRow> rows_of(const report::Ladder& ladder, std::size_t most);

/// "0.202 s, A to B: check, 192.0.2.1:5000 to 192.0.2.2:5000 (selected), answered after 12 ms"
std::string sentence_of(const LadderRow& row);

/// How many exchanges there were, and what became of them; that some of them are not shown.
std::string summary_of(const report::Ladder& ladder, std::size_t most);

}  // namespace portolan::render
