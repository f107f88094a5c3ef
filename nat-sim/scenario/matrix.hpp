#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "nat-sim/scenario/defaults.hpp"
#include "reports/model/json.hpp"
#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// Each of `a` with each of `b`, with each choice of TURN servers.
struct MatrixSpec {
    std::vector<std::string> a;
    std::vector<std::string> b;
    std::vector<TurnChoice> turn;
    CallSpec common;  ///< what all calls have in common
};

/// The nine combinations of mapping and filtering, by preset name.
const std::vector<std::string>& nine_kinds();

/// In the order of the report: by TURN choice, then row by row.
std::vector<CallSpec> calls_of(const MatrixSpec& spec);
/// "eim-eif x apdm-apdf, turn a-only"
std::string name_of(const CallSpec& call);

/// The summary of one call. What went wrong in making it is an error, not a cell.
Result<report::Json> run_cell(const CallSpec& call);

/// `cells` in the order of calls_of(); fewer are those of a matrix that was cut off.
report::Report matrix_report(const MatrixSpec& spec, const std::vector<report::Json>& cells);
/// For people: the first sentence, then a grid for each choice of TURN servers.
std::string matrix_text(const MatrixSpec& spec, const std::vector<report::Json>& cells);

}  // namespace portolan::scenario
